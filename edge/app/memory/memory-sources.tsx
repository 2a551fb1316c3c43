import { Link } from "@tanstack/react-router";
import { BookOpen, ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import styles from "./memory.module.css";

/** The sources in memory of an answer: file, line and commit of each, on demand. */
export function WhyLine({ why }: { why: EventBody<"message.why"> }) {
  const [open, setOpen] = useState(false);
  const n = why.sources.length;
  return (
    <div className="tools">
      <button type="button" className="tool" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <ChevronDown className="i s14" aria-hidden="true" /> : <ChevronRight className="i s14" aria-hidden="true" />}
        <BookOpen className="i s14" aria-hidden="true" />
        <b>Recalled</b>
        <code>{why.query}</code>
        <span className="grow" />
        <span className="res">{n === 0 ? "nothing found" : `${n} ${n === 1 ? "source" : "sources"}`}</span>
      </button>
      {open && (
        <ul className={`${styles.sources} s13`} aria-label="Sources">
          {keyedByIndex(
            why.sources.map((source) => SourceLine({ source })),
            "li",
          )}
        </ul>
      )}
    </div>
  );
}

function SourceLine({ source }: { source: EventBody<"message.why">["sources"][number] }) {
  const where = source.path === null ? "conversation" : `${source.path}${source.line === null ? "" : `:${source.line}`}`;
  return (
    <>
      <p>{source.excerpt}</p>
      <p className="s12 sub fx wrap">
        {source.path !== null && source.repo === memoryRepository ? (
          <Link className="link" to="/memories" search={{ path: source.path }}>
            {where}
          </Link>
        ) : source.path !== null && source.repo !== null ? (
          <Link className="link" to="/files" search={{ repo: source.repo, path: source.path }}>
            {where}
          </Link>
        ) : source.seq !== null ? (
          <Link className="link" to="/" search={{ at: source.seq }}>
            {where}
          </Link>
        ) : (
          <span>{where}</span>
        )}
      </p>
    </>
  );
}
