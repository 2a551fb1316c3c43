import { AppError } from "../../../../schema/wire/error.ts";
import { readRefusal } from "../clerk.ts";
import { signInAway } from "../wait-within.ts";

const captchaText =
  "The check that keeps programs out did not succeed in this browser. It comes from challenges.cloudflare.com: allow that address where an extension or a filter blocks it, or use another browser. Then try again.";
/** Where Clerk's own words say less than a person needs, or speak of what they can't see. */
const refusalTexts: Record<string, string> = {
  verification_expired: "This code has expired. Send another one.",
  verification_failed: "Too many wrong codes. Send another one.",
  verification_code_too_many_requests: "A code was sent a moment ago. Wait half a minute, then send another one.",
  captcha_invalid: captchaText,
  captcha_missing_token: captchaText,
  captcha_unavailable: captchaText,
  captcha_client_attempts_exceeded: captchaText,
  requires_captcha: captchaText,
};

/** What to tell a person of what Clerk refused, or of what nothing is known since it does not answer. */
export function describeRefusal(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const refusal = readRefusal(error);
  if (!refusal) return signInAway().message;
  const { code, message, retryAfter } = refusal;
  if (code === "too_many_requests")
    return `That was tried too often. Wait ${retryAfter === undefined ? "a minute" : `${retryAfter} seconds`}, then try again.`;
  return refusalTexts[code] ?? message ?? signInAway().message;
}
