import type { BillingOut } from "../../../schema/billing/billing.ts";
import { allowedBy, type PlanChoice } from "../../../schema/billing/subscription-plan.ts";
import { formatBytes, formatCost } from "../ui/format.ts";
import { nameChoice } from "./plan-choice.ts";
import { formatMb } from "./plan-facts.ts";

const countOf = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;
const falling = [
  { limit: "agents", show: String, name: "agents at once" },
  { limit: "memoryMb", show: formatMb, name: "of memory" },
  { limit: "appDataMb", show: formatMb, name: "of data for each project online" },
] as const;
type LossFacts = Pick<BillingOut, "used" | "model" | "limits">;
/** What another plan allows less of, and what is above its limits. Nothing kept is taken away. Pure. */
export function describePlanLoss({ used, model, limits: before }: LossFacts, wanted: PlanChoice): string[] {
  const [limits, name] = [allowedBy(wanted), nameChoice(wanted)];
  const losses: string[] = [];
  const falls = before ? falling.filter(({ limit }) => limits[limit] < before[limit]) : [];
  const less = falls.map(({ limit, show, name }) => `${show(limits[limit])} ${name} instead of ${before ? show(before[limit]) : ""}`);
  if (less.length > 0) losses.push(`${name} allows less: ${less.join(", ")}.`);
  if (used.apps > limits.apps)
    losses.push(
      `You have ${countOf(used.apps, "project")} online and ${name} allows ${limits.apps}: they stay online, and no other one can go online until fewer are.`,
    );
  if (used.domains > limits.domains)
    losses.push(
      `One of your projects has ${countOf(used.domains, "domain")} and ${name} allows ${limits.domains}: they stay, and none can be added until it has fewer.`,
    );
  const most = limits.diskMb * 1_024 ** 2;
  if (used.disk && used.disk.bytes > most)
    losses.push(
      `You keep ${formatBytes(used.disk.bytes)} and ${name} allows ${formatBytes(most)}: all of it stays, and no further agent begins until it is less.`,
    );
  if (model.usedMicros > limits.modelMicros)
    losses.push(
      `You used ${formatCost(model.usedMicros)} of model time in this period and ${name} has ${formatCost(limits.modelMicros)} a month.`,
    );
  return losses;
}
