import type { Automation } from "../../../schema/project/automation.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";

const repairChoices: { id: Automation["repair"]; title: string }[] = [
  { id: "off", title: "Tell me, and do nothing" },
  { id: "ask", title: "Ask me whether it is repaired" },
  { id: "auto", title: "Repair it and deploy the repair" },
];
const deployChoices: { id: Automation["deploys"]; title: string }[] = [
  { id: "ask", title: "Ask me each time" },
  { id: "auto", title: "Put online what is proven" },
];

/** What is done by itself when the app is not well, and when a newer version is proven. */
export function ProjectAutomation({ project, automation }: { project: string; automation: Automation }) {
  const change = useAction("automate");
  const { repair = automation.repair, deploys = automation.deploys } = change.isPending ? change.variables : automation;
  return (
    <>
      <h2>By itself</h2>
      <div className="col gap">
        <Field
          label="When it is not well"
          value={repair}
          set={(id) => change.mutate({ project, repair: repairChoices.find((choice) => choice.id === id)?.id })}
          choices={repairChoices}
        />
        <Field
          label="When a newer version is proven"
          value={deploys}
          set={(id) => change.mutate({ project, deploys: deployChoices.find((choice) => choice.id === id)?.id })}
          choices={deployChoices}
        />
      </div>
      <p className="s13 sub">
        Repairs use your budget as all work does. After three in a day, or two that fail, you are asked. The first deployment is always
        yours.
      </p>
      {change.isError && (
        <p className="c-bad s13" role="alert">
          {failureText(change.error)} Nothing was changed.
        </p>
      )}
    </>
  );
}
