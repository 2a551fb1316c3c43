import type { PlanView } from "../../../schema/agent/team.ts";
import type { LogView } from "../live/log-view.ts";
import type { LoggedTaskFacts } from "../live/team-log.ts";

/** A plan's progress, by its tasks. */
export type PlanAtWork = {
  planId: string;
  title: string;
  total: number;
  done: number;
  working: number;
  asking: number;
  waiting: number;
  paused: number;
  over: number;
};
type PlanTaskFacts = { state: LoggedTaskFacts["state"]; asked: readonly unknown[] };

export function summarizePlan(planId: string, title: string, total: number, tasks: readonly PlanTaskFacts[]): PlanAtWork {
  const count = (kind: Kind) => tasks.filter((facts) => taskProgress(facts) === kind).length;
  const [done, working, asking, paused, over] = [count("done"), count("working"), count("asking"), count("paused"), count("over")];
  const all = Math.max(total, tasks.length);
  return { planId, title, total: all, done, working, asking, paused, over, waiting: all - done - working - asking - paused - over };
}
type Kind = "done" | "working" | "asking" | "paused" | "waiting" | "over";
function taskProgress({ state, asked }: PlanTaskFacts): Kind {
  if (state === "verified" || state === "deployed") return "done";
  if (state === "failed" || state === "cancelled") return "over";
  if (state === "waiting" && asked.length > 0) return "asking";
  if (state === "paused") return "paused";
  return state === "in_progress" || state === "complete" || state === "assigned" ? "working" : "waiting";
}
/** What a plan's card says first. `failed` and `stopped`: nothing goes on by itself. */
export type PlanStanding = "working" | "waiting" | "failed" | "stopped" | "done" | "cancelled";
export function planStanding(state: PlanView["state"], progress: Omit<PlanAtWork, "planId" | "title">): PlanStanding {
  if (state === "done") return "done";
  if (state !== "accepted") return "cancelled";
  if (progress.asking > 0) return "waiting";
  if (progress.working > 0) return "working";
  if (progress.over > 0) return "failed";
  return progress.paused > 0 ? "stopped" : "working";
}

/** The accepted plans. A task's facts come from the log, else from the actor. Pure. */
export function listPlansAtWork(plans: readonly PlanView[], { tasks }: Pick<LogView, "tasks">): PlanAtWork[] {
  const accepted = plans.filter((plan) => plan.state === "accepted");
  return accepted.map(({ id, plan, tasks: told }) =>
    summarizePlan(
      id,
      plan.title,
      plan.tasks.length,
      told.map((task) => tasks.get(task.id)?.facts ?? { state: task.state, asked: [] }),
    ),
  );
}

export function describePlan({ total, done, working, asking, waiting, paused, over }: PlanAtWork): string {
  const parts = [
    `${done} of ${total} done`,
    working > 0 ? `${working} at work` : "",
    asking > 0 ? `${asking} ${asking === 1 ? "waits" : "wait"} for you` : "",
    waiting > 0 ? `${waiting} to come` : "",
    paused > 0 ? `${paused} paused` : "",
    over > 0 ? `${over} ended without it` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}
