import { useEffect, useId, useState } from "react";
import type { Plan } from "../../../schema/plan/plan.ts";
import { type Priority, priorities, type Spec } from "../../../schema/task/spec.ts";
import { useAgentTypes } from "../agent/agent-types.tsx";
import { Field } from "../ui/form/field.tsx";
import type { FormDraft } from "../ui/form/form-draft.ts";
import { useForm } from "../ui/form/use-form.ts";
import styles from "./plan.module.css";
import { CheckFields } from "./plan-checks.tsx";
import { emptyTaskForm, fillTaskForm, readTaskForm, sortIssues, type TaskForm } from "./plan-edit.ts";

type TaskFormProps = {
  plan: Plan;
  /** The task that is changed; of a new one its id. */
  task: Spec | { id: string };
  busy: boolean;
  draft: FormDraft<TaskForm>;
  /** Rises each time the page asks to show what is wrong. */
  checks: number;
  save: (task: Spec) => void;
  onCancel: () => void;
};
const plainFields = new Set(["title", "description", "owner", "budget.cost_usd", "budget.minutes"]);

/** The form of one task: title and agent first, the rest folded. Issues show before anything is sent. */
export function TaskEditor({ plan, task, busy, draft, checks, save, onCancel }: TaskFormProps) {
  const spec = "title" in task ? task : undefined;
  const [all, setAll] = useState(spec === undefined);
  const kinds = useAgentTypes().data?.types.filter((type) => type.usable) ?? [];
  const form = useForm<TaskForm, Spec>({
    draft,
    first: () => (spec ? fillTaskForm(spec) : { ...emptyTaskForm, id: task.id, project: plan.tasks[0]?.project ?? "" }),
    read: (values) => readTaskForm(values, spec),
    send: save,
    busy,
    onRefused: (issues) => issues.some(({ path }) => !plainFields.has(path)) && setAll(true),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the page asks for it
  useEffect(() => {
    if (checks > 0) form.check();
  }, [checks]);
  const { values, set } = form;
  const others = plan.tasks.filter((other) => other.id !== task.id);
  const { at: wrong, other: rest } = sortIssues(form.issues, values);
  return (
    <form {...form.props} className="ptask form">
      <Field label="Title" {...form.field("title")} wrong={wrong.title} focus />
      <Field label="What is wanted" {...form.field("description")} wrong={wrong.description} rows={3} />
      <div className="fx top wrap">
        <Field label="Who does it" {...form.field("owner")} wrong={wrong.owner} choices={kinds} />
        <Field label="At most, $" {...form.field("cost")} wrong={wrong.cost} type="number" />
        <Field label="At most, minutes" {...form.field("minutes")} wrong={wrong.minutes} type="number" />
      </div>
      <details className="fold" open={all} onToggle={(event) => setAll(event.currentTarget.open)}>
        <summary>Everything else: project, order, what it starts from, files and checks</summary>
        <div className={styles.foldIn}>
          <div className="fx top wrap">
            <Field label="Project" {...form.field("project")} wrong={wrong.project} />
            <Turn priority={values.priority} set={(priority) => set({ priority })} />
          </div>
          {others.length > 0 && (
            <fieldset className="deps">
              <legend>Begins after</legend>
              {others.map((other) => (
                <label key={other.id} className="fx s13">
                  <input
                    type="checkbox"
                    checked={values.depends.includes(other.id)}
                    onChange={(event) =>
                      set({
                        depends: event.target.checked ? [...values.depends, other.id] : values.depends.filter((id) => id !== other.id),
                      })
                    }
                  />
                  {other.title}
                </label>
              ))}
            </fieldset>
          )}
          <Field
            label="What it starts from, one a line: files, facts, or name = value"
            {...form.field("inputs")}
            wrong={wrong.inputs}
            rows={2}
          />
          <Field label="Scenarios, one a line: Given …, when …, then …" {...form.field("scenarios")} wrong={wrong.scenarios} rows={3} />
          <Field label="Files or folders it makes or changes, one a line" {...form.field("outputs")} wrong={wrong.outputs} rows={2} mono />
          <Field label="Commands that must pass, one a line" {...form.field("tests")} wrong={wrong.tests} rows={2} mono />
          <CheckFields checks={values.acceptance} issues={form.issues} set={(acceptance) => set({ acceptance })} />
          <Field label="What must be kept to, one a line" {...form.field("constraints")} wrong={wrong.constraints} rows={2} />
        </div>
      </details>
      {form.issues.length > 0 && (
        <p className="s13 c-bad" role="alert">
          {rest.length > 0 ? `${rest.join(". ")}.` : "Something above is missing or wrong."} Nothing was changed; what you wrote is kept.
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn pri" aria-disabled={busy}>
          {busy ? "Saving" : spec ? "Save" : "Add"}
        </button>
        <button type="button" className="btn ghost" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

const turns: Record<Priority, string> = {
  high: "Before others",
  normal: "In its turn",
  low: "After others",
  P1: "P1, before others",
  P2: "P2, in its turn",
  P3: "P3, after others",
};
/** A task's priority. spec-kit's names are offered when the task has one of them. */
function Turn({ priority, set }: { priority: Priority; set: (to: Priority) => void }) {
  const id = useId();
  const offered = priorities.filter((choice) => priority.startsWith("P") || !choice.startsWith("P"));
  return (
    <div className="field grow">
      <label htmlFor={id}>Priority</label>
      <select
        id={id}
        className="inp"
        value={priority}
        onChange={(event) => set(priorities.find((choice) => choice === event.target.value) ?? priority)}
      >
        {offered.map((choice) => (
          <option key={choice} value={choice}>
            {turns[choice]}
          </option>
        ))}
      </select>
    </div>
  );
}
