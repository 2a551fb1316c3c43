import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type ApprovalScope, describeAnswer } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { useLive } from "../live/use-live.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { AnswerTrouble, AnswerWords, ApprovalFacts, ChoiceButton, DenialNote } from "./approval-card.tsx";
import { Scopes } from "./approval-scopes.tsx";
import { AskedView } from "./approval-subject.tsx";
import { allowTitle, describeEnd, describeExpiry, wantsWords } from "./approval-words.ts";
import styles from "./inbox.module.css";
import { useAnswer } from "./use-answer.ts";

export const approvalRings = {
  pending: "waiting",
  allowed: "done",
  denied: "cancelled",
  expired: "failed",
  withdrawn: "cancelled",
} as const;

/** One question with all its scopes. */
export function ApprovalDetail({ approval }: { approval: ApprovalView }) {
  const [scope, setScope] = useState<ApprovalScope>("once");
  const answer = useAnswer(approval, scope);
  const agentTitle = useLive(({ view }) => view.agents.get(approval.agent)?.title) ?? "An agent";
  const task = useLive(({ view }) => (approval.task ? view.tasks.get(approval.task) : undefined));
  return (
    <div className={styles.detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.detailIn} tabIndex={0} aria-label={approval.title}>
        <h2 className="fx big">
          <Ring state="waiting" size={20} label="Waiting for you" />
          {approval.title}
        </h2>
        <Asking approval={approval} agentTitle={agentTitle} task={task?.title} />
        {approval.why && (
          <>
            <h3>Why</h3>
            <p>{approval.why}</p>
          </>
        )}
        {approval.subject.kind === "question" && <h3>The question</h3>}
        <AskedView approval={approval} />
        <ApprovalFacts approval={approval} />
        {!wantsWords(approval.subject) && <Scopes approval={approval} scope={scope} choose={setScope} agentTitle={agentTitle} />}
      </section>
      <div className="decide">
        {answer.noting ? (
          <DenialNote answer={answer} />
        ) : wantsWords(approval.subject) ? (
          <AnswerWords approval={approval} answer={answer} />
        ) : (
          <div className="fx wrap">
            <ChoiceButton choice="allow" answer={answer} className="btn pri" act={() => answer.allow(scope)}>
              {allowTitle(approval, scope)}
            </ChoiceButton>
            <ChoiceButton choice="deny" answer={answer} className="btn" act={answer.startNote}>
              Deny with a note
            </ChoiceButton>
            <span className="s12 sub" role="status">
              {answer.armed ? `Press ${answer.armed === "deny" ? "D" : "A"} again` : ""}
            </span>
          </div>
        )}
        <AnswerTrouble answer={answer} />
      </div>
    </div>
  );
}

function Asking({ approval, agentTitle, task }: { approval: ApprovalView; agentTitle: string; task: string | undefined }) {
  return (
    <p className="sub s13 num">
      {agentTitle} asked {formatDay(approval.createdAt)}, {formatTime(approval.createdAt)}
      {approval.task && (
        <>
          {" in "}
          <Link className="link" to="/timeline" search={{ task: approval.task }}>
            {task ?? "its task"}
          </Link>
        </>
      )}
      .{" "}
      {approval.goesOn
        ? "It waits for your answer; after a no it goes on without this."
        : "This work waits for your answer, other work goes on."}
    </p>
  );
}

/** A question that is over: how it ended, and what was asked. */
export function EndedApproval({ approval, late = false }: { approval: ApprovalView; late?: boolean }) {
  const agentTitle = useLive(({ view }) => view.agents.get(approval.agent)?.title) ?? "An agent";
  const taskTitle = useLive(({ view }) => (approval.task ? view.tasks.get(approval.task)?.title : undefined));
  const over = approval.state !== "pending";
  return (
    <div className={styles.detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.detailIn} tabIndex={0} aria-label={approval.title}>
        <h2 className="fx big">
          <Ring state={approvalRings[approval.state]} size={20} label={approval.state} />
          {approval.title}
        </h2>
        <Asking approval={approval} agentTitle={agentTitle} task={taskTitle} />
        <p className="quiet" style={{ margin: "12px 0" }} role="status">
          {over
            ? `${late ? describeAnswer(approval) : `${describeEnd(approval)}.`} ${formatDay(approval.decided?.at ?? approval.createdAt)}, ${formatTime(approval.decided?.at ?? approval.createdAt)}`
            : describeExpiry(approval.expiresAt, Date.now())}
        </p>
        {approval.why && (
          <>
            <h3>Why</h3>
            <p>{approval.why}</p>
          </>
        )}
        <h3>What was asked</h3>
        <AskedView approval={approval} />
      </section>
    </div>
  );
}
