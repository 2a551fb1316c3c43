import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { branchChangesOut, ChangedFileView, CommitLine } from "../../../schema/git/changes.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { shownPath } from "../../../schema/wire/path.ts";
import { useConversation } from "../conversation/conversation.ts";
import type { LoggedCommit } from "../live/log-view.ts";
import { useActionQuery } from "../live/use-action.ts";
import { formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { plainCommitTitle } from "./commit-title.ts";
import { LineCounts } from "./diff.tsx";

type Listed = Pick<ChangedFileView, "repo" | "branch" | "path" | "additions" | "deletions">;
/** Each file once, as its latest commit left it. */
export function listChangedFiles(commits: readonly LoggedCommit[]): Listed[] {
  const latest = new Map<string, Listed>();
  for (const { repo, branch, files } of commits) for (const file of files) latest.set(`${repo}:${file.path}`, { repo, branch, ...file });
  return [...latest.values()].reverse();
}
/** The changed files of one agent's channel, or of all in the Grow Agent's. */
export function useChanges() {
  const { home, channel } = useConversation();
  const input = home || channel === undefined ? {} : { channel };
  return useActionQuery("changes", input, { on: home || channel !== undefined });
}

export function FileList({ files }: { files: readonly Listed[] }) {
  return (
    <ul className="files">
      {files.map(({ repo, branch, ...file }) => (
        <li key={`${repo}:${file.path}`}>
          <Link to="/files" search={{ repo, ref: branch, path: file.path }}>
            <code className="grow t">{shownPath(file.path)}</code>
            <LineCounts {...file} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function ChangedFilesTab({ query }: { query: UseQueryResult<z.infer<typeof branchChangesOut>> }) {
  if (query.isError)
    return (
      <div className="sec">
        <Failed error={query.error} retry={query.refetch} />
      </div>
    );
  if (!query.data)
    return (
      <div className="sec">
        <p className="sub s13">Reading</p>
      </div>
    );
  const { files, total, commits } = query.data;
  if (total === 0)
    return (
      <div className="sec">
        <div className="empty s13">
          <b className="b">No files yet</b>
          <p className="sub">What your agent writes and commits shows here, each with its diff.</p>
          <Link className="btn" style={{ marginTop: 10 }} to="/files">
            Open your files
          </Link>
        </div>
      </div>
    );
  return (
    <>
      <div className="sec">
        <h2>Changed files</h2>
        <FileList files={files} />
        {total > files.length && (
          <p className="s12 sub num">
            The newest {files.length} of {total}
          </p>
        )}
      </div>
      <div className="sec">
        <h2>Commits</h2>
        <Commits commits={commits} />
      </div>
    </>
  );
}

export function Commits({ commits }: { commits: readonly CommitLine[] }) {
  return (
    <ul className="hist s13">
      {commits.map((commit) => (
        <li key={`${commit.repo}@${commit.hash}`}>
          <Link to="/commit/$hash" params={{ hash: commit.hash }}>
            <span className="fx">
              <b className="med grow t">{plainCommitTitle(commit.title)}</b>
              <LineCounts {...commit} />
            </span>
            <span className="fx s12 sub">
              <span className="t grow">{commit.repo === memoryRepository ? "memory" : commit.repo}</span>
              <span className="num">{formatTime(commit.at)}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
