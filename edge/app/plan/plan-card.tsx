import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { PlanView } from "../../../schema/agent/team.ts";
import type { EventBody } from "../../../schema/event.ts";
import { type Covered, headlineOf, isWhole } from "../../../schema/proof/coverage.ts";
import { describeAgentWork } from "../agent/agent-status.ts";
import { WaitingQuestion } from "../approval/waiting-question.tsx";
import { LazyPlanLink } from "../billing/plan/lazy-plan-link.tsx";
import { Aside, Beside, TaskEventRow } from "../conversation/channel-rows.tsx";
import { type LoggedTaskFacts, stateWords, type TaskLine } from "../live/team-log.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { useLive, useOffline, useServerSkew } from "../live/use-live.ts";
import { formatCost, formatDuration, formatElapsed, formatRoughly, formatTime } from "../ui/format.ts";
import { useOpenFold } from "../ui/open-fold.ts";
import { Refusal } from "../ui/refusal.tsx";
import { Ring, type RingState, Segments } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./plan.module.css";
import { describeFailedWork } from "./plan-words.ts";
import { describePlan, type PlanAtWork, planStanding, summarizePlan } from "./plans-at-work.ts";

const PlanResultSection = lazy(() => import("./plan-result.tsx").then((part) => ({ default: part.PlanResultSection })));

type Body = EventBody<"plan.state">;
export const countTasks = (n: number) => `${n} ${n === 1 ? "task" : "tasks"}`;
const rings = {
  working: "working",
  waiting: "waiting",
  failed: "failed",
  stopped: "cancelled",
  done: "done",
  cancelled: "cancelled",
} as const;

export function PlanHead({ body, at, ring }: { body: Body; at: number; ring: RingState }) {
  return (
    <h2 className="fx">
      <Ring state={ring} label="" />
      <span className="grow t">{body.title}</span>
      <span className="sub s12 num">{formatTime(at)}</span>
    </h2>
  );
}

/** A task of the plan: from the log where it tells of it, else from the plan. */
type PlanTask = {
  id: string;
  title: string;
  state: LoggedTaskFacts["state"] | undefined;
  covered?: Covered | undefined;
  line: TaskLine | undefined;
};
function listPlanTasks(body: Body, plan: PlanView | undefined, tasks: ReadonlyMap<string, TaskLine>): PlanTask[] {
  const known = [...tasks.values()].filter((line) => line.planId === body.planId);
  if (!plan) return known.map((line) => ({ id: line.taskId, title: line.title, state: undefined, line }));
  const titles = new Map(plan.plan.tasks.map((task) => [task.id, task.title]));
  return plan.tasks.map(({ id, name, state, covered }) => ({ id, title: titles.get(name) ?? name, state, covered, line: tasks.get(id) }));
}

/** The one card of an accepted plan: what happens now, what waits for the person, and what it brought. */
export function AcceptedPlan({ body, at }: { body: Body; at: number }) {
  const offline = useOffline();
  const tasks = useLive(({ view }) => view.tasks);
  const plan = useActionQuery("plan", { planId: body.planId }).data?.plan;
  const all = listPlanTasks(body, plan, tasks);
  const facts = all.map(({ line, state }) => line?.facts ?? { state: state ?? ("created" as const), asked: [] });
  const progress = summarizePlan(body.planId, body.title, body.tasks.length, facts);
  const standing = planStanding(body.state, progress);
  const over = standing === "done" || standing === "cancelled";
  return (
    <Aside>
      <article className={`card pcard ${styles.result}`} aria-label={`Plan ${body.title}`}>
        <PlanHead body={body} at={at} ring={offline && !over ? "stale" : rings[standing]} />
        <div className="fx">
          {!over && <Segments steps={progress.total} done={progress.done} working={progress.working > 0 && !offline} counts />}
          <div className="grow s13">
            <p className="num">{over ? describePlanEnd(body, progress) : `${offline ? "As last seen: " : ""}${describePlan(progress)}`}</p>
            {!over && <PlanWorkNow tasks={all} />}
            <PlanUsed body={body} plan={plan} works={!over} />
          </div>
        </div>
        {!over && <PlanNeeds tasks={all} />}
        <Suspense fallback={over && standing === "done" ? <div className={styles.resultWaits} /> : null}>
          <PlanResultSection planId={body.planId} title={body.title} standing={standing} />
        </Suspense>
        <PlanTasks body={body} tasks={all} />
      </article>
    </Aside>
  );
}

function describePlanEnd({ state, covered }: Body, { done, total }: PlanAtWork): string {
  const tasks = `${done} of ${countTasks(total)}`;
  const proven = isWhole(covered) ? `${tasks} verified` : `${tasks} done · ${headlineOf(covered)}`;
  return `${state === "cancelled" ? "Cancelled" : "Done"} · ${proven}`;
}

