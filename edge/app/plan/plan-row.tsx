import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { EventBody } from "../../../schema/event.ts";
import { replacedReason } from "../../../schema/plan/replaced-plan.ts";
import { Aside } from "../conversation/channel-rows.tsx";
import { ownerTitle } from "../live/team-log.ts";
import { useAction } from "../live/use-action.ts";
import { formatCost, formatRoughly } from "../ui/format.ts";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./plan.module.css";
import { AcceptedPlan, countTasks, PlanHead } from "./plan-card.tsx";

type Body = EventBody<"plan.state">;

/** A plan's card in the conversation, from proposal to end: estimate, progress, result and its tasks. */
export const PlanEventRow = memo(function PlanEventRow({ body, at }: { body: Body; at: number }) {
  const asks = body.state === "proposed";
  if (body.state === "proposed" || body.state === "rejected")
    return (
      <Aside>
        <article className={asks ? "appr" : "card pcard"} aria-label={`Plan ${body.title}`}>
          <PlanHead body={body} at={at} ring={asks ? "waiting" : "cancelled"} />
          <ProposedPlan body={body} asks={asks} />
        </article>
      </Aside>
    );
  return <AcceptedPlan body={body} at={at} />;
});

function ProposedPlan({ body, asks }: { body: Body; asks: boolean }) {
  const act = useAction("planAct");
  return (
    <>
      <p className="s13 sub num">
        {asks ? "Plan, waiting for you" : body.reason === replacedReason ? "Plan, replaced by a newer one" : "Plan, turned down"} ·{" "}
        {countTasks(body.tasks.length)} · about {formatRoughly(body.minutes.expected)}, {formatCost(body.costMicros.expected)} (at most{" "}
        {formatCost(body.costMicros.most)})
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
          <Refusal error={act.error}> Nothing was started.</Refusal>
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
            {act.isPending && act.variables.act === "accept" ? "Starting" : "Accept and start"}
          </button>
        )}
        <Link className="btn" to="/plan/$id" params={{ id: body.planId }}>
          {asks ? "Read and edit" : "Open the plan"}
        </Link>
        {asks && (
          <button
            type="button"
            className="btn ghost"
            aria-disabled={act.isPending}
            onClick={() => !act.isPending && act.mutate({ planId: body.planId, act: "reject", revision: body.revision })}
          >
            No
          </button>
        )}
      </div>
    </>
  );
}
