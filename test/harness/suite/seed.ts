import fc from "fast-check";
import { long } from "./long-run.ts";

/**
 * What chance decides in these tests, from one number, so that a failure can be repeated: `GROWQR_SEED=… npm
 * test -- faults`.
 */
export const seed = Number(process.env.GROWQR_SEED ?? 1);
fc.configureGlobal(long ? { numRuns: 5_000 } : { seed }); // a long run looks for what this one has not seen

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function chance(start: number = seed): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
export function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const left = [...all];
  return all.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}
/** `few` of them; all in `npm test -- --long`. */
export const sampled = <T>(all: readonly T[], few: number): T[] => (long ? [...all] : shuffled(all, chance()).slice(0, few));
