import { dayMs } from "../../../../schema/wire/duration.ts";

/** One day, counted since 1970, and the parts of its bar from the top down. */
export type DayBar = { day: number; parts: readonly number[] };

/** Each day from the first to the last, so that a day without anything is a gap and not left out. */
export function fillDays(days: readonly DayBar[], parts: number): DayBar[] {
  const known = new Map(days.map((each) => [each.day, each]));
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  if (first === undefined || last === undefined) return [];
  const empty = Array.from({ length: parts }, () => 0);
  return Array.from({ length: last - first + 1 }, (_, index) => known.get(first + index) ?? { day: first + index, parts: empty });
}
/** Bars one on another as heights from the ground, the highest first. `at` in seconds since 1970. */
export function stackBars(days: readonly DayBar[], parts: number): { at: number[]; tops: number[][] } {
  const filled = fillDays(days, parts);
  const at = filled.map(({ day }) => (day * dayMs) / 1_000);
  const tops = Array.from({ length: parts }, (_, part) => filled.map((each) => each.parts.slice(part).reduce((sum, n) => sum + n, 0)));
  return { at, tops };
}
