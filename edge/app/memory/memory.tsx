import { useSearch } from "@tanstack/react-router";
import { GitBranch, Search, X } from "lucide-react";
import { useMemo, useState } from "react";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { CloneLink } from "../git/clone-link.tsx";
import { failureText, useActionQuery } from "../live/use-action.ts";
import { ProposalCard } from "../proposal.tsx";
import { useTitle } from "../shell/page-title.ts";
import { Asleep, useStackQuery } from "../stack/asleep.tsx";
import styles from "./memory.module.css";
import { MemoryFileScreen } from "./memory-file.tsx";
import { CommitView, FileHistory } from "./memory-history.tsx";
import { MemoryHits } from "./memory-search.tsx";
import { MemoryTree } from "./memory-tree.tsx";

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
      <Asleep text="memory can't be read until it is awake; your agents keep all of it" />
      <div className={open ? "mem open" : "mem"}>
        <nav className="tree" aria-label="Files in memory">
          {waiting.length > 0 && !open && (
            <div className="only-m col gap pad">
              {waiting.map((proposal) => (
                <ProposalCard key={proposal.id} proposal={proposal} onDecided={() => void proposals.refetch()} />
              ))}
            </div>
          )}
          {tree.data ? (
            <MemoryTree entries={tree.data.entries} path={search.path} waiting={waiting} />
          ) : (
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
          )}
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
          ) : (
            <Overview waiting={waiting} decided={() => void proposals.refetch()} />
          )}
          {search.path && !searching && here.length > 0 && (
            <div className="pad col gap">
              {here.map((proposal) => (
                <ProposalCard key={proposal.id} proposal={proposal} onDecided={() => void proposals.refetch()} />
              ))}
            </div>
          )}
          {tree.data && (
            <p className={`${styles.mfoot} s12 sub num fx`}>
              <GitBranch className="i s14" aria-hidden="true" />
              main at <code className="s12">{tree.data.head.slice(0, 7)}</code>
              {tree.data.truncated && ", only the first files are listed"}
            </p>
          )}
        </section>
      </div>
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
function Overview({ waiting, decided }: { waiting: WaitingProposals; decided: () => void }) {
  return (
    <div className="pad col gap">
      {waiting.length > 0 && <h2>Proposed</h2>}
      {waiting.map((proposal) => (
        <ProposalCard key={proposal.id} proposal={proposal} onDecided={decided} />
      ))}
      <h2>Recent changes</h2>
      <FileHistory path={undefined} />
    </div>
  );
}
