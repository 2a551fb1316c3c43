import type { BillingOut } from "../../../schema/billing/billing.ts";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import { formatDate } from "../ui/format.ts";
import type { RingState } from "../ui/ring.tsx";
import { isInFreeDays } from "./plan-choice.ts";

/** What a trial or a plan leaves behind when it ends: apps run only while the account lets the stack run. */
export const afterTheEnd =
  "Then your agents stop, and what you have online is no longer shown until you choose a plan. Nothing is deleted.";

/** `price`: what the plan costs a month, where that is known. */
type StandingFacts = { billing: BillingOut; end: string; price: string | undefined };
const standingRings: Record<BillingOut["entitlement"], RingState> = {
  ...{ none: "cancelled", trialing: "complete", active: "done", grace: "waiting", suspended: "cancelled", archived: "cancelled" },
};
const standingTexts: Record<BillingOut["entitlement"], (standing: StandingFacts) => string> = {
  none: () => "There is no plan yet. Begin one below.",
  trialing: ({ billing, end, price = "its price" }) => {
    if (isInFreeDays(billing)) return `Free until ${end}. Then your card pays ${price} a month, unless you cancel before.`;
    const when = end ? `Your trial ends on ${end}.` : `Your trial begins when your stack is ready, and lasts ${trialDays} days.`;
    return `${when} ${afterTheEnd}`;
  },
  active: ({ billing, end }) =>
    billing.subscription?.status === "canceled" ? `Cancelled: it runs until ${end}. ${afterTheEnd}` : `Paid until ${end}.`,
  grace: ({ end }) =>
    `A payment was due on ${end} and is missing. Everything runs for a week from then. If it does not come, your agents stop then, and what you have online is no longer shown. Nothing is deleted.`,
  suspended: ({ end }) =>
    `It ended on ${end}. Your agents are stopped, and what you have online is not shown. You can still read everything and nothing is deleted; paying restarts it all in seconds.`,
  archived: ({ end }) =>
    `It ended on ${end}. Your agents and files are archived, and what you have online is not shown. Nothing is deleted; paying brings it all back.`,
};
/** A payment that had arrived and was taken back: there is nothing open that could be paid. */
function describeDispute({ billing: { entitlement }, end }: StandingFacts): string {
  const taken = `Your bank took your payment back on ${end}`;
  if (entitlement === "grace")
    return `${taken}. Everything runs for a week from then. If the payment is not returned, your agents stop; nothing is deleted.`;
  const state = entitlement === "archived" ? "Your agents and files are archived" : "Your agents are stopped";
  return `${taken}, and it was not returned. ${state}, and what you have online is not shown; nothing is deleted. Ask your bank to return it, or choose a plan anew: the one of before ends then.`;
}

/** How the plan stands, as a ring and in words. Pure. */
export function describePlanStanding(billing: BillingOut, price: string | undefined): { ring: RingState; text: string } {
  const { entitlement, subscription } = billing;
  const standing = { billing, end: subscription?.periodEnd ? formatDate(subscription.periodEnd) : "", price };
  return {
    ring: standingRings[entitlement],
    text: subscription?.disputed ? describeDispute(standing) : standingTexts[entitlement](standing),
  };
}
