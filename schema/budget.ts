import { z } from "zod";
import type { Budget } from "./task/spec.ts";

/** What a task or quest may use, what it has used, and what is asked when that is all. Pure. */
export const budgetNames = ["cost", "minutes", "tokens"] as const;
export type BudgetName = (typeof budgetNames)[number];
/** Cost in millionths of a dollar, time in minutes. */
export type BudgetLimits = Partial<Record<BudgetName, number>>;
/** `workMs`: time in which an agent worked, without the time it waited for the member. */
const usageShape = { costMicros: z.number().min(0), workMs: z.number().min(0), tokens: z.number().min(0) };
export type BudgetUsage = z.infer<z.ZodObject<typeof usageShape>>;
/** What a task has used, and how much more than its first limits the member allowed it. */
export const taskUsage = z.strictObject({ ...usageShape, raised: z.partialRecord(z.enum(budgetNames), z.number().min(0)).default({}) });
export type TaskUsage = z.infer<typeof taskUsage>;
export const noUsage: BudgetUsage = { costMicros: 0, workMs: 0, tokens: 0 };

const minute = 60_000;
/** Millionths of a dollar, the unit of the ledger. */
export function toMicros(usd: number): number {
  return Math.round(usd * 1_000_000);
}
/** The smallest limit of all levels: a task is bound by its spec and by its agent's type. */
export function budgetLimits(...budgets: readonly Budget[]): BudgetLimits {
  const least = (numbers: (number | undefined)[]) => {
    const given = numbers.filter((number) => number !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const all: { [N in BudgetName]: number | undefined } = {
    cost: least(budgets.map(({ cost_usd }) => (cost_usd === undefined ? undefined : toMicros(cost_usd)))),
    minutes: least(budgets.map(({ minutes }) => minutes)),
    tokens: least(budgets.map(({ tokens }) => tokens)),
  };
  return Object.fromEntries(budgetNames.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}
/** The limits after what the member has added. A limit that is not there stays so. */
export function raiseLimits(limits: BudgetLimits, more: BudgetLimits): BudgetLimits {
  const now = { ...limits };
  for (const name of budgetNames) if (now[name] !== undefined) now[name] += more[name] ?? 0;
  return now;
}
export function sumUsage(...all: readonly BudgetUsage[]): BudgetUsage {
  return all.reduce<BudgetUsage>(
    (total, usage) => ({
      costMicros: total.costMicros + usage.costMicros,
      workMs: total.workMs + usage.workMs,
      tokens: total.tokens + usage.tokens,
    }),
    noUsage,
  );
}

export type ReachedLimit = { what: BudgetName; used: number; limit: number };
/** The first limit that is reached, in its own unit; undefined while there is something left of all. */
export function findReachedLimit(limits: BudgetLimits, spent: BudgetUsage): ReachedLimit | undefined {
  const used: Record<BudgetName, number> = { cost: spent.costMicros, minutes: spent.workMs / minute, tokens: spent.tokens };
  for (const name of budgetNames) {
    const limit = limits[name];
    if (limit !== undefined && used[name] >= limit) return { what: name, used: Math.floor(used[name]), limit };
  }
  return undefined;
}

/** Time within `from`–`to` outside all `waits`, which may overlap. */
export function workingTime(from: number, to: number, waits: readonly { from: number; to: number }[]): number {
  let [at, ms] = [from, 0];
  for (const wait of [...waits].sort((a, b) => a.from - b.from)) {
    const begins = Math.min(Math.max(wait.from, at), to);
    ms += begins - at;
    at = Math.min(Math.max(at, wait.to), to);
  }
  return ms + Math.max(0, to - at);
}

export function formatAmount(name: BudgetName, value: number): string {
  if (name === "cost") return `$${(value / 1_000_000).toFixed(value < 10_000 ? 4 : 2)}`;
  return name === "minutes" ? `${value} minutes` : `${value.toLocaleString("en-US")} tokens`;
}
