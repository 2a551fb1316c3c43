import { expect } from "vitest";

/** What a thread waits for, and what was read last: neither is left out by the compiler. */
const cell = new Int32Array(new SharedArrayBuffer(8));
function countedTime(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
/**
 * Microseconds of processor time of this thread. The kernel brings its count up to date when a thread waits.
 * A wait that ends before the thread sleeps leaves the count as it was: some milliseconds would be missing.
 */
function threadTime(): number {
  const stale = countedTime();
  for (;;) {
    Atomics.wait(cell, 0, 0, 0.01);
    const fresh = countedTime();
    if (fresh !== stale) return fresh;
  }
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
/** So many bytes of inputs are made at a time: V8 collects garbage several times less often. */
const batchBytes = 4_000_000;
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

/** Bytes that an input holds, about: a size may count something else, such as lines of 60,000 bytes each. */
function bytesOf(input: unknown, size: number): number {
  if (typeof input === "string") return input.length;
  if (ArrayBuffer.isView(input)) return input.byteLength;
  return Array.isArray(input) ? input.reduce<number>((sum, part) => sum + bytesOf(part, 1), 0) : size;
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
   * Microseconds for one input, in the quickest batch. V8 collects garbage after some megabytes, so at the
   * same place of each try: it would count for one of the two sizes every time. Each repetition has an input
   * of its own: V8 answers a text that it has split or searched before from a cache.
   */
  const quickest = (inputSize: number, repeats: number) => {
    let least = Number.POSITIVE_INFINITY;
    for (let made = 0; made < repeats; ) {
      const inputs: T[] = [];
      for (let bytes = 0; made < repeats && bytes < batchBytes; made++) {
        const input = readOnce(make(inputSize));
        bytes += bytesOf(input, inputSize);
        inputs.push(input);
      }
      const cpu = cpuOf(() => {
        for (const input of inputs) work(input);
      });
      least = Math.min(least, cpu / inputs.length);
    }
    return least;
  };
  let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let growth = Number.POSITIVE_INFINITY;
  let repeats = 1;
  for (let tries = 1; tries <= mostTries; tries++) {
    short = Math.min(short, quickest(size, repeats));
    // Also in a later try: what was slow at first, or met a collection, is quicker now.
    while (short * repeats < measurable && repeats < mostRepeats) {
      repeats *= 2;
      short = Math.min(short, quickest(size, repeats));
    }
    const fewer = Math.ceil(repeats / 4); // of what is linear these take as long as all of the small
    long = Math.min(long, quickest(4 * size, fewer));
    growth = long / Math.max(short, measurable / mostRepeats);
    if (tries >= fewestTries && growth <= clearGrowth) return;
  }
  expect({ title, growth }).toEqual({ title, growth: expect.toSatisfy((found: number) => found <= mostGrowth) });
}
