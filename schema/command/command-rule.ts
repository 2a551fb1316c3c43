import { z } from "zod";
import { splitPlainCommand } from "./shell-word.ts";

/**
 * What an agent may run, on top of the kernel's walls: allow,
 * ask or deny, by the strictest part of a command line.
 */
export const commandDecisions = ["allow", "ask", "deny"] as const;
export type CommandDecision = (typeof commandDecisions)[number];
export function strictestDecision(...all: CommandDecision[]): CommandDecision {
  return all.reduce(
    (worst, decision) => (commandDecisions.indexOf(decision) > commandDecisions.indexOf(worst) ? decision : worst),
    "allow",
  );
}

const longestMatch = 500;
/**
 * `match` is words: for allow they are the first words of the command, in order; for ask
 * and deny they may have others between (`git push --force` also catches `git push origin
 * main -f --force`). `*` stands for any one word. `exact`: these words and no more.
 */
export const commandRule = z.strictObject({
  match: z
    .string()
    .trim()
    .min(1)
    .max(longestMatch)
    .refine((match) => commandPattern(match) !== undefined, "must be one plain command, without variables, lists or redirections"),
  exact: z.boolean().optional(),
  decision: z.enum(commandDecisions),
  why: z.string().max(500).optional(),
});
export type CommandRule = z.infer<typeof commandRule>;
export const commandPolicy = z.strictObject({
  default: z.enum(commandDecisions).default("ask"),
  rules: z.array(commandRule).max(200).default([]),
});
export type CommandPolicy = z.infer<typeof commandPolicy>;

/** The words of a rule, or undefined when it is not one plain command. A `*` alone is a wildcard. */
export function commandPattern(match: string): string[] | undefined {
  const known = patterns.get(match);
  if (known) return known;
  const words = match.length > longestMatch ? undefined : splitPlainCommand(match)?.map((word) => word.text);
  if (!words) return undefined;
  if (patterns.size > 5_000) patterns.clear();
  patterns.set(match, words);
  return words;
}
/** A cache: reading the rules is most of the work. */
const patterns = new Map<string, string[]>();
