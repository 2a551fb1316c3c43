import { z } from "zod";
import { dayMs } from "../wire/duration.ts";

/**
 * When a quest's step comes again: after given days, or every so
 * many. Days are counted from `since`, milliseconds since 1970.
 */
export const repeat = z.union([
  z.strictObject({ after_days: z.array(z.number().int().min(0).max(3_650)).min(1).max(60) }),
  z.strictObject({ every_days: z.number().int().min(1).max(366), times: z.number().int().min(1).max(520) }),
]);
export type Repeat = z.infer<typeof repeat>;

/** All its times in order; the n-th (from 1) is at index n − 1. */
export function occurrenceTimes(repeat: Repeat, since: number): number[] {
  if ("after_days" in repeat) return [...new Set(repeat.after_days)].sort((a, b) => a - b).map((days) => since + days * dayMs);
  return Array.from({ length: repeat.times }, (_, index) => since + (index + 1) * repeat.every_days * dayMs);
}

export type DueOccurrence = {
  /** To be made now. */ n?: number /** Missed while away: only the newest is made up for. */;
  skipped: number[] /** When to look again. */;
  nextAt?: number;
};
/** `made` are the occurrences that were made or skipped before. */
export function findDueOccurrence(repeat: Repeat, since: number, made: readonly number[], now: number): DueOccurrence {
  const all = occurrenceTimes(repeat, since).map((at, index) => ({ n: index + 1, at }));
  const ripe = all.filter(({ n, at }) => at <= now && !made.includes(n)).map(({ n }) => n);
  const next = all.find(({ at }) => at > now)?.at;
  const n = ripe.at(-1);
  return { ...(n === undefined ? {} : { n }), skipped: ripe.slice(0, -1), ...(next === undefined ? {} : { nextAt: next }) };
}
