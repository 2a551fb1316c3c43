import { describePlaceLimit } from "./place-limit.ts";

/**
 * What it means that a limit of the plan is reached: said in the same words wherever a person or an agent
 * meets it. What is over a limit in processor time, memory and processes is slowed or ended by the kernel.
 */
export const limitReached = {
  model:
    "The model time of your plan is used up: no model is called for you until the next period or a larger plan. A key of your own is not bound by it.",
  agents: "As many agents work as your plan allows at once. Further tasks wait in the queue and show why.",
  egress: "What your plan lets out in a day is used up; it goes on at midnight (UTC).",
  disk: "What your memory, projects and apps keep is as much as your plan allows: no further agent begins until some of it is deleted, or the plan is larger. Your Grow Agent still works, and can tidy up.",
  domains: (most: number): string => `Your plan allows ${most === 1 ? "one domain" : `${most} domains`} a project.`,
  apps: (most: number): string =>
    `Your plan has ${most} ${most === 1 ? "project" : "projects"} online at once. Take another one offline, then put this one online again.`,
};

/** Whether a text says that a limit of the plan is met. Only what is one of the sentences above is one. */
export function isPlanLimit(text: string): boolean {
  const { model, agents, egress, disk, domains, apps } = limitReached;
  const [most] = /\d+/.exec(text) ?? ["1"]; // "one" is written as a word
  return [model, agents, egress, disk, ...[domains, apps, describePlaceLimit].map((say) => say(Number(most)))].includes(text);
}
