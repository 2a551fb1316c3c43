import { ChevronRight, X } from "lucide-react";
import { type ReactNode, useCallback, useId, useState } from "react";
import type { ApprovalScope, ApprovalView } from "../../../schema/approval/approval.ts";
import { describeEffect } from "../../../schema/approval/effect.ts";
import { failure } from "../live/use-action.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { cost } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./approval-card.module.css";
import { Scopes } from "./approval-scopes.tsx";
import { SubjectView } from "./approval-subject.tsx";
import { expiresText, scopeTitles, wantsWords } from "./approval-words.ts";
import { Sides } from "./conflict.tsx";
import { type Choice, choiceKeys } from "./two-step-key.ts";
import { type Answering, useAnswer } from "./use-answer.ts";

type Props = {
  of: ApprovalView;
  index: number;
  count: number;
  next: () => void;
  /** With every scope that the question allows, as the inbox has them; the dock has two. */
  whole?: boolean;
};

/** A question as a card: what, why, the exact thing, facts, decisions. */
export function ApprovalCard({ of, index, count, next, whole = false }: Props) {
  const [scope, setScope] = useState<ApprovalScope>("once");
  const answer = useAnswer(of, scope);
  const who = useLive(({ view }) => view.agents.get(of.agent)?.title) ?? "An agent";
  return (
    <section className="appr" aria-label={`Approval ${index + 1} of ${count}: ${of.title}`}>
      <h2 className="fx">
        <Ring state="waiting" label="Waiting for you" />
        <span className="grow">
          <span className="sub">{who}: </span>
          {of.title}
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
      {of.why && <p className={`s13 ${styles.whyText}`}>{of.why}</p>}
      <SubjectView of={of.subject} />
      <Facts of={of} />
      {whole && of.scopes.length > 1 && <Scopes of={of} scope={scope} choose={setScope} who={who} />}
      <Decisions of={of} answer={answer} scope={scope} two={!whole && of.scopes.includes("task")} />
    </section>
  );
}

export function Facts({ of }: { of: ApprovalView }) {
  const skew = useServerSkew();
  const now = useClock(true, 30_000) + skew;
  return (
    <p className="facts num">
      {of.costMicros !== undefined && (
        <span>
          <span>Cost</span> at most {cost(of.costMicros)}
        </span>
      )}
      <span>
        <span>Reaches</span> {of.reach || "nothing outside"}
      </span>
      {of.task && of.effects && (
        <span>
          <span>A no holds in this task for</span> {of.effects.map(describeEffect).join(", ")}
        </span>
      )}
      <span>{expiresText(of.expiresAt, now)}</span>
      {of.goesOn && <span>A no does not stop the work</span>}
    </p>
  );
}

type Deciding = {
  of: ApprovalView;
  answer: Answering;
  scope: ApprovalScope /** A second yes beside the first, for the task. */;
  two: boolean;
};
function Decisions({ of, answer, scope, two }: Deciding) {
  return (
    <>
      {answer.noting ? (
        <Note answer={answer} />
      ) : wantsWords(of.subject) ? (
        <Words of={of} answer={answer} />
      ) : (
        <div className="acts">
          <Choose choice="allow" answer={answer} className="btn pri" act={() => answer.allow(scope)}>
            Allow {scopeTitles[scope].toLowerCase()}
          </Choose>
          {two && (
            <Choose choice="task" answer={answer} className="btn" act={() => answer.allow("task")}>
              Allow in this task
            </Choose>
          )}
          <Choose choice="deny" answer={answer} className={`btn ghost ${styles.deny}`} act={answer.startNote}>
            Deny with a note
          </Choose>
          <span className="s12 sub only-d" role="status">
            {answer.armed && `Press ${choiceKeys[answer.armed]} again to ${answer.armed === "deny" ? "write a note and deny" : "allow"}`}
          </span>
        </div>
      )}
      <Trouble answer={answer} />
    </>
  );
}

export function Choose({
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

/** The words that go with a no; none are needed. */
export function Note({ answer }: { answer: Answering }) {
  const [note, setNote] = useState("");
  const id = useId();
  return (
    <form
      className={styles.note}
      onSubmit={(event) => {
        event.preventDefault();
        if (!answer.blocked) answer.deny(note);
      }}
    >
      <label htmlFor={id} className="s12 sub">
        Why not, for the agent (may stay empty)
      </label>
      {/* biome-ignore lint/a11y/noAutofocus: it opens because the person asked for it */}
      <input id={id} className="inp" autoFocus maxLength={2_000} value={note} onChange={(event) => setNote(event.target.value)} />
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

/** A question with options, or with words for an answer. */
export function Words({ of, answer }: { of: ApprovalView; answer: Answering }) {
  const [text, setText] = useState("");
  const id = useId();
  const options = of.subject.kind === "question" ? of.subject.options : [];
  if (options.length > 0)
    return (
      <div className="acts">
        {options.map((option) => (
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
  const conflict = of.subject.kind === "conflict" ? of.subject : undefined;
  return (
    <form
      className={styles.note}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() && !answer.blocked) answer.allow("once", conflict ? text : text.trim());
      }}
    >
      {conflict && <Sides of={conflict} answer={answer} />}
      <label htmlFor={id} className="s12 sub">
        {conflict ? `Or what should stand ${conflict.whole ? "in the file" : "there"} instead` : "Your answer"}
      </label>
      <textarea id={id} className="inp area" rows={2} maxLength={8_000} value={text} onChange={(event) => setText(event.target.value)} />
      <div className="acts">
        <button type="submit" className={text.trim() ? "btn pri" : "btn off"} aria-disabled={answer.blocked || !text.trim()}>
          Answer
        </button>
        <button type="button" className={`btn ghost ${styles.deny}`} data-choice="deny" onClick={answer.startNote}>
          {conflict ? "Don't merge" : "No answer"}
        </button>
      </div>
    </form>
  );
}

export function Trouble({ answer }: { answer: Answering }) {
  if (answer.late)
    return (
      <p className="s13" role="status">
        {answer.late}
      </p>
    );
  if (answer.error === undefined) return null;
  return (
    <p className="s13 c-bad" role="alert">
      {failure(answer.error)} Press again to retry; it cannot count twice.
    </p>
  );
}

/** What happened to a question that stood here, when it was not answered here. */
export function Answered({ text, close }: { text: string; close: () => void }) {
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
