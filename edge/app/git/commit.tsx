import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useTitle } from "../shell/page-title.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { hideIds } from "../ui/plain-words.ts";
import { CommitStatus } from "./commit-status.tsx";
import { plainCommitTitle } from "./commit-title.ts";
import { FileDiff, LineCounts, sumChanges } from "./diff.tsx";
import styles from "./git.module.css";

/** One commit, every file of it. */
export function CommitPage() {
  const { hash } = useParams({ from: "/commit/$hash" });
  const begun = useLive(({ view }) => view.begun);
  const here = useLive(({ view }) => view.commits.find((commit) => commit.hash === hash));
  const asked = useActionQuery("commit", { hash }, { on: here === undefined && begun, fixed: true });
  const commit = here ?? asked.data?.commit;
  useTitle(commit ? plainCommitTitle(commit.title) : "Commit");
  return (
    <>
      <div className="bar">
        <Link to="/" className="ib" aria-label="Back to the conversation">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        <h1 className="t">{commit ? plainCommitTitle(commit.title) : "Commit"}</h1>
        <span className="grow" />
        {commit && <LineCounts {...sumChanges(commit.files)} />}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="scroll" tabIndex={0} aria-label="Changes">
        {commit ? (
          <div className={styles.whole}>
            <p className="s13 sub">
              By {commit.author} in {commit.repo === memoryRepository ? "memory" : commit.repo.replace(/^projects\//, "")},{" "}
              {formatDay(commit.at)}, {formatTime(commit.at)}
            </p>
            {commit.repo !== memoryRepository && <CommitStatus repo={commit.repo} hash={commit.hash} />}
            <details className="fold s12">
              <summary>Details</summary>
              <p className="sub">
                <code>{commit.hash}</code>, on {hideIds(commit.branch)} of {commit.repo}
              </p>
            </details>
            {commit.truncated && <p className="quiet s13">Large: some of it is not shown here. The files are whole under Files.</p>}
            {commit.files.map((file) => (
              <FileDiff key={file.path} file={file} />
            ))}
          </div>
        ) : (
          <div className="page">
            <div className="empty">
              {asked.isError ? <Failed error={asked.error} retry={asked.refetch} /> : <b className="b">Reading</b>}
            </div>
          </div>
        )}
      </section>
    </>
  );
}
