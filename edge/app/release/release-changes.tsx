import { Commits, FileList } from "../git/changed-files.tsx";
import { LineCounts, sumChanges } from "../git/diff.tsx";
import { useActionQuery } from "../live/use-action.ts";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./release.module.css";

/** What a release has that the one before had not: its commits, each with its diff, and the files. */
export function ReleaseChangeList({ project, release }: { project: string; release: string }) {
  const query = useActionQuery("releaseChanges", { project, release }, { fixed: true });
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return <p className="sub s13">Reading</p>;
  const { since, commits, files, totalFiles, complete } = query.data;
  if (commits.length === 0)
    return (
      <p className="s13 sub">
        {complete ? "Nothing: it is the same commit." : "The log does not tell what came between the two any more."}
      </p>
    );
  const repo = commits[0]?.repo ?? "";
  return (
    <div className={styles.changes}>
      <p className="s13 sub num">
        {since ? "Since the release before: " : "The first release: "}
        {commits.length} {commits.length === 1 ? "commit" : "commits"}, {totalFiles} {totalFiles === 1 ? "file" : "files"}{" "}
        <LineCounts {...sumChanges(files)} />
      </p>
      <Commits commits={commits} />
      <FileList files={files.map((file) => ({ repo, branch: "main", ...file }))} />
      {totalFiles > files.length && (
        <p className="s12 sub num">
          The first {files.length} of {totalFiles} files
        </p>
      )}
      {!complete && <p className="s12 sub">There is more than is shown here: the log does not tell all of it.</p>}
    </div>
  );
}
