import { FileCode } from "lucide-react";
import { useMemo } from "react";
import { type ApprovalSubject, plainDetail, reachedName } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { describeConsequences, isToldWhole } from "../../../schema/approval/consequence.ts";
import { formatAmount } from "../../../schema/budget.ts";
import { shownPath } from "../../../schema/wire/path.ts";
import { DiffLines, LineCounts } from "../git/diff.tsx";
import { parsePatch } from "../git/patch.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import styles from "./approval-card.module.css";
import { Conflict } from "./conflict.tsx";

/**
 * What a yes brings about in plain words, below the thing itself; that is folded where the words say all of
 * it.
 */
export function AskedView({ approval }: { approval: ApprovalView }) {
  const { subject } = approval;
  const consequences = describeConsequences(approval);
  if (consequences.length === 0) return <SubjectView subject={subject} />;
  const whole = isToldWhole(approval);
  return (
    <>
      {!whole && <SubjectView subject={subject} />}
      {consequences.map((consequence) => (
        <dl key={consequence.what} className={`kv s13 ${styles.consequence}`}>
          <dt>What happens</dt>
          <dd>{consequence.what}</dd>
          <dt>Who sees it</dt>
          <dd>{consequence.seen}</dd>
          <dt>Can it be undone</dt>
          <dd>{consequence.undo}</dd>
        </dl>
      ))}
      {whole && (
        <details className="fold s13">
          <summary>Details</summary>
          <SubjectView subject={subject} />
        </details>
      )}
    </>
  );
}

/** The exact thing that is asked: the whole command, every line of a change, both sides of a conflict. */
function SubjectView({ subject }: { subject: ApprovalSubject }) {
  switch (subject.kind) {
    case "command":
      return <Exact text={subject.command} label="Command" />;
    case "operation":
      if (reachedName(subject) !== undefined) return <Exact text={subject.detail ?? subject.operation} label="What wants to go where" />;
      if (plainDetail(subject) !== undefined) return <p className={styles.qtext}>{plainDetail(subject)}</p>;
      return (
        <>
          <Exact text={subject.operation} label="Operation" />
          {subject.detail && <Exact text={subject.detail} label="Details" />}
        </>
      );
    case "diff":
      return <DiffExact path={subject.path} diff={subject.diff} />;
    case "budget":
      return (
        <Exact
          text={`${formatAmount(subject.what, subject.used)} of ${formatAmount(subject.what, subject.limit)} used; ${formatAmount(subject.what, subject.raise)} more with a yes, the end with a no`}
          label="Budget"
        />
      );
    case "repetition":
      return <Exact text={subject.call} label="Call" />;
    case "question":
      return <p className={styles.qtext}>{subject.question}</p>;
    case "conflict":
      return <Conflict conflict={subject} />;
  }
}

function Exact({ text, label }: { text: string; label: string }) {
  return (
    <div className="exact">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command scrolls, so the keyboard must reach it */}
      <section className="grow" tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
    </div>
  );
}

function DiffExact({ path, diff }: { path: string; diff: string }) {
  const lines = useMemo(() => parsePatch(diff.replace(/^(?:(?:diff |index |--- |\+\+\+ ).*\n)+/, "")), [diff]);
  const count = (kind: "a" | "d") => lines.filter((line) => line.kind === kind).length;
  return (
    <div className={`diff ${styles.exactly}`}>
      <header>
        <FileCode className="i s14" aria-hidden="true" />
        <code className="grow t">{shownPath(path)}</code>
        <LineCounts additions={count("a")} deletions={count("d")} />
        <CopyButton text={diff} label="Copy the change" />
      </header>
      <DiffLines lines={lines} label={`Change of ${shownPath(path)}`} />
    </div>
  );
}
