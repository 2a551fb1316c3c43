import { type IdentityClient, type IdentitySession, type IdentityStore, newName } from "./clients.ts";
import { backupCode, type InstanceSettings } from "./instance.ts";
import {
  checkCaptcha,
  checkCode,
  checkPassword,
  type FapiForm,
  FapiRefusal,
  readEmail,
  readNewPassword,
  type Verification,
} from "./proof.ts";
import { googlePerson, type IdentityUser, makeUser, signInCode, touchUser } from "./user.ts";

const resetStrategy = "reset_password_email_code";
/** What is asked after the first proof; `kinds`: what may be shown. */
type SecondProof = {
  status: "needs_second_factor" | "needs_client_trust";
  kinds: readonly string[];
  verification?: Verification;
};
export type SignInAttempt = {
  id: string;
  identifier: string | null;
  user: IdentityUser | undefined;
  verification: Verification | undefined;
  second?: SecondProof;
  sessionId: string | undefined;
};
export type SignUpAttempt = {
  id: string;
  email: string;
  verification: Verification;
  isSent?: boolean;
  /** By an account elsewhere, whose name is told. */
  isTransfer?: boolean;
  /** What the instance asks for beside the address, and was not told. */
  missing: readonly string[];
  user: IdentityUser | undefined;
  sessionId: string | undefined;
};

/** The code of a forgotten password was right: a new password is next. */
export const isResetVerified = (verification: Verification | undefined): boolean =>
  verification?.strategy === resetStrategy && verification.status === "verified";

