import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import { type IncidentDetail, type IncidentEvidence, type incidentStep, isRepairable } from "../../../schema/incident/incident.ts";
import type { ProjectView } from "../../../schema/project/project.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { describeHealth } from "../project/project-words.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Failed } from "../ui/load-failed.tsx";
import { PrintedLog } from "../ui/printed-log.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { describeIncident, describeIncidentStep } from "./incident-words.ts";

/** One incident: what happened, what is done about it, its timeline, and what was seen. */
export function IncidentPage({ project, id }: { project: ProjectView; id: IncidentDetail["id"] }) {
  const query = useActionQuery("incident", { incident: id });
  const incident = query.data?.incident;
  return (
    <>
      <p className="s13">
        <Link className="link" to="/project/$name" params={{ name: project.name }} search={{ tab: "monitoring" }}>
          All incidents
        </Link>
      </p>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {!incident && !query.isError && <p className="sub s13">Reading</p>}
      {incident && <WholeIncident incident={incident} />}
    </>
  );
}

function WholeIncident({ incident }: { incident: IncidentDetail }) {
  const { state, reason, cause, openedAt, plan, approval, evidence, steps } = incident;
  const { ring, text } = describeIncident(state);
  return (
    <>
      <div className={state === "closed" ? "quiet" : "quiet bad"} role="status">
        <Ring state={ring} label="" />
        <div>
          <b className="b">{text}</b>
          <p>{reason}</p>
          <p className="sub s13 num">
            {cause === "errors" ? "Too many of its answers were errors" : "It was not well"}, {formatDay(openedAt)}, {formatTime(openedAt)}.
          </p>
        </div>
      </div>
      <div className="fx wrap">
        {isRepairable(state) && <Repair incident={incident} />}
        {state === "asked" && approval && (
          <Link className="link s13" to="/inbox">
            The question
          </Link>
        )}
        {plan && (
          <Link className="link s13" to="/plan/$id" params={{ id: plan }}>
            {state === "closed" ? "The last repair" : "The repair"}
          </Link>
        )}
      </div>
      <h2>What happened</h2>
      <ol className="rules" aria-label="Timeline">
        {keyedByIndex(
          steps.map((step) => <TimelineStep key={step.at} step={step} />),
          "li",
        )}
      </ol>
      {evidence && <Evidence evidence={evidence} />}
    </>
  );
}
function TimelineStep({ step }: { step: z.infer<typeof incidentStep> }) {
  return (
    <>
      <Ring state={describeIncidentStep(step.kind)} label="" />
      <span className="grow s13">{step.text}</span>
      <span className="s12 sub num nowrap">{formatTime(step.at)}</span>
    </>
  );
}

/** Asked once: it is also the yes to the deployment of the repair. */
function Repair({ incident: { id, project } }: { incident: IncidentDetail }) {
  const { ask } = useScreen();
  const repair = useAction("repair");
  const press = () =>
    repair.isPending ||
    ask({
      title: `Repair ${project}?`,
      text: "One agent finds the cause and shows it by a test, another mends it. Once that is proven and merged, it is deployed.",
      yes: "Repair it",
      act: () => repair.mutate({ incident: id }),
    });
  return (
    <>
      <button type="button" className="btn pri" aria-disabled={repair.isPending} onClick={press}>
        {repair.isPending ? "Asking" : "Repair it"}
      </button>
      {repair.isError && (
        <span className="c-bad s13" role="alert">
          <Refusal error={repair.error}> Nothing was begun.</Refusal>
        </span>
      )}
    </>
  );
}

function Evidence({ evidence: { state, reason, requests, errors, log } }: { evidence: IncidentEvidence }) {
  return (
    <details className="fold s13">
      <summary>What was seen</summary>
      <p>
        {describeHealth(state) ?? "Its machine had nothing of it"}. {reason}
      </p>
      <p className="num">
        {requests === 0
          ? "Nobody asked for anything in the minutes before."
          : `${errors} of ${requests} answers in the minutes before were errors.`}
      </p>
      {log ? <PrintedLog text={log} /> : <p className="sub">It had printed nothing.</p>}
    </details>
  );
}
