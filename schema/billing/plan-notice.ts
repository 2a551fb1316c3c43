import { dayMs } from "../wire/duration.ts";
import { entitlement, graceDays, isTrialWaiting, type Subscription, whenPaymentDue } from "./entitlement.ts";

/**
 * What a member is told of their plan where they are not looking: that free days end soon, that a payment is
 * missing, twice more before the week of grace ends, that the stack is stopped, and that all is well again.
 */
export const planNotices = {
  grace_began: "A payment is missing. Everything runs for a week from now",
  grace_middle: "A payment is still missing. Your stack stops in a few days",
  grace_ending: "A payment is missing. Your stack stops tomorrow",
  suspended: "Your stack is stopped. Nothing is deleted; a payment restarts it in seconds",
  recovered: "Your payment arrived. Everything runs",
  trial_ending: "Your trial ends in three days. With a plan everything goes on",
  free_days_ending: "Your free days end in three days. Then your card pays the plan",
} as const;
export type PlanNotice = keyof typeof planNotices;

type NoticeTime = { notice: PlanNotice; at: number };
/** A stop that nobody was told of for so long is not told any more. */
const suspendedNewsDays = 7;

/** So many days before free days end it is said. */
const endingDays = 3;

/**
 * What is told of a plan, and when, if nothing changes. The trial and a cancelled plan have no grace.
 */
function listNoticeTimes(subscription: Subscription): NoticeTime[] {
  const { plan, status, periodEnd } = subscription;
  if (isTrialWaiting(subscription)) return [];
  const ending = plan === "trial" ? "trial_ending" : "free_days_ending";
  const before: NoticeTime[] = status === "trialing" ? [{ notice: ending, at: periodEnd - endingDays * dayMs }] : [];
  const due = whenPaymentDue(subscription);
  if (due === undefined) return [...before, { notice: "suspended", at: periodEnd }];
  const graceEnd = periodEnd + graceDays * dayMs;
  return [
    ...before,
    { notice: "grace_began", at: due },
    { notice: "grace_middle", at: periodEnd + (graceDays * dayMs) / 2 },
    { notice: "grace_ending", at: graceEnd - dayMs },
    { notice: "suspended", at: graceEnd },
  ];
}

const troubles: ReadonlySet<PlanNotice> = new Set(["grace_began", "grace_middle", "grace_ending", "suspended"]);
export type ToldNotice = { notice: PlanNotice | null; noticeSince: number };
/**
 * What is to be told now, if it was not told before, and when there may be something again. One whose time
 * passed unnoticed gives way to the later one. `since` tells one missing payment from the next.
 */
export function judgePlanNotice(
  subscription: Subscription,
  told: ToldNotice,
  now: number,
): { tell?: { notice: PlanNotice; since: number }; nextAt: number | null } {
  const times = listNoticeTimes(subscription);
  const nextAt = times.find(({ at }) => at > now)?.at ?? null;
  const current = times.findLast(({ at }) => at <= now);
  if (!current) {
    const troubled = told.notice !== null && troubles.has(told.notice);
    const well = entitlement(subscription, now);
    const back = troubled && (well === "active" || well === "trialing");
    return back ? { tell: { notice: "recovered", since: told.noticeSince }, nextAt } : { nextAt };
  }
  const { notice } = current;
  const { periodEnd: since } = subscription;
  const known = told.notice === notice && (notice === "suspended" || told.noticeSince === since);
  const old = notice === "suspended" && current.at < now - suspendedNewsDays * dayMs;
  return known || old ? { nextAt } : { tell: { notice, since }, nextAt };
}
