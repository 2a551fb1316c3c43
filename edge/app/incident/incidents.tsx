import { Link, useSearch } from "@tanstack/react-router";
import type { IncidentView } from "../../../schema/incident/incident.ts";
import type { ProjectView } from "../../../schema/project/project.ts";
import { useActionQuery } from "../live/use-action.ts";
import { describeHealth } from "../project/project-words.ts";
import { formatDay, formatDuration, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { IncidentPage } from "./incident.tsx";
import { describeIncident } from "./incident-words.ts";

/** How what serves is watched, and every incident of it; or one of them. */
export function Monitoring({ project }: { project: ProjectView }) {
  const { incident } = useSearch({ from: "/project/$name" });
  return incident === undefined ? <Incidents project={project} /> : <IncidentPage project={project} id={incident} />;
}

function Incidents({ project }: { project: ProjectView }) {
  const query = useActionQuery("incidents", { project: project.name });
  const incidents = query.data?.incidents ?? [];
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  return (
    <>
      <div className={project.state === "failing" ? "quiet bad" : "quiet"} role="status">
        <Ring state={project.state === "failing" ? "failed" : project.current ? "done" : "idle"} label="" />
        <div>
          <b className="b">{project.current ? (describeHealth(project.app) ?? "Is looked at for the first time") : "Nothing serves yet"}</b>
          <p className="sub">
            {project.current
              ? "Its health and its answers are looked at by the platform. What lasts becomes an incident here."
              : "Once a release serves, it is watched."}{" "}
            <Link className="link" to="/project/$name" params={{ name: project.name }} search={{ tab: "settings" }}>
              What is done then
            </Link>
          </p>
        </div>
      </div>
      {incidents.length === 0 ? (
        <div className="empty">
          <b className="b">{query.isPending ? "Reading" : "No incidents"}</b>
          <p className="sub">It has been well whenever it was looked at.</p>
        </div>
      ) : (
        <ol className="rules" aria-label="Incidents">
          {incidents.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} />
          ))}
        </ol>
      )}
    </>
  );
}

function IncidentRow({ incident: { id, project, state, reason, openedAt, closedAt } }: { incident: IncidentView }) {
  const { ring, text } = describeIncident(state);
  return (
    <li>
      <Ring state={ring} label="" />
      <div className="grow">
        <p className="fx">
          <Link className="link grow" to="/project/$name" params={{ name: project }} search={{ tab: "monitoring", incident: id }}>
            {text}
          </Link>
          <span className="s12 sub num nowrap">
            {formatDay(openedAt)}, {formatTime(openedAt)}
          </span>
        </p>
        <p className="s13">{reason}</p>
        {closedAt !== undefined && <p className="s13 sub num">It lasted {formatDuration(closedAt - openedAt)}.</p>}
      </div>
    </li>
  );
}
