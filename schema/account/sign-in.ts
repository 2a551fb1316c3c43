import { z } from "zod";

/**
 * A sign-in of a person in one browser, by the identity provider's id of it (Clerk's session). What is open
 * by one ends with it.
 */
export const signInId = z.string().min(1).max(200);

/** Action `signInEnd`: that one is over; without a name all are. Answers how many connections ended by it. */
export const signInEndIn = z.strictObject({ signIn: signInId.optional() });
export const signInEndOut = z.object({ ended: z.number().int() });
