import { Link, useNavigate } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { memoryWriteIn } from "../../../schema/memory/memory-api.ts";
import { isStateFile } from "../../../schema/memory/memory-index.ts";
import { describeError } from "../live/api.ts";
import { failureText, useAction } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useStackQuery } from "../stack/asleep.tsx";
import { TextEdit } from "../ui/form/text-edit.tsx";
import { readInput } from "../ui/form/use-form.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Markdown } from "../ui/markdown/markdown.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { BackToTree } from "./back-to-tree.tsx";
import styles from "./memory.module.css";

/** One file of memory: as a page or as lines, with its reasons and the person's edit. */
export function MemoryFileScreen({ path, line }: { path: string; line: number | undefined }) {
  const [mode, setMode] = useState<"page" | "lines" | "edit">(line === undefined && path.endsWith(".md") ? "page" : "lines");
  const [why, setWhy] = useState(false);
  const query = useStackQuery("memoryFile", { path });
  const parts = path.split("/");
  const file = query.data;
  return (
    <>
      <div className="crumb">
        <BackToTree />
        <span className="t">
          <span className="sub">{parts.slice(0, -1).map((part) => `${part} / `)}</span>
          <b className="b">{parts.at(-1)}</b>
        </span>
        <span className="grow" />
        <button type="button" className="chip" aria-pressed={why} onClick={() => setWhy(!why)}>
          Why
        </button>
        <Link className="chip" to="/memories" search={{ path, view: "history" }}>
          History
        </Link>
        {path.endsWith(".md") && (
          <button
            type="button"
            className="chip"
            aria-pressed={mode === "lines"}
            onClick={() => setMode(mode === "lines" ? "page" : "lines")}
          >
            Raw
          </button>
        )}
        {/^patterns\/.+\.yaml$/.test(path) && typeof file?.text === "string" && <PlanAgain pattern={path} />}
        {typeof file?.text === "string" && !isStateFile(path) && (
          <button type="button" className="ib xs" aria-label="Edit this file" onClick={() => setMode("edit")}>
            <Pencil className="i s14" aria-hidden="true" />
          </button>
        )}
      </div>
      {why && <Why path={path} />}
      {query.isError && (
        <p className="pad c-bad s13" role="alert">
          {describeError(query.error).code === "not_found" ? "This file is not there any more; its history is." : failureText(query.error)}{" "}
          <button type="button" className="link" onClick={() => void query.refetch()}>
            Retry
          </button>
        </p>
      )}
      {query.isPending && query.isFetching && <p className="pad s13 sub">Reading</p>}
      {file && file.text === null && <p className="pad s13 sub">This is not text.</p>}
      {typeof file?.text === "string" &&
        (mode === "edit" ? (
          <MemoryEdit
            path={path}
            text={file.text}
            base={file.commit}
            onLeave={() => setMode(path.endsWith(".md") ? "page" : "lines")}
            onSaved={() => void query.refetch()}
          />
        ) : mode === "page" ? (
          <div className="md">
            <h2 className="vh">{path}</h2>
            <h3 className="vh">Text</h3>
            <Markdown text={file.text.replace(/^---\n[\s\S]*?\n---\n/, "")} />
          </div>
        ) : (
          <MemorySource text={file.text} path={path} line={line} />
        ))}
    </>
  );
}

/** Proposes the plan that a pattern holds; nothing runs before it is accepted. */
function PlanAgain({ pattern }: { pattern: string }) {
  const propose = useAction("planPropose");
  const go = useNavigate();
  const again = () => propose.mutate({ pattern }, { onSuccess: ({ plan }) => void go({ to: "/plan/$id", params: { id: plan.id } }) });
  return (
    <>
      {propose.isError && (
        <span className="s12 c-bad" role="alert">
          {failureText(propose.error)}
        </span>
      )}
      <button type="button" className="chip" aria-disabled={propose.isPending} onClick={() => !propose.isPending && again()}>
        Plan this again
      </button>
    </>
  );
}

/** The commits behind a file: who wrote them, and for which task. */
function Why({ path }: { path: string }) {
  const agents = useLive(({ view }) => view.agents);
  const tasks = useLive(({ view }) => view.tasks);
  const query = useStackQuery("memoryHistory", { path, limit: 5 });
  return (
    <section className={styles.why} aria-label="Why this file says what it says">
      <b className="b s13">Why it says this</b>
      {query.isError && <p className="s13 c-bad">{failureText(query.error)}</p>}
      <ol className="s13">
        {query.data?.commits.map((commit) => (
          <li key={commit.hash}>
            <span>
              {commit.agents.map((id) => agents.get(id)?.title ?? "An agent").join(", ") || commit.author} wrote{" "}
              <Link className="link" to="/memories" search={{ path, commit: commit.hash }}>
                {commit.title.replace(/^memory\([a-z]+\): /, "")}
              </Link>
              {commit.tasks[0] && (
                <>
                  {" for "}
                  <Link className="link" to="/timeline" search={{ task: commit.tasks[0] }}>
                    {tasks.get(commit.tasks[0])?.title ?? "a task"}
                  </Link>
                </>
              )}
            </span>
            <span className="s12 sub num">
              {formatDay(commit.at)}, {formatTime(commit.at)} <code className="s12">{commit.hash.slice(0, 7)}</code>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const scrollToMiddle = (line: HTMLElement | null) => line?.scrollIntoView({ block: "center" });
function MemorySource({ text, path, line }: { text: string; path: string; line: number | undefined }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the keyboard must reach it
    <section className="src" tabIndex={0} aria-label={path}>
      <pre>
        {keyedByIndex(
          lines.map((text, index) => (
            <>
              <em>{index + 1}</em>
              {index + 1 === line ? <mark ref={scrollToMiddle}>{text}</mark> : text}
            </>
          )),
          "span",
        )}
      </pre>
    </section>
  );
}

type MemoryEditProps = { path: string; text: string; base: string | null; onLeave: () => void; onSaved: () => void };
/** The person's edit of a file. It never overwrites another change, and says when there is one. */
function MemoryEdit({ path, text, base, onLeave, onSaved }: MemoryEditProps) {
  const write = useAction("memoryWrite");
  return (
    <TextEdit
      path={path}
      draft={`memory.${path}`}
      text={text}
      base={base}
      read={(values) => readInput(memoryWriteIn, { path, ...values })}
      send={write.mutate}
      pending={write.isPending}
      failed={write.isError && <WriteFailure error={write.error} />}
      press="Save as a commit"
      onLeave={onLeave}
      onSaved={() => {
        onSaved();
        onLeave();
      }}
    />
  );
}
function WriteFailure({ error }: { error: unknown }) {
  return describeError(error).code === "conflict" ? (
    "The file was changed meanwhile. Your text is kept here; open the file again to see the other change."
  ) : (
    <Refusal error={error} />
  );
}
