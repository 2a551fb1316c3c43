import { Link } from "@tanstack/react-router";
import { Pause, Play, X } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { acceptedCommands } from "../../../schema/task/task.ts";
import { useChannels } from "../conversation/channel-list.ts";
import { Beside } from "../conversation/channel-rows.tsx";
import { useConversation } from "../conversation/conversation.ts";
import { type AgentLine, agentRing, agentWords, ownerTitle, type TaskLine, taskRing } from "../live/team-log.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { useLive, useOffline, useServerSkew } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { listPlansAtWork, type PlanAtWork } from "../plan/plans-at-work.ts";
import { mayRun } from "../stack/stack-words.ts";
import { afterPress } from "../ui/after-press.ts";
import { formatElapsed } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { describeAgentWork, planStopped } from "./agent-status.ts";
import styles from "./team-panel.module.css";

const shownWaiting = 8;

/** The team beside the Grow Agent's conversation: who works on what, and what waits and why. */
export function Team() {
  const agents = useLive(({ view }) => view.agents);
  const tasks = useLive(({ view }) => view.tasks);
  const { home } = useConversation();
  const team = [...agents.values()].filter((agent) => agent.type !== "grow" && agent.state !== "retired");
  const shown = new Set(usePlansAtWork().map((plan) => plan.planId));
  const inPlan = (planId: string | undefined) => planId !== undefined && shown.has(planId); // the plan's card shows them
  const queue = [...tasks.values()].filter(
    ({ facts, hold, planId }) => facts && !inPlan(planId) && ((facts.state === "created" && hold) || facts.state === "paused"),
  );
  if (!home || (team.length === 0 && queue.length === 0)) return null;
  return (
    <>
      {team.length > 0 && (
        <div className="sec">
          <h2>Team</h2>
          <ul className={styles.team}>
            {team.map((agent) => (
              <Member key={agent.id} agent={agent} />
            ))}
          </ul>
          <p className={`s12 ${styles.row24}`}>
            <Link className="link" to="/kinds">
              All kinds of agents
            </Link>
            {" · "}
            <Link className="link" to="/session">
              Sessions
            </Link>
          </p>
        </div>
      )}
      {queue.length > 0 && (
        <div className="sec">
          <h2>
            Waits to begin <span className="sub num">{queue.length}</span>
          </h2>
          <ul className={styles.team}>
            {queue.slice(0, shownWaiting).map((task) => (
              <Queued key={task.taskId} task={task} />
            ))}
          </ul>
          {queue.length > shownWaiting && (
            <Link className="link s13" to="/timeline">
              All {queue.length} on the timeline
            </Link>
          )}
        </div>
      )}
    </>
  );
}

export function usePlansAtWork(): PlanAtWork[] {
  const tasks = useLive(({ view }) => view.tasks);
  const plans = useActionQuery("plans", { state: "accepted", limit: 20 }).data?.plans;
  return useMemo(() => listPlansAtWork(plans ?? [], { tasks }), [plans, tasks]);
}
/** One agent: its presence, what it does now and for how long, what is new there, and its controls. */
function Member({ agent }: { agent: AgentLine }) {
  const { me } = useSpace();
  const isOffline = useOffline();
  const stands = !mayRun(me);
  const offline = isOffline || stands;
  const skew = useServerSkew();
  const unread = useChannels().find((line) => line.id === agent.id)?.unread ?? 0;
  const act = useAction("agentAct");
  const now = useLive(({ view }) => describeAgentWork(agent, view));
  const ring = useLive(({ view }) => agentRing(agent, view.tasks));
  const clock = useClock(now.since !== undefined && !offline, 1_000) + skew;
  const paused = agent.state === "paused";
  const press = (how: "pause" | "resume" | "cancel") => !act.isPending && act.mutate({ agentId: agent.id, act: how });
  return (
    <li>
      <Link to="/c/$agent" params={{ agent: agent.id }} aria-label={`${agent.title}, ${agentWords[agent.state]}, ${now.text}`}>
        <Ring state={isOffline ? "stale" : stands ? planStopped.ring : ring} label="" />
        <span className="grow t">
          <span className="fx">
            <b className="med t grow">{agent.title}</b>
            {unread > 0 && <span className="badge">{unread > 99 ? "99" : unread}</span>}
            <span className={agent.state === "waiting" ? "s12 c-wait med" : "s12 sub"}>
              {isOffline ? "As last seen" : stands ? "Stopped" : agentWords[agent.state]}
            </span>
          </span>
          <span className="fx s12 sub">
            <span className="t grow">{now.text}</span>
            {now.since !== undefined && <span className="num c-run">{formatElapsed(clock - now.since)}</span>}
          </span>
        </span>
      </Link>
      {agent.taskId && !stands && (
        <span className={styles.teamActs}>
          <Act name={`${paused ? "Resume" : "Pause"} ${agent.title}`} busy={act.isPending} press={() => press(paused ? "resume" : "pause")}>
            {paused ? <Play className="i s14" aria-hidden="true" /> : <Pause className="i s14" aria-hidden="true" />}
          </Act>
          <Cancel name={`Cancel what ${agent.title} does`} busy={act.isPending} press={() => press("cancel")} />
        </span>
      )}
      {act.isError && <Refused error={act.error} />}
    </li>
  );
}

/** A task that has not begun: why, and its actions. */
function Queued({ task }: { task: TaskLine }) {
  const act = useAction("taskAct");
  const allowed = task.facts ? acceptedCommands(task.facts.state) : [];
  const press = (how: "resume" | "cancel") => !act.isPending && act.mutate({ taskId: task.taskId, act: how });
  const paused = task.facts?.state === "paused";
  return (
    <li>
      <Beside className="" task={task.taskId}>
        <Ring state={taskRing(task)} label="" />
        <span className="grow t">
          <b className="med t" style={{ display: "block" }}>
            {task.title}
          </b>
          <span className="s12 sub t" style={{ display: "block" }}>
            {task.owner && ownerTitle(task.owner)} {paused ? "paused" : task.hold}
          </span>
        </span>
      </Beside>
      <span className={styles.teamActs}>
        {paused && allowed.includes("resume") && (
          <Act name={`Resume ${task.title}`} busy={act.isPending} press={() => press("resume")}>
            <Play className="i s14" aria-hidden="true" />
          </Act>
        )}
        {allowed.includes("cancel") && <Cancel name={`Cancel ${task.title}`} busy={act.isPending} press={() => press("cancel")} />}
      </span>
      {act.isError && <Refused error={act.error} />}
    </li>
  );
}

type ActProps = { name: string; busy: boolean; press: () => unknown; children: ReactNode };
function Act({ name, busy, press, children }: ActProps) {
  return (
    <button type="button" className="ib xs" aria-label={name} title={name} aria-disabled={busy} onClick={press}>
      {children}
    </button>
  );
}
/** Ends work by a second press. */
function Cancel({ name, busy, press }: Omit<ActProps, "children">) {
  const [sure, setSure] = useState(false);
  const pressed = () => {
    setSure(!sure);
    if (sure) press();
  };
  return (
    <button
      type="button"
      className={sure ? "btn xs bad" : "ib xs"}
      aria-label={sure ? `Really: ${name}` : name}
      title={name}
      aria-disabled={busy}
      onClick={pressed}
      onBlur={() => afterPress(() => setSure(false))}
    >
      {sure ? "Really" : <X className="i s14" aria-hidden="true" />}
    </button>
  );
}
function Refused({ error }: { error: unknown }) {
  return (
    <p className="s12 c-bad" role="alert">
      <Refusal error={error}> Nothing was changed.</Refusal>
    </p>
  );
}
