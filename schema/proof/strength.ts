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

/** In words for people, after a colon or a comma. */
export function describeStrength({ caught, tried }: Pick<Strength, "caught" | "tried">): string {
  if (tried === 1) return `we broke it on purpose, and its checks ${caught === 1 ? "noticed it" : "did not notice it"}`;
  const noticed = caught === tried ? "every one" : caught === 0 ? "none" : caught;
  return `we broke it on purpose in ${tried} ways, and its checks noticed ${noticed}`;
}
