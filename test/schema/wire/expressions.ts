import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { check } from "recheck";
import { lineOf, type Node, nodesOf, readSource } from "../../harness/source.ts";
import { limit } from "../../harness/suite/limit.ts";

/** Every regular expression of the product's source, and what `recheck` says of the time that it may take. */
export type Found = { file: string; line: number; source: string; flags: string };
/** A place where an expression is made of parts: what it is made to is known when the file is loaded. */
export type Made = { file: string; line: number };

const isMaking = ({ type, callee }: Node) =>
  (type === "NewExpression" || type === "CallExpression") && (callee as { name?: string } | undefined)?.name === "RegExp";

/** The expressions that stand in a file, and the places where it makes others. */
export function readExpressions(file: string): { found: Found[]; made: Made[] } {
  const source = readSource(file);
  const nodes = nodesOf(source.program);
  const found = nodes.flatMap((node) => {
    const regex = node.type === "Literal" ? (node.regex as { pattern: string; flags: string } | undefined) : undefined;
    return regex ? [{ file, line: lineOf(source, node.start!), source: regex.pattern, flags: regex.flags }] : [];
  });
  return { found, made: nodes.filter(isMaking).map((node) => ({ file, line: lineOf(source, node.start!) })) };
}

/** What files make of `new RegExp` while they are loaded. */
export async function madeBy(files: readonly string[], load: (file: string) => Promise<unknown>): Promise<Found[]> {
  const plain = globalThis.RegExp;
  const found: Found[] = [];
  const note = (made: RegExp) => {
    const from = new Error("made here").stack ?? "";
    const file = files.find((name) => from.includes(`/${name}:`));
    if (file) found.push({ file, line: 0, source: made.source, flags: made.flags });
    return made;
  };
  globalThis.RegExp = new Proxy(plain, {
    construct: (_, args: [string, string?]) => note(new plain(...args)),
    apply: (_, _self, args: [string, string?]) => note(plain(...args)),
  });
  try {
    for (const file of files) await load(file);
  } finally {
    globalThis.RegExp = plain;
  }
  return found;
}

/**
 * recheck does not know the flag `v`. Each class becomes one and the same letter, which can only make an
 * expression look slower.
 */
function readable({ source, flags }: Found): { source: string; flags: string } {
  if (!flags.includes("v")) return { source, flags };
  let [plain, depth] = ["", 0];
  for (let at = 0; at < source.length; at++) {
    const letter = source[at]!;
    if (letter === "[" && depth++ === 0) plain += "a";
    if (depth === 0) plain += letter;
    if (letter === "\\") plain += depth === 0 ? source[at + 1] : "";
    if (letter === "\\") at++;
    if (letter === "]") depth -= 1;
  }
  return { source: plain, flags: flags.replace("v", "") };
}

export type Verdict = "safe" | "vulnerable" | "unknown";
export type Verdicts = Record<string, Verdict>;
const version = (JSON.parse(readFileSync("node_modules/recheck/package.json", "utf8")) as { version: string }).version;
export const expressionKey = ({ source, flags }: Found) =>
  createHash("sha256").update(`${version}\0${source}\0${flags}`).digest("base64url").slice(0, 22);

/** The verdict on each, from `known` or from recheck; those that nobody uses any more are not among them. */
export async function judgeAll(all: readonly Found[], known: Readonly<Verdicts>): Promise<Verdicts> {
  const verdicts: Verdicts = {};
  const left = new Map<string, Found>();
  for (const expression of all) {
    const key = expressionKey(expression);
    if (known[key] === "safe") verdicts[key] = "safe";
    else left.set(key, expression);
  }
  const queue = [...left];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { source, flags } = readable(next[1]);
      verdicts[next[0]] = (await check(source, flags, { timeout: limit(120_000) })).status;
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return Object.fromEntries(Object.entries(verdicts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
