import { useSearch } from "@tanstack/react-router";
import { GitBranch, Search, X } from "lucide-react";
import { useMemo, useState } from "react";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { CloneLink } from "../git/clone-link.tsx";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { ProposalCard } from "../proposal.tsx";
import { useTitle } from "../shell/page-title.ts";
import { Asleep, useStackQuery } from "../stack/asleep.tsx";
import { useOpenFold } from "../ui/open-fold.ts";
import styles from "./memory.module.css";
import { MemoryFileScreen } from "./memory-file.tsx";
import { CommitView, FileHistory } from "./memory-history.tsx";
import { MemoryHits } from "./memory-search.tsx";
import { MemoryTree } from "./memory-tree.tsx";
import { Remembered } from "./remembered.tsx";

/** What the agents remember: files in Git, their history, and proposals. */
export function Memory() {
  const search = useSearch({ from: "/memories" });
  const [words, setWords] = useState("");
  const tree = useStackQuery("memoryTree", {});
  const proposals = useActionQuery("proposals", { state: "pending", limit: 100 });
  const waiting = useMemo(() => proposals.data?.proposals ?? [], [proposals.data]);
  const here = search.path ? waiting.filter((proposal) => proposal.path === search.path) : waiting;
  useTitle(search.path ?? "Memory");
  const searching = words.trim() !== "";
  const [history, files] = [useOpenFold("memory:history"), useOpenFold("memory:files")];
  const open = searching || search.path !== undefined || search.commit !== undefined;
  return (
    <>
      <div className="bar">
        <h1>Memory</h1>
        <span className="grow" />
        <MemorySearch words={words} set={setWords} />
        <span className="only-d">
          <CloneLink repo={memoryRepository} />
        </span>
      </div>
      <Asleep text="the files of memory can't be read" more="; your agents keep all of it" />
      {open ? (
        <div className="mem open">
          <nav className="tree" aria-label="Files in memory">
            <Files tree={tree} path={search.path} waiting={waiting} />
          </nav>
          <section className="doc" aria-label="Memory">
            {searching ? (
              <MemoryHits words={words} leave={() => setWords("")} />
            ) : search.commit ? (
              <CommitView key={`${search.commit} ${search.path ?? ""}`} hash={search.commit} path={search.path} />
            ) : search.path && search.view === "history" ? (
              <FileHistory path={search.path} />
            ) : search.path ? (
              <MemoryFileScreen key={search.path} path={search.path} line={search.line} />
            ) : null}
            {search.path && !searching && here.length > 0 && (
              <div className="pad col gap">
                {here.map((proposal) => (
                  <ProposalCard key={proposal.id} proposal={proposal} onDecided={() => void proposals.refetch()} />
                ))}
              </div>
            )}
          </section>
        </div>
      ) : (
        <section className="doc" aria-label="Memory">
          <div className={`pad col ${styles.overview}`}>
            {waiting.length > 0 && <h2>Proposed</h2>}
            {waiting.map((proposal) => (
              <ProposalCard key={proposal.id} proposal={proposal} onDecided={() => void proposals.refetch()} />
            ))}
            <Remembered />
            <details className="fold s13" {...history}>
              <summary>Recent changes</summary>
              {history.open && <FileHistory path={undefined} />}
            </details>
            <details className="fold s13" {...files}>
              <summary>All files</summary>
              <nav className="tree" aria-label="Files in memory">
                <Files tree={tree} path={undefined} waiting={waiting} />
              </nav>
            </details>
          </div>
        </section>
      )}
    </>
  );
}

type TreeQuery = Pick<ReturnType<typeof useStackQuery<"memoryTree">>, "data" | "isError" | "error" | "refetch" | "fetchStatus">;
/** The repository as it is: folders, files, and where it stands. */
function Files({ tree, path, waiting }: { tree: TreeQuery; path: string | undefined; waiting: WaitingProposals }) {
  if (!tree.data)
    return (
      <p className="s13 sub pad">
        {tree.isError ? (
          <span className="c-bad" role="alert">
            {failureText(tree.error)}{" "}
            <button type="button" className="link" onClick={() => void tree.refetch()}>
              Retry
            </button>
          </span>
        ) : (
          tree.fetchStatus !== "idle" && "Reading"
        )}
      </p>
    );
  return (
    <>
      <MemoryTree entries={tree.data.entries} path={path} waiting={waiting} />
      <p className={`${styles.mfoot} s12 sub num fx`}>
        <GitBranch className="i s14" aria-hidden="true" />
        main at <code className="s12">{tree.data.head.slice(0, 7)}</code>
        {tree.data.truncated && ", only the first files are listed"}
      </p>
    </>
  );
}

function MemorySearch({ words, set }: { words: string; set: (words: string) => void }) {
  return (
    <div className={`inp ${styles.findIn}`}>
      <Search className="i s14" aria-hidden="true" />
      <input
        type="text"
        aria-label="Search memory, files, messages and decisions"
        placeholder="Search"
        value={words}
        onChange={(event) => set(event.target.value)}
      />
      {words && (
        <button type="button" className="ib xs" aria-label="Clear the search" onClick={() => set("")}>
          <X className="i s14" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

type WaitingProposals = React.ComponentProps<typeof ProposalCard>["proposal"][];
