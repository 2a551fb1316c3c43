import { z } from "zod";
import { inside, outward } from "./reach.ts";
import { parseShell, quoteWords, type Simple, type Word } from "./shell.ts";
import { unwrap } from "./wrapper.ts";

/** What an agent may run (SPEC 10.5), on top of the kernel's walls: allow, ask or deny, by the strictest part of a command line. */
export const decisions = ["allow", "ask", "deny"] as const;
export type Decision = (typeof decisions)[number];
export function strictest(...all: Decision[]): Decision {
  return all.reduce((worst, one) => (decisions.indexOf(one) > decisions.indexOf(worst) ? one : worst), "allow");
}

/**
 * `match` is words: for allow they are the first words of the command, in order; for ask and deny they may have others between
 * (`git push --force` also catches `git push origin main -f --force`). `*` stands for any one word. `exact`: these words and no more.
 */
export const commandRule = z.strictObject({
  match: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .refine((match) => patternOf(match) !== undefined, "must be one plain command, without variables, lists or redirections"),
  exact: z.boolean().optional(),
  decision: z.enum(decisions),
  why: z.string().max(500).optional(),
});
export type CommandRule = z.infer<typeof commandRule>;
export const commandPolicy = z.strictObject({
  default: z.enum(decisions).default("ask"),
  rules: z.array(commandRule).max(200).default([]),
});
export type CommandPolicy = z.infer<typeof commandPolicy>;

/** The words of a rule, or undefined when it is not one plain command. A `*` alone is a wildcard. */
export function patternOf(match: string): string[] | undefined {
  const known = patterns.get(match);
  if (known) return known;
  const { commands, unclear } = parseShell(match);
  const [only] = commands;
  if (!only || commands.length !== 1 || unclear.length > 0 || only.env.length > 0 || only.redirects.length > 0) return undefined;
  if (!only.words.every((word) => word.literal || word.text === "*")) return undefined;
  if (patterns.size > 5_000) patterns.clear();
  const words = only.words.map((word) => word.text);
  patterns.set(match, words);
  return words;
}
/** A cache: reading the rules is most of the work. */
const patterns = new Map<string, string[]>();

export type Judged = { text: string; decision: Decision; reason: string };
export type Judgement = { decision: Decision; parts: Judged[] };

/**
 * The decision for a command line and what led to it. `layers` are policies from the general to the particular (the type's, then the
 * member's): one deny denies; else the most specific rule decides, the later layer among equals; else the first layer's default. What the type
 * allows by a command's first words is asked all the same when its other words lead outside; `home` is the agent's own directory.
 */
export function judge(layers: readonly CommandPolicy[], command: string, home?: string): Judgement {
  return judgeText(layers, command, 0, home);
}
/** Commands inside commands, at most. */
const maxDepth = 12;
function judgeText(layers: readonly CommandPolicy[], command: string, depth: number, home: string | undefined): Judgement {
  const script = parseShell(command);
  const parts = script.commands.flatMap((simple) => judgeSimple(layers, simple, depth, home));
  if (script.unclear.length > 0) parts.push(hidden(layers, command, script.unclear.join("; ")));
  if (parts.length === 0) parts.push({ text: command, decision: "ask", reason: "there is nothing to run in it" });
  return { decision: strictest(...parts.map((part) => part.decision)), parts };
}
function judgeSimple(layers: readonly CommandPolicy[], simple: Simple, depth: number, home: string | undefined): Judged[] {
  const parts: Judged[] = [];
  for (const { name } of simple.env)
    if (!harmless.test(name)) parts.push({ text: `${name}=…`, decision: "ask", reason: `it sets ${name}` });
  for (const { op, target } of simple.redirects)
    if (!insideOnly(op, target, home))
      parts.push({
        text: `${op} ${target.text}`,
        decision: "ask",
        reason: "it reads or writes outside the workspace, or where can't be told",
      });
  if (simple.words.length > 0) parts.push(...judgeWords(layers, simple.words, depth, home));
  return parts;
}
/** Variables that change how tools print, not what they do. */
const harmless = /^(CI|NODE_ENV|FORCE_COLOR|NO_COLOR|TERM|LANG|LC_[A-Z]+|TZ|PORT|DEBUG|COLUMNS)$/;
function insideOnly(op: string, target: Word, home: string | undefined): boolean {
  if (!target.literal) return target.prefix === "" && target.text.includes("TMPDIR") && inside(target, home);
  if (op === "<<<") return true;
  if (op === ">&" || op === "<&") return /^([0-9]+|-)$/.test(target.text);
  return target.text === "/dev/null" || inside(target, home);
}

