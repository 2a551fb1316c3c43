import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { OfferedPlans } from "../../../../schema/billing/payment.ts";
import { allowedBy, type PlanChoice, type SubscriptionPlan } from "../../../../schema/billing/subscription-plan.ts";
import { newId } from "../../../../schema/wire/id.ts";

/** What the sample edges of the billing pages answer. */
export const day = 86_400_000;
type Subscription = NonNullable<BillingOut["subscription"]>;

const offered = (plan: SubscriptionPlan, amount: number, days: number | null = null) => ({
  ...{ plan, price: { amount, currency: "usd" }, days, ...allowedBy({ plan, quantity: 1 }) },
});
export const samplePlans: OfferedPlans = {
  plans: [offered("trial", 0, 14), offered("studio", 2_900), offered("workshop", 9_900)],
};
/** A plan that is paid for the next thirty days, but for what is said. */
export const sampleSubscription = (change: Partial<Subscription> = {}): Subscription => ({
  ...{ plan: "studio", quantity: 1, upcoming: null, status: "active", disputed: false },
  periodEnd: Date.now() + 30 * day,
  ...change,
});
export const sampleBilling = (change: Partial<BillingOut> & { subscription: BillingOut["subscription"] }): BillingOut => ({
  ...{ entitlement: "active", payments: { open: true, customer: true }, periodStart: Date.now() },
  limits: change.subscription && allowedBy(change.subscription satisfies PlanChoice),
  ...{ model: { usedMicros: 0, limitMicros: 5_000_000, calls: 0 }, tokens: { input: 0, output: 0 }, agents: [] },
  ...{ paidTwice: false, withoutPayment: null, used: { apps: 0, domains: 0, disk: null }, support: "support@example.com" },
  ...change,
});
/** Of a person who never had a plan. */
export const noPlan = (): BillingOut =>
  sampleBilling({ entitlement: "none", payments: { open: true, customer: false }, subscription: null, periodStart: null });
/** The trial without a card. */
export const sampleTrial = (): BillingOut =>
  sampleBilling({
    ...{ entitlement: "trialing", payments: { open: true, customer: false } },
    subscription: sampleSubscription({ plan: "trial", status: "trialing", periodEnd: Date.now() + 5 * day }),
  });
/** Free days of a plan that the card pays when they end. */
export const freeDays = (change: Partial<Subscription> = {}): BillingOut =>
  sampleBilling({
    ...{ entitlement: "trialing" },
    subscription: sampleSubscription({ status: "trialing", periodEnd: Date.now() + 14 * day, ...change }),
  });

export const refusal = (status: number, code: string, message: string) => ({
  status,
  body: { error: { code, message, retryable: false, requestId: newId("req") } },
});
