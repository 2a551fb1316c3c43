import { dayMs } from "../wire/duration.ts";
import type { SubscriptionPlan } from "./subscription-plan.ts";

/** What the account allows, derived from the subscription row and the time. It is never stored. */
export const entitlements = ["none", "trialing", "active", "grace", "suspended", "archived"] as const;
export type Entitlement = (typeof entitlements)[number];

export type Subscription = {
  plan: SubscriptionPlan;
  status: "trialing" | "active" | "past_due" | "canceled";
  /** Milliseconds since 1970: the end of the trial or of what is paid. */
  periodEnd: number;
  /** Null of a trial whose stack has not been ready yet: its days do not run. */
  begunAt?: number | null;
};

export const trialDays = 14;
export const graceDays = 7;
const suspendedDays = 90;

/**
 * A period that is over is over at Stripe a moment later, and here when that was heard: so long a plan that
 * was paid is not yet one whose payment is missing. Milliseconds.
 */
const renewalLag = 3_600_000;
/** When a payment was due, as far as is known. Undefined of what ends without one: there is no grace. */
export function whenPaymentDue({ plan, status, periodEnd }: Subscription): number | undefined {
  if (plan === "trial" || status === "canceled") return undefined;
  return status === "past_due" ? periodEnd : periodEnd + renewalLag;
}

/** Whether it is a trial that waits for its stack. */
export const isTrialWaiting = ({ plan, status, begunAt }: Subscription): boolean =>
  plan === "trial" && status === "trialing" && begunAt === null;

/**
 * A missed payment or an ended period: grace for a week, then
 * suspended, then archived; nothing is deleted. The trial has no grace, and
 * does not run before its stack has been ready; free days of a paid plan end in a payment, as a month does.
 */
export function entitlement(subscription: Subscription | undefined, now: number): Entitlement {
  if (!subscription) return "none";
  const { status, periodEnd } = subscription;
  const due = whenPaymentDue(subscription);
  const runs = status !== "past_due" && now < (due ?? periodEnd);
  if (isTrialWaiting(subscription) || runs) return status === "trialing" ? "trialing" : "active";
  const { stopsAt, archivedAt } = whenStopped(subscription);
  if (now < stopsAt) return "grace";
  return now < archivedAt ? "suspended" : "archived";
}
/** Where no payment comes: when the stack is stopped, and when it is archived. */
export function whenStopped(subscription: Subscription): { stopsAt: number; archivedAt: number } {
  const { periodEnd } = subscription;
  const stopsAt = whenPaymentDue(subscription) === undefined ? periodEnd : periodEnd + graceDays * dayMs;
  return { stopsAt, archivedAt: stopsAt + suspendedDays * dayMs };
}

/** The highest tier the account allows; the stack's ceiling follows it. */
export function entitlementCeiling(entitlement: Entitlement): "running" | "stopped" | "archived" {
  if (entitlement === "trialing" || entitlement === "active" || entitlement === "grace") return "running";
  return entitlement === "archived" ? "archived" : "stopped";
}
