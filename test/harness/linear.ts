import { expect } from "vitest";

const cell = new Int32Array(new SharedArrayBuffer(4));
/**
 * Microseconds of processor time of this thread. The kernel brings its count up to date when a thread waits.
 */
function threadTime(): number {
  Atomics.wait(cell, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
/** Microseconds of processor time of this thread: what other processes and threads do is not counted. */
function cpuOf(work: () => unknown): number {
  const before = threadTime();
  work();
  return threadTime() - before;
}
const tries = Array.from({ length: 5 });
/**
 * Between 4, which is linear (somewhat more where a cache or a compiler has a limit), and the square's 16.
 */
const mostGrowth = 8;

/**
 * Below this many microseconds a figure says nothing. What is quicker is repeated until it takes as long.
 */
const measurable = 3_000;
const mostRepeats = 100_000;
/** From this size on, the square is more steps than any machine takes within the time below. */
const tellingSize = 100_000;

/** Makes a text of a size out of one piece of it, for `expectLinear`. */
export const fillText = (piece: string) => (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/**
 * Expects that time grows with the size and not with its square: the smallest of five tries at four times the
 * size takes at most eight times the smallest of five at the size. Both are measured in this process, so that
 * it says the same on a fast and on a slow machine; there is no other limit than the test's own, which ends
 * what hangs. `make` makes the input of a size, outside of what is measured.
 */
export function expectLinear<T>(title: string, size: number, make: (size: number) => T, work: (input: T) => unknown): void {
  const [small, large] = [make(size), make(4 * size)];
  if (size >= tellingSize && cpuOf(() => work(large)) <= mostGrowth * measurable) return;
  let repeats = 1;
  const repeat = (input: T) => () => {
    for (let round = 0; round < repeats; round++) work(input);
  };
  while (cpuOf(repeat(small)) < measurable && repeats < mostRepeats) repeats *= 2;
  const short = Math.max(Math.min(...tries.map(() => cpuOf(repeat(small)))), measurable);
  let growth = Number.POSITIVE_INFINITY;
  for (const _ of tries) if (growth > mostGrowth) growth = Math.min(growth, cpuOf(repeat(large)) / short);
  expect({ title, growth }).toEqual({ title, growth: expect.toSatisfy((found: number) => found <= mostGrowth) });
}
