import { z } from "zod";
import { publishesPackage } from "../command/package-command.ts";
import { id } from "../wire/id.ts";
import type { ApprovalSubject } from "./approval.ts";

/**
 * What an act brings about, whatever command does it: a no is about the effect. Keys
 * are `push:main`, `push:tags`, `push:<branch>`, `publish:package`, `reach:<host>`, `change:<path>`,
 * `deploy:<project>`, `use:<operation>` and, for what is known by nothing else, `run:<command>`.
 */
export const effectKey = z.string().min(5).max(600);
export type Effect = z.infer<typeof effectKey>;
/**
 * What the member declined in a task: it stays declined there until
 * they have the task tried again. `at` is milliseconds since 1970.
 */
export const declinedEffect = z.strictObject({
  effect: effectKey,
  approval: id("apr"),
  note: z.string().max(2_000).optional(),
  /** Nobody answered in time, which is a no as well. */
  unanswered: z.literal(true).optional(),
  at: z.number(),
});
export type DeclinedEffect = z.infer<typeof declinedEffect>;

const mostEffects = 20;
const cutEffect = (text: string) => (text.length > 500 ? `${text.slice(0, 499)}…` : text);

/**
 * The effects of a question. `parts` are the simple commands
 * of a command line that are asked, as `judgeCommand` names them.
 */
export function effectsOfSubject(subject: ApprovalSubject, parts: readonly string[] = []): Effect[] {
  if (subject.kind === "command") return [...new Set(parts.flatMap(effectsOfCommand))].slice(0, mostEffects);
  if (subject.kind === "diff") return [`change:${subject.path}`];
  if (subject.kind === "operation") return [effectOfOperation(subject.operation)];
  return [];
}
function effectOfOperation(operation: string): Effect {
  if (operation.startsWith("deploy:")) return operation;
  return operation.startsWith("network:") ? `reach:${operation.slice("network:".length)}` : `use:${operation}`;
}
/**
 * The effects of one simple command. Where a push leads can't
 * be told from its words, it may lead to main and to tags.
 */
export function effectsOfCommand(part: string): Effect[] {
  const words = part.split(/\s+/).filter((word) => word !== "");
  const published: Effect[] = publishesPackage(words.map(withoutQuotes)) ? ["publish:package"] : [];
  const known = [...pushEffects(words), ...published, ...hostsIn(words)];
  return known.length > 0 ? known : [`run:${cutEffect(words.join(" "))}`];
}

/** `git push` wherever it stands in the words: what a wrapper hides is one part with it. */
function pushEffects(words: readonly string[]): Effect[] {
  const bare = words.map(withoutQuotes);
  const at = bare.findIndex((word, index) => word === "push" && bare.slice(0, index).some((before) => /(^|\/)git$/.test(before)));
  if (at < 0) return [];
  const rest = bare.slice(at + 1);
  const options = rest.filter((word) => word.startsWith("-"));
  const refs = rest.filter((word) => !word.startsWith("-")).slice(1);
  const tags: Effect[] = options.some((word) => /^--(tags|follow-tags|mirror)$/.test(word)) ? ["push:tags"] : [];
  if (options.some((word) => /^--(mirror|all|branches)$/.test(word))) return ["push:main", ...tags];
  if (refs.length === 0) return options.includes("--tags") ? tags : ["push:main", ...tags];
  return [...new Set([...refs.flatMap(refEffects), ...tags])];
}
/** A word of a wrapper's text without the quotes and brackets around it. */
function withoutQuotes(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && `"'(`.includes(word[start]!)) start++;
  while (end > start && `"');`.includes(word[end - 1]!)) end--;
  return word.slice(start, end);
}
function refEffects(ref: string): Effect[] {
  const to = ref.slice(ref.lastIndexOf(":") + 1).replace(/^\+/, "");
  if (/[$`*?[{\\]/.test(to)) return ["push:main", "push:tags"];
  const branch = to.replace(/^refs\/heads\//, "");
  if (branch === "main" || branch === "HEAD" || branch === "@" || branch === "") return ["push:main"];
  if (to.startsWith("refs/tags/") || to === "tag" || /^v?\d/.test(to)) return ["push:tags"];
  return [`push:${cutEffect(branch)}`];
}
function hostsIn(words: readonly string[]): Effect[] {
  const hosts = words.flatMap((word) => {
    const [, host] = /^["']?(?:https?|ftp|git|ssh):\/\/(?:[^/@\s]{0,200}@)?([A-Za-z0-9.-]{1,253})/.exec(word.slice(0, 600)) ?? [];
    return host === undefined ? [] : [`reach:${host.toLowerCase()}`];
  });
  return [...new Set(hosts)];
}

/** What the member declined that these effects would bring about all the same. */
export function findDeclined(effects: readonly Effect[], all: readonly DeclinedEffect[]): DeclinedEffect | undefined {
  return all.find(({ effect }) => effects.includes(effect));
}
export const pushesMain = (all: readonly DeclinedEffect[]): boolean => all.some(({ effect }) => effect === "push:main");

/** An effect in words that follow “to”: “push to main”. */
export function describeEffect(effect: Effect): string {
  const colon = effect.indexOf(":");
  const [kind, object] = [effect.slice(0, colon), effect.slice(colon + 1)];
  if (kind === "push") return object === "tags" ? "push version tags" : `push to ${object}`;
  if (kind === "publish") return "publish a package";
  if (kind === "reach") return `reach ${object}`;
  if (kind === "change" || kind === "deploy") return `${kind} ${object}`;
  return kind === "use" ? `use ${object}` : `run ${object.length > 80 ? `${object.slice(0, 79)}…` : object}`;
}

/**
 * The title of a task says what of it the member declined:
 * nothing that was not done stands there as if it were.
 */
export function titleWith(title: string, all: readonly DeclinedEffect[] = []): string {
  if (all.length === 0) return title;
  const words = [...new Set(all.map(({ effect }) => describeEffect(effect)))];
  const more = words.length > 2 ? ` and ${words.length - 2} more` : "";
  const how = all.every(({ unanswered }) => unanswered) ? "not answered" : "declined";
  return `${title.slice(0, 200)} (${how}: ${words.slice(0, 2).join(", ")}${more})`.slice(0, 400);
}
/**
 * The words of a step, with what the member declined in its task: a restart or a repair does not forget it.
 */
export function withDeclined(words: string, all: readonly DeclinedEffect[] = []): string {
  if (all.length === 0) return words;
  const told = [...new Set(all.map(describeDeclined))].slice(-20).map((text) => `- ${text}`);
  return `${words}\n\nThe member's word on this task, which holds above all else in it:\n${told.join("\n")}`;
}
/** What an agent is told of a no: its note is part of the task from then on. */
export function describeDeclined({ effect, note, unanswered }: Pick<DeclinedEffect, "effect" | "note" | "unanswered">): string {
  const reason = unanswered ? "Nobody allowed this in time, which is a no in this task" : "The member said no to this in this task";
  return `${reason}, by whatever command: ${describeEffect(effect)}.${note ? ` They write, and it is part of the task now: ${note}` : ""}`;
}
