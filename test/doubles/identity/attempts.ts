import { type IdentityClient, type IdentityStore, newName } from "./clients.ts";
import { email, googlePerson, type IdentityUser, makeUser, signInCode } from "./user.ts";

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

type Verification = { status: "unverified" | "verified" | "transferable"; strategy: string; attempts: number; redirect?: string };
export type SignInAttempt = {
  id: string;
  identifier: string | null;
  user: IdentityUser | undefined;
  verification: Verification | undefined;
  sessionId: string | undefined;
};
export type SignUpAttempt = {
  id: string;
  email: string;
  verification: Verification;
  user: IdentityUser | undefined;
  sessionId: string | undefined;
};

/** What a browser says: form fields, in snake_case. */
export type FapiForm = Partial<Record<string, string>>;
const unverified = (strategy: string): Verification => ({ status: "unverified", strategy, attempts: 0 });
const readEmail = (given: string | undefined, field: string): string => {
  const parsed = email.safeParse(given);
  if (!parsed.success) throw new FapiRefusal(422, "form_param_format_invalid", "Email address must be a valid email address.", field);
  return parsed.data;
};
function checkCode(form: FapiForm, verification: Verification): void {
  verification.attempts += 1;
  if (form.code !== signInCode) throw new FapiRefusal(422, "form_code_incorrect", "Incorrect code", "code");
  verification.status = "verified";
}
function checkPassword(form: FapiForm, user: IdentityUser | undefined): void {
  if (user?.password !== undefined && user.password === form.password) return;
  throw new FapiRefusal(422, "form_password_incorrect", "Password is incorrect. Try again, or use another method.", "password");
}

/** One browser's ways in. */
export class Attempts {
  readonly #store: IdentityStore;
  readonly #client: IdentityClient;
  constructor(store: IdentityStore, client: IdentityClient) {
    this.#store = store;
    this.#client = client;
  }
  #completeSignIn(attempt: SignInAttempt, user: IdentityUser): SignInAttempt {
    attempt.sessionId = this.#store.openSession(this.#client, user).id;
    return attempt;
  }

  signIn(form: FapiForm, provider: string): SignInAttempt {
    const attempt: SignInAttempt = { id: newName("sia"), identifier: null, user: undefined, verification: undefined, sessionId: undefined };
    if (this.#client.sessions.length > 0) throw new FapiRefusal(400, "session_exists", "You're already signed in.");
    if (form.strategy === "oauth_google") {
      const nonce = newName("oauth");
      const [back = "", complete = ""] = [form.redirect_url, form.action_complete_redirect_url];
      this.#client.oauth = { nonce, strategy: form.strategy, back, complete };
      attempt.verification = { ...unverified(form.strategy), redirect: `${provider}?nonce=${nonce}` };
      this.#client.signIn = attempt;
      return attempt;
    }
    const identifier = readEmail(form.identifier, "identifier");
    const user = this.#store.findUser(identifier);
    if (!user) throw new FapiRefusal(422, "form_identifier_not_found", "Couldn't find your account.", "identifier");
    Object.assign(attempt, { identifier, user });
    if (form.password !== undefined) {
      checkPassword(form, user);
      this.#completeSignIn(attempt, user);
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
    attempt.verification = unverified(form.strategy ?? "email_code");
    return attempt;
  }
  attemptSignIn(id: string, form: FapiForm): SignInAttempt {
    const attempt = this.#requireSignIn(id);
    if (!attempt.user) throw new FapiRefusal(422, "form_identifier_not_found", "Couldn't find your account.", "identifier");
    if (form.strategy === "password") checkPassword(form, attempt.user);
    else {
      if (!attempt.verification) throw new FapiRefusal(400, "verification_missing", "No code was asked for.");
      checkCode(form, attempt.verification);
    }
    return this.#completeSignIn(attempt, attempt.user);
  }

  signUp(form: FapiForm): SignUpAttempt {
    if (form.transfer) {
      const user = this.#store.keepUser(makeUser(googlePerson.email, googlePerson.name));
      const verification = { ...unverified("oauth_google"), status: "verified" as const };
      const { id } = this.#store.openSession(this.#client, user);
      this.#client.signUp = { id: newName("sua"), email: user.email, verification, user, sessionId: id };
      return this.#client.signUp;
    }
    const address = readEmail(form.email_address, "email_address");
    if (this.#store.findUser(address))
      throw new FapiRefusal(422, "form_identifier_exists", "That email address is taken. Please try another.", "email_address");
    this.#client.signUp = {
      id: newName("sua"),
      email: address,
      verification: unverified("email_code"),
      user: undefined,
      sessionId: undefined,
    };
    return this.#client.signUp;
  }
  requireSignUp(id: string): SignUpAttempt {
    const { signUp } = this.#client;
    if (signUp?.id !== id) throw new FapiRefusal(404, "resource_not_found", "Resource not found");
    return signUp;
  }
  verifySignUp(id: string, form: FapiForm): SignUpAttempt {
    const attempt = this.requireSignUp(id);
    checkCode(form, attempt.verification);
    attempt.user = this.#store.findUser(attempt.email) ?? this.#store.keepUser(makeUser(attempt.email));
    attempt.sessionId = this.#store.openSession(this.#client, attempt.user).id;
    return attempt;
  }

  /** Google's page and the way back, in one step: a person who is not known may become one. */
  returnFromProvider(nonce: string | null): string {
    const { oauth, signIn } = this.#client;
    if (!oauth || oauth.nonce !== nonce || !signIn) throw new FapiRefusal(400, "oauth_invalid", "Unknown attempt");
    const user = this.#store.findUser(googlePerson.email);
    signIn.verification = { ...unverified(oauth.strategy), status: user ? "verified" : "transferable" };
    if (user) this.#completeSignIn(signIn, user);
    return user ? oauth.complete : oauth.back;
  }
}
