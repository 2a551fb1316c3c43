import { ChevronRight, X } from "lucide-react";
import { type ReactNode, useCallback, useId, useState } from "react";
import type { ApprovalScope, ApprovalSubject } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { useForm } from "../ui/form/use-form.ts";
import { formatCost } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./approval-card.module.css";
import { Scopes } from "./approval-scopes.tsx";
import { AskedView } from "./approval-subject.tsx";
import { allowTitle, describeExpiry, wantsWords } from "./approval-words.ts";
import { ConflictSideButtons } from "./conflict.tsx";
import { type Choice, choiceKeys } from "./two-step-key.ts";
import { type Answering, useAnswer } from "./use-answer.ts";

type Props = {
  approval: ApprovalView;
  index: number;
  count: number;
  next: () => void;
  /** With every scope that the question allows, as the inbox has them; the dock has two. */
  whole?: boolean;
};

/** A question as a card: what, why, the exact thing, facts, decisions. */
export function ApprovalCard({ approval, index, count, next, whole = false }: Props) {
  const [scope, setScope] = useState<ApprovalScope>("once");
  const answer = useAnswer(approval, scope);
  const agentTitle = useLive(({ view }) => view.agents.get(approval.agent)?.title) ?? "An agent";
  return (
    <section className="appr" aria-label={`Approval ${index + 1} of ${count}: ${approval.title}`}>
      <h2 className="fx">
        <Ring state="waiting" label="Waiting for you" />
        <span className="grow">
          <span className="sub">{agentTitle}: </span>
          {approval.title}
        </span>
        {count > 1 && (
          <>
            <span className="sub s12 num">
              {index + 1} of {count}
            </span>
            <button type="button" className="ib xs" onClick={next} aria-label="Next approval">
              <ChevronRight className="i" aria-hidden="true" />
            </button>
          </>
        )}
      </h2>
      {approval.why && <p className={`s13 ${styles.whyText}`}>{approval.why}</p>}
      <AskedView approval={approval} />
      <ApprovalFacts approval={approval} />
      {whole && approval.scopes.length > 1 && <Scopes approval={approval} scope={scope} choose={setScope} agentTitle={agentTitle} />}
      <Decisions approval={approval} answer={answer} scope={scope} two={!whole && approval.scopes.includes("task")} />
    </section>
  );
}

export function ApprovalFacts({ approval }: { approval: ApprovalView }) {
  const skew = useServerSkew();
  const now = useClock(true, 30_000) + skew;
  return (
    <p className="facts num">
      {approval.costMicros !== undefined && (
        <span>
          <span>Cost</span> at most {formatCost(approval.costMicros)}
        </span>
      )}
      <span>
        <span>Reaches</span> {approval.reach || "nothing outside"}
      </span>
      {approval.task && approval.effects && (
        <span>
          <span>After a no</span> this task may not do it in another way either
        </span>
      )}
      <span>{describeExpiry(approval.expiresAt, now)}</span>
      {approval.goesOn && <span>After a no the work goes on without this</span>}
    </p>
  );
}

type Deciding = {
  approval: ApprovalView;
  answer: Answering;
  scope: ApprovalScope /** A second yes beside the first, for the task. */;
  two: boolean;
};
function Decisions({ approval, answer, scope, two }: Deciding) {
  return (
    <>
      {answer.noting ? (
        <DenialNote answer={answer} />
      ) : wantsWords(approval.subject) ? (
        <AnswerWords approval={approval} answer={answer} />
      ) : (
        <div className="acts">
          <ChoiceButton choice="allow" answer={answer} className="btn pri" act={() => answer.allow(scope)}>
            {allowTitle(approval, scope)}
          </ChoiceButton>
          {two && (
            <ChoiceButton choice="task" answer={answer} className="btn" act={() => answer.allow("task")}>
              Allow in this task
            </ChoiceButton>
          )}
          <ChoiceButton choice="deny" answer={answer} className={`btn ghost ${styles.deny}`} act={answer.startNote}>
            Deny with a note
          </ChoiceButton>
          <span className="s12 sub only-d" role="status">
            {answer.armed && `Press ${choiceKeys[answer.armed]} again to ${answer.armed === "deny" ? "write a note and deny" : "allow"}`}
          </span>
        </div>
      )}
      <AnswerTrouble answer={answer} />
    </>
  );
}

