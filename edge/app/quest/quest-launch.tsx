import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import type { QuestInput } from "../../../schema/quest/quest.ts";
import type { ActionInput } from "../live/live-link.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { KeyCaps } from "../shell/sheet.tsx";
import { tabDraft } from "../ui/form/form-draft.ts";
import { type Form, useForm } from "../ui/form/use-form.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import { findInputIssue, listOtherIssues, type QuestDraft, questDraft, readQuestInputs, showInput } from "./quest-form.ts";
import { type Previewed, QuestEstimate, QuestPreviewSteps, QuestTouches } from "./quest-preview.tsx";
import styles from "./quests.module.css";

const previewDelay = 250; // milliseconds

/** A quest before it starts: what it is, what it wants to know, what it may touch, what it may cost. */
export function QuestLaunch({ quest }: { quest: string }) {
  const [known, setKnown] = useState<Previewed>();
  const [goal, setGoal] = useState("");
  const start = useAction("questStart");
  const navigate = useNavigate();
  const inputsOf = (draft: QuestDraft) => readQuestInputs(known?.package.inputs ?? [], draft);
  const form = useForm<QuestDraft, ActionInput<"questStart">>({
    draft: tabDraft(`quest.${quest}`, questDraft),
    first: () => ({}),
    read: (draft) => ({ ok: true, value: { quest, inputs: inputsOf(draft), ...(goal ? { goal } : {}) } }), // the actor checks it
    send: (input, after) =>
      start.mutate(input, {
        ...after,
        onSuccess: (started) => {
          after.onSuccess();
          void navigate({ to: "/quest", search: { tab: "running", id: started.quest.id } });
        },
      }),
    busy: start.isPending || start.isSuccess, // the form leaves with what was made
  });
  const inputs = useDebounced(JSON.stringify(inputsOf(form.values)), previewDelay);
  const preview = useActionQuery("questPreview", { quest, inputs: JSON.parse(inputs) as ReturnType<typeof readQuestInputs> });
  useEffect(() => {
    if (preview.data) setKnown(preview.data);
  }, [preview.data]);
  if (!known)
    return (
      <div className="sec">
        {preview.isError ? <Failed error={preview.error} retry={preview.refetch} /> : <p className="sub s13">Reading</p>}
      </div>
    );
  return (
    <LaunchForm
      form={form}
      preview={known}
      error={start.error ?? preview.error}
      pending={start.isPending}
      failed={start.isError}
      goal={goal}
      setGoal={setGoal}
    />
  );
}

type LaunchFormProps = {
  form: Form<QuestDraft>;
  preview: Previewed;
  error: unknown;
  pending: boolean;
  /** The start failed. */
  failed: boolean;
  goal: string;
  setGoal: (goal: string) => void;
};
function LaunchForm({ form, preview, error, pending, failed, goal, setGoal }: LaunchFormProps) {
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    form.submit();
  };
  const wrong = preview.issues.length > 0;
  return (
    <form {...form.props} className={styles.launch} aria-label={preview.package.title} onKeyDown={keys}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="scroll" tabIndex={0} aria-label="About this quest">
        <div className="sec">
          <p className="s13">{preview.package.summary}</p>
          <p className="s12 sub num" style={{ marginTop: 6 }}>
            Version {preview.package.version}
            {"commit" in preview.package.source && (
              <>
                {" at "}
                <code className="s12">{preview.package.source.commit.slice(0, 7)}</code>
              </>
            )}
          </p>
        </div>
        <div className="sec col gap">
          {preview.package.inputs.map((input) => (
            <QuestInputField
              key={input.name}
              input={input}
              value={showInput(input, form.values)}
              wrong={form.refused || input.name in form.values ? findInputIssue(preview.issues, input.name) : undefined}
              set={(value) => form.set({ [input.name]: value })}
            />
          ))}
          <Serves goal={goal} set={setGoal} />
        </div>
        {listOtherIssues(preview.issues).map((issue) => (
          <p key={issue.path} className="sec s13 c-bad">
            <code>{issue.path}</code> {issue.message}
          </p>
        ))}
        <QuestTouches preview={preview} />
        <QuestEstimate preview={preview} />
        <QuestPreviewSteps preview={preview} />
      </section>
      <div className={styles.launchFoot}>
        {wrong && form.refused && (
          <p className="s13 c-bad" role="alert">
            Something is missing or wrong above. Nothing was started; what you wrote is kept.
          </p>
        )}
        {!wrong && error !== null && (
          <p className="s13 c-bad" role="alert">
            <Refusal error={error}> {failed && "Nothing was started; what you wrote is kept."}</Refusal>
          </p>
        )}
        <div className="fx wrap">
          <button type="submit" className={wrong ? "btn off" : "btn pri"} aria-disabled={pending}>
            {pending ? "Starting" : "Start quest"}{" "}
            <span className="only-d">
              <KeyCaps presses="mod+Enter" />
            </span>
          </button>
          {wrong && !form.refused && <span className="s12 sub">Fill in what it needs first</span>}
        </div>
      </div>
    </form>
  );
}

type InputProps = { input: QuestInput; value: string | boolean; wrong: string | undefined; set: (value: string | boolean) => void };
function QuestInputField({ input, value, wrong, set }: InputProps) {
  const id = useId();
  const shared = { id, "aria-invalid": wrong !== undefined, "aria-describedby": wrong === undefined ? undefined : `${id}-wrong` };
  if (input.kind === "boolean")
    return (
      <label className="fx s13 check">
        <input type="checkbox" checked={value === true} onChange={(event) => set(event.target.checked)} /> {input.title}
      </label>
    );
  return (
    <div className="field">
      <label htmlFor={id}>
        {input.title}
        {!input.required && <span className="sub"> optional</span>}
      </label>
      {input.kind === "long" ? (
        <textarea {...shared} className="inp area" rows={3} value={String(value)} onChange={(event) => set(event.target.value)} />
      ) : input.kind === "choice" ? (
        <select {...shared} className="inp" value={String(value)} onChange={(event) => set(event.target.value)}>
          {value === "" && <option value="">Choose</option>}
          {input.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          className={input.kind === "slug" ? "inp mono" : "inp"}
          inputMode={input.kind === "number" ? "decimal" : "text"}
          autoComplete="off"
          value={String(value)}
          onChange={(event) => set(event.target.value)}
        />
      )}
      {wrong !== undefined && (
        <p id={`${id}-wrong`} className="s12 c-bad">
          {input.title} {wrong}
        </p>
      )}
    </div>
  );
}

/** A quest may serve one of the person's goals, which then lists it. */
function Serves({ goal, set }: { goal: string; set: (goal: string) => void }) {
  const goals = useActionQuery("goals", {});
  const id = useId();
  const active = goals.data?.goals.filter((known) => known.state === "active") ?? [];
  if (active.length === 0) return null;
  return (
    <div className="field">
      <label htmlFor={id}>
        Goal it serves <span className="sub">optional</span>
      </label>
      <select id={id} className="inp" value={goal} onChange={(event) => set(event.target.value)}>
        <option value="">None</option>
        {active.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.title}
          </option>
        ))}
      </select>
    </div>
  );
}
