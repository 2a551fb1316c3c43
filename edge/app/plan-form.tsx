import { useState } from "react";
import type { Plan } from "../../schema/plan.ts";
import type { Spec } from "../../schema/spec.ts";
import { Field } from "./field.tsx";
import { useKinds } from "./kinds.tsx";
import { Checks } from "./plan-checks.tsx";
import { type Form, formOf, specOf } from "./plan-edit.ts";

type Props = { spec: Spec | undefined; fresh?: string; plan: Plan; busy: boolean; save: (next: Spec) => void; cancel: () => void };
const empty: Form = {
  id: "",
  title: "",
  description: "",
  owner: "coding",
  project: "",
  depends: [],
  outputs: "",
  tests: "",
  acceptance: [],
  constraints: "",
  cost: "",
  minutes: "",
};

/** One task of a plan, to be edited. What is wrong is said before anything is sent. */
export function SpecForm({ spec, fresh, plan, busy, save, cancel }: Props) {
  const [form, setForm] = useState<Form>(() =>
    spec ? formOf(spec) : { ...empty, id: fresh ?? "T001", project: plan.tasks[0]?.project ?? "" },
  );
  const kinds = useKinds().data?.types.filter((one) => one.usable) ?? [];
  const [wrong, setWrong] = useState<string>();
  const set = (change: Partial<Form>) => setForm((before) => ({ ...before, ...change }));
  const others = plan.tasks.filter((task) => task.id !== spec?.id);
  const submit = () => {
    const next = specOf(form, spec);
    setWrong(next.ok ? undefined : next.text);
    if (next.ok && !busy) save(next.spec);
  };
  return (
    <form
      className="ptask form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Title" value={form.title} set={(title) => set({ title })} focus />
      <Field label="What is wanted" value={form.description} set={(description) => set({ description })} rows={3} />
      <div className="fx top wrap">
        <Field label="Who does it" value={form.owner} set={(owner) => set({ owner })} choices={kinds} />
        <Field label="Project" value={form.project} set={(project) => set({ project })} />
        <Field label="At most, $" value={form.cost} set={(cost) => set({ cost })} number />
        <Field label="At most, minutes" value={form.minutes} set={(minutes) => set({ minutes })} number />
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
      <Field label="Files that must be there, one a line" value={form.outputs} set={(outputs) => set({ outputs })} rows={2} mono />
      <Field label="Commands that must pass, one a line" value={form.tests} set={(tests) => set({ tests })} rows={2} mono />
      <Checks checks={form.acceptance} set={(acceptance) => set({ acceptance })} />
      <Field label="What must be kept to, one a line" value={form.constraints} set={(constraints) => set({ constraints })} rows={2} />
      {wrong && (
        <p className="s13 c-bad" role="alert">
          {wrong}
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
