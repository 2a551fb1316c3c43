import type { BillingOut } from "../../../schema/billing/billing.ts";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import type { InvoiceView } from "../../../schema/billing/payment.ts";
import { formatDate } from "../ui/format.ts";
import type { RingState } from "../ui/ring.tsx";
import { staysReadable } from "./plan-banner-words.ts";
import { findDue, findPaidChoice, isInFreeDays } from "./plan-choice.ts";

/** What a trial or a plan leaves behind when it ends: apps run only while the account lets the stack run. */
export const afterTheEnd =
  "Then your agents stop, and what you have online is no longer shown until you choose a plan. Nothing is deleted.";

/** `price`: what the plan costs a month, where that is known. */
type StandingFacts = { billing: BillingOut; end: string; price: string | undefined; payPage: boolean };
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
  grace: ({ payPage }) =>
    payPage
      ? "The invoice can be paid with any card. To use another card for the months after too, press Manage billing and choose it there."
      : "Stripe's page takes the payment. You can use another card there.",
  suspended: ({ billing, end }) => {
    const { withoutPayment } = billing;
    const stopped = withoutPayment ? `stopped on ${formatDate(withoutPayment.stopsAt)}` : "stopped";
    const paid = findPaidChoice(billing);
    const why = paid
      ? `A payment was due on ${end}, and is missing. Your stack was ${stopped}`
      : `It ended on ${end}. Your agents are stopped`;
    return `${why}, and what you have online is not shown. ${staysReadable} ${paid ? "Paying" : "A plan"} restarts it all in seconds.${withoutPayment ? ` Without a ${paid ? "payment" : "plan"} it is archived on ${formatDate(withoutPayment.archivedAt)}.` : ""}`;
  },
  archived: ({ billing, end }) =>
    `${findPaidChoice(billing) ? `A payment was due on ${end}, and is missing` : `It ended on ${end}`}. Your agents and files are archived, and what you have online is not shown. Nothing is deleted; paying brings it all back.`,
};
/** A payment that had arrived and was taken back: there is nothing open that could be paid. */
function describeDispute({ billing: { entitlement }, end }: StandingFacts): string {
  const taken = `Your bank took your payment back on ${end}`;
  if (entitlement === "grace")
    return `${taken}. Tell your bank that you know this payment, and ask it to return the money: then everything goes on. To use another card for the months after, press Manage billing.`;
  const state = entitlement === "archived" ? "Your agents and files are archived" : "Your agents are stopped";
  return `${taken}, and it was not returned. ${state}, and what you have online is not shown; nothing is deleted. Ask your bank to return it, or choose a plan anew: the one of before ends then.`;
}

type Chip = { text: string; className: string };
const standingChips: Record<BillingOut["entitlement"], Chip | undefined> = {
  none: undefined,
  trialing: { text: "Trial", className: "chip acc" },
  active: { text: "Active", className: "chip run" },
  grace: { text: "Payment missing", className: "chip bad" },
  suspended: { text: "Stopped", className: "chip bad" },
  archived: { text: "Archived", className: "chip bad" },
};
function findChip({ entitlement, subscription }: BillingOut): Chip | undefined {
  if (entitlement === "active" && subscription?.status === "canceled") return { text: "Cancelled", className: "chip wait" };
  if (entitlement === "grace" && subscription?.disputed) return { text: "Payment taken back", className: "chip bad" };
  if (entitlement === "trialing" && isInFreeDays({ subscription })) return { text: "Free days", className: "chip acc" };
  return standingChips[entitlement];
}

type StandingMore = { price?: string | undefined; invoices?: readonly InvoiceView[] | undefined };
/** How the plan stands, as a ring, in a word or two, and in sentences. Pure. */
export function describePlanStanding(billing: BillingOut, { price, invoices }: StandingMore = {}) {
  const { entitlement, subscription } = billing;
  const end = subscription?.periodEnd ? formatDate(subscription.periodEnd) : "";
  const standing = { billing, end, price, payPage: Boolean(findDue(invoices)?.url) };
  return {
    ring: standingRings[entitlement],
    chip: findChip(billing),
    text: subscription?.disputed ? describeDispute(standing) : standingTexts[entitlement](standing),
  };
}
