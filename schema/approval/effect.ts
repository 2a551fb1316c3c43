import { z } from "zod";
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

/** The effects of what is asked; those of a command are told from its parts (command-effect.ts). */
export function effectsOfSubject(subject: ApprovalSubject): Effect[] {
  if (subject.kind === "diff") return [`change:${subject.path}`];
  return subject.kind === "operation" ? [effectOfOperation(subject.operation)] : [];
}
function effectOfOperation(operation: string): Effect {
  if (operation.startsWith("deploy:")) return operation;
  return operation.startsWith("network:") ? `reach:${operation.slice("network:".length)}` : `use:${operation}`;
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