function judgeWords(layers: readonly CommandPolicy[], words: readonly Word[], depth: number, home: string | undefined): Judged[] {
  const text = words.map((word) => word.text).join(" ");
  const [name] = words;
  if (depth > maxDepth) return [hidden(layers, text, "it runs commands inside commands too deeply")];
  if (!name?.literal)
    return [
      { text, decision: strictest("ask", byRules(layers, words)?.decision ?? "ask"), reason: "which command it runs is known only then" },
    ];
  const own = inReach(byRules(layers, words), words, home);
  const inner = unwrap(words);
  const fallback = layers[0]?.default ?? "ask";
  if (!inner) return [{ text, decision: own?.decision ?? fallback, reason: own?.reason ?? "no rule speaks of it" }];
  const parts = [
    ...inner.commands.flatMap((command) => judgeWords(layers, command, depth + 1, home)),
    ...inner.scripts.flatMap((script) => judgeText(layers, script, depth + 1, home).parts),
  ];
  if (inner.unclear) parts.push(hidden(layers, text, inner.unclear));
  if (own) parts.push({ text, decision: own.decision, reason: own.reason });
  return parts.length > 0 ? parts : [{ text, decision: fallback, reason: "no rule speaks of it" }];
}

/** What the type allows in general, and nobody in particular, stays inside. */
function inReach(own: Ruled | undefined, words: readonly Word[], home: string | undefined): Ruled | undefined {
  if (own?.decision !== "allow" || own.depth > 0) return own;
  const why = outward(words, home);
  return why === undefined ? own : { ...own, decision: "ask", reason: why };
}

/** What can't be read for sure is asked, or denied when the words of a deny rule stand in it, however they are quoted. */
function hidden(layers: readonly CommandPolicy[], command: string, why: string): Judged {
  const words = command
    .split(/[^A-Za-z0-9_./:@%+=*,-]+/)
    .filter((word) => word !== "")
    .map((text) => ({ text, literal: true, prefix: text }));
  const denials = layers.flatMap((layer) => layer.rules).filter((rule) => rule.decision === "deny");
  // far more words than any command that a rule describes, yet not the square of a long text
  const denied = denials.find((rule) =>
    words.some(
      (word, at) => among(patternOf(rule.match)?.slice(0, 1) ?? [], [word]) === "yes" && matches(rule, words.slice(at, at + 200)) === "yes",
    ),
  );
  return { text: command, decision: denied ? "deny" : "ask", reason: denied ? reasonOf(denied) : why };
}

type Match = "yes" | "maybe" | "no";
/** `depth`: of the layer whose rule decides. */
type Ruled = { decision: Decision; reason: string; depth: number };
function byRules(layers: readonly CommandPolicy[], words: readonly Word[]): Ruled | undefined {
  const found = layers
    .flatMap((layer, depth) => layer.rules.map((rule) => ({ rule, depth, match: matches(rule, words) })))
    .filter(({ match }) => match !== "no");
  const denied = found.find(({ rule, match }) => rule.decision === "deny" && match === "yes");
  if (denied) return { decision: "deny", reason: reasonOf(denied.rule), depth: denied.depth };
  const maybe = found.find(({ match }) => match === "maybe");
  const weight = (rule: CommandRule) => (rule.exact ? 1_000 : 0) + (patternOf(rule.match)?.length ?? 0);
  const [best] = found
    .filter(({ rule, match }) => match === "yes" && rule.decision !== "deny")
    .sort(
      (a, b) =>
        weight(b.rule) - weight(a.rule) || b.depth - a.depth || decisions.indexOf(b.rule.decision) - decisions.indexOf(a.rule.decision),
    );
  if (maybe && !best?.rule.exact)
    return { decision: "ask", reason: `it may be “${maybe.rule.match}”: ${reasonOf(maybe.rule)}`, depth: maybe.depth };
  return best ? { decision: best.rule.decision, reason: reasonOf(best.rule), depth: best.depth } : undefined;
}
function reasonOf(rule: CommandRule): string {
  return rule.why ?? `the policy says ${rule.decision} for “${rule.match}”`;
}

