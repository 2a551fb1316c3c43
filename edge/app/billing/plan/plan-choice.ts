import { useQuery } from "@tanstack/react-query";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { type InvoiceView, type OfferedPlans, offeredPlansOut } from "../../../../schema/billing/payment.ts";
import {
  allowedBy,
  isMore,
  isSameChoice,
  type PaidChoice,
  type PlanChoice,
  subscriptionPlans,
} from "../../../../schema/billing/subscription-plan.ts";
import { useServices } from "../../live/workspace.ts";
import { formatCost } from "../../ui/format.ts";
import { formatMoney } from "../money.ts";

export type OfferedPlan = OfferedPlans["plans"][number];
export function usePlans() {
  const { api } = useServices();
  return useQuery({ queryKey: ["billing", "plans"], queryFn: () => api.get("/billing/plans", offeredPlansOut), staleTime: 300_000 });
}
export const nameChoice = ({ plan, quantity }: PlanChoice): string =>
  quantity === 1
    ? subscriptionPlans[plan].title
    : `${subscriptionPlans[plan].title} with ${formatCost(allowedBy({ plan, quantity }).modelMicros)} of model time`;

/** What a choice costs a month. Undefined while that is not known. */
export function findPrice(plans: OfferedPlans | undefined, { plan, quantity }: PlanChoice) {
  const price = plans?.plans.find((each) => each.plan === plan)?.price;
  return price ? { ...price, amount: price.amount * quantity } : undefined;
}
export function useMonthlyPrice(choice: PlanChoice | null): string | undefined {
  const { data } = usePlans();
  const price = choice ? findPrice(data, choice) : undefined;
  return price && formatMoney(price);
}

/** In the free days of a plan that the card pays when they end. The trial without a card is none. */
export const isInFreeDays = ({ subscription }: Pick<BillingOut, "subscription">): boolean =>
  subscription?.status === "trialing" && subscription.plan !== "trial";
/** Whether a plan runs that is paid, or is in its free days. */
export const isPlanRunning = ({ entitlement, subscription }: BillingOut): boolean =>
  subscription !== null && subscription.plan !== "trial" && (entitlement === "active" || entitlement === "trialing");

type Subscription = NonNullable<BillingOut["subscription"]>;
/** Whether the plan waits for a payment. What the bank took back is none that is open. */
export const isPaymentMissing = (subscription: Subscription | null): boolean =>
  subscription?.status === "past_due" && !subscription.disputed;
/** What the plan waits for, all together. `url`: where it is paid, if it is one invoice that can be. */
export function findDue(invoices: readonly InvoiceView[] = []) {
  const open = invoices.filter(({ isPlan }) => isPlan);
  const [first, ...others] = open;
  if (!first) return undefined;
  const amount = open.reduce((sum, { due }) => sum + due, 0);
  return { amount, currency: first.currency, count: open.length, newest: first, url: others.length > 0 ? null : first.url };
}
/** Whether the plan still is what an answer said of it: another act may have changed it since. */
export const isStill = (said: Subscription, now: Subscription | null): boolean =>
  now !== null && said.status === now.status && isSameChoice(said, now) && isSameChoice(said.upcoming ?? said, now.upcoming ?? now);

/** The paid plan that goes on, if there is one: what is chosen then changes it. */
export function findPaidChoice({ subscription }: BillingOut): PaidChoice | undefined {
  if (!subscription || subscription.plan === "trial") return undefined;
  const { plan, quantity, status } = subscription;
  return status === "canceled" ? undefined : { plan, quantity };
}

/**
 * What choosing it does: `buy` at a page of Stripe's, `more` at once, `later` when the period ends, `stay`
 * takes such a change back; `same` and `next` are there or decided already; `keep`, `due`, `disputed` and
 * `decided` need something before.
 */
export type ChoiceEffect = "buy" | "more" | "later" | "stay" | "same" | "next" | "keep" | "due" | "disputed" | "decided";
export function judgeChoice(billing: BillingOut, wanted: PaidChoice): ChoiceEffect {
  const { subscription, entitlement } = billing;
  if (subscription?.disputed) return entitlement === "grace" ? "disputed" : "buy"; // the plan of before ends with it
  if (subscription?.status === "past_due") return "due";
  if (subscription?.status === "canceled" && entitlement === "active") return "keep";
  const paid = findPaidChoice(billing);
  if (!paid) return "buy";
  const next = subscription?.upcoming ?? null;
  if (isSameChoice(paid, wanted)) return next ? "stay" : "same";
  if (next && isSameChoice(next, wanted)) return "next";
  if (!isMore(wanted, paid)) return "later";
  return next ? "decided" : "more";
}
