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

/** Whether it is a trial that waits for its stack. */
export const isTrialWaiting = ({ plan, status, begunAt }: Subscription): boolean =>
  plan === "trial" && status === "trialing" && begunAt === null;

/**
 * A missed payment or an ended period: grace for a week, then
 * suspended, then archived; nothing is deleted. A trial has no grace, and
 * does not run before its stack has been ready.
 */
export function entitlement(subscription: Subscription | undefined, now: number): Entitlement {
  if (!subscription) return "none";
  const { status, periodEnd } = subscription;
  if (isTrialWaiting(subscription) || (status === "trialing" && now < periodEnd)) return "trialing";
  if ((status === "active" || status === "canceled") && now < periodEnd) return "active";
  const graceEnd = status === "trialing" || status === "canceled" ? periodEnd : periodEnd + graceDays * dayMs;
  if (now < graceEnd) return "grace";
  return now < graceEnd + suspendedDays * dayMs ? "suspended" : "archived";
}

/** The highest tier the account allows; the stack's ceiling follows it. */
export function entitlementCeiling(entitlement: Entitlement): "running" | "stopped" | "archived" {
  if (entitlement === "trialing" || entitlement === "active" || entitlement === "grace") return "running";
  return entitlement === "archived" ? "archived" : "stopped";
}
