import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { formatDate } from "../../ui/format.ts";
import { useInvoices } from "../billing-reads.ts";
import { formatMoney } from "../money.ts";
import { isInFreeDays, nameChoice, useMonthlyPrice } from "../plan/plan-choice.ts";

/** What will be charged, and when: as Stripe counts it, or else the price of the plan. */
export function NextPayment({ billing }: { billing: BillingOut }) {
  const { subscription, entitlement } = billing;
  const upcoming = useInvoices(billing).data?.upcoming;
  const isFree = isInFreeDays(billing) && entitlement === "trialing";
  const next = subscription?.upcoming ?? null;
  const price = useMonthlyPrice(next ?? subscription);
  const amount = upcoming ? formatMoney(upcoming) : price;
  if (!amount || !subscription?.periodEnd || subscription.plan === "trial" || !(isFree || entitlement === "active")) return null;
  const end = formatDate(upcoming?.at ?? subscription.periodEnd);
  const month = isFree ? "the first month" : "the next month";
  const counted = upcoming ? "with tax and promotions" : "before tax and promotions";
  const text =
    subscription.status === "canceled"
      ? `If you keep it, ${amount} is charged on ${end}. Keeping it costs nothing today.`
      : next
        ? `From ${end} on it is ${nameChoice(next)}: ${amount} is charged then for ${month}, ${counted}. Until then everything stays.`
        : `${amount} is charged on ${end} for ${month}, ${counted}.`;
  return <p className="s13 sub">{text}</p>;
}
