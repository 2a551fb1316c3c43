import { expect } from "vitest";

/** What a thread waits for, and what was read last: neither is left out by the compiler. */
const cell = new Int32Array(new SharedArrayBuffer(8));
function countedTime(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
const mostWaits = 50_000;
/**
 * Microseconds of processor time of this thread. The kernel brings its count up to date when a thread waits.
 * A wait that ends before the thread sleeps leaves the count as it was: some milliseconds would be missing.
 */
function threadTime(): number {
  const stale = countedTime();
  for (let waits = 0; waits < mostWaits; waits++) {
    Atomics.wait(cell, 0, 0, 0.01);
    const fresh = countedTime();
    if (fresh !== stale) return fresh;
  }
  throw new Error(`This system does not count a thread's processor time: it stood still for ${mostWaits} waits.`);
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
/** What was slow at first, until it was compiled, is measured again after the larger size has run. */
const fewestTries = 2;
const mostTries = 3;
/** Of each size in a try, the quickest of which counts: a collection of garbage falls into one or another. */
const batches = 4;

/** Below this many microseconds the time of a batch says nothing: it holds more inputs then. */
const measurable = 1_000;
const mostInputs = 100_000;
/**
 * A batch holds no more bytes of inputs, also where it is quicker: V8 collects garbage after some megabytes,
 * so into each batch that held more.
 */
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
 * Expects that time grows with the size and not with its square: the quickest batch at four times the size
 * takes at most eight times as long for an input as the quickest at the size. Batches and tries end early
 * where growth is clearly linear. Both are measured in this process, so that it says the same on a fast and
 * on a slow machine; there is no other limit than the test's own, which ends what hangs. `make` makes the
 * input of a size, outside of what is measured.
 */
export function expectLinear<T>(title: string, size: number, make: (size: number) => T, work: (input: T) => unknown): void {
  if (size >= tellingSize) {
    const large = make(4 * size);
    if (cpuOf(() => work(large)) <= leastOfSquare(size)) return;
  }
  /**
   * Microseconds for one input, in the quickest batch of so many; of no further batch once that is `enough`.
   * Each repetition has an input of its own: V8 answers a text that it has split or searched before from a
   * cache.
   */
  const quickest = (inputSize: number, inputs: number, enough: number, before = Number.POSITIVE_INFINITY) => {
    let least = before;
    for (let batch = 0; batch < batches && least > enough; batch++) {
      const made = Array.from({ length: inputs }, () => readOnce(make(inputSize)));
      const cpu = cpuOf(() => {
        for (const input of made) work(input);
      });
      least = Math.min(least, cpu / inputs);
    }
    return least;
  };
  const most = Math.max(1, Math.min(mostInputs, Math.floor(batchBytes / bytesOf(make(size), size))));
  let inputs = 1;
  const quickestShort = () => {
    for (; inputs < most; inputs = Math.min(2 * inputs, most)) {
      const time = quickest(size, inputs, measurable / inputs);
      if (time > measurable / inputs) return time;
    }
    return quickest(size, most, 0);
  };
  let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let tries = 1; tries <= mostTries; tries++) {
    short = Math.min(short, quickestShort());
    // Of what is linear, a quarter as many take as long.
    long = quickest(4 * size, Math.ceil(inputs / 4), clearGrowth * short, long);
    if (tries >= fewestTries && long <= clearGrowth * short) return;
  }
  const growth = long / short;
  expect({ title, growth }).toEqual({ title, growth: expect.toSatisfy((found: number) => found <= mostGrowth) });
}
