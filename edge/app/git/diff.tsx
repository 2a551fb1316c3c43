import { Link } from "@tanstack/react-router";
import { BookOpen, FileCode } from "lucide-react";
import { memo, useMemo } from "react";
import type { ChangedFile } from "../../../schema/event.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { shownPath } from "../../../schema/wire/path.ts";
import type { LoggedCommit } from "../live/log-view.ts";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { plainCommitTitle } from "./commit-title.ts";
import styles from "./git.module.css";
import { type PatchLine, parsePatch, shortenPatch } from "./patch.ts";

const inlineLines = 6;
const inlineFiles = 2;

export function LineCounts({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span className="num nowrap">
      {additions > 0 && <span className={styles.add}>+{additions}</span>}
      {additions > 0 && deletions > 0 && " "}
      {deletions > 0 && <span className={styles.del}>−{deletions}</span>}
    </span>
  );
}
export function sumChanges(files: readonly Pick<ChangedFile, "additions" | "deletions">[]): { additions: number; deletions: number } {
  return files.reduce((sum, file) => ({ additions: sum.additions + file.additions, deletions: sum.deletions + file.deletions }), {
    additions: 0,
    deletions: 0,
  });
}

export function DiffLines({ lines, label }: { lines: readonly PatchLine[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the keyboard must reach it
    <section className="lines" tabIndex={0} aria-label={label}>
      <pre>{keyedByIndex(lines.map(patchLine))}</pre>
    </section>
  );
}

function patchLine(line: PatchLine) {
  if (line.kind === "gap") return <span className="gap">{line.text || "…"}</span>;
  return (
    <span className={line.kind}>
      <em>{line.number}</em>
      {line.text}
    </span>
  );
}

/** A commit inside the conversation: its first changes, the rest on demand. */
export const CommitCard = memo(function CommitCard({ commit }: { commit: Omit<LoggedCommit, "seq" | "at"> }) {
  const memory = commit.repo === memoryRepository;
  const Icon = memory ? BookOpen : FileCode;
  const files = memory ? [] : commit.files; // its title says it; the words themselves are one press away
  const rest = files.length - inlineFiles;
  return (
    <div className="diff">
      <header>
        <Icon className="i s14" aria-hidden="true" />
        <b className="med t">
          {memory && <span className="sub">Remembered: </span>}
          {plainCommitTitle(commit.title)}
        </b>
        <LineCounts {...sumChanges(commit.files)} />
        <span className="grow" />
        <Link className="link" to="/commit/$hash" params={{ hash: commit.hash }}>
          Open full diff
        </Link>
      </header>
      {files.slice(0, inlineFiles).map((file) => (
        <FileExcerpt key={file.path} file={file} hash={commit.hash} />
      ))}
      {rest > 0 && (
        <div className="file sub">
          and {rest} more {rest === 1 ? "file" : "files"}
        </div>
      )}
    </div>
  );
});

const more = (lines: number) => `${lines} more ${lines === 1 ? "line" : "lines"}`;

function FileExcerpt({ file, hash }: { file: ChangedFile; hash: string }) {
  const lines = useMemo(() => (file.patch ? parsePatch(file.patch) : []), [file.patch]);
  const shown = shortenPatch(lines, inlineLines);
  return (
    <>
      <div className="file">
        <code className="t">{shownPath(file.path)}</code>
        {file.status !== "modified" && <span className="sub">{file.status}</span>}
        <span className="grow" />
        {lines.length > shown.length && <span className="sub nowrap">{more(lines.length - shown.length)}</span>}
        <LineCounts {...file} />
      </div>
      {shown.length > 0 && <DiffLines lines={shown} label={`Changes in ${shownPath(file.path)} at ${hash.slice(0, 7)}`} />}
    </>
  );
}

/** One file of a commit, whole. */
export function FileDiff({ file }: { file: ChangedFile }) {
  const lines = useMemo(() => (file.patch ? parsePatch(file.patch) : []), [file.patch]);
  return (
    <article className="diff" aria-label={shownPath(file.path)}>
      <header>
        <FileCode className="i s14" aria-hidden="true" />
        <code className="t">{shownPath(file.path)}</code>
        <span className="sub">{file.status}</span>
        <span className="grow" />
        <LineCounts {...file} />
      </header>
      {file.patch ? (
        <DiffLines lines={lines} label={`Changes in ${shownPath(file.path)}`} />
      ) : (
        <div className="file sub">Not shown: binary, or too large. The file itself is under Files.</div>
      )}
    </article>
  );
}
