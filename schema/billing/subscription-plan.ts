import { z } from "zod";

/**
 * What is sold. Ids of prices are settings, since each environment of Stripe has its own (`STRIPE_PRICE_…`);
 * product, amount, currency and interval stand here, and a deployment is not made where Stripe says others.
 */
export type SoldPrice = {
  /** The name of the product at Stripe. */
  product: string;
  /** A month's, in the smallest unit of the currency. */
  amount: number;
  currency: "usd";
  interval: "month";
};
/** The beginnings of the names of models, by what people read of them. */
const modelNames = {
  standard: ["demo", "gpt-5-mini", "gpt-5-nano", "gpt-4.1-mini", "gpt-4o-mini", "claude-haiku", "gemini-2.5-flash", "gemini-3-flash"],
  "standard and large": ["demo", "gpt-", "claude-", "gemini-"],
};
type PlanData = {
  title: string;
  /** Boxes at once: one a member in every plan, as the registry has it. */
  stacks: 1;
  cpus: number;
  /** 1 GB for the box and 512 MB for each agent, or more; pids as well. */
  memoryMb: number;
  pids: number;
  /** OpenCode servers at once, the Grow Agent's among them. */
  agents: number;
  /** To the internet and back, a day. */
  egressMb: number;
  /** What its memory, projects and apps may keep on the disk of their machine. */
  diskMb: number;
  /** Millionths of a dollar of the platform's models, a period. */
  modelMicros: number;
  /** Which of the platform's models may be chosen. */
  models: keyof typeof modelNames;
  /** Of one project. */
  domains: number;
  /** Projects online at once, each of which keeps `appDataMb` at most. */
  apps: number;
  appDataMb: number;
  /** Whether they stay up without visitors, or sleep until the next one comes. */
  appsAwake: boolean;
  /** In so many working days a question to support is answered. */
  supportDays: number;
  /** Null: it can't be bought. */
  price: SoldPrice | null;
};

/** The smallest first. */
export const subscriptionPlans = {
  trial: {
    ...{ title: "Trial", stacks: 1, cpus: 2, memoryMb: 3_072, pids: 512, agents: 4, egressMb: 5_120, modelMicros: 5_000_000 },
    ...{ models: "standard", diskMb: 10_240, domains: 1, apps: 3, appDataMb: 512, appsAwake: false, supportDays: 3, price: null },
  },
  studio: {
    ...{ title: "Studio", stacks: 1, cpus: 4, memoryMb: 6_144, pids: 1_024, agents: 6, egressMb: 51_200, modelMicros: 25_000_000 },
    ...{ models: "standard and large", diskMb: 40_960, domains: 5, apps: 10, appDataMb: 1_024, appsAwake: true, supportDays: 2 },
    price: { product: "GrowQR Studio", amount: 2_900, currency: "usd", interval: "month" },
  },
  workshop: {
    ...{ title: "Workshop", stacks: 1, cpus: 8, memoryMb: 12_288, pids: 2_048, agents: 12, egressMb: 204_800, modelMicros: 90_000_000 },
    ...{ models: "standard and large", diskMb: 163_840, domains: 20, apps: 30, appDataMb: 4_096, appsAwake: true, supportDays: 1 },
    price: { product: "GrowQR Workshop", amount: 9_900, currency: "usd", interval: "month" },
  },
} as const satisfies Record<string, PlanData>;
export type SubscriptionPlan = keyof typeof subscriptionPlans;
export const planName = z.enum(["trial", "studio", "workshop"]);
export const paidPlanName = planName.exclude(["trial"]);
export type PaidPlan = z.infer<typeof paidPlanName>;

/** A plan may be bought several times over: so many times its model time, and its way to the internet. */
export const mostQuantity = 5;
export const planQuantity = z.number().int().min(1).max(mostQuantity);
/** What a member has, or will have. */
export type PlanChoice = { plan: SubscriptionPlan; quantity: number };
export type PaidChoice = { plan: PaidPlan; quantity: number };

export function allowedBy({ plan, quantity }: PlanChoice) {
  const { price: _, models: __, ...limits } = subscriptionPlans[plan];
  return { ...limits, egressMb: limits.egressMb * quantity, modelMicros: limits.modelMicros * quantity };
}
export const isSameChoice = (a: PlanChoice, b: PlanChoice): boolean => a.plan === b.plan && a.quantity === b.quantity;
/**
 * Whether a change gives more of something, less of nothing, and costs more: it may be paid and there at
 * once. Every other change waits for the next period, since what is paid already stays until then.
 */
export function isMore(wanted: PaidChoice, now: PaidChoice): boolean {
  const [after, before] = [allowedBy(wanted), allowedBy(now)];
  const amountOf = ({ plan, quantity }: PaidChoice) => subscriptionPlans[plan].price.amount * quantity;
  const limits = ["cpus", "memoryMb", "pids", "agents", "egressMb", "diskMb", "modelMicros", "domains", "apps", "appDataMb"] as const;
  return (
    amountOf(wanted) > amountOf(now) && limits.every((limit) => after[limit] >= before[limit]) && (after.appsAwake || !before.appsAwake)
  );
}
/**
 * What of the platform's models a period allows, in millionths of a dollar, once its plan is another: what is
 * left of the period counts by the new one, as it is paid. `allowed`: what it was until now.
 */
export function allowAfterChange(
  allowed: number,
  { from, to }: { from: PlanChoice; to: PlanChoice },
  period: { start: number; end: number },
  now: number,
): number {
  const left = Math.min(1, Math.max(0, (period.end - now) / Math.max(1, period.end - period.start)));
  return Math.max(0, Math.ceil(allowed + (allowedBy(to).modelMicros - allowedBy(from).modelMicros) * left));
}

export const allowsModel = (plan: SubscriptionPlan, model: string): boolean =>
  modelNames[subscriptionPlans[plan].models].some((beginning) => model.startsWith(beginning));