function matches(rule: CommandRule, words: readonly Word[]): Match {
  const pattern = patternOf(rule.match);
  if (!pattern) return "no";
  if (rule.exact)
    return pattern.length === words.length && words.every((word, at) => word.literal && word.text === pattern[at]) ? "yes" : "no";
  if (rule.decision === "allow")
    return pattern.length <= words.length &&
      pattern.every((wanted, at) => wanted === "*" || (words[at]?.literal && words[at].text === wanted))
      ? "yes"
      : "no";
  return among(pattern, words);
}
/** The pattern's first word is the command, by whatever path; the others come after it in order, with others between. */
function among(pattern: readonly string[], words: readonly Word[]): Match {
  const [first = "", ...rest] = pattern;
  const [name, ...others] = words;
  if (!name) return "no";
  const named = first === "*" || (name.literal && name.text.replace(/^.*\//, "") === first) ? "yes" : name.literal ? "no" : "maybe";
  if (named === "no") return "no";
  if (inOrder(rest, others, (wanted, word) => word.literal && like(wanted, word.text))) return named;
  const open = others.some((word) => !word.literal && word.prefix === ""); // may become any number of words
  const could = (wanted: string, word: Word) => (word.literal ? like(wanted, word.text) : wanted.startsWith(word.prefix));
  return open || inOrder(rest, others, could) ? "maybe" : "no";
}
function inOrder(wanted: readonly string[], words: readonly Word[], same: (wanted: string, word: Word) => boolean): boolean {
  const plain = wanted.filter((word) => !word.startsWith("-"));
  let at = 0;
  for (const word of words) if (at < plain.length && same(plain[at]!, word)) at++;
  const options = wanted
    .filter((word) => word.startsWith("-"))
    .flatMap((word) => (/^-[A-Za-z]+$/.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word]));
  return at === plain.length && options.every((option) => words.some((word) => same(option, word)));
}
/** `-r` is in `-fr`; `--force` is also `--force=x` and its short forms `--forc`. */
function like(wanted: string, word: string): boolean {
  if (wanted === "*" || wanted === word) return true;
  if (/^-[A-Za-z]$/.test(wanted)) return /^-[A-Za-z]/.test(word) && word.includes(wanted.slice(1), 1);
  if (!wanted.startsWith("--") || !word.startsWith("--") || word.length < 4) return false;
  return word.startsWith(`${wanted}=`) || wanted.startsWith(word.split("=")[0]!);
}

/** Exact rules that would let this command pass next time, one for each part that is asked; none when a part can't be named exactly. */
export function alwaysRules(layers: readonly CommandPolicy[], command: string, home?: string): CommandRule[] | undefined {
  const { decision, parts } = judge(layers, command, home);
  if (decision !== "ask") return undefined;
  const words = parseShell(command).commands.filter((simple) => simple.words.length > 0 && simple.words.every((word) => word.literal));
  const rules = words.map(
    (simple): CommandRule => ({ match: quoteWords(simple.words.map((word) => word.text)), exact: true, decision: "allow" }),
  );
  const needed = rules.filter((rule) => judge(layers, rule.match, home).decision === "ask");
  if (parts.length === 0 || needed.some((rule) => rule.match.length > 500)) return undefined;
  const after = [...layers, { default: "ask" as const, rules: needed }];
  return judge(after, command, home).decision === "allow" ? needed : undefined;
}
