import { z } from "zod";

/**
 * The end of an account: its steps, in order. Each may be done again at any point, and what one of them waits
 * for (a machine that is away) holds up those after it.
 */
export const erasureSteps = ["stack", "actor", "identity", "rows"] as const;
export type ErasureStep = (typeof erasureSteps)[number];
export function nextErasureStep(step: ErasureStep): ErasureStep | undefined {
  return erasureSteps[erasureSteps.indexOf(step) + 1];
}

/** GET and POST /account/erasure. `confirm`: what `confirmBy` of the answer says, written by hand. */
export const erasureIn = z.strictObject({ confirm: z.string().min(1).max(400) });
/** Its letters and digits: an apostrophe, a dash or an accent is not the same on each keyboard. */
const lettersOf = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
/** Longer than a person writes by hand. */
const longestConfirmWord = 100;
/** Of what names a person, the first that they can write by hand. */
export const pickConfirmWord = (names: readonly string[]): string | undefined =>
  names.find((name) => name.length <= longestConfirmWord && lettersOf(name).length > 1); // one press is a slip
/** Whether a person wrote the word that confirms. */
export const confirms = (written: string, word: string): boolean => lettersOf(written) === lettersOf(word);
export const erasureOut = z.object({
  state: z.enum(["none", "erasing", "erased"]),
  /** What is under way or waited for. */
  step: z.enum(erasureSteps).nullable(),
  /** Milliseconds since 1970. */
  askedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** What the person writes to confirm; null once that is done. */
  confirmBy: z.string().nullable(),
  /** Whether the account at the sign-in provider is deleted too. */
  deletesSignIn: z.boolean(),
});
export type ErasureOut = z.infer<typeof erasureOut>;