/** One browser's ways in. */
export class Attempts {
  readonly #store: IdentityStore;
  readonly #client: IdentityClient;
  readonly #instance: InstanceSettings;
  constructor(store: IdentityStore, client: IdentityClient, instance: InstanceSettings) {
    this.#store = store;
    this.#client = client;
    this.#instance = instance;
  }
  #begin(strategy: string): Verification {
    const now = Date.now();
    return { status: "unverified", strategy, attempts: 0, sentAt: now, expireAt: now + this.#instance.codeSeconds * 1_000 };
  }
  /** A code is on its way, unless the one before it was sent a moment ago. */
  #send(strategy: string, before: Verification | undefined): Verification {
    const isSoon = before?.strategy === strategy && Date.now() - before.sentAt < this.#instance.resendSeconds * 1_000;
    if (isSoon)
      throw new FapiRefusal(
        429,
        "verification_code_too_many_requests",
        "Too many verification code requests. Please wait at least 30 seconds to receive your code before trying again.",
      );
    return this.#begin(strategy);
  }
  #openSession(attempt: SignInAttempt, user: IdentityUser): SignInAttempt {
    attempt.sessionId = this.#store.openSession(this.#client, user).id;
    return attempt;
  }
  /**
   * After the first proof. A password in a browser that is not known asks for a code as well, where that is
   * on.
   */
  #completeSignIn(attempt: SignInAttempt, user: IdentityUser, isPassword = false): SignInAttempt {
    const { secondFactors = [] } = user;
    if (secondFactors.length > 0) attempt.second = { status: "needs_second_factor", kinds: secondFactors };
    else if (isPassword && this.#instance.clientTrust) attempt.second = { status: "needs_client_trust", kinds: ["email_code"] };
    else return this.#openSession(attempt, user);
    return attempt;
  }
  #requireSecond(id: string, strategy = ""): { attempt: SignInAttempt; user: IdentityUser; second: SecondProof } {
    const attempt = this.#requireSignIn(id);
    const { user, second } = attempt;
    if (!user || !second?.kinds.includes(strategy))
      throw new FapiRefusal(422, "strategy_for_user_invalid", "Verification strategy is not valid for this account", "strategy");
    return { attempt, user, second };
  }
  prepareSecond(id: string, { strategy }: FapiForm): SignInAttempt {
    const { attempt, second } = this.#requireSecond(id, strategy);
    second.verification = this.#send(strategy ?? "", second.verification);
    return attempt;
  }
  attemptSecond(id: string, form: FapiForm): SignInAttempt {
    const { attempt, user, second } = this.#requireSecond(id, form.strategy);
    const isSent = form.strategy === "email_code";
    if (isSent && !second.verification) throw new FapiRefusal(400, "verification_missing", "No code was asked for.");
    const right = form.strategy === "backup_code" ? backupCode : signInCode;
    checkCode(form, (isSent && second.verification) || this.#begin(form.strategy ?? ""), right);
    return this.#openSession(attempt, user);
  }

  signIn(form: FapiForm, provider: string): SignInAttempt {
    const attempt: SignInAttempt = { id: newName("sia"), identifier: null, user: undefined, verification: undefined, sessionId: undefined };
    if (this.#client.sessions.length > 0) throw new FapiRefusal(400, "session_exists", "You're already signed in.");
    if (form.strategy === "oauth_google") {
      const nonce = newName("oauth");
      const [back = "", complete = ""] = [form.redirect_url, form.action_complete_redirect_url];
      this.#client.oauth = { nonce, strategy: form.strategy, back, complete };
      attempt.verification = { ...this.#begin(form.strategy), redirect: `${provider}?nonce=${nonce}` };
      this.#client.signIn = attempt;
      return attempt;
    }
    const identifier = readEmail(form.identifier, "identifier");
    const user = this.#store.findUser(identifier);
    if (!user) throw new FapiRefusal(422, "form_identifier_not_found", "Couldn't find your account.", "identifier");
    const { signIn: before } = this.#client;
    const sent = before?.identifier === identifier ? before.verification : undefined;
    Object.assign(attempt, { identifier, user });
    if (form.strategy === "email_code" || form.strategy === resetStrategy) attempt.verification = this.#send(form.strategy, sent);
    if (form.password !== undefined) {
      checkPassword(form, user);
      this.#completeSignIn(attempt, user, true);
    }
    this.#client.signIn = attempt;
    return attempt;
  }
  #requireSignIn(id: string): SignInAttempt {
    const { signIn } = this.#client;
    if (signIn?.id !== id) throw new FapiRefusal(404, "resource_not_found", "Resource not found");
    return signIn;
  }
  prepareSignIn(id: string, form: FapiForm): SignInAttempt {
    const attempt = this.#requireSignIn(id);
    attempt.verification = this.#send(form.strategy ?? "email_code", attempt.verification);
    return attempt;
  }
  attemptSignIn(id: string, form: FapiForm): SignInAttempt {
    const attempt = this.#requireSignIn(id);
    if (!attempt.user) throw new FapiRefusal(422, "form_identifier_not_found", "Couldn't find your account.", "identifier");
    if (form.strategy === "password") checkPassword(form, attempt.user);
    else {
      if (!attempt.verification) throw new FapiRefusal(400, "verification_missing", "No code was asked for.");
      checkCode(form, attempt.verification);
      if (form.strategy === resetStrategy) return attempt;
    }
    return this.#completeSignIn(attempt, attempt.user, form.strategy === "password");
  }
  /**
   * The new password of who has shown a code, by which they are signed in; `ended`: other sign-ins of theirs.
   */
  resetPassword(id: string, form: FapiForm): { attempt: SignInAttempt; ended: IdentitySession[] } {
    const attempt = this.#requireSignIn(id);
    const { user, verification } = attempt;
    if (!user || !isResetVerified(verification))
      throw new FapiRefusal(
        400,
        "verification_missing",
        "This strategy requires verification preparation before attempting to validate it.",
      );
    touchUser(Object.assign(user, { password: readNewPassword(form.password, "password") }));
    const others = form.sign_out_of_other_sessions === "true" ? this.#store.sessionsOf(user) : [];
    for (const each of others) this.#store.endSession(each);
    return { attempt: this.#completeSignIn(attempt, user), ended: others.map(({ session }) => session) };
  }

  #newSignUp(email: string, verification: Verification): SignUpAttempt {
    const missing = this.#instance.names ? ["first_name", "last_name"] : [];
    return { id: newName("sua"), email, verification, missing, user: undefined, sessionId: undefined };
  }
  /** The account is made once nothing is missing. */
  #completeSignUp(attempt: SignUpAttempt, name?: string): SignUpAttempt {
    if (attempt.missing.length > 0) return attempt;
    attempt.user = this.#store.findUser(attempt.email) ?? this.#store.keepUser(makeUser(attempt.email, name));
    attempt.sessionId = this.#store.openSession(this.#client, attempt.user).id;
    return attempt;
  }
  updateSignUp(id: string, form: FapiForm): SignUpAttempt {
    const attempt = this.requireSignUp(id);
    attempt.missing = attempt.missing.filter((field) => !form[field]?.trim());
    const isDone = attempt.verification.status === "verified";
    return isDone ? this.#completeSignUp(attempt, `${form.first_name ?? ""} ${form.last_name ?? ""}`.trim()) : attempt;
  }
  signUp(form: FapiForm): SignUpAttempt {
    if (this.#instance.captcha) checkCaptcha(form);
    if (form.transfer) {
      const { email, name } = googlePerson;
      const verification = { ...this.#begin("oauth_google"), status: "verified" as const };
      this.#client.signUp = { ...this.#newSignUp(email, verification), isTransfer: true };
      return this.#completeSignUp(this.#client.signUp, name);
    }
    const address = readEmail(form.email_address, "email_address");
    if (this.#store.findUser(address))
      throw new FapiRefusal(422, "form_identifier_exists", "That email address is taken. Please try another.", "email_address");
    this.#client.signUp = this.#newSignUp(address, this.#begin("email_code"));
    return this.#client.signUp;
  }
  prepareSignUp(id: string): SignUpAttempt {
    const attempt = this.requireSignUp(id);
    // The first code is sent by this very call.
    attempt.verification = attempt.isSent ? this.#send("email_code", attempt.verification) : this.#begin("email_code");
    attempt.isSent = true;
    return attempt;
  }
  requireSignUp(id: string): SignUpAttempt {
    const { signUp } = this.#client;
    if (signUp?.id !== id) throw new FapiRefusal(404, "resource_not_found", "Resource not found");
    return signUp;
  }
  verifySignUp(id: string, form: FapiForm): SignUpAttempt {
    const attempt = this.requireSignUp(id);
    checkCode(form, attempt.verification);
    return this.#completeSignUp(attempt);
  }

  /** Google's page and the way back, in one step: a person who is not known may become one. */
  returnFromProvider(nonce: string | null): string {
    const { oauth, signIn } = this.#client;
    if (!oauth || oauth.nonce !== nonce || !signIn) throw new FapiRefusal(400, "oauth_invalid", "Unknown attempt");
    const user = this.#store.findUser(googlePerson.email);
    const verification = this.#begin(oauth.strategy);
    if (this.#instance.google === "declined") {
      signIn.verification = { ...verification, status: "failed" };
      return oauth.back;
    }
    signIn.verification = { ...verification, status: user ? "verified" : "transferable" };
    if (!user) return oauth.back;
    Object.assign(signIn, { user, identifier: user.email });
    return this.#completeSignIn(signIn, user).sessionId === undefined ? oauth.back : oauth.complete;
  }
}
