import type { LogRow } from "../live/log-view.ts";

/** The newest plan that has ended well, while the member has written nothing since. Pure. */
export function findFinishedPlan(rows: readonly LogRow[]): (LogRow & { type: "plan" }) | undefined {
  const plans = rows.filter((row) => row.type === "plan");
  const newest = plans.reduce<(typeof plans)[number] | undefined>(
    (best, row) => (best && best.changedAt > row.changedAt ? best : row),
    undefined,
  );
  if (newest?.body.state !== "done") return undefined;
  const wrote = rows.findLast((row) => row.type === "member");
  return wrote && wrote.at > newest.changedAt ? undefined : newest;
}
