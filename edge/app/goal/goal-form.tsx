import { type GoalIn, goalIn } from "../../../schema/goal.ts";
import type { GoalView } from "../../../schema/memory/memory-api.ts";
import { yamlIssue } from "../../../schema/wire/yaml.ts";
import { useAction } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { tabDraft } from "../ui/form/form-draft.ts";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { Refusal } from "../ui/refusal.tsx";
import { fillGoalForm, type GoalForm, goalForm, readGoalForm } from "./goal-edit.ts";

type GoalFormProps = { goal?: GoalView; onSaved: () => void; onCancel: () => void };
/** The form of a new or changed goal. Issues show before anything is sent. */
export function GoalFields({ goal, onSaved, onCancel }: GoalFormProps) {
  const put = useAction("goalPut");
  const first = fillGoalForm(goal);
  const read = (values: GoalForm) =>
    values.title.trim() === ""
      ? yamlIssue("title", "Say what you want to reach.")
      : readInput<GoalIn>(goalIn, readGoalForm(first, values, goal?.steps ?? []));
  const form = useForm({
    draft: tabDraft(`goal.${goal?.id ?? "new"}`, goalForm),
    first: () => first,
    read,
    send: (change, after) => put.mutate({ ...change, ...(goal ? { id: goal.id } : {}) }, after),
    busy: put.isPending,
    onSaved,
  });
  const ready = form.values.title.trim() !== "";
  const wrongFields = [...new Set(form.issues.map(({ path }) => fieldTitles.get(path.split(".")[0]) ?? path))];
  return (
    <form {...form.props} className="ptask form" aria-label={goal ? `Change ${goal.title}` : "New goal"}>
      <Field label="What do you want to reach" {...form.field("title")} focus />
      <Field label="Why it matters" {...form.field("why")} rows={2} />
      <Field label="Steps, one a line" {...form.field("steps")} rows={3} />
      <Field label="Reached when" {...form.field("measure")} />
      <div className="fx top wrap">
        <Field label="By when, if there is a date" {...form.field("by")} type="date" />
        {goal && <Field label="Percent, else by its steps" {...form.field("progress")} type="number" />}
      </div>
      {(wrongFields.length > 0 || put.isError) && (
        <p className="s13 c-bad" role="alert">
          {wrongFields.length > 0 ? (
            `${wrongFields.join(", ")}: not saved yet. What you wrote is kept here.`
          ) : (
            <Refusal error={put.error}> What you wrote is kept here.</Refusal>
          )}
        </p>
      )}
      <div className="fx">
        <button type="submit" className={ready ? "btn pri" : "btn off"} aria-disabled={!ready || put.isPending}>
          {put.isPending ? "Saving" : goal ? "Save" : "Set the goal"}
        </button>
        <button
          type="button"
          className="btn ghost"
          onClick={() => {
            form.discard();
            onCancel();
          }}
        >
          Cancel
        </button>
      </div>
    </form>
  );
}
const fieldTitles = new Map<string | undefined, string>([
  ["title", "Title"],
  ["why", "Why"],
  ["steps", "Steps"],
  ["measure", "Reached when"],
  ["by", "Date"],
  ["progress", "Percent"],
]);
