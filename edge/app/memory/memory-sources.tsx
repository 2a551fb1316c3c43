import { Link } from "@tanstack/react-router";
import { BookOpen, ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { memoryRepo } from "../git/diff.tsx";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import styles from "./memory.module.css";

/** What of memory an answer stands on: file, line and commit of each, on demand. */
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

function SourceLine({ source: of }: { source: EventBody<"message.why">["sources"][number] }) {
  const where = of.path === null ? "conversation" : `${of.path}${of.line === null ? "" : `:${of.line}`}`;
  return (
    <>
      <p>{of.excerpt}</p>
      <p className="s12 sub fx wrap">
        {of.path !== null && of.repo === memoryRepo ? (
          <Link className="link" to="/memories" search={{ path: of.path }}>
            {where}
          </Link>
        ) : of.path !== null && of.repo !== null ? (
          <Link className="link" to="/files" search={{ repo: of.repo, path: of.path }}>
            {where}
          </Link>
        ) : of.seq !== null ? (
          <Link className="link" to="/" search={{ at: of.seq }}>
            {where}
          </Link>
        ) : (
          <span>{where}</span>
        )}
      </p>
    </>
  );
}
