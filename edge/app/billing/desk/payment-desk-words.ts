import type { Entitlement } from "../../../../schema/billing/entitlement.ts";
import type {
  DifferenceKind,
  ParkedReason,
  PaymentDifference,
  PaymentEventView,
  PaymentLook,
  PaymentTrouble,
} from "../../../../schema/billing/payment-desk.ts";
import { formatMoment } from "../../support/member-look.tsx";
import { formatDuration } from "../../ui/format.ts";
import type { RingState } from "../../ui/ring.tsx";
import { formatMoney } from "../money.ts";

/** How payments stand, in an operator's words. Pure. */
export const paymentTroubleWords: Readonly<Record<PaymentTrouble, string>> = {
  away: "Stripe does not answer",
  refused: "Stripe refuses what it is asked",
  unknown_price: "Something is paid whose price no setting names",
  two_plans: "Two plans are paid at once",
  unsold_quantity: "A plan is paid more times over than it is sold, and gives less than is paid",
  other: "GrowQR failed; its log says how",
};
const parkedWords: Readonly<Record<ParkedReason, string>> = {
  account: "Parked: it is of a connected account",
  mode: "Parked: it is of test mode where money is real, or the other way round",
  customer: "Parked: its customer is nobody here",
  version: "Parked: it is written in another version of Stripe's API; the member is looked at all the same",
};
export const entitlementWords: Readonly<Record<Entitlement, string>> = {
  none: "None: there was never a plan",
  trialing: "Everything runs, in free days",
  active: "Everything runs",
  grace: "Everything runs for a week, though a payment is missing",
  suspended: "Stopped",
  archived: "Archived",
};

const typeWords: Readonly<Record<string, string>> = {
  "checkout.session.completed": "A checkout was finished",
  "checkout.session.expired": "A checkout ended without a payment",
  "checkout.session.async_payment_succeeded": "The payment of a checkout arrived",
  "checkout.session.async_payment_failed": "The payment of a checkout failed",
  "customer.created": "The customer was made",
  "customer.updated": "The customer was changed",
  "customer.deleted": "The customer was deleted",
  "customer.subscription.created": "A plan began",
  "customer.subscription.updated": "A plan was changed",
  "customer.subscription.deleted": "A plan ended",
  "customer.subscription.paused": "A plan was paused",
  "customer.subscription.resumed": "A plan was resumed",
  "customer.subscription.trial_will_end": "Free days end soon",
  "invoice.paid": "An invoice was paid",
  "invoice.payment_succeeded": "A payment arrived",
  "invoice.payment_failed": "A payment failed",
  "invoice.payment_action_required": "The bank asks the payer first",
  "invoice.marked_uncollectible": "An invoice was given up",
  "invoice.voided": "An invoice was voided",
  "charge.dispute.created": "The bank took a payment back",
  "charge.dispute.updated": "A payment that was taken back is being decided",
  "charge.dispute.closed": "A payment that was taken back was decided",
  "charge.dispute.funds_withdrawn": "The money of a payment was taken back",
  "charge.dispute.funds_reinstated": "The money of a payment was returned",
  "charge.refunded": "A payment was refunded",
};
/** What Stripe told; as Stripe names it where nobody has written any words. */
export const nameEventType = (type: string): string => typeWords[type] ?? type;

export function describeEvent({ receivedAt, processedAt, parked }: PaymentEventView): { ring: RingState; text: string } {
  if (parked) return { ring: "cancelled", text: parkedWords[parked] };
  if (processedAt === null) return { ring: "working", text: "Not followed yet" };
  return { ring: "done", text: `Followed within ${formatDuration(Math.max(0, processedAt - receivedAt))}` };
}

type PlanView = NonNullable<PaymentLook["subscription"]>;
/** What the end of its period means for a plan. */
export function describePlanEnd({ plan, status, disputed, periodEnd }: PlanView): string {
  if (periodEnd === null) return "begins when the stack is ready";
  const words: Record<PlanView["status"], string> = {
    trialing: plan === "trial" ? "until" : "free until",
    active: "paid until",
    past_due: disputed ? "the payment was taken back by the bank on" : "a payment is missing since",
    canceled: "cancelled, until",
  };
  return `${words[status]} ${formatMoment(periodEnd)}`;
}

type DifferenceWords = { less: string; more: string; expected: string; found: string };
/** `less` and `more`: what is found, beside what is expected. */
const differenceWords: Readonly<Record<DifferenceKind, DifferenceWords>> = {
  ledger: {
    less: "used and not written down to be told",
    more: "written down to be told and never used",
    expected: "Models cost",
    found: "Written down to be told to Stripe",
  },
  meter: {
    less: "told to Stripe and not on its meter",
    more: "on Stripe's meter and never told",
    expected: "Told to Stripe",
    found: "On its meter",
  },
  invoice: {
    less: "told to Stripe and not billed",
    more: "billed and never told to Stripe",
    expected: "Told to Stripe for the period",
    found: "On the invoice",
  },
  periods: {
    less: "told to Stripe for a time that no invoice bills",
    more: "told to Stripe for a time that two invoices bill",
    expected: "Told to Stripe since the first invoice that bills it",
    found: "For times that invoices bill",
  },
};
const formatCents = (amount: number) => formatMoney({ amount, currency: "usd" });
/** How much does not add up, and what was compared. */
export function describeDifference({ kind, expectedCents, foundCents }: PaymentDifference): { title: string; amounts: string } {
  const { less, more, expected, found } = differenceWords[kind];
  const missing = expectedCents - foundCents;
  return {
    title: `${formatCents(Math.abs(missing))} ${missing > 0 ? less : more}`,
    amounts: `${expected}: ${formatCents(expectedCents)}. ${found}: ${formatCents(foundCents)}.`,
  };
}
