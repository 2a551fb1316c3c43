import {
  type CommandDecision,
  type CommandPolicy,
  type CommandRule,
  commandDecisions,
  commandPattern,
  strictestDecision,
} from "./command-rule.ts";
import { mayBeOption } from "./options.ts";
import { askedPackageUse } from "./package-command.ts";
import { readProgramUse } from "./program.ts";
import type { ProgramUse } from "./program-use.ts";
import { maxCommandLength, parseShell, type SimpleCommand } from "./shell.ts";
import { isInWorkspace, literalPathPattern } from "./shell-scope.ts";
import { unwrapCommand } from "./shell-unwrap.ts";
import { quoteWords, type ShellWord } from "./shell-word.ts";

export type JudgedPart = { text: string; decision: CommandDecision; reason: string };
/** `does`: what is started and written when it is run, as far as its words tell. */
export type CommandJudgement = { decision: CommandDecision; parts: JudgedPart[]; does: ProgramUse };

/**
 * What one judgement goes by and gathers. `unread`: something in it
 * can't be told, so its whole text is searched for what is denied.
 */
type Case = { layers: readonly CommandPolicy[]; home: string | undefined; does: ProgramUse; unread: boolean; left: number };

/**
 * The decision for a command line and what led to it. `layers` are policies from the general to the
 * particular (the type's, then the member's): one deny denies; else the most specific rule decides, the
 * later layer among equals; else the first layer's default. What the type allows by a command's first
 * words is asked all the same when its other words lead outside; `home` is the agent's own directory.
 */
export function judgeCommand(layers: readonly CommandPolicy[], command: string, home?: string): CommandJudgement {
  const { decision, parts, does } = inquire(layers, command, home);
  return { decision, parts, does };
}
/** `unread`: no rule can ever let it pass. */
function inquire(layers: readonly CommandPolicy[], command: string, home: string | undefined): CommandJudgement & { unread: boolean } {
  const inquiry: Case = { layers, home, does: { runs: [], writes: [] }, unread: false, left: maxCommands };
  if (command.length > maxCommandLength) {
    const reason = "it is too long to be judged or shown; split it up";
    return { decision: "deny", parts: [{ text: command.slice(0, 200), decision: "deny", reason }], does: inquiry.does, unread: true };
  }
  const parts = judgeText(inquiry, command, 0);
  const denied = inquiry.unread ? deniedIn(layers, command) : undefined;
  if (denied) parts.push({ text: command, decision: "deny", reason: reasonOf(denied) });
  return { decision: strictestDecision(...parts.map((part) => part.decision)), parts, does: inquiry.does, unread: inquiry.unread };
}
/** Commands inside commands, and commands in all, at most. */
const maxDepth = 12;
const maxCommands = 300;

function judgeText(inquiry: Case, command: string, depth: number): JudgedPart[] {
  const script = parseShell(command);
  const parts = script.commands.flatMap((simple) => judgeSimple(inquiry, simple, depth));
  if (script.unclear.length > 0) parts.push(askUnread(inquiry, command, script.unclear.join("; ")));
  return parts.length > 0 ? parts : [askPart(command, "there is nothing to run in it")];
}
const askPart = (text: string, reason: string): JudgedPart => ({ text, decision: "ask", reason });
function askUnread(inquiry: Case, text: string, reason: string): JudgedPart {
  inquiry.unread = true;
  return askPart(text, reason);
}

