import type { AppMinute } from "../../../schema/release/release-host.ts";

/** What a project's app did, minute by minute, as lines of charts. Pure. */
const minuteMs = 60_000;
export type SeriesName = Exclude<keyof AppMinute, "at">;
/** Points of several lines over time in seconds; a gap of more than two minutes breaks the lines. */
export function drawMinutes(minutes: readonly AppMinute[], names: readonly SeriesName[]): [number[], ...(number | null)[][]] {
  const at: number[] = [];
  const lines: (number | null)[][] = names.map(() => []);
  let last: number | undefined;
  for (const minute of minutes) {
    if (last !== undefined && minute.at - last > 2 * minuteMs) {
      at.push((last + minuteMs) / 1_000);
      for (const line of lines) line.push(null);
    }
    at.push(minute.at / 1_000);
    for (const [index, name] of names.entries()) lines[index]!.push(minute[name]);
    last = minute.at;
  }
  return [at, ...lines];
}
/** Of all minutes: the sum of requests and errors, and what is the most of a value. */
export function sumMinutes(minutes: readonly AppMinute[]): { requests: number; errors: number } {
  return minutes.reduce((sum, { requests, errors }) => ({ requests: sum.requests + requests, errors: sum.errors + errors }), {
    requests: 0,
    errors: 0,
  });
}
export const greatestOf = (minutes: readonly AppMinute[], name: SeriesName): number =>
  minutes.reduce((most, minute) => Math.max(most, minute[name]), 0);
