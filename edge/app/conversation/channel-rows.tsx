import { Link } from "@tanstack/react-router";
import { ArrowRight, MessageSquare } from "lucide-react";
import { Fragment, memo } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { describeUnchecked, headlineOf, isWhole } from "../../../schema/proof/coverage.ts";
import { describeStrength } from "../../../schema/proof/strength.ts";
import { awaitsMachine, awaitsRoom } from "../../../schema/task/task.ts";
import { findRunningTurn } from "../agent/agent-status.ts";
import { describeEnd, describeSubject } from "../approval/approval-words.ts";
import { LazyPlanLink } from "../billing/plan/lazy-plan-link.tsx";
import {
  type AgentSaying,
  type AskedApproval,
  ownerTitle,
  promptShown,
  type TaskLine,
  taskOver,
  taskRing,
  taskText,
} from "../live/team-log.ts";
import { useLive, useOffline } from "../live/use-live.ts";
import { countChecks, describeCommandRun, describeFailedWork } from "../plan/plan-words.ts";
import { describeCallNow } from "../turn/call-words.ts";
import { formatDuration, formatElapsed, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { useConversation } from "./conversation.ts";
import styles from "./message.module.css";
import { useUnreadOfThread } from "./thread-unread.ts";

/** Rows of a channel that are not messages: the team's work, questions and proposals. */
export function Aside({ children }: { children: React.ReactNode }) {
  return <div className="aside">{children}</div>;
}

export const SaidRow = memo(function SaidRow({ said, at, agentId }: { said: AgentSaying; at: number; agentId: string | undefined }) {
  const agentTitle = useLive(({ view }) => (agentId ? view.agents.get(agentId)?.title : undefined));
  return (
    <Aside>
      <p className="fx s13 sub said">
        <Ring state={said.ring} size={12} label="" />
        <span className="grow">
          {agentTitle && <b className="med">{agentTitle}: </b>}
          {said.text}
        </span>
        {said.to && (
          <Link className="link s12" to={said.to.path} search={said.to.file ? { path: said.to.file } : {}}>
            Open
          </Link>
        )}
        {said.project && (
          <Link className="link s12" to="/project/$name" params={{ name: said.project }}>
            Open
          </Link>
        )}
        <time className="s12 num">{formatTime(at)}</time>
      </p>
    </Aside>
  );
});

/** A prompt of the platform to an agent, in words for people. */
export const PromptRow = memo(function PromptRow({ body, at }: { body: EventBody<"agent.prompt">; at: number }) {
  const { taskId } = body;
  const text = useLive(({ view }) => promptShown(body, view.tasks));
  return (
    <Aside>
      <p className="fx s13 sub said">
        <Ring state="complete" size={12} label="" />
        <span className="grow t">{text}</span>
        {taskId && (
          <Beside className="link s12" task={taskId}>
            Its task
          </Beside>
        )}
        <time className="s12 num">{formatTime(at)}</time>
      </p>
    </Aside>
  );
});

/** A task in the Grow Agent's channel: its agent, what happens now, what is proven. It changes in place. */
type TaskRowProps = { task: TaskLine; skew: number /** In its plan's card. */; inside?: boolean };
export const TaskEventRow = memo(function TaskEventRow({ task: row, skew, inside = false }: TaskRowProps) {
  const task = useLive(({ view }) => view.tasks.get(row.taskId)) ?? row;
  const worker = useLive(({ view }) => (task.facts?.worker ? view.agents.get(task.facts.worker) : undefined));
  const over = taskOver(task.facts);
  const unseen = useOffline() && !over;
  const now = useClock(!over && !unseen && task.facts?.state === "in_progress", 1_000);
  const { began } = task;
  const took = began === undefined ? undefined : over ? task.at - began : now + skew - began;
  const call = useLive(({ view }) => {
    const doing = worker && !over ? findRunningTurn({ view: { rows: view.channels.get(worker.channel) ?? [] } }) : undefined;
    return doing?.parts.findLast((part) => part.type === "tool" && part.call.state === "running");
  });
  const words = taskText(task.facts);
  const unread = useUnreadOfThread(task.taskId);
  const Place = inside ? Fragment : Aside;
  return (
    <Place>
      <article className="tcard" aria-label={`Task ${task.title}, ${words}`}>
        <Ring state={unseen ? "stale" : taskRing(task)} size={16} label="" />
        <div className="grow">
          <p className="fx">
            <Beside className="b t grow" task={task.taskId}>
              {task.title}
            </Beside>
            {took !== undefined && <span className="s12 sub num">{over ? formatDuration(took) : formatElapsed(took)}</span>}
            <Beside
              className={`ib xs ${styles.threadLink}`}
              task={task.taskId}
              view="thread"
              label={`Thread of ${task.title}${unread > 0 ? `, ${unread} new` : ""}`}
            >
              {unread > 0 ? <span className="badge">{unread}</span> : <MessageSquare className="i s14" aria-hidden="true" />}
            </Beside>
          </p>
          <p className={`s13 sub fx ${styles.tline}`}>
            <span className={words === "Needs you" ? "c-wait med" : task.facts?.state === "in_progress" ? "c-run med" : "med"}>
              {words}
            </span>
            <span>{worker?.title ?? (task.owner && ownerTitle(task.owner))}</span>
            {call?.type === "tool" ? (
              <span className="t">{describeCallNow(call.call)}</span>
            ) : (
              task.progress && !over && <span className="t">{task.progress.text}</span>
            )}
          </p>
          {task.hold && task.facts?.state === "created" && (
            <p className="s12 sub">
              {task.hold}
              <LazyPlanLink after={task.hold} />
            </p>
          )}
          <Proven task={task} />
        </div>
        {worker && (
          <Link className="ib" to="/c/$agent" params={{ agent: worker.id }} aria-label={`Open the channel of ${worker.title}`}>
            <ArrowRight className="i s14" aria-hidden="true" />
          </Link>
        )}
      </article>
    </Place>
  );
});

type BesideProps = { task: string; view?: "thread"; className: string; label?: string; children: React.ReactNode };
/** Opens a task, or its thread, beside the open conversation. */
export function Beside({ task, view, className, label, children }: BesideProps) {
  const { home, id } = useConversation();
  const shared = { className, search: { task, view }, ...(label === undefined ? {} : { "aria-label": label }) };
  return home ? (
    <Link to="/" {...shared}>
      {children}
    </Link>
  ) : (
    <Link to="/c/$agent" params={{ agent: id }} {...shared}>
      {children}
    </Link>
  );
}

function Proven({ task }: { task: TaskLine }) {
  const { receipt, checks, facts } = task;
  if (facts && (facts.state === "failed" || facts.state === "paused" || awaitsMachine(facts) || awaitsRoom(facts))) {
    const why = describeFailedWork(task)?.text ?? facts.reason;
    return (
      <p className="s12 sub">
        {why}
        <LazyPlanLink after={why} />
      </p>
    );
  }
  if (receipt)
    return (
      <p className="s12 sub num">
        <Link className="link" to="/receipt/$id" params={{ id: receipt.id }}>
          {receipt.checks} {receipt.checks === 1 ? "check" : "checks"} passed
        </Link>
        {receipt.state === "stale" ? ", changed since then" : receipt.strength && `; ${describeStrength(receipt.strength)}`}
        {receipt.state !== "stale" && !isWhole(receipt.proven) && `. ${describeUnchecked(receipt.proven)}`}
      </p>
    );
  return checks.length === 0 ? null : <p className="s12 sub num">{countChecks(checks)}</p>;
}

/** The result of a clean room, in its agent's channel. */
export const ProofEventRow = memo(function ProofEventRow({ task }: { task: TaskLine }) {
  return (
    <Aside>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of lines, not of fields, and no place to go to: there is one for each proof */}
      <div className="tools" role="group" aria-label={`Checks of ${task.title} in a clean sandbox`}>
        {task.checks.map((check) => (
          <div className="tool" key={check.name}>
            <Ring
              state={check.state === "started" ? "working" : check.state === "passed" ? "done" : "failed"}
              size={12}
              label={check.state === "started" ? "Running" : check.state}
            />
            <b>Check</b>
            <span className="t c-ink" title={check.what}>
              {describeCommandRun(check.what)}
            </span>
            <span className="grow" />
            {check.state === "failed" && <span className="res c-bad">{check.reason}</span>}
            <span className="num tm">{check.ms !== undefined && formatDuration(check.ms)}</span>
          </div>
        ))}
        {task.receipt && (
          <div className="tool">
            <Ring
              state={task.receipt.state === "stale" ? "stale" : isWhole(task.receipt.proven) ? "done" : "complete"}
              size={12}
              label=""
            />
            <b>Receipt</b>
            <Link className="link t" to="/receipt/$id" params={{ id: task.receipt.id }}>
              {task.receipt.checks} {task.receipt.checks === 1 ? "check" : "checks"} passed
            </Link>
            {!isWhole(task.receipt.proven) && <span className="res">{headlineOf(task.receipt.proven)}</span>}
            {task.receipt.strength && <span className="res">{describeStrength(task.receipt.strength)}</span>}
          </div>
        )}
      </div>
    </Aside>
  );
});

/** A question as a line of the conversation. While it waits, the dock below shows all of it. */
export const ApprovalEventRow = memo(function ApprovalEventRow({ asked, at }: { asked: AskedApproval; at: number }) {
  const ring = { pending: "waiting", allowed: "done", denied: "cancelled", expired: "failed", withdrawn: "cancelled" } as const;
  return (
    <Aside>
      <p className="fx s13 sub said">
        <Ring state={ring[asked.state]} size={12} label="" />
        <Link className="t" to="/inbox" search={{ id: asked.id }}>
          <b className="med c-ink">{asked.title}</b>
        </Link>
        {asked.asked && <code className="t only-d">{describeSubject(asked.asked.subject)}</code>}
        <span className="grow" />
        <span className={asked.state === "pending" ? "c-wait med nowrap" : "t"}>{describeEnd(asked)}</span>
        <time className="s12 num">{formatTime(asked.decided?.at ?? at)}</time>
      </p>
    </Aside>
  );
});
