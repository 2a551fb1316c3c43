/**
 * What it means that a limit of the plan is reached: said in the same words wherever a person or an agent
 * meets it. What is over a limit in processor time, memory and processes is slowed or ended by the kernel.
 */
export const limitReached = {
  model:
    "The model time of your plan is used up: no model is called for you until the next period or a larger plan. A key of your own is not bound by it.",
  agents: "As many agents work as your plan allows at once. Further tasks wait in the queue and show why.",
  egress: "What your plan lets out in a day is used up; it goes on at midnight (UTC).",
  domains: (most: number): string => `Your plan allows ${most === 1 ? "one domain" : `${most} domains`} a project.`,
  apps: (most: number): string =>
    `Your plan has ${most} ${most === 1 ? "project" : "projects"} online at once. Take another one offline, then put this one online again.`,
};
