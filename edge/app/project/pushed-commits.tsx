import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type CommitStatusState, type CommitStatusView, isStatusUnderWay } from "../../../schema/git/commit-status.ts";
import { editBranches } from "../../../schema/project/edit.ts";
import { describeCommitStatus, listRepeatable } from "../git/commit-rings.ts";
import { StatusDetails, useCommitStatus } from "../git/commit-status.tsx";
import { plainCommitTitle } from "../git/commit-title.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { hideIds } from "../ui/plain-words.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import type { ProjectDetail } from "./project-page.tsx";

/** So many are shown at first, and so many more by each press. */
const pageSize = 20;

/** How each pushed commit of a project stands, newest first, and the presses that run checks again. */
export function PushedCommits({ detail: { project, main } }: { detail: ProjectDetail }) {
  const [shown, setShown] = useState(pageSize);
  const query = useActionQuery("statuses", { project: project.name });
  const statuses = query.data?.statuses ?? [];
  const repeatable = listRepeatable(statuses);
  const goes = statuses.some(({ branch, hash, state }) => isStatusUnderWay(state) && (branch === "main" || hash === main.commit));
  return (
    <>
      <h2>Pushed commits</h2>
      {main.commit && <Verify project={project.name} branch="main" goes={goes} text="Check the newest version now" />}
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && !query.isError && <p className="sub s13">Reading</p>}
      {query.data && statuses.length === 0 && <NoPushes />}
      <ol className="rules" aria-label="Pushed commits">
        {statuses.slice(0, shown).map((status) => (
          <PushedCommit key={status.hash} status={status}>
            {repeatable.has(status.hash) && (
              <Verify project={project.name} branch={status.branch} goes={false} text="Check its branch again" />
            )}
          </PushedCommit>
        ))}
      </ol>
      {statuses.length > shown && (
        <button type="button" className="btn" onClick={() => setShown(shown + pageSize)}>
          Show more
        </button>
      )}
    </>
  );
}

function NoPushes() {
  return (
    <div className="empty">
      <b className="b">No pushed commit was checked yet</b>
      <p className="sub s13">
        Name the project’s checks in <code>.growqr/environment.yaml</code>. Without them, each push runs what main was proven by last.
      </p>
    </div>
  );
}

type RowProps = { status: CommitStatusView; children: React.ReactNode };
function PushedCommit({ status, children }: RowProps) {
  const { hash, branch, title, createdAt } = status;
  const { ring, text } = describeCommitStatus(status);
  return (
    <li>
      <Ring state={ring} label="" />
      <div className="grow col">
        <p className="fx">
          <b className="b grow">{text}</b>
          <span className="s12 sub num nowrap">
            {formatDay(createdAt)}, {formatTime(createdAt)}
          </span>
        </p>
        <p className="s13 sub">
          <Link className="link" to="/commit/$hash" params={{ hash }}>
            {title === undefined ? `Commit ${hash.slice(0, 8)}` : plainCommitTitle(title)}
          </Link>{" "}
          on {branch.startsWith(editBranches) ? "a branch of its own" : hideIds(branch)}
        </p>
        <StatusDetails status={status} />
        {children}
      </div>
    </li>
  );
}

/** Runs the project's checks on the newest commit of a branch. `goes`: they are under way. */
type VerifyProps = { project: string; branch: string; goes: boolean; text: string };
function Verify({ project, branch, goes, text }: VerifyProps) {
  const verify = useAction("verify");
  const busy = goes || verify.isPending;
  return (
    <div className="acts s13">
      <button
        type="button"
        className={goes ? "btn off" : "btn"}
        aria-disabled={busy}
        onClick={() => !busy && verify.mutate({ project, branch })}
      >
        {goes ? "Its checks are under way" : verify.isPending ? "Asking" : text}
      </button>
      {verify.isError && !busy && (
        <span className="c-bad" role="alert">
          <Refusal error={verify.error} />
        </span>
      )}
    </div>
  );
}

const quietStates = new Set<CommitStatusState>(["passed", "skipped"]);
/** How main's newest commit stands, while that is worth a look. */
export function MainStatus({ detail: { project, main } }: { detail: ProjectDetail }) {
  const status = useCommitStatus(project.name, main.commit).data?.statuses[0];
  if (!status || quietStates.has(status.state)) return null;
  const { ring, text } = describeCommitStatus(status);
  return (
    <p className="fx wrap s13 sub">
      <Ring state={ring} label="" />
      Newest commit of main: {text}
      <Link className="link" to="/project/$name" params={{ name: project.name }} search={{ tab: "checks" }}>
        See its checks
      </Link>
    </p>
  );
}
