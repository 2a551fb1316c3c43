import { z } from "zod";

/**
 * How much the checks of a task would have noticed: they are run again with the work taken out, as a
 * whole and piece by piece. `tried`: the counter-examples that were used; `left`: the others.
 */
export const strengthShape = z.strictObject({
  caught: z.number().int().nonnegative(),
  tried: z.number().int().positive(),
  left: z.number().int().nonnegative(),
  /** What no check noticed, in words: `sum in src/sum.js is empty`. */
  missed: z.array(z.string().max(500)).max(40),
});
export type Strength = z.infer<typeof strengthShape>;

/** In words for people. */
export function describeStrength({ caught, tried }: Pick<Strength, "caught" | "tried">): string {
  if (tried === 1) return caught === 1 ? "would have noticed the work missing" : "would not have noticed the work missing";
  return caught === tried
    ? `would have noticed each of ${tried} ways of not doing it`
    : `would have noticed ${caught} of ${tried} ways of not doing it`;
}