/** What happens now, in one line: the work of the agent that began last. */
function PlanWorkNow({ tasks }: { tasks: readonly PlanTask[] }) {
  const workers = new Set(tasks.flatMap(({ line }) => (line?.facts?.state === "in_progress" ? (line.facts.worker ?? []) : [])));
  const text = useLive(({ view }) => {
    const agent = [...view.agents.values()].findLast(({ id }) => workers.has(id as never));
    return agent ? `${agent.title}: ${describeAgentWork(agent, view).text}` : "";
  });
  return text === "" ? null : <p className="sub t">{text}</p>;
}

/** What waits for the person, and what failed: each with what to press. */
function PlanNeeds({ tasks }: { tasks: readonly PlanTask[] }) {
  const waiting = tasks.flatMap(({ line }) => (line?.facts?.state === "waiting" ? line.facts.asked : []));
  const failed = tasks.filter(({ line }) => line?.facts?.state === "failed");
  if (waiting.length + failed.length === 0) return null;
  return (
    <ul className={`${styles.needs} s13`}>
      {waiting.map((id) => (
        <li key={id} className="fx">
          <WaitingQuestion id={id} />
        </li>
      ))}
      {failed.map(({ id, line }) => line && <FailedTask key={id} line={line} />)}
    </ul>
  );
}
function FailedTask({ line }: { line: TaskLine }) {
  const act = useAction("taskAct");
  const failure = describeFailedWork(line);
  const why = failure?.text ?? line.facts?.reason;
  return (
    <li>
      <p className="fx">
        <Ring state="failed" size={12} label="Failed" />
        <Beside className="link grow t" task={line.taskId}>
          {line.title}
        </Beside>
        <button
          type="button"
          className="btn xs"
          aria-label={`Try again: ${line.title}`}
          aria-disabled={act.isPending}
          onClick={() => !act.isPending && act.mutate({ taskId: line.taskId as never, act: "retry" })}
        >
          Try again
        </button>
      </p>
      <p className="sub">
        {why}
        <LazyPlanLink after={why} />
      </p>
      {failure && (
        <details className="fold s12">
          <summary>Details</summary>
          <p className="pre">{failure.detail}</p>
        </details>
      )}
      {act.isError && (
        <p className="c-bad" role="alert">
          <Refusal error={act.error}> Nothing was changed.</Refusal>
        </p>
      )}
    </li>
  );
}

/** The tasks of the plan, folded, and the way to its page. */
function PlanTasks({ body, tasks }: { body: Body; tasks: readonly PlanTask[] }) {
  const skew = useServerSkew();
  const fold = useOpenFold(`tasks:${body.planId}`);
  return (
    <>
      {tasks.length > 0 && (
        <details className="fold" {...fold}>
          <summary>{countTasks(tasks.length)}</summary>
          {tasks.map(({ id, title, state, covered, line }) =>
            line?.facts ? (
              <TaskEventRow key={id} task={line} skew={skew} inside />
            ) : (
              <p key={id} className="fx s13 tcard">
                <Ring state={state === "verified" || state === "deployed" ? "done" : "idle"} label="" />
                <Beside className="b t grow" task={id}>
                  {title}
                </Beside>
                <span className="sub">{state === "verified" ? headlineOf(covered) : state && stateWords[state]}</span>
              </p>
            ),
          )}
        </details>
      )}
      <p className="s13">
        <Link className="link" to="/plan/$id" params={{ id: body.planId }}>
          Open the plan
        </Link>
      </p>
    </>
  );
}

/** Time and cost, beside the estimate while the plan runs. */
function PlanUsed({ body, plan, works }: { body: Body; plan: PlanView | undefined; works: boolean }) {
  const skew = useServerSkew();
  const offline = useOffline();
  const now = useClock(works && !offline, 1_000) + skew;
  const { costMicros, beganAt, endedAt } = plan?.used ?? { costMicros: 0, beganAt: null, endedAt: null };
  if (beganAt === null)
    return works ? (
      <p className="sub num">
        About {formatRoughly(body.minutes.expected)}, {formatCost(body.costMicros.expected)}
      </p>
    ) : null;
  if (!works)
    return (
      <p className="sub num">
        It took {formatDuration(Math.max(0, (endedAt ?? now) - beganAt))} and {formatCost(costMicros)}
      </p>
    );
  return (
    <p className="sub num">
      {formatElapsed(now - beganAt)} of about {formatRoughly(body.minutes.expected)} · {formatCost(costMicros)} of about{" "}
      {formatCost(body.costMicros.expected)}
    </p>
  );
}
