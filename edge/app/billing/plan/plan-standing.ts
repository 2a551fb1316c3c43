import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { trialDays } from "../../../../schema/billing/entitlement.ts";
import type { InvoiceView } from "../../../../schema/billing/payment.ts";
import { formatDate } from "../../ui/format.ts";
import type { RingState } from "../../ui/ring.tsx";
import { describeArchive, notShown, staysReadable } from "./plan-banner-words.ts";
import { findDue, findPaidChoice, isInFreeDays, nameChoice } from "./plan-choice.ts";

/** What a trial or a plan leaves behind when it ends: apps run only while the account lets the stack run. */
export const afterTheEnd =
  "Then your agents stop, and visitors no longer see what you have online until you choose a plan. Nothing is deleted.";

/** `price`: a month, where it is known. `isBelowBanner`: what the banner says is not said again. */
type StandingFacts = { billing: BillingOut; end: string; price: string | undefined; payPage: boolean; isBelowBanner: boolean };
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
      : "The payment page takes any card.",
  suspended: (standing) => {
    const { billing, isBelowBanner } = standing;
    const { withoutPayment } = billing;
    const paid = findPaidChoice(billing);
    const stopped = withoutPayment ? `stopped on ${formatDate(withoutPayment.stopsAt)}` : "stopped";
    const why = `${describeEndedPlan(standing)} Your stack was ${stopped}.`;
    if (isBelowBanner) return why;
    const later = withoutPayment ? ` ${describeArchive(withoutPayment.archivedAt)}` : "";
    return `${why} ${notShown} ${staysReadable} ${paid ? "Paying" : "Choosing a plan"} restarts it all in seconds.${later}`;
  },
  archived: (standing) => {
    const why = `${describeEndedPlan(standing)} Your agents and files are in the archive.`;
    return standing.isBelowBanner ? why : `${why} ${notShown} Nothing is deleted; paying brings it all back.`;
  },
};
const describeEndedPlan = ({ billing, end }: StandingFacts): string =>
  findPaidChoice(billing)
    ? `A payment was due on ${end}, and is missing.`
    : `${billing.subscription ? nameChoice(billing.subscription) : "Your plan"} ended on ${end}.`;
/** A payment that had arrived and was taken back: there is nothing open that could be paid. */
function describeDispute({ billing: { entitlement }, end }: StandingFacts): string {
  const taken = `Your bank took your payment back on ${end}`;
  if (entitlement === "grace")
    return `${taken}. Tell your bank that you know this payment, and ask it to return the money: then everything goes on. To use another card for the months after, press Manage billing.`;
  const state = entitlement === "archived" ? "Your agents and files are archived" : "Your agents are stopped";
  return `${taken}, and it was not returned. ${state}, and visitors can't see what you have online; nothing is deleted. Ask your bank to return it, or choose a plan anew: the one of before ends then.`;
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

type StandingMore = { price?: string | undefined; invoices?: readonly InvoiceView[] | undefined; isBelowBanner?: boolean };
/** How the plan stands, as a ring, in a word or two, and in sentences. Pure. */
export function describePlanStanding(billing: BillingOut, { price, invoices, isBelowBanner = false }: StandingMore = {}) {
  const { entitlement, subscription } = billing;
  const end = subscription?.periodEnd ? formatDate(subscription.periodEnd) : "";
  const standing = { billing, end, price, payPage: Boolean(findDue(invoices)?.url), isBelowBanner };
  return {
    ring: standingRings[entitlement],
    chip: findChip(billing),
    text: subscription?.disputed ? describeDispute(standing) : standingTexts[entitlement](standing),
  };
}
