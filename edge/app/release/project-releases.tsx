import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import type { ReleaseView } from "../../../schema/release/release.ts";
import type { KeptRelease } from "../../../schema/release/release-host.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { useLive } from "../live/use-live.ts";
import { describeRelease } from "../project/project-words.ts";
import { formatDay, formatDuration, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { PrintedLog } from "../ui/printed-log.tsx";
import { Ring } from "../ui/ring.tsx";
import styles from "./release.module.css";
import { ReleaseMadeOf } from "./release-made.tsx";
import { useReleases } from "./releases.ts";
import { RollBack } from "./roll-back.tsx";

const ReleaseChangeList = lazy(() => import("./release-changes.tsx").then((part) => ({ default: part.ReleaseChangeList })));

/** Every release: who wanted it, what proves it, how it went, and the way back to the one before. */
export function ProjectReleases({ project }: { project: ProjectView }) {
  const query = useReleases(project.name);
  const releases = query.data?.releases ?? [];
  const kept = project.current ? project.kept : [];
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (releases.length === 0)
    return (
      <div className="empty">
        <b className="b">{query.isPending ? "Reading" : "Nothing of it is online yet"}</b>
        <p className="sub">Each release stands here with what proves it, and one press goes back to the one before.</p>
        <Link className="btn" to="/project/$name" params={{ name: project.name }}>
          To the overview
        </Link>
      </div>
    );
  return (
    <ol className="rules" aria-label="Releases">
      {releases.map((release) => (
        <ReleaseRow key={release.id} release={release} back={kept.find((each) => each.release === release.id)} />
      ))}
    </ol>
  );
}

/** Read when it is opened. */
function Changes({ project, release }: { project: string; release: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="fold s13" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>What changed since the one before</summary>
      {open && (
        <Suspense fallback={<p className="sub s13">Reading</p>}>
          <ReleaseChangeList project={project} release={release} />
        </Suspense>
      )}
    </details>
  );
}

function ReleaseRow({ release, back }: { release: ReleaseView; back: KeptRelease | undefined }) {
  const { ring, text } = describeRelease(release);
  const agent = useLive(({ view }) => view.agents.get(release.by)?.title);
  const { createdAt, servedAt, commit, reason, log } = release;
  return (
    <li>
      <Ring state={ring} label="" />
      <div className={`grow ${styles.release}`}>
        <p className="fx">
          <b className="b grow">{text}</b>
          <span className="s12 sub num nowrap">
            {formatDay(createdAt)}, {formatTime(createdAt)}
          </span>
        </p>
        {reason && (
          <p className="s13">
            {reason}
            <PlanLink after={reason} />
          </p>
        )}
        <p className="s13 sub num">
          Put online by {release.by === "member" ? "you" : release.by === "platform" ? "the platform, by your word" : (agent ?? "an agent")}
          {servedAt !== undefined && `, served after ${formatDuration(servedAt - createdAt)}`}.{" "}
          <Link className="link" to="/commit/$hash" params={{ hash: commit }}>
            What it changed
          </Link>
          {" · "}
          <Link className="link" to="/receipt/$id" params={{ id: release.receipt }}>
            Its receipt
          </Link>
        </p>
        {release.made && <ReleaseMadeOf commit={commit} made={release.made} />}
        {release.servedAt !== undefined && <Changes project={release.project} release={release.id} />}
        {log && (
          <details className="fold s13">
            <summary>What it printed last</summary>
            <PrintedLog text={log} />
          </details>
        )}
        {back && <RollBack project={release.project} release={release} pastMigration={back.pastMigration} />}
      </div>
    </li>
  );
}
