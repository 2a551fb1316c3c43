import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { useInvoices } from "../billing-reads.ts";
import { describePayingCard } from "./pays-with-words.ts";

/** The card that Stripe charges next. Nothing while it is not known, or where something else pays. */
export function PaysWith({ billing }: { billing: BillingOut }) {
  const { subscription } = billing;
  const card = useInvoices(billing).data?.card;
  if (!card || !subscription) return null;
  const goesOn = subscription.status === "active" || subscription.status === "trialing";
  const nextAt = goesOn ? (subscription.periodEnd ?? undefined) : undefined;
  return <p className="s13 sub">{describePayingCard(card, Date.now(), nextAt)}</p>;
}
