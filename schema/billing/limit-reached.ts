import { errorTable } from "../wire/error.ts";
import { describePlaceLimit } from "./place-limit.ts";

/** What it means that no model time is left. */
export const withoutModelTime = "no model is called for you until the next period or a larger plan. A key of your own is not bound by it.";
/**
 * What it means that a limit of the plan is reached: said in the same words wherever a person or an agent
 * meets it. What is over a limit in processor time, memory and processes is slowed or ended by the kernel.
 */
export const limitReached = {
  model: `The model time of your plan is used up: ${withoutModelTime}`,
  models: "This model is not in your plan: a larger plan has it. A key of your own is not bound by that.",
  agents: "As many agents work as your plan allows at once. Further work waits until one of them is done.",
  egress: "What your plan lets out in a day is used up; it goes on at midnight (UTC).",
  disk: "What your memory, projects and apps keep is as much as your plan allows: no further agent begins until some of it is deleted, or the plan is larger. Your Grow Agent still works, and can tidy up.",
  domains: (most: number): string => `Your plan allows ${most === 1 ? "one domain" : `${most} domains`} a project.`,
  apps: (most: number): string =>
    `Your plan has ${most} ${most === 1 ? "project" : "projects"} online at once. Take another one offline, then put this one online again.`,
};

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
