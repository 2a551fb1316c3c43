import { useState } from "react";
import { type GoalIn, goalIn } from "../../../schema/goal.ts";
import type { GoalView } from "../../../schema/memory/memory-api.ts";
import { failure } from "../live/use-action.ts";
import { Field } from "../ui/field.tsx";
import { useDraft } from "../ui/form-draft.ts";
import { type GoalForm, goalChangeOf, goalForm, goalFormOf } from "./goal-edit.ts";

type Props = { of?: GoalView; busy: boolean; error: unknown; save: (change: GoalIn, saved: () => void) => void; cancel: () => void };

/** A goal to be set, or one to be changed. What is wrong is said before anything is sent. */
export function GoalFields({ of, busy, error, save, cancel }: Props) {
  const draft = useDraft(`goal.${of?.id ?? "new"}`, goalForm, () => goalFormOf(of));
  const { value: form, initial: first } = draft;
  const [wrong, setWrong] = useState<string>();
  const set = (change: Partial<GoalForm>) => draft.set((before) => ({ ...before, ...change }));
  const submit = () => {
    const change = goalIn.safeParse(goalChangeOf(first, form, of?.steps ?? []));
    const issue = change.error?.issues[0];
    const named = issue?.path[0] === "progress" ? "Percent" : issue?.path.join(".");
    setWrong(issue && `${named}: ${issue.message}`);
    if (change.success && form.title.trim() && !busy) save(change.data, draft.clear);
  };
  const ready = form.title.trim() !== "";
  return (
    <form
      className="ptask form"
      aria-label={of ? `Change ${of.title}` : "New goal"}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="What do you want to reach" value={form.title} set={(title) => set({ title })} focus />
      <Field label="Why it matters" value={form.why} set={(why) => set({ why })} rows={2} />
      <Field label="Steps, one a line" value={form.steps} set={(steps) => set({ steps })} rows={3} />
      <Field label="Reached when" value={form.measure} set={(measure) => set({ measure })} />
      <div className="fx top wrap">
        <Field label="By when, if there is a date" value={form.by} set={(by) => set({ by })} date />
        {of && <Field label="Percent, else by its steps" value={form.progress} set={(progress) => set({ progress })} number />}
      </div>
      {(wrong || error !== undefined) && (
        <p className="s13 c-bad" role="alert">
          {wrong ?? `${failure(error)} What you wrote is kept here.`}
        </p>
      )}
      <div className="fx">
        <button type="submit" className={ready ? "btn pri" : "btn off"} aria-disabled={!ready || busy}>
          {busy ? "Saving" : of ? "Save" : "Set the goal"}
        </button>
        <button
          type="button"
          className="btn ghost"
          onClick={() => {
            draft.clear();
            cancel();
          }}
        >
          {of ? "Leave as it was" : "Leave it"}
        </button>
      </div>
    </form>
  );
}
