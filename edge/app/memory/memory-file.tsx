import { Link, useNavigate } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { z } from "zod";
import { isStateFile } from "../../../schema/memory/memory-index.ts";
import { describeError } from "../live/api.ts";
import { failure, useAction, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useDraft } from "../ui/form-draft.ts";
import { clockTime, dayOf } from "../ui/format.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Markdown } from "../ui/markdown.tsx";
import { BackToTree } from "./back-to-tree.tsx";

/** One file of memory: as a page or as lines, why it is there, and the person's own edit of it. */
export function MemoryFileScreen({ path, line }: { path: string; line: number | undefined }) {
  const [mode, setMode] = useState<"page" | "lines" | "edit">(line === undefined && path.endsWith(".md") ? "page" : "lines");
  const [why, setWhy] = useState(false);
  const of = useActionQuery("memoryFile", { path });
  const parts = path.split("/");
  const file = of.data;
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
      {of.isError && (
        <p className="pad c-bad s13" role="alert">
          {describeError(of.error).code === "not_found" ? "This file is not there any more; its history is." : failure(of.error)}{" "}
          <button type="button" className="link" onClick={() => void of.refetch()}>
            Retry
          </button>
        </p>
      )}
      {of.isPending && <p className="pad s13 sub">Reading</p>}
      {file && file.text === null && <p className="pad s13 sub">This is not text.</p>}
      {typeof file?.text === "string" &&
        (mode === "edit" ? (
          <Edit
            path={path}
            text={file.text}
            base={file.commit}
            leave={() => setMode(path.endsWith(".md") ? "page" : "lines")}
            saved={() => void of.refetch()}
          />
        ) : mode === "page" ? (
          <div className="md">
            <h2 className="vh">{path}</h2>
            <h3 className="vh">Text</h3>
            <Markdown text={file.text.replace(/^---\n[\s\S]*?\n---\n/, "")} />
          </div>
        ) : (
          <Source text={file.text} path={path} line={line} />
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
          {failure(propose.error)}
        </span>
      )}
      <button type="button" className="chip" aria-disabled={propose.isPending} onClick={() => !propose.isPending && again()}>
        Plan this again
      </button>
    </>
  );
}

/** Which commits made the file what it is: who, for which task, in which turn. */
function Why({ path }: { path: string }) {
  const agents = useLive(({ view }) => view.agents);
  const tasks = useLive(({ view }) => view.tasks);
  const of = useActionQuery("memoryHistory", { path, limit: 5 });
  return (
    <section className="why" aria-label="Why this file says what it says">
      <b className="b s13">Why it says this</b>
      {of.isError && <p className="s13 c-bad">{failure(of.error)}</p>}
      <ol className="s13">
        {of.data?.commits.map((commit) => (
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
              {dayOf(commit.at)}, {clockTime(commit.at)} <code className="s12">{commit.hash.slice(0, 7)}</code>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const scrollToMiddle = (line: HTMLElement | null) => line?.scrollIntoView({ block: "center" });
function Source({ text, path, line }: { text: string; path: string; line: number | undefined }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the keyboard must reach it
    <section className="src" tabIndex={0} aria-label={path}>
      <pre>
        {keyedByIndex(
          lines.map((one, index) => (
            <>
              <em>{index + 1}</em>
              {index + 1 === line ? <mark ref={scrollToMiddle}>{one}</mark> : one}
            </>
          )),
          "span",
        )}
      </pre>
    </section>
  );
}

/** What was written, and the commit it was written over. */
const written = z.object({ words: z.string(), from: z.string().nullable() });
type EditProps = { path: string; text: string; base: string | null; leave: () => void; saved: () => void };
/** The person's own words. A change by somebody else meanwhile is said, and nothing is overwritten. */
function Edit({ path, text, base, leave, saved }: EditProps) {
  const draft = useDraft(`memory.${path}`, written, () => ({ words: text, from: base }));
  const { words, from } = draft.value;
  const act = useAction("memoryWrite");
  const same = words === text;
  const save = () => {
    if (same || act.isPending) return;
    act.mutate(
      { path, text: words, base: from },
      {
        onSuccess: () => {
          draft.clear();
          saved();
          leave();
        },
      },
    );
  };
  return (
    <form
      className="pad col gap grow"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        className="inp area mono grow"
        aria-label={`Text of ${path}`}
        value={words}
        rows={18}
        onChange={(event) => draft.set((before) => ({ ...before, words: event.target.value }))}
      />
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          {describeError(act.error).code === "conflict"
            ? "The file was changed meanwhile. Your text is kept here; open the file again to see the other change."
            : failure(act.error)}
        </p>
      )}
      <div className="fx">
        <button type="submit" className={same ? "btn off" : "btn pri"} aria-disabled={same || act.isPending}>
          {act.isPending ? "Saving" : "Save as a commit"}
        </button>
        <button
          type="button"
          className="btn ghost"
          onClick={() => {
            draft.clear();
            leave();
          }}
        >
          Leave as it was
        </button>
      </div>
    </form>
  );
}
