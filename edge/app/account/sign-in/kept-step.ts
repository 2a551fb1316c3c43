import { z } from "zod";
import { tabDraft } from "../../ui/form/form-draft.ts";

/** Second proofs, in the order in which they are asked for. */
export const secondFactors = ["totp", "email_code", "phone_code", "backup_code"] as const;
const secondFactor = z.enum(secondFactors);
export type SecondFactor = z.infer<typeof secondFactor>;
/** What an instance may ask of a new person beside their address. */
export const missingNames = ["first_name", "last_name", "password"] as const;
export type MissingName = (typeof missingNames)[number];
/** What a code leads to: a session, a new account, or a new password in the place of a forgotten one. */
const codePurpose = z.enum(["session", "account", "password"]);
export type CodePurpose = z.infer<typeof codePurpose>;

/** Milliseconds between two codes to one address: Clerk sends none sooner. */
export const resendAfter = 30_000;
const time = z.number();
/** What is asked next. Times are milliseconds since 1970. */
const signInStep = z.discriminatedUnion("at", [
  z.object({ at: z.literal("address") }),
  /** `resetSentAt`: when a code for a new password was sent to them in this attempt. */
  z.object({
    ...{ at: z.literal("password"), email: z.string(), hasCode: z.boolean(), canReset: z.boolean() },
    resetSentAt: time.optional(),
  }),
  /** Nothing is asked yet: a code for a new password is about to be sent. */
  z.object({ at: z.literal("forgotten"), email: z.string() }),
  z.object({ at: z.literal("code"), email: z.string(), purpose: codePurpose, sentAt: time }),
  z.object({ at: z.literal("newPassword"), email: z.string() }),
  /** `to`: where a code was sent, as far as Clerk says; `others`: what may be shown in its place. */
  z.object({
    at: z.literal("second"),
    by: secondFactor,
    others: z.array(secondFactor),
    to: z.string().optional(),
    sentAt: time.optional(),
  }),
  z.object({ at: z.literal("name"), missing: z.array(z.enum(missingNames)) }),
]);
export type SignInStep = z.infer<typeof signInStep>;

const keptStep = z.object({ step: signInStep, attempt: z.string().optional() });
export type KeptStep = z.infer<typeof keptStep>;
const stepDraft = tabDraft("sign-in", z.object({ ...keptStep.shape, keptAt: time }));
/**
 * As long as a code of Clerk's lives. Nobody else finds a new password half set in a tab that is opened
 * again.
 */
const keptFor = 600_000;
/**
 * The step of this tab, and the attempt of Clerk's that it belongs to. Who leaves for their mail and comes
 * back to a page that was loaded again goes on where they were. No password and no code is in it.
 */
export const keepStep = (kept: KeptStep | undefined): void => stepDraft.keep(kept && { ...kept, keptAt: Date.now() });
export function readKeptStep(): KeptStep | undefined {
  const kept = stepDraft.read();
  return kept && Date.now() - kept.keptAt < keptFor ? kept : undefined;
}
