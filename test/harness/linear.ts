import { expect } from "vitest";

/** What a thread waits for, and what was read last: neither is left out by the compiler. */
const cell = new Int32Array(new SharedArrayBuffer(8));
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
/**
 * Between 4, which is linear (somewhat more where a cache or a compiler has a limit), and the square's 16.
 */
const mostGrowth = 8;
/** Up to here one more try would not say otherwise: the square's 16 is never measured as that twice. */
const clearGrowth = 5;
const mostTries = 5;
const fewestTries = 2;

/** Below this many microseconds a figure says nothing. What is quicker is repeated until it takes as long. */
const measurable = 3_000;
const mostRepeats = 100_000;
/** So much is made at a time of what is measured next: some megabytes. */
const batchSize = 4_000_000;
/**
 * Microseconds that the square of four times this size takes at least: 2.7e11 steps, of which no processor
 * does 3e12 in a second. At a larger size it takes longer by the square.
 */
const tellingSize = 128 * 1024;
const leastOfSquare = (size: number) => 90_000 * (size / tellingSize) ** 2;

/** V8 puts a text together when it is read for the first time: that is its making. */
function readOnce<T>(input: T): T {
  if (typeof input === "string") cell[1] = input.charCodeAt(0);
  return input;
}

/** Makes a text of a size out of one piece of it, for `expectLinear`. */
export const fillText = (piece: string) => (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/**
 * Expects that time grows with the size and not with its square: the smallest of up to five tries at four
 * times the size takes at most eight times the smallest at the size. Tries end early where growth is clearly
 * linear. Both are measured in this process, so that it says the same on a fast and on a slow machine; there
 * is no other limit than the test's own, which ends what hangs. `make` makes the input of a size, outside of
 * what is measured.
 */
export function expectLinear<T>(title: string, size: number, make: (size: number) => T, work: (input: T) => unknown): void {
  if (size >= tellingSize) {
    const large = make(4 * size);
    if (cpuOf(() => work(large)) <= leastOfSquare(size)) return;
  }
  /**
   * Each repetition has an input of its own: V8 answers a text that it has split or searched before from a
   * cache.
   */
  const cpuOfRepeats = (inputSize: number, repeats: number) => {
    let sum = 0;
    const batch = Math.max(1, Math.floor(batchSize / inputSize));
    for (let done = 0; done < repeats; done += batch) {
      const inputs = Array.from({ length: Math.min(batch, repeats - done) }, () => readOnce(make(inputSize)));
      sum += cpuOf(() => {
        for (const input of inputs) work(input);
      });
    }
    return sum;
  };
  let repeats = 1;
  while (cpuOfRepeats(size, repeats) < measurable && repeats < mostRepeats) repeats *= 2;
  const fewer = Math.ceil(repeats / 4); // of what is linear these take as long as all of the small
  let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let growth = Number.POSITIVE_INFINITY;
  for (let tries = 1; tries <= mostTries; tries++) {
    short = Math.min(short, Math.max(cpuOfRepeats(size, repeats), measurable) / repeats);
    long = Math.min(long, cpuOfRepeats(4 * size, fewer) / fewer);
    growth = long / short;
    if (tries >= fewestTries && growth <= clearGrowth) return;
  }
  expect({ title, growth }).toEqual({ title, growth: expect.toSatisfy((found: number) => found <= mostGrowth) });
}
