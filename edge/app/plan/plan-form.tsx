import { useEffect, useId, useRef, useState } from "react";
import type { Plan } from "../../../schema/plan/plan.ts";
import { type Priority, priorities, type Spec } from "../../../schema/task/spec.ts";
import type { Issue } from "../../../schema/wire/yaml.ts";
import { useAgentTypes } from "../agent/agent-types.tsx";
import { Field } from "../ui/field.tsx";
import { focusFirstWrong } from "../ui/focus-first-wrong.ts";
import styles from "./plan.module.css";
import { Checks } from "./plan-checks.tsx";
import { besides, emptyForm, type Form, formOf, specOf } from "./plan-edit.ts";

type Props = {
  spec: Spec | undefined;
  fresh?: string;
  plan: Plan;
  busy: boolean;
  /** What was begun before and not saved. */
  draft: Form | undefined;
  keep: (draft: Form | undefined) => void;
  /** Rises when what is wrong with it is to be shown. */
  tried: number;
  save: (next: Spec) => void;
  cancel: () => void;
};
const plain = new Set(["title", "description", "owner", "budget.cost_usd", "budget.minutes"]);

/** One task of a plan, to be edited: what and who, and behind one press everything else. What is wrong is said before anything is sent. */
export function SpecForm({ spec, fresh, plan, busy, draft, keep, tried, save, cancel }: Props) {
  const [first] = useState<Form>(() =>
    spec ? formOf(spec) : { ...emptyForm, id: fresh ?? "T001", project: plan.tasks[0]?.project ?? "" },
  );
  const [form, setForm] = useState<Form>(draft ?? first);
  const [all, setAll] = useState(spec === undefined);
  const kinds = useAgentTypes().data?.types.filter((one) => one.usable) ?? [];
  const [issues, setIssues] = useState<Issue[]>([]);
  const [was, setWas] = useState(form); // what the issues are about
  const [refused, setRefused] = useState(0);
  const here = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refused > 0) focusFirstWrong(here.current);
  }, [refused]);
  const set = (change: Partial<Form>) => {
    const next = { ...form, ...change };
    setForm(next);
    keep(JSON.stringify(next) === JSON.stringify(first) ? undefined : next);
  };
  const others = plan.tasks.filter((task) => task.id !== spec?.id);
  const submit = () => {
    const next = show();
    if (next.ok && !busy) save(next.spec);
  };
  const show = () => {
    const next = specOf(form, spec);
    setIssues(next.ok ? [] : next.issues);
    setWas(form);
    if (next.ok) return next;
    setRefused(refused + 1);
    if (next.issues.some(({ path }) => !plain.has(path))) setAll(true);
    return next;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it is asked for
  useEffect(() => {
    if (tried > 0) show();
  }, [tried]);
  const setChecks = (acceptance: Form["acceptance"]) => {
    // issues name checks by their place, which another one may have now
    if (acceptance.length < form.acceptance.length) setIssues(issues.filter((one) => !one.path.startsWith("acceptance.")));
    set({ acceptance });
  };
  const { at: wrong, other } = besides(issues, was);
  return (
    <form
      className="ptask form"
      ref={here}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Title" value={form.title} set={(title) => set({ title })} wrong={wrong.title} focus />
      <Field
        label="What is wanted"
        value={form.description}
        set={(description) => set({ description })}
        wrong={wrong.description}
        rows={3}
      />
      <div className="fx top wrap">
        <Field label="Who does it" value={form.owner} set={(owner) => set({ owner })} wrong={wrong.owner} choices={kinds} />
        <Field label="At most, $" value={form.cost} set={(cost) => set({ cost })} wrong={wrong.cost} number />
        <Field label="At most, minutes" value={form.minutes} set={(minutes) => set({ minutes })} wrong={wrong.minutes} number />
      </div>
      <details className="fold" open={all} onToggle={(event) => setAll(event.currentTarget.open)}>
        <summary>Everything else: project, order, what it starts from, files and checks</summary>
        <div className={styles.foldIn}>
          <div className="fx top wrap">
            <Field label="Project" value={form.project} set={(project) => set({ project })} wrong={wrong.project} />
            <Turn of={form.priority} set={(priority) => set({ priority })} />
          </div>
          {others.length > 0 && (
            <fieldset className="deps">
              <legend>Begins after</legend>
              {others.map((task) => (
                <label key={task.id} className="fx s13">
                  <input
                    type="checkbox"
                    checked={form.depends.includes(task.id)}
                    onChange={(event) =>
                      set({ depends: event.target.checked ? [...form.depends, task.id] : form.depends.filter((id) => id !== task.id) })
                    }
                  />
                  {task.title}
                </label>
              ))}
            </fieldset>
          )}
          <Field
            label="What it starts from, one a line: files, facts, or name = value"
            value={form.inputs}
            set={(inputs) => set({ inputs })}
            wrong={wrong.inputs}
            rows={2}
          />
          <Field
            label="Scenarios, one a line: Given …, when …, then …"
            value={form.scenarios}
            set={(scenarios) => set({ scenarios })}
            wrong={wrong.scenarios}
            rows={3}
          />
          <Field
            label="Files that must be there, one a line"
            value={form.outputs}
            set={(outputs) => set({ outputs })}
            wrong={wrong.outputs}
            rows={2}
            mono
          />
          <Field
            label="Commands that must pass, one a line"
            value={form.tests}
            set={(tests) => set({ tests })}
            wrong={wrong.tests}
            rows={2}
            mono
          />
          <Checks checks={form.acceptance} issues={issues} set={setChecks} />
          <Field
            label="What must be kept to, one a line"
            value={form.constraints}
            set={(constraints) => set({ constraints })}
            wrong={wrong.constraints}
            rows={2}
          />
        </div>
      </details>
      {issues.length > 0 && (
        <p className="s13 c-bad" role="alert">
          {other.length > 0 ? `${other.join(". ")}.` : "Something above is missing or wrong."} Nothing was changed; what you wrote is kept.
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn pri" aria-disabled={busy}>
          {busy ? "Saving" : spec ? "Save" : "Add"}
        </button>
        <button type="button" className="btn ghost" onClick={cancel}>
          Leave as it was
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
/** Which of the tasks that may begin is first. spec-kit's names are offered where one of them stands. */
function Turn({ of, set }: { of: Priority; set: (to: Priority) => void }) {
  const id = useId();
  const offered = priorities.filter((one) => of.startsWith("P") || !one.startsWith("P"));
  return (
    <div className="field grow">
      <label htmlFor={id}>Priority</label>
      <select id={id} className="inp" value={of} onChange={(event) => set(priorities.find((one) => one === event.target.value) ?? of)}>
        {offered.map((one) => (
          <option key={one} value={one}>
            {turns[one]}
          </option>
        ))}
      </select>
    </div>
  );
}
