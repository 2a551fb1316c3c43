import { z } from "zod";

/** What an operator sets in the dashboard of an instance, and how long things live there, in seconds. */
const instanceSettings = z.strictObject({
  /** Bot protection: a sign-up needs a token of Cloudflare's check. */
  captcha: z.boolean(),
  tokenSeconds: z.number().int().positive(),
  codeSeconds: z.number().int().min(0),
  /** Between two codes of one attempt. */
  resendSeconds: z.number().int().min(0),
  /** A new person is asked for their first and last name. */
  names: z.boolean(),
  /** A password in a browser that is not known asks for a code by e-mail as well. */
  clientTrust: z.boolean(),
  /** What the person whom Google knows says to it. */
  google: z.enum(["allowed", "declined"]),
});
export type InstanceSettings = z.infer<typeof instanceSettings>;
/** What a program says to change; the rest stays. */
export const instanceChange = instanceSettings.partial();

/**
 * As a new instance of Clerk's is, but for the pause between two codes, there half a minute, and its trust.
 */
export const usualInstance: InstanceSettings = {
  ...{ captcha: false, tokenSeconds: 60, codeSeconds: 600, resendSeconds: 0, names: false, clientTrust: false },
  google: "allowed",
};
/** A code that was written down when a second factor was set up. */
export const backupCode = "b4ck-up01";

/** What the double takes for a token of Cloudflare's check; a test's stand-in for its script gives it. */
export const captchaToken = "captcha-token-of-a-person";
/** Passwords that count as found in a breach. */
export const breachedPasswords: readonly string[] = ["password123", "12345678"];
