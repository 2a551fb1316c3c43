import { errorTable } from "../wire/error.ts";
import { describePlaceLimit } from "./place-limit.ts";
import type { PlanChoice } from "./subscription-plan.ts";

/** The page where it is kept, since a member knows other keys too. */
const ownKey = "your own key for a model (Settings, Models)";
/**
 * What it means that a limit of the plan is reached: said in the same words wherever a person or an agent
 * meets it. What is over a limit in processor time, memory and processes is slowed or ended by the kernel.
 */
export const limitReached = {
  model: "The model time of your plan is used up.",
  models: `This model is not in your plan. A larger plan has it; ${ownKey} pays for it in any plan.`,
  agents: "As many agents work as your plan allows at once. Further work waits until one of them is done.",
  egress: "What your plan lets out in a day is used up; it goes on at midnight (UTC).",
  disk: "What your memory, projects and apps keep is as much as your plan allows: no further agent begins until some of it is deleted, or the plan is larger. Your Grow Agent still works, and can tidy up.",
  domains: (most: number): string => `Your plan allows ${most === 1 ? "one domain" : `${most} domains`} a project.`,
  apps: (most: number): string =>
    `Your plan has ${most} ${most === 1 ? "project" : "projects"} online at once. Take one offline before you put another one online.`,
};

/** `periodEnd`: milliseconds since 1970, null where no end is known; of what is past due, when it was due. */
type PeriodFacts = Pick<PlanChoice, "plan"> & { status: string; disputed: boolean; periodEnd: number | null };
function describeMoreModelTime({ plan, status, disputed, periodEnd }: PeriodFacts, nameDay: (at: number) => string): string {
  if (status === "past_due") return disputed ? "once your bank returns the payment" : "once the month is paid";
  const goesOn = plan !== "trial" && status !== "canceled" && periodEnd !== null;
  return goesOn ? `from ${nameDay(periodEnd)} on, at once with a larger plan` : "with a larger plan";
}
/** The same of model time, and when an agent can work again. `nameDay`: as its reader writes a day. */
export const describeNoModelTime = (facts: PeriodFacts, nameDay: (at: number) => string): string =>
  `${limitReached.model} Your agents go on ${describeMoreModelTime(facts, nameDay)}, or with ${ownKey}.`;
/** The same of a task, which needs nobody to press anything. */
export const waitsForModelTime = `${limitReached.model} It goes on by itself with the next period, a larger plan, or ${ownKey}.`;

/** As if every number were the same, since a sentence says the number of the plan that was met. */
const withoutNumbers = (text: string): string => text.replaceAll(/\d+/g, "0");
const { model, models, agents, egress, disk, domains, apps } = limitReached;
const numbered = [domains, apps, describePlaceLimit].flatMap((say) => [say(1), say(2)]);
const sentences = [model, models, agents, egress, disk, errorTable.payment_required.message, ...numbered].map(withoutNumbers);
/** Longer than all that is told of a limit, so that a text of megabytes costs nothing. */
const mostLetters = 2_000;
/**
 * Whether a text says that a limit of the plan is met, or that no plan runs: one of the sentences above is
 * part of it. Before and after it there may be what was refused, and what else can be done.
 */
export function isPlanLimit(text: string): boolean {
  const said = withoutNumbers(text.slice(0, mostLetters));
  return sentences.some((sentence) => said.includes(sentence));
}
