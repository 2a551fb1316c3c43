import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { allowAfterChange, allowedBy, type PaidChoice, type PlanChoice } from "../../../../schema/billing/subscription-plan.ts";
import { formatBytes, formatCost } from "../../ui/format.ts";
import { isInFreeDays, nameChoice } from "./plan-choice.ts";
import { listPlanFacts } from "./plan-facts.ts";

export type PlanDifference = { name: string; before: string; after: string };
type ModelFacts = Pick<BillingOut, "subscription" | "periodStart" | "model">;
/** The model time; of a change at once first what this period has then: its rest counts by the new plan. */
function compareModelTime({ subscription, periodStart, model }: ModelFacts, to: PaidChoice, isNow: boolean, now: number): PlanDifference[] {
  if (!subscription) return [];
  const [before, after] = [formatCost(allowedBy(subscription).modelMicros), formatCost(allowedBy(to).modelMicros)];
  const { periodEnd } = subscription;
  if (isInFreeDays({ subscription })) return before === after ? [] : [{ name: "Model time a month after the free days", before, after }];
  if (!isNow || periodStart === null || periodEnd === null) return before === after ? [] : [{ name: "Model time a month", before, after }];
  const period = { start: periodStart, end: periodEnd };
  const given = formatCost(allowAfterChange(model.limitMicros, { from: subscription, to }, period, now));
  const rest = { name: "Model time in this period", before: formatCost(model.limitMicros), after: given };
  return given === after ? [rest] : [rest, { name: "Model time each month after", before, after }];
}
/** What another plan has more or less of, the model time first. `isNow`: it begins at once. Pure. */
export function comparePlans(
  billing: ModelFacts & Pick<BillingOut, "limits" | "support">,
  wanted: PaidChoice,
  isNow: boolean,
  now: number,
) {
  const { limits, subscription } = billing;
  const before = limits && subscription && { ...limits, plan: subscription.plan };
  const after = { ...allowedBy(wanted), plan: wanted.plan };
  const facts = before ? listPlanFacts(billing).map(({ name, show }) => ({ name, before: show(before), after: show(after) })) : [];
  return [...compareModelTime(billing, wanted, isNow, now), ...facts.filter((fact) => fact.before !== fact.after)];
}

const countOf = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;
/** What is above the limits of another plan. Nothing kept is taken away. Pure. */
export function describePlanLoss({ used, model }: Pick<BillingOut, "used" | "model">, wanted: PlanChoice): string[] {
  const [limits, name] = [allowedBy(wanted), nameChoice(wanted)];
  const losses: string[] = [];
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
