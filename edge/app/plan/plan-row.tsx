import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { PlanView } from "../../../schema/agent/team.ts";
import type { EventBody } from "../../../schema/event.ts";
import { Aside, Beside, TaskEventRow } from "../conversation/channel-rows.tsx";
import { type LoggedTaskFacts, ownerTitle, stateWords, type TaskLine } from "../live/team-log.ts";
import { failureText, useAction, useActionQuery } from "../live/use-action.ts";
import { useLive, useOffline, useServerSkew } from "../live/use-live.ts";
import { formatCost, formatDuration, formatElapsed, formatRoughly, formatTime } from "../ui/format.ts";
import { Ring, type RingState, Segments } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import styles from "./plan.module.css";
import { describePlan, summarizePlan } from "./plans-at-work.ts";

type Body = EventBody<"plan.state">;
const planRowWords: Record<Body["state"], string> = {
  proposed: "Plan, waits for your yes",
  accepted: "Plan, at work",
  rejected: "Plan, turned down",
  done: "Plan, done",
  cancelled: "Plan, cancelled",
};
const planRings: Record<Body["state"], RingState> = {
  proposed: "waiting",
  accepted: "working",
  rejected: "cancelled",
  done: "done",
  cancelled: "cancelled",
};
const planTasks = (n: number) => `${n} ${n === 1 ? "task" : "tasks"}`;

/** A plan's card in the conversation, from proposal to end: estimate, progress, result and its tasks. */
export const PlanEventRow = memo(function PlanEventRow({ body, at }: { body: Body; at: number }) {
  const asks = body.state === "proposed";
  const offline = useOffline();
  return (
    <Aside>
      <article className={asks ? "appr" : "card pcard"} aria-label={`Plan ${body.title}`}>
        <h2 className="fx">
          <Ring state={offline && body.state === "accepted" ? "stale" : planRings[body.state]} label="" />
          <span className="grow t">{body.title}</span>
          <span className="sub s12 num">{formatTime(at)}</span>
        </h2>
        {body.state === "accepted" || body.state === "done" || body.state === "cancelled" ? (
          <Accepted body={body} />
        ) : (
          <ProposedPlan body={body} asks={asks} />
        )}
      </article>
    </Aside>
  );
});

function ProposedPlan({ body, asks }: { body: Body; asks: boolean }) {
  const act = useAction("planAct");
  return (
    <>
      <p className="s13 sub num">
        {planRowWords[body.state]} · {planTasks(body.tasks.length)} · about {formatRoughly(body.minutes.expected)},{" "}
        {formatCost(body.costMicros.expected)} (at most {formatCost(body.costMicros.most)})
      </p>
      <ol className={`${styles.plist} s13`}>
        {body.tasks.slice(0, 6).map((task) => (
          <li key={task.name} className="fx">
            <span className="grow t">{task.title}</span>
            <span className="sub s12">{ownerTitle(task.owner)}</span>
          </li>
        ))}
      </ol>
      {body.tasks.length > 6 && <p className="s12 sub">and {body.tasks.length - 6} more</p>}
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(act.error)} Nothing was started.
        </p>
      )}
      <div className="acts">
        {asks && (
          <button
            type="button"
            className="btn pri"
            aria-disabled={act.isPending}
            onClick={() => !act.isPending && act.mutate({ planId: body.planId, act: "accept", revision: body.revision })}
          >
            {act.isPending ? "Starting" : "Accept and start"}
          </button>
        )}
        <Link className="btn" to="/plan/$id" params={{ id: body.planId }}>
          {asks ? "Read and edit" : "Open the plan"}
        </Link>
      </div>
    </>
  );
}

/** The facts of each task: from the log where it has them, else from the plan. */
type Each = { id: string; title: string; state: LoggedTaskFacts["state"] | undefined; line: TaskLine | undefined };
function eachOf(body: Body, told: PlanView | undefined, tasks: ReadonlyMap<string, TaskLine>): Each[] {
  const known = [...tasks.values()].filter((line) => line.planId === body.planId);
  if (!told) return known.map((line) => ({ id: line.taskId, title: line.title, state: undefined, line }));
  const titles = new Map(told.plan.tasks.map((task) => [task.id, task.title]));
  return told.tasks.map(({ id, name, state }) => ({ id, title: titles.get(name) ?? name, state, line: tasks.get(id) }));
}

function Accepted({ body }: { body: Body }) {
  const offline = useOffline();
  const tasks = useLive(({ view }) => view.tasks);
  const skew = useServerSkew();
  const plan = useActionQuery("plan", { planId: body.planId }).data?.plan;
  const all = eachOf(body, plan, tasks);
  const works = body.state === "accepted";
  const at = summarizePlan(
    body.planId,
    body.title,
    body.tasks.length,
    all.map(({ line, state }) => line?.facts ?? { state: state ?? "created", asked: [] }),
  );
  return (
    <>
      <div className="fx" style={{ marginTop: 6 }}>
        {works && <Segments steps={at.total} done={at.done} working={at.working > 0 && !offline} counts />}
        <div className="grow s13">
          <p className="num">
            {works
              ? `${offline ? "As last seen: " : ""}${describePlan(at)}`
              : `${planRowWords[body.state]} · ${at.done} of ${at.total} ${at.total === 1 ? "task" : "tasks"} verified`}
          </p>
          <PlanUsed body={body} plan={plan} works={works} />
        </div>
        <Link className="btn" to="/plan/$id" params={{ id: body.planId }}>
          Open the plan
        </Link>
      </div>
      {all.length > 0 && (
        <details className="fold" open={works}>
          <summary>{planTasks(all.length)}</summary>
          {all.map(({ id, title, state, line }) =>
            line?.facts ? (
              <TaskEventRow key={id} task={line} skew={skew} inside />
            ) : (
              <p key={id} className="fx s13 tcard">
                <Ring state={state === "verified" || state === "deployed" ? "done" : "idle"} label="" />
                <Beside className="b t grow" task={id}>
                  {title}
                </Beside>
                <span className="sub">{state && stateWords[state]}</span>
              </p>
            ),
          )}
        </details>
      )}
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
