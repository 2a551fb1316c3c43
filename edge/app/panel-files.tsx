import { Link } from "@tanstack/react-router";
import { subject } from "./commit-title.ts";
import { useNow } from "./context.ts";
import { Changes, memoryRepo, total } from "./diff.tsx";
import { clockTime } from "./time.ts";
import type { Commit } from "./view.ts";

type Changed = { commit: Commit; file: Commit["files"][number] };
/** Each file once, as its latest commit left it. */
export function changedFiles(commits: readonly Commit[]): Changed[] {
  const latest = new Map<string, Changed>();
  for (const commit of commits) for (const file of commit.files) latest.set(`${commit.repo}:${file.path}`, { commit, file });
  return [...latest.values()].reverse();
}

export function FileList({ files }: { files: Changed[] }) {
  return (
    <ul className="files">
      {files.map(({ commit, file }) => (
        <li key={`${commit.repo}:${file.path}`}>
          <Link to="/files" search={{ repo: commit.repo, ref: commit.branch, path: file.path }}>
            <code className="grow t">{file.path}</code>
            <Changes {...file} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function Files({ files }: { files: Changed[] }) {
  const { view } = useNow();
  if (files.length === 0)
    return (
      <div className="sec">
        <div className="empty s13">
          <b className="b">No files yet</b>
          <p className="sub">What your agent writes and commits shows here, each with its diff.</p>
          <Link className="btn" style={{ marginTop: 10 }} to="/files">
            Open memory
          </Link>
        </div>
      </div>
    );
  return (
    <>
      <div className="sec">
        <h2>Changed files</h2>
        <FileList files={files} />
      </div>
      <div className="sec">
        <h2>Commits</h2>
        <Commits commits={view.commits} />
      </div>
    </>
  );
}

export function Commits({ commits }: { commits: readonly Commit[] }) {
  return (
    <ul className="hist s13">
      {[...commits].reverse().map((commit) => (
        <li key={`${commit.repo}@${commit.hash}`}>
          <Link to="/commit/$hash" params={{ hash: commit.hash }}>
            <span className="fx">
              <b className="med grow t">{subject(commit.title)}</b>
              <Changes {...total(commit.files)} />
            </span>
            <span className="fx s12 sub">
              <code className="s12">{commit.hash.slice(0, 7)}</code>
              <span className="t grow">{commit.repo === memoryRepo ? "memory" : commit.repo}</span>
              <span className="num">{clockTime(commit.at)}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
