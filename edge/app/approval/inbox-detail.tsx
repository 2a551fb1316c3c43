import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type ApprovalScope, type ApprovalView, describeAnswer } from "../../../schema/approval/approval.ts";
import { useLive } from "../live/use-live.ts";
import { clockTime, dayOf } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { Choose, Facts, Note, Trouble, Words } from "./approval-card.tsx";
import { Scopes } from "./approval-scopes.tsx";
import { SubjectView } from "./approval-subject.tsx";
import { endText, expiresText, scopeTitles, wantsWords } from "./approval-words.ts";
import styles from "./inbox.module.css";
import { useAnswer } from "./use-answer.ts";

export const rings = { pending: "waiting", allowed: "done", denied: "cancelled", expired: "failed", withdrawn: "cancelled" } as const;

/** One question with all its scopes. */
export function Detail({ of }: { of: ApprovalView }) {
  const [scope, setScope] = useState<ApprovalScope>("once");
  const answer = useAnswer(of, scope);
  const who = useLive(({ view }) => view.agents.get(of.agent)?.title) ?? "An agent";
  const task = useLive(({ view }) => (of.task ? view.tasks.get(of.task) : undefined));
  return (
    <div className={styles.detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.detailIn} tabIndex={0} aria-label={of.title}>
        <h2 className="fx big">
          <Ring state="waiting" size={20} label="Waiting for you" />
          {of.title}
        </h2>
        <Asking of={of} who={who} task={task?.title} />
        {of.why && (
          <>
            <h3>Why</h3>
            <p>{of.why}</p>
          </>
        )}
        <h3>{of.subject.kind === "question" ? "The question" : "Exactly this"}</h3>
        <SubjectView of={of.subject} />
        <Facts of={of} />
        {!wantsWords(of.subject) && <Scopes of={of} scope={scope} choose={setScope} who={who} />}
      </section>
      <div className="decide">
        {answer.noting ? (
          <Note answer={answer} />
        ) : wantsWords(of.subject) ? (
          <Words of={of} answer={answer} />
        ) : (
          <div className="fx wrap">
            <Choose choice="allow" answer={answer} className="btn pri" act={() => answer.allow(scope)}>
              Allow {scopeTitles[scope].toLowerCase()}
            </Choose>
            <Choose choice="deny" answer={answer} className="btn" act={answer.startNote}>
              Deny with a note
            </Choose>
            <span className="s12 sub" role="status">
              {answer.armed ? `Press ${answer.armed === "deny" ? "D" : "A"} again` : "First press focuses, second press decides"}
            </span>
          </div>
        )}
        <Trouble answer={answer} />
      </div>
    </div>
  );
}

function Asking({ of, who, task }: { of: ApprovalView; who: string; task: string | undefined }) {
  return (
    <p className="sub s13 num">
      {who} asked {dayOf(of.createdAt)}, {clockTime(of.createdAt)}
      {of.task && (
        <>
          {" in "}
          <Link className="link" to="/timeline" search={{ task: of.task }}>
            {task ?? "its task"}
          </Link>
        </>
      )}
      . {of.goesOn ? "The work goes on either way." : "That work waits, nothing else does."}
    </p>
  );
}

/** One that is over: how it ended, and what was asked. */
export function Ended({ of, late = false }: { of: ApprovalView; late?: boolean }) {
  const who = useLive(({ view }) => view.agents.get(of.agent)?.title) ?? "An agent";
  const taskTitle = useLive(({ view }) => (of.task ? view.tasks.get(of.task)?.title : undefined));
  const over = of.state !== "pending";
  return (
    <div className={styles.detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.detailIn} tabIndex={0} aria-label={of.title}>
        <h2 className="fx big">
          <Ring state={rings[of.state]} size={20} label={of.state} />
          {of.title}
        </h2>
        <Asking of={of} who={who} task={taskTitle} />
        <p className="quiet" style={{ margin: "12px 0" }} role="status">
          {over
            ? `${late ? describeAnswer(of) : `${endText(of)}.`} ${dayOf(of.decided?.at ?? of.createdAt)}, ${clockTime(of.decided?.at ?? of.createdAt)}`
            : expiresText(of.expiresAt, Date.now())}
        </p>
        {of.why && (
          <>
            <h3>Why</h3>
            <p>{of.why}</p>
          </>
        )}
        <h3>What was asked</h3>
        <SubjectView of={of.subject} />
      </section>
    </div>
  );
}
