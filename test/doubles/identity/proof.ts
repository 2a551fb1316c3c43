import { breachedPasswords, captchaToken } from "./instance.ts";
import { email, type IdentityUser, signInCode } from "./user.ts";

/** What the Frontend API answers when something is wrong; clerk-js throws it. */
export class FapiRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** What a browser says: form fields, in snake_case. */
export type FapiForm = Partial<Record<string, string>>;
export type Verification = {
  status: "unverified" | "verified" | "transferable" | "failed";
  strategy: string;
  attempts: number;
  sentAt: number;
  expireAt: number;
  redirect?: string;
};
/** Wrong codes until another has to be sent. */
const mostAttempts = 3;
export const readEmail = (given: string | undefined, field: string): string => {
  const parsed = email.safeParse(given);
  if (!parsed.success) throw new FapiRefusal(422, "form_param_format_invalid", "Email address must be a valid email address.", field);
  return parsed.data;
};
export function checkCode(form: FapiForm, verification: Verification, right = signInCode): void {
  if (verification.status === "verified")
    throw new FapiRefusal(400, "verification_already_verified", "This verification has already been verified.");
  if (Date.now() >= verification.expireAt)
    throw new FapiRefusal(400, "verification_expired", "This verification has expired. You must create a new one.");
  if (verification.attempts >= mostAttempts)
    throw new FapiRefusal(400, "verification_failed", "Too many failed attempts. You have to try again with the same or another method.");
  verification.attempts += 1;
  if (form.code !== right) throw new FapiRefusal(422, "form_code_incorrect", "Incorrect code", "code");
  verification.status = "verified";
}
export function checkPassword(form: FapiForm, user: IdentityUser | undefined): void {
  if (user?.password !== undefined && user.password === form.password) return;
  throw new FapiRefusal(422, "form_password_incorrect", "Password is incorrect. Try again, or use another method.", "password");
}
/** A password that a person chooses. `field`: what it is called in their form. */
export function readNewPassword(given: string | undefined, field: string): string {
  const password = given ?? "";
  if (password.length < 8) throw new FapiRefusal(422, "form_password_length_too_short", "Passwords must be 8 characters or more.", field);
  if (breachedPasswords.includes(password))
    throw new FapiRefusal(
      422,
      "form_password_pwned",
      "Password has been found in an online data breach. For account safety, please use a different password.",
      field,
    );
  return password;
}
/** A browser that could not load or pass Cloudflare's check says so itself. */
export function checkCaptcha(form: FapiForm): void {
  if (form.captcha_error !== undefined)
    throw new FapiRefusal(
      400,
      "captcha_invalid",
      "The CAPTCHA failed to load. This may be due to an unsupported browser or a browser extension. Please try a different browser or disabling extensions. If this issue persists, please contact support.",
    );
  if (form.captcha_token === undefined)
    throw new FapiRefusal(
      400,
      "captcha_missing_token",
      "Authentication unsuccessful due to failed security validations. Please refresh the page to try again or reach out to support for more assistance.",
    );
  if (form.captcha_token !== captchaToken)
    throw new FapiRefusal(
      400,
      "captcha_invalid",
      "Authentication unsuccessful due to failed security validations. Please try using a different browser or disabling browser extensions. If issues persist, contact support for assistance.",
    );
}
