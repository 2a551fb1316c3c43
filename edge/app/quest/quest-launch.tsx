import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { QuestInput } from "../../../schema/quest/quest.ts";
import { failure, useAction, useActionQuery } from "../live/use-action.ts";
import { Keys } from "../shell/help.tsx";
import { focusFirstWrong } from "../ui/focus-first-wrong.ts";
import { useDraft } from "../ui/form-draft.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useDebounced } from "../ui/use-debounced.ts";
import { type Draft, draftShape, issueOf, otherIssues, shownValue, valuesOf } from "./quest-form.ts";
import { Estimate, type Previewed, Steps, Touches } from "./quest-preview.tsx";
import styles from "./quests.module.css";

const settles = 250; // milliseconds

/** A quest before it starts: what it is, what it wants to know, what it may touch, what it may cost. */
export function Launch({ quest }: { quest: string }) {
  const kept = useDraft<Draft>(`quest.${quest}`, draftShape, () => ({}));
  const draft = kept.value;
  const [known, setKnown] = useState<Previewed>();
  const inputs = useMemo(() => valuesOf(known?.package.inputs ?? [], draft), [known, draft]);
  const asked = useDebounced(JSON.stringify(inputs), settles);
  const of = useActionQuery("questPreview", { quest, inputs: JSON.parse(asked) as typeof inputs });
  useEffect(() => {
    if (of.data) setKnown(of.data);
  }, [of.data]);
  if (!known)
    return <div className="sec">{of.isError ? <Failed error={of.error} retry={of.refetch} /> : <p className="sub s13">Reading</p>}</div>;
  return (
    <Form quest={quest} of={known} draft={draft} set={(next) => kept.set(() => next)} begun={kept.clear} inputs={inputs} stale={of.error} />
  );
}

type FormProps = {
  quest: string;
  of: Previewed;
  draft: Draft;
  set: (draft: Draft) => void;
  begun: () => void;
  inputs: Record<string, string | number | boolean>;
  stale: unknown;
};
function Form({ quest, of, draft, set, begun, inputs, stale }: FormProps) {
  const start = useAction("questStart");
  const navigate = useNavigate();
  const [tried, setTried] = useState(false);
  const [goal, setGoal] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const begin = () => {
    setTried(true);
    if (start.isPending) return;
    start.mutate(
      { quest, inputs, ...(goal ? { goal } : {}) },
      {
        onSuccess: ({ quest: made }) => {
          begun();
          void navigate({ to: "/quest", search: { tab: "running", id: made.id } });
        },
        onError: () => focusFirstWrong(form.current),
      },
    );
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    begin();
  };
  const wrong = of.issues.length > 0;
  return (
    <form
      className={styles.launch}
      ref={form}
      aria-label={of.package.title}
      noValidate
      onKeyDown={keys}
      onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="scroll" tabIndex={0} aria-label="About this quest">
        <div className="sec">
          <p className="s13">{of.package.summary}</p>
          <p className="s12 sub num" style={{ marginTop: 6 }}>
            Version {of.package.version}
            {"commit" in of.package.source && (
              <>
                {" at "}
                <code className="s12">{of.package.source.commit.slice(0, 7)}</code>
              </>
            )}
          </p>
        </div>
        <div className="sec col gap">
          {of.package.inputs.map((input) => (
            <Input
              key={input.name}
              input={input}
              value={shownValue(input, draft)}
              wrong={tried || input.name in draft ? issueOf(of.issues, input.name) : undefined}
              set={(value) => set({ ...draft, [input.name]: value })}
            />
          ))}
          <Serves goal={goal} set={setGoal} />
        </div>
        {otherIssues(of.issues).map((issue) => (
          <p key={issue.path} className="sec s13 c-bad">
            <code>{issue.path}</code> {issue.message}
          </p>
        ))}
        <Touches of={of} />
        <Estimate of={of} />
        <Steps of={of} />
      </section>
      <div className={styles.launchFoot}>
        {wrong && tried && (
          <p className="s13 c-bad" role="alert">
            Something is missing or wrong above. Nothing was started; what you wrote is kept.
          </p>
        )}
        {!wrong && (start.isError || stale !== null) && (
          <p className="s13 c-bad" role="alert">
            {failure(start.error ?? stale)} {start.isError && "Nothing was started; what you wrote is kept."}
          </p>
        )}
        <div className="fx wrap">
          <button type="submit" className={wrong ? "btn off" : "btn pri"} aria-disabled={start.isPending}>
            {start.isPending ? "Starting" : "Start quest"}{" "}
            <span className="only-d">
              <Keys of="mod+Enter" />
            </span>
          </button>
          {wrong && !tried && <span className="s12 sub">Fill in what it needs first</span>}
        </div>
      </div>
    </form>
  );
}

type InputProps = { input: QuestInput; value: string | boolean; wrong: string | undefined; set: (value: string | boolean) => void };
function Input({ input, value, wrong, set }: InputProps) {
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
        {!input.required && <span className="sub"> if you like</span>}
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
  const of = useActionQuery("goals", {});
  const id = useId();
  const active = of.data?.goals.filter((one) => one.state === "active") ?? [];
  if (active.length === 0) return null;
  return (
    <div className="field">
      <label htmlFor={id}>
        Serves a goal <span className="sub">if you like</span>
      </label>
      <select id={id} className="inp" value={goal} onChange={(event) => set(event.target.value)}>
        <option value="">None</option>
        {active.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title}
          </option>
        ))}
      </select>
    </div>
  );
}
