import type { ProjectView } from "../../../schema/project/project.ts";
import { type Beginning, beginSteps } from "../../../schema/project/template.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { useAction } from "../live/use-action.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";

const stepTitles: Record<Beginning["step"], string> = {
  repository: "Make its repository",
  files: "Write its files",
  checks: "Prove it in a clean checkout",
  main: "Make it the current version",
  online: "Put it online, for you alone",
};
const ringOf = (at: number, now: number, failed: boolean): RingState =>
  at < now ? "done" : at > now ? "idle" : failed ? "failed" : "working";

/** The steps of a project that begins from a template, while it does. */
export function ProjectBeginning({ project, beginning }: { project: ProjectView; beginning: NonNullable<ProjectView["beginning"]> }) {
  const make = useAction("projectMake");
  const { step, online, reason, template } = beginning;
  const steps = beginSteps.filter((each) => each !== "online" || online);
  const now = steps.indexOf(step);
  return (
    <div className={reason ? "quiet bad" : "quiet"} role="status">
      <div className="grow">
        <b className="b">{reason ? "It could not be made yet" : "It is being made"}</b>
        <ol className="rules">
          {steps.map((each, at) => (
            <li key={each} className="fx s13" aria-current={at === now ? "step" : undefined}>
              <Ring state={ringOf(at, now, reason !== undefined)} />
              <span className="grow">{stepTitles[each]}</span>
            </li>
          ))}
        </ol>
        {reason && (
          <p className="sub">
            {reason}
            <PlanLink after={reason} />
          </p>
        )}
        {make.isError && (
          <p className="c-bad s13" role="alert">
            <Refusal error={make.error} />
          </p>
        )}
        {reason && (
          <div className="acts">
            <button
              type="button"
              className="btn"
              aria-disabled={make.isPending}
              onClick={() => make.isPending || make.mutate({ name: project.name, template })}
            >
              {make.isPending ? "Trying again" : "Try again"}
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
