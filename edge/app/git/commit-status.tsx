import { Link } from "@tanstack/react-router";
import type { CommitStatusView, StatusCheck } from "../../../schema/git/commit-status.ts";
import { describeError } from "../live/api.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDuration } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { hideIds } from "../ui/plain-words.ts";
import { Ring } from "../ui/ring.tsx";
import { describeCommitStatus } from "./commit-rings.ts";
import { projectOfRepo } from "./repos.ts";

/** The status of one commit of a project. */
export const useCommitStatus = (project: string, hash: string | undefined) =>
  useActionQuery("statuses", { project, ...(hash === undefined ? {} : { hash }) }, { on: hash !== undefined });

/** How a commit stands, below its title; nothing where nothing is known of it. */
export function CommitStatus({ repo, hash }: { repo: string; hash: string }) {
  const query = useCommitStatus(projectOfRepo(repo), hash);
  const status = query.data?.statuses[0];
  if (status) return <CommitStatusLine status={status} />;
  if (!query.isError || describeError(query.error).code === "not_found") return null; // it is no project by now
  return <Failed error={query.error} retry={query.refetch} className="s12 sub" />;
}
function CommitStatusLine({ status }: { status: CommitStatusView }) {
  const { ring, text } = describeCommitStatus(status);
  return (
    <div className="fx top s13">
      <Ring state={ring} label="" />
      <div className="grow">
        <p className="med" role="status">
          {text}
        </p>
        <StatusDetails status={status} />
      </div>
    </div>
  );
}

/** Why it stands so, what it is proven by, and each of its checks. */
export function StatusDetails({ status: { reason, checks, taskId, receiptId } }: { status: CommitStatusView }) {
  return (
    <>
      {reason && <p className="s13 sub pre">{hideIds(reason)}</p>}
      {(taskId || receiptId) && (
        <p className="fx wrap s13">
          {receiptId && (
            <Link className="link" to="/receipt/$id" params={{ id: receiptId }}>
              Its receipt
            </Link>
          )}
          {taskId && (
            <Link className="link" to="/timeline" search={{ task: taskId }}>
              Its task
            </Link>
          )}
        </p>
      )}
      {checks.length > 0 && (
        <details className="fold s13">
          <summary>{checks.length === 1 ? "Its check" : `Its ${checks.length} checks`}</summary>
          <ul className="checks s13">
            {checks.map((check) => (
              <StatusCheckLine key={check.name} check={check} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
function StatusCheckLine({ check }: { check: StatusCheck }) {
  const { passed, ms, reason } = check;
  return (
    <li>
      <Ring state={passed ? "done" : "failed"} size={12} label={passed ? "Passed" : "Failed"} />
      <div className="grow">
        {check.what}
        {reason && <p className="sub pre">{hideIds(reason)}</p>}
      </div>
      <span className="sub num nowrap">{formatDuration(ms)}</span>
    </li>
  );
}

/** How the newest commit of a branch stands, beside the branch. */
export function BranchStatus({ repo, hash }: { repo: string; hash: string }) {
  const { phone } = useScreen();
  const status = useCommitStatus(projectOfRepo(repo), hash).data?.statuses[0];
  if (!status) return null;
  const { ring, text } = describeCommitStatus(status);
  return (
    <Link className={phone ? "ib" : "fx s13 sub"} to="/commit/$hash" params={{ hash }} aria-label={`Newest commit: ${text}`}>
      <Ring state={ring} label="" />
      {!phone && <span className="nowrap">{text}</span>}
    </Link>
  );
}