export function ChoiceButton({
  choice,
  answer,
  className,
  act,
  children,
}: {
  choice: Choice;
  answer: Answering;
  className: string;
  act: () => void;
  children: ReactNode;
}) {
  const { buttonOf } = answer;
  const button = useCallback((shown: HTMLButtonElement | null) => buttonOf(choice, shown), [buttonOf, choice]);
  return (
    <button
      type="button"
      ref={button}
      className={answer.armed === choice ? `${className} ${styles.armed}` : className}
      aria-disabled={answer.blocked}
      aria-keyshortcuts={choiceKeys[choice]}
      onClick={() => !answer.blocked && act()}
    >
      {children} <kbd className="only-d">{choiceKeys[choice]}</kbd>
    </button>
  );
}

/** The note of a denial; it may stay empty. */
export function DenialNote({ answer }: { answer: Answering }) {
  const form = useForm({
    first: () => ({ note: "" }),
    read: (values) => ({ ok: true, value: values }),
    send: ({ note }) => answer.deny(note),
    busy: answer.blocked,
  });
  const id = useId();
  return (
    <form
      {...form.props}
      className={styles.note}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // the topmost thing closes, and nothing below it
        answer.cancelNote();
      }}
    >
      <label htmlFor={id} className="s12 sub">
        Tell the agent why (optional)
      </label>
      <input
        id={id}
        className="inp"
        // biome-ignore lint/a11y/noAutofocus: it opens because the person asked for it
        autoFocus
        maxLength={2_000}
        value={form.values.note}
        onChange={(event) => form.set({ note: event.target.value })}
      />
      <div className="acts">
        <button type="submit" className="btn bad" aria-disabled={answer.blocked}>
          Deny
        </button>
        <button type="button" className="btn ghost" onClick={answer.cancelNote}>
          Back
        </button>
      </div>
    </form>
  );
}

/** The answer to a question: an option, or words. */
export function AnswerWords({ approval, answer }: { approval: ApprovalView; answer: Answering }) {
  const { subject } = approval;
  if (subject.kind !== "question" || subject.options.length === 0)
    return <WordsForm conflict={subject.kind === "conflict" ? subject : undefined} answer={answer} />;
  return (
    <div className="acts">
      {subject.options.map((option) => (
        <button
          key={option}
          type="button"
          className="btn"
          aria-disabled={answer.blocked}
          onClick={() => !answer.blocked && answer.allow("once", option)}
        >
          {option}
        </button>
      ))}
      <button type="button" className={`btn ghost ${styles.deny}`} data-choice="deny" onClick={answer.startNote}>
        None of these
      </button>
    </div>
  );
}

function WordsForm({ conflict, answer }: { conflict: Extract<ApprovalSubject, { kind: "conflict" }> | undefined; answer: Answering }) {
  const form = useForm({
    first: () => ({ text: "" }),
    read: ({ text }) =>
      text.trim() === ""
        ? { ok: false, issues: [{ path: "text", message: "is empty" }] }
        : { ok: true, value: conflict ? text : text.trim() },
    send: (text) => answer.allow("once", text),
    busy: answer.blocked,
  });
  const id = useId();
  const ready = form.values.text.trim() !== "";
  return (
    <form
      {...form.props}
      className={styles.note}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation(); // the topmost thing closes, and nothing below it
        answer.cancelNote();
      }}
    >
      {conflict && <ConflictSideButtons conflict={conflict} answer={answer} />}
      <label htmlFor={id} className="s12 sub">
        {conflict ? `Or what should stand ${conflict.whole ? "in the file" : "there"} instead` : "Your answer"}
      </label>
      <textarea
        id={id}
        className="inp area"
        rows={2}
        maxLength={8_000}
        aria-invalid={form.wrong("text") !== undefined}
        value={form.values.text}
        onChange={(event) => form.set({ text: event.target.value })}
      />
      <div className="acts">
        <button type="submit" className={ready ? "btn pri" : "btn off"} aria-disabled={answer.blocked || !ready}>
          Answer
        </button>
        <button type="button" className={`btn ghost ${styles.deny}`} data-choice="deny" onClick={answer.startNote}>
          {conflict ? "Don't merge" : "No answer"}
        </button>
      </div>
    </form>
  );
}

export function AnswerTrouble({ answer }: { answer: Answering }) {
  if (answer.late)
    return (
      <p className="s13" role="status">
        {answer.late}
      </p>
    );
  if (answer.error === undefined) return null;
  return (
    <p className="s13 c-bad" role="alert">
      <Refusal error={answer.error}> Press again to retry; it cannot count twice.</Refusal>
    </p>
  );
}

/** How the question that stood here was answered elsewhere. */
export function AnsweredNotice({ text, close }: { text: string; close: () => void }) {
  return (
    <div className="offline" role="status">
      <Ring state="complete" label="" />
      <span className="grow">{text}</span>
      <button type="button" className="ib xs" onClick={close} aria-label="Close">
        <X className="i s14" aria-hidden="true" />
      </button>
    </div>
  );
}
