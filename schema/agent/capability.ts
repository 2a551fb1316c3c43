import { z } from "zod";

/**
 * What an agent may do at all: `noun:what`, or `noun:start*` for
 * everything that starts so. What is not held is asked or refused.
 */
export const capabilityShape = z
  .string()
  .regex(/^[a-z]+:(\*|[A-Za-z0-9][A-Za-z0-9._/:@-]{0,119}\*?)$/, "must be noun:what, with * only at the end");

/** The nouns there are, and what a member reads. `*` in a text stands for what follows the colon. */
export const capabilityTexts = {
  files: "* files of its own workspace",
  shell: "run commands in its own workspace (*)",
  git: "Git: *",
  network: "reach * on the internet",
  memory: "memory: *",
  tasks: "tasks: *",
  quests: "quests: *",
  goals: "goals: *",
  member: "* the member",
  service: "call *",
  deploy: "deploy: *",
  monitor: "monitoring: *",
  secret: "use the secret *",
} as const satisfies Record<string, string>;

/** Those that read better as a whole than from their noun. */
const wholeTexts: Readonly<Record<string, string>> = {
  "files:*": "read and write files of its own workspace",
  "shell:*": "run commands in its own workspace",
  "shell:workspace": "run commands in its own workspace",
  "git:*": "clone, push and merge in your repositories",
  "network:*": "reach the internet",
  "memory:*": "read your memory, write decisions, plans and summaries to it, and propose what is about you",
  "memory:read": "read your memory",
  "memory:propose": "write decisions, plans and summaries to your memory, and propose what is about you",
  "tasks:*": "plan tasks and report on them",
  "tasks:report": "report on its task",
  "goals:write": "write down goals",
  "quests:progress": "say how the quest goes",
  "member:ask": "ask you",
};

/** True when holding `has` is enough for `wants`. */
export function capabilityCovers(has: string, wants: string): boolean {
  return has === wants || (has.endsWith("*") && wants.startsWith(has.slice(0, -1)));
}
export function holdsCapability(held: readonly string[], wants: string): boolean {
  return held.some((has) => capabilityCovers(has, wants));
}
/**
 * Those of `asked` that `held` does not cover, with their
 * places: an agent never gets more than its owner has.
 */
export function findExcessCapabilities(asked: readonly string[], held: readonly string[]): { index: number; capability: string }[] {
  return asked.map((capability, index) => ({ index, capability })).filter((item) => !holdsCapability(held, item.capability));
}
/** What both allow: an agent inside a quest has its own capabilities, bounded by the quest's. */
export function intersectCapabilities(a: readonly string[], b: readonly string[]): string[] {
  return [
    ...new Set([...a.filter((capability) => holdsCapability(b, capability)), ...b.filter((capability) => holdsCapability(a, capability))]),
  ].sort();
}
/** For people: `network:registry.npmjs.org` → "reach registry.npmjs.org on the internet". */
export function describeCapability(capability: string): string {
  const whole = Object.hasOwn(wholeTexts, capability) ? wholeTexts[capability] : undefined;
  if (whole) return whole;
  const [noun = "", ...rest] = capability.split(":");
  const object = rest.join(":");
  const text: string | undefined = Object.entries(capabilityTexts).find(([name]) => name === noun)?.[1];
  return text ? text.replace("*", () => (object === "*" ? "anything" : object)) : capability;
}
/** A noun that does not exist is a mistake, not a permission. */
export function isKnownCapability(capability: string): boolean {
  return Object.hasOwn(capabilityTexts, capability.split(":")[0] ?? "");
}