function judgeSimple(inquiry: Case, { env, redirects, words, group }: SimpleCommand, depth: number): JudgedPart[] {
  const parts: JudgedPart[] = [];
  for (const { name, value } of env) if (!harmless.test(name) || !value.literal) parts.push(askPart(`${name}=…`, `it sets ${name}`));
  for (const { op, target } of redirects) {
    const path = redirected(op, target, inquiry.home);
    if (path === undefined) parts.push(askPart(`${op} ${target.text}`, "it reads or writes outside the workspace, or where can't be told"));
    else if (path !== "") inquiry.does.writes.push(path);
  }
  if (words.length > 0) parts.push(...judgeWords(inquiry, words, depth));
  else if (!group)
    parts.push(askPart(redirects.map(({ op, target }) => `${op} ${target.text}`).join(" ") || "a variable", "it runs nothing"));
  return parts;
}
/** Variables that change how tools print, not what they do. */
const harmless = /^(CI|NODE_ENV|FORCE_COLOR|NO_COLOR|TERM|LANG|LC_[A-Z]{1,20}|TZ|PORT|DEBUG|COLUMNS)$/;
/** The path that is written, or nothing where none is. Undefined: it is asked. */
function redirected(op: string, target: ShellWord, home: string | undefined): string | undefined {
  if (op === "<<<") return target.literal ? "" : undefined;
  if (op === ">&" || op === "<&") return target.literal && /^([0-9]{1,3}|-)$/.test(target.text) ? "" : undefined;
  if (!["<", ">", ">>", "&>", "&>>", ">|"].includes(op)) return undefined;
  if (!target.literal && !/^"?\$\{?TMPDIR/.test(target.text)) return undefined;
  if (!(target.text === "/dev/null" || isInWorkspace(target, home))) return undefined;
  return op === "<" ? "" : literalPathPattern(target);
}

const noRule = "no rule says that it may do this by itself";
function judgeWords(inquiry: Case, words: readonly ShellWord[], depth: number): JudgedPart[] {
  const { layers, home, does } = inquiry;
  const text = words.map((word) => word.text).join(" ");
  const [name] = words;
  if (depth > maxDepth || inquiry.left <= 0)
    return [askUnread(inquiry, text, "it runs too many commands, or one inside another too deeply")];
  inquiry.left--;
  if (!name?.literal) {
    const decision = strictestDecision("ask", byRules(layers, words)?.decision ?? "ask");
    return [{ text, decision, reason: "which command it runs is known only then" }];
  }
  const ruled = inReach(byRules(layers, words), words, home, does);
  const inner = unwrapCommand(words, home);
  const fallback = layers[0]?.default ?? "ask";
  if (!inner) return [{ text, decision: ruled?.decision ?? fallback, reason: ruled?.reason ?? askedPackageUse(words, home) ?? noRule }];
  does.runs.push(name.text);
  if (inner.only) return [{ text, decision: ruled?.decision ?? "allow", reason: ruled?.reason ?? "it only says where a program is" }];
  const parts = [
    ...inner.commands.flatMap((command) => judgeWords(inquiry, command, depth + 1)),
    ...inner.scripts.flatMap((script) => judgeText(inquiry, script, depth + 1)),
  ];
  if (inner.unclear) parts.push(askUnread(inquiry, text, inner.unclear));
  if (ruled) parts.push({ text, decision: ruled.decision, reason: ruled.reason });
  return parts.length > 0 ? parts : [{ text, decision: fallback, reason: noRule }];
}

/**
 * What the type allows in general, and nobody in particular, stays
 * inside; and no rule for first words is for what could become an option.
 */
function inReach(ruled: Ruled | undefined, words: readonly ShellWord[], home: string | undefined, does: ProgramUse): Ruled | undefined {
  if (ruled?.decision !== "allow" || ruled.exact) return ruled;
  if (ruled.depth > 0) {
    const open = words.some((word) => !word.literal && mayBeOption(word));
    return open ? { ...ruled, decision: "ask", reason: "a word of it could become an option" } : ruled;
  }
  const found = readProgramUse(words, home);
  if (typeof found === "string") return { ...ruled, decision: "ask", reason: found };
  does.runs.push(...found.runs);
  does.writes.push(...found.writes);
  return ruled;
}

/** How far the words of a denial may lie apart in text that can't be read. */
const reach = 200;
/**
 * The first denial whose words stand in the text, however they are quoted.
 * One pass over the text for each, and for the text without its quotes.
 */
function deniedIn(layers: readonly CommandPolicy[], command: string): CommandRule | undefined {
  const denials = layers.flatMap((layer) => layer.rules).filter((rule) => rule.decision === "deny");
  const texts = new Set([command, command.replace(/['"\\]/g, ""), command.replace(/\\\n|['"]/g, "")]);
  const lists = [...texts].map((text) => {
    const words = text.split(/[^A-Za-z0-9_./:@%+=*,-]+/).filter((word) => word !== "");
    return { words, names: new Set(words.map(baseName)) }; // a denial whose command is in no word needs no second look
  });
  return denials.find((rule) => {
    const pattern = commandPattern(rule.match) ?? [];
    const name = baseName(pattern[0] ?? "");
    return lists.some(({ words, names }) => (name === "*" || names.has(name)) && standsIn(pattern, words));
  });
}
const baseName = (word: string) => word.slice(word.lastIndexOf("/") + 1);
function standsIn([first = "", ...rest]: readonly string[], words: readonly string[]): boolean {
  const plain = rest.filter((word) => !word.startsWith("-"));
  const options = optionsIn(rest);
  const byPath = `/${first}`;
  /** Where the last command began of which the first `index` plain words were seen. */
  const began: (number | undefined)[] = Array(plain.length + 1).fill(undefined);
  const seen: (number | undefined)[] = Array(options.length).fill(undefined);
  for (const [at, word] of words.entries()) {
    for (let index = plain.length; index > 0; index--)
      if (began[index - 1] !== undefined && like(plain[index - 1]!, word)) began[index] = began[index - 1];
    for (const [index, option] of options.entries()) if (like(option, word)) seen[index] = at;
    if (first === "*" || word === first || word.endsWith(byPath)) began[0] = at;
    const start = began[plain.length];
    if (start !== undefined && at - start <= reach && seen.every((place) => place !== undefined && place > start)) return true;
  }
  return false;
}

type Match = "yes" | "maybe" | "no";
/** `depth`: of the layer whose rule decides. */
type Ruled = { decision: CommandDecision; reason: string; depth: number; exact?: boolean | undefined };
function byRules(layers: readonly CommandPolicy[], words: readonly ShellWord[]): Ruled | undefined {
  const found: { rule: CommandRule; depth: number; match: Match }[] = [];
  for (const [depth, layer] of layers.entries())
    for (const rule of layer.rules) {
      const match = matches(rule, words);
      if (match !== "no") found.push({ rule, depth, match });
    }
  const denied = found.find(({ rule, match }) => rule.decision === "deny" && match === "yes");
  if (denied) return { decision: "deny", reason: reasonOf(denied.rule), depth: denied.depth };
  const maybe = found.find(({ match }) => match === "maybe");
  const weight = (rule: CommandRule) => (rule.exact ? 1_000 : 0) + (commandPattern(rule.match)?.length ?? 0);
  const [best] = found
    .filter(({ rule, match }) => match === "yes" && rule.decision !== "deny")
    .sort(
      (a, b) =>
        weight(b.rule) - weight(a.rule) ||
        b.depth - a.depth ||
        commandDecisions.indexOf(b.rule.decision) - commandDecisions.indexOf(a.rule.decision),
    );
  if (maybe && !best?.rule.exact)
    return { decision: "ask", reason: `it may be “${maybe.rule.match}”: ${reasonOf(maybe.rule)}`, depth: maybe.depth };
  return best ? { decision: best.rule.decision, reason: reasonOf(best.rule), depth: best.depth, exact: best.rule.exact } : undefined;
}
function reasonOf(rule: CommandRule): string {
  return (
    rule.why ??
    (rule.decision === "ask"
      ? "GrowQR asks you about this each time, unless a rule of yours allows it"
      : `the policy says ${rule.decision} for “${rule.match}”`)
  );
}

function matches(rule: CommandRule, words: readonly ShellWord[]): Match {
  const pattern = commandPattern(rule.match);
  if (!pattern) return "no";
  if (rule.exact)
    return pattern.length === words.length && words.every((word, at) => word.literal && word.text === pattern[at]) ? "yes" : "no";
  if (rule.decision === "allow")
    return pattern.length <= words.length &&
      pattern.every((wanted, at) => words[at]?.literal && (wanted === "*" || words[at].text === wanted))
      ? "yes"
      : "no";
  return among(pattern, words);
}
/**
 * The pattern's first word is the command, by whatever path;
 * the others come after it in order, with others between.
 */
function among(pattern: readonly string[], words: readonly ShellWord[]): Match {
  const [first = "", ...rest] = pattern;
  const [name, ...others] = words;
  if (!name) return "no";
  const named =
    first === "*" || (name.literal && (name.text === first || name.text.endsWith(`/${first}`))) ? "yes" : name.literal ? "no" : "maybe";
  if (named === "no") return "no";
  if (standInOrder(rest, others, (wanted, word) => word.literal && like(wanted, word.text))) return named;
  const open = others.some((word) => !word.literal && word.prefix === ""); // may become any number of words
  const could = (wanted: string, word: ShellWord) => (word.literal ? like(wanted, word.text) : wanted.startsWith(word.prefix));
  return open || standInOrder(rest, others, could) ? "maybe" : "no";
}
function standInOrder(wanted: readonly string[], words: readonly ShellWord[], same: (wanted: string, word: ShellWord) => boolean): boolean {
  const plain = wanted.filter((word) => !word.startsWith("-"));
  let at = 0;
  for (const word of words) if (at < plain.length && same(plain[at]!, word)) at++;
  return at === plain.length && optionsIn(wanted).every((option) => words.some((word) => same(option, word)));
}
/** `-rf` is `-r` and `-f`. */
function optionsIn(wanted: readonly string[]): string[] {
  return wanted
    .filter((word) => word.startsWith("-"))
    .flatMap((word) => (/^-[A-Za-z]+$/.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word]));
}
/** `-r` is in `-fr`; `--force` is also `--force=x` and its short forms `--forc`. */
function like(wanted: string, word: string): boolean {
  if (wanted === "*" || wanted === word) return true;
  if (/^-[A-Za-z]$/.test(wanted)) return /^-[A-Za-z]/.test(word) && word.includes(wanted.slice(1), 1);
  if (!wanted.startsWith("--") || !word.startsWith("--") || word.length < 4) return false;
  return word.startsWith(`${wanted}=`) || wanted.startsWith(word.split("=", 1)[0]!);
}

/**
 * Exact rules that would let this command pass next time, one for
 * each part that is asked; none when a part can't be named exactly.
 */
export function exactRules(layers: readonly CommandPolicy[], command: string, home?: string): CommandRule[] | undefined {
  const { decision, parts, unread } = inquire(layers, command, home);
  if (decision !== "ask" || unread) return undefined;
  const words = parseShell(command).commands.filter((simple) => simple.words.length > 0 && simple.words.every((word) => word.literal));
  if (parts.length === 0 || words.length > mostParts) return undefined;
  const rules = words.map(
    (simple): CommandRule => ({ match: quoteWords(simple.words.map((word) => word.text)), exact: true, decision: "allow" }),
  );
  const needed = rules.filter((rule) => judgeCommand(layers, rule.match, home).decision === "ask");
  if (needed.some((rule) => rule.match.length > 500)) return undefined;
  const after = [...layers, { default: "ask" as const, rules: needed }];
  return judgeCommand(after, command, home).decision === "allow" ? needed : undefined;
}
/** More rules than this from one answer are none that a member could have read. */
const mostParts = 20;
