import { FileCode } from "lucide-react";
import { useMemo } from "react";
import type { ApprovalSubject } from "../../../schema/approval/approval.ts";
import { formatAmount } from "../../../schema/budget.ts";
import { Changes, Lines } from "../git/diff.tsx";
import { parsePatch } from "../git/patch.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import styles from "./approval-card.module.css";
import { Conflict } from "./conflict.tsx";

/** Exactly what is asked: the whole command, every line of the change, both sides of a conflict. Nothing is left out. */
export function SubjectView({ of }: { of: ApprovalSubject }) {
  switch (of.kind) {
    case "command":
      return <Exact text={of.command} label="Command" />;
    case "operation":
      return (
        <>
          <Exact text={of.operation} label="Operation" />
          {of.detail && <Exact text={of.detail} label="Details" />}
        </>
      );
    case "diff":
      return <Change path={of.path} diff={of.diff} />;
    case "budget":
      return (
        <Exact
          text={`${formatAmount(of.what, of.used)} of ${formatAmount(of.what, of.limit)} used; ${formatAmount(of.what, of.raise)} more with a yes, the end with a no`}
          label="Budget"
        />
      );
    case "repetition":
      return <Exact text={of.call} label="Call" />;
    case "question":
      return <p className={styles.qtext}>{of.question}</p>;
    case "conflict":
      return <Conflict of={of} />;
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

function Change({ path, diff }: { path: string; diff: string }) {
  const lines = useMemo(() => parsePatch(diff.replace(/^(?:diff |index |--- |\+\+\+ ).*\n/gm, "")), [diff]);
  const count = (kind: "a" | "d") => lines.filter((line) => line.kind === kind).length;
  return (
    <div className={`diff ${styles.exactly}`}>
      <header>
        <FileCode className="i s14" aria-hidden="true" />
        <code className="grow t">{path}</code>
        <Changes additions={count("a")} deletions={count("d")} />
        <CopyButton text={diff} label="Copy the change" />
      </header>
      <Lines lines={lines} label={`Change of ${path}`} />
    </div>
  );
}
