import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { subscriptionPlans } from "../../../../schema/billing/subscription-plan.ts";
import { formatCount } from "../../ui/format.ts";
import type { OfferedPlan } from "./plan-choice.ts";

/** Where the plans stand on the page: what links to them goes there. */
export const plansPlace = "plans";

const inGb = (mb: number) => `${Math.round(mb / 1_024)} GB`;
export const formatMb = (mb: number): string => (mb < 1_024 ? `${mb} MB` : inGb(mb));
/** What a plan allows: the same names and words for a plan that is offered and for the one that is there. */
export type PlanLimits = Omit<OfferedPlan, "title" | "price" | "days" | "stacks" | "modelMicros">;
type PlanFact = { name: string; show: (limits: PlanLimits) => string /** Beside it, where there is room. */; more?: string };
/** What is looked for first stands first. */
const planFacts: readonly PlanFact[] = [
  { name: "AI models", show: ({ plan }) => subscriptionPlans[plan].models },
  { name: "Agents at work at once", show: ({ agents }) => String(agents), more: "with your Grow Agent" },
  { name: "Projects online", show: ({ apps }) => String(apps) },
  { name: "Working memory", show: ({ memoryMb }) => inGb(memoryMb) },
  { name: "Processors", show: ({ cpus }) => String(cpus) },
  { name: "Disk for everything", show: ({ diskMb }) => inGb(diskMb) },
  { name: "Internet traffic a day", show: ({ egressMb }) => inGb(egressMb) },
  { name: "Domains for each project", show: ({ domains }) => formatCount(domains) },
  { name: "Data of each project", show: ({ appDataMb }) => formatMb(appDataMb) },
  { name: "Projects without visitors", show: ({ appsAwake }) => (appsAwake ? "stay up" : "sleep") },
];
const supportFact: PlanFact = { name: "Support within", show: ({ supportDays }) => nameWorkingDays(supportDays) };
export const nameWorkingDays = (days: number): string => `${days} working ${days === 1 ? "day" : "days"}`;
/** Where nobody can be written to, no answer is promised. */
export const listPlanFacts = ({ support }: Pick<BillingOut, "support">): readonly PlanFact[] =>
  support === null ? planFacts : [...planFacts, supportFact];
