import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { MemoryCommit } from "../../../schema/memory/memory-api.ts";
import { canRevert } from "../../../schema/memory/memory-index.ts";
import { plainCommitTitle } from "../git/commit-title.ts";
import { FileDiff, LineCounts, sumChanges } from "../git/diff.tsx";
import { failureText, useAction, useActionPages, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useAsleep } from "../stack/asleep.tsx";
import { afterPress } from "../ui/after-press.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { BackToTree } from "./back-to-tree.tsx";

/** The history of memory or of one file: newest first, page by page. */
export function FileHistory({ path }: { path: string | undefined }) {
  const input = { limit: 30, ...(path ? { path } : {}) };
  const { query, pages, more } = useActionPages("memoryHistory", input, { on: !useAsleep() });
  const commits = pages.flatMap((page) => page.commits);
  return (
    <>
      {path && (
        <div className="crumb">
          <BackToTree />
          <span className="t grow">
            History of <b className="b">{path}</b>
          </span>
          <Link className="chip" to="/memories" search={{ path }}>
            The file
          </Link>
        </div>
      )}
      {query.isError && <Failed error={query.error} retry={query.refetch} className="s13 c-bad pad" />}
      {query.isFetching && query.isPending && <p className="s13 sub pad">Reading</p>}
      <ul className={path ? "hist s13 pad" : "hist s13"}>
        {commits.map((commit) => (
          <li key={commit.hash}>
            <CommitLine commit={commit} path={path} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <p className="pad">
          <button type="button" className="btn" aria-disabled={query.isFetchingNextPage} onClick={more}>
            {query.isFetchingNextPage ? "Reading" : "Older"}
          </button>
        </p>
      )}
    </>
  );
}

function CommitLine({ commit, path }: { commit: MemoryCommit; path: string | undefined }) {
  const agents = useLive(({ view }) => view.agents);
  return (
    <Link to="/memories" search={path ? { path, commit: commit.hash } : { commit: commit.hash }}>
      <span className="fx">
        <b className="med grow t">{plainCommitTitle(commit.title)}</b>
        <code className="s12 sub">{commit.hash.slice(0, 7)}</code>
      </span>
      <span className="fx s12 sub num">
        <span className="t grow">{commit.agents.map((id) => agents.get(id)?.title ?? "An agent").join(", ") || commit.author}</span>
        <span>
          {formatDay(commit.at)}, {formatTime(commit.at)}
        </span>
      </span>
    </Link>
  );
}

/** One commit of memory: its files and its revert. With `path`, only the change to that file. */
export function CommitView({ hash, path }: { hash: string; path: string | undefined }) {
  const diff = useActionQuery("memoryDiff", { commit: hash, ...(path ? { path } : {}) }, { fixed: true });
  const [sure, setSure] = useState(false);
  const act = useAction("memoryRevert");
  const commit = diff.data;
  const paths = commit?.files.map((file) => file.path).filter(canRevert) ?? [];
  const part = path !== undefined && (commit?.commit.changes.length ?? 0) > 1;
  const revert = () => {
    if (act.isPending || act.isSuccess) return;
    if (sure) act.mutate({ commit: hash, ...(part ? { paths } : {}) });
    else setSure(true);
  };
  return (
    <>
      <div className="crumb">
        <BackToTree />
        <b className="b t grow">{commit ? plainCommitTitle(commit.commit.title) : "Change"}</b>
        {commit && <LineCounts {...sumChanges(commit.files)} />}
        {path && (
          <Link className="chip" to="/memories" search={{ path }}>
            The file
          </Link>
        )}
      </div>
      <div className="pad col gap">
        {diff.isError && (
          <p className="s13 c-bad" role="alert">
            {failureText(diff.error)}
          </p>
        )}
        {diff.isPending && <p className="s13 sub">Reading</p>}
        {commit && (
          <>
            <p className="s12 sub num">
              <code className="s12">{hash.slice(0, 10)}</code> · {commit.commit.author} · {formatDay(commit.commit.at)},{" "}
              {formatTime(commit.commit.at)}
            </p>
            <Along changes={commit.commit.changes} hash={hash} path={path} />
            {commit.truncated && <p className="quiet s13">Large: some of it is not shown here.</p>}
            {commit.files.map((file) => (
              <FileDiff key={file.path} file={file} />
            ))}
            {paths.length > 0 && (
              <div className="fx wrap">
                <button
                  type="button"
                  className={sure ? "btn bad" : "btn"}
                  aria-disabled={act.isPending || act.isSuccess}
                  onBlur={() => afterPress(() => setSure(false))}
                  onClick={revert}
                >
                  {act.isPending ? "Reverting" : act.isSuccess ? "Reverted" : sure ? "Really revert" : "Revert this change"}
                </button>
                <span className="s12 sub">
                  {act.isSuccess ? "As a new commit; nothing of the history is lost." : "It makes a new commit; nothing is lost."}
                </span>
              </div>
            )}
            {act.isError && (
              <p className="s13 c-bad" role="alert">
                <Refusal error={act.error}> Nothing was changed.</Refusal>
              </p>
            )}
          </>
        )}
      </div>
    </>
  );
}

/** The changes of one commit to a file, with a link to its other files. */
function Along({ changes, hash, path }: { changes: readonly string[]; hash: string; path: string | undefined }) {
  if (changes.length < 2) return null;
  if (path)
    return (
      <p className="s12 sub">
        Committed together with{" "}
        <Link className="link" to="/memories" search={{ commit: hash }}>
          {changes.length === 2 ? "another change" : `${changes.length - 1} other changes`}
        </Link>
      </p>
    );
  return <ul className="s13">{keyedByIndex(changes.map(plainCommitTitle), "li")}</ul>;
}
