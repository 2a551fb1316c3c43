import { z } from "zod";
import { emptyPolicy, memberRule, policyPath, readPolicy, withoutRule, withRule } from "../policy/policy-file.ts";
import { AppError } from "../wire/error.ts";
import { trimTail } from "../wire/foreign-text.ts";
import { innerPath } from "../wire/path.ts";
import type { MemoryKind } from "./memory.ts";

/**
 * One file of a memory that waits for its commit. All but the first two are
 * applied to the text as it is at the commit, so that no update is lost.
 */
export const memoryChange = z.union([
  z.strictObject({ path: innerPath, content: z.string() }),
  z.strictObject({ path: innerPath, remove: z.literal(true) }),
  z.strictObject({ path: innerPath, append: z.string().min(1) }),
  z.strictObject({ path: z.literal(policyPath), rule: memberRule }),
  z.strictObject({ path: z.literal(policyPath), withoutRule: z.string().min(1).max(60) }),
]);
export type MemoryChange = z.infer<typeof memoryChange>;
export type OutboxKind = MemoryKind | "layout" | "task" | "policy" | "quest" | "agent" | "revert" | "open" | "app";

const endedLine = (text: string) => `${trimTail(text, "\n")}\n`;
/**
 * The text a file has after a change; undefined: it is not there. A
 * policy file that can't be read, or is full, is left alone and said so.
 */
export function applyMemoryChange(current: string | undefined, change: MemoryChange): string | undefined {
  if ("content" in change) return change.content;
  if ("remove" in change) return undefined;
  if ("append" in change) return `${current ? endedLine(current) : ""}${endedLine(change.append)}`;
  const text = current ?? emptyPolicy;
  const next = "rule" in change ? withRule(text, change.rule) : withoutRule(text, change.withoutRule);
  if (next.ok) return next.value;
  const why = readPolicy(text).ok ? "has no room for one more rule; revoke some first." : "can't be read; repair it first.";
  throw new AppError("conflict", { issues: next.issues }, { message: `${policyPath} ${why}` });
}

export const batchLimits = { rows: 40, files: 80, bytes: 1024 * 1024 } as const;
type WaitingRow = { files: readonly MemoryChange[] };
const size = (row: WaitingRow) => row.files.reduce((sum, file) => sum + JSON.stringify(file).length, 0);

/**
 * The rows that become the next commit, oldest first: the longest beginning within the
 * limits in which no two rows touch one file. Each text that was remembered so stands in
 * some commit, also when two agents wrote the same file. Never empty when `rows` is not.
 */
export function nextMemoryBatch<T extends WaitingRow>(rows: readonly T[]): T[] {
  const taken: T[] = [];
  const paths = new Set<string>();
  let bytes = 0;
  for (const row of rows) {
    bytes += size(row);
    const full = taken.length >= batchLimits.rows || paths.size + row.files.length > batchLimits.files || bytes > batchLimits.bytes;
    if (taken.length > 0 && (full || row.files.some((file) => paths.has(file.path)))) break;
    taken.push(row);
    for (const file of row.files) paths.add(file.path);
  }
  return taken;
}

export type BatchEntry = {
  kind: OutboxKind;
  title: string;
  agent: string;
  task?: string | null;
  turn?: string | null;
  outbox: string;
  paths: readonly string[];
};
const firstLine = (text: string, max: number) => (text.trim().split("\n")[0] ?? "").replace(/\s+/g, " ").trim().slice(0, max);
const block = ({ agent, task, turn, outbox }: BatchEntry) => [
  `Agent: ${agent}`,
  ...(task ? [`Task: ${task}`] : []),
  ...(turn ? [`Turn: ${turn}`] : []),
  `Outbox: ${outbox}`,
];
const subject = ({ kind, title }: BatchEntry, max: number) => `memory(${kind}): ${firstLine(title, max)}`;
/** Two changes are both named; of more the first, and how many it has with it. */
function summary([first, second, ...more]: readonly BatchEntry[]): string {
  const name = (entry: BatchEntry | undefined, max: number) => {
    const whole = trimTail(firstLine(entry?.title ?? "", 200), " .");
    return whole.length > max ? `${whole.slice(0, max - 1)}…` : whole;
  };
  return more.length === 0 ? `${name(first, 50)}; ${name(second, 50)}` : `${name(first, 70)}, and ${more.length + 1} more changes`;
}
/**
 * The message of one commit. Of several changes each is one line with
 * its files beneath, and all trailers follow, in the same order.
 */
export function batchMessage(entries: readonly BatchEntry[]): string {
  const [first] = entries;
  if (!first) throw new RangeError("a commit without a change");
  if (entries.length === 1) return [subject(first, 100), "", ...block(first)].join("\n");
  const kinds = [...new Set(entries.map((entry) => entry.kind))].join(", ");
  return [
    `memory(${kinds}): ${summary(entries)}`,
    "",
    ...entries.flatMap((entry) => [`- ${subject(entry, 100)} (${entry.agent})`, ...entry.paths.map((path) => `  ${path}`)]),
    "",
    ...entries.flatMap(block),
  ].join("\n");
}

export type BatchPart = { title: string; paths: string[]; message: string };
/**
 * The several changes of one commit, each with the message that it would have alone. Empty for a commit of
 * one change, or of another author.
 */
export function readBatchMessage(message: string): BatchPart[] {
  const [, list = "", trailers = ""] = message.trimEnd().split("\n\n");
  const heads = list.split(/\n(?=- )/).map((part) => part.split("\n"));
  const blocks = trailers.split(/\n(?=Agent: )/);
  if (!list.startsWith("- ") || heads.length !== blocks.length) return [];
  return heads.map(([head = "", ...paths], at) => {
    const title = head.slice(2).replace(/ \([^()]*\)$/, "");
    return { title, paths: paths.map((path) => path.trim()), message: `${title}\n\n${blocks[at]}` };
  });
}
