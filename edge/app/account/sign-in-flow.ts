import { AppError } from "../../../schema/wire/error.ts";
import { type Clerk, providerPath, readRefusal } from "./clerk.ts";

type SignInAttempt = NonNullable<Clerk["client"]>["signIn"];
type SignUpAttempt = NonNullable<Clerk["client"]>["signUp"];
type SecondFactor = "totp" | "email_code" | "phone_code" | "backup_code";
const secondFactors: readonly SecondFactor[] = ["totp", "email_code", "phone_code", "backup_code"];
/** What an instance may ask of a new person beside their address. */
export type MissingName = "first_name" | "last_name" | "password";
const missingNames: readonly MissingName[] = ["first_name", "last_name", "password"];

/** What is asked next. `isNew`: the code makes an account. */
export type SignInStep =
  | { at: "address" }
  | { at: "password"; email: string; hasCode: boolean }
  | { at: "code"; email: string; isNew: boolean }
  | { at: "second"; by: SecondFactor }
  | { at: "name"; missing: MissingName[] };

function refuseIn(message: string): AppError {
  return new AppError("forbidden", { what: "sign-in" }, { message });
}

/**
 * The ways in, one step after another. Each method resolves to the next step, or to undefined once somebody
 * is signed in; it rejects with Clerk's refusal, and the step stays.
 */
export class SignInFlow {
  readonly #clerk: Clerk;
  constructor(clerk: Clerk) {
    this.#clerk = clerk;
  }
  get #signIn(): SignInAttempt {
    return this.#client.signIn;
  }
  get #signUp(): SignUpAttempt {
    return this.#client.signUp;
  }
  get #client(): NonNullable<Clerk["client"]> {
    if (!this.#clerk.client) throw new AppError("unavailable", { what: "sign-in" });
    return this.#clerk.client;
  }
  /** Providers such as Google that the instance lets people in by, by the strategy that names them. */
  get providers(): { strategy: `oauth_${string}`; name: string }[] {
    const settings = this.#clerk.__internal_environment?.userSettings;
    return (settings?.authenticatableSocialStrategies ?? []).map((strategy) => ({
      strategy: strategy as `oauth_${string}`,
      name: settings?.social[strategy]?.name ?? strategy.replace(/^oauth_/, ""),
    }));
  }

  /** An address that is known signs in, any other signs up. */
  async begin(email: string): Promise<SignInStep | undefined> {
    try {
      await this.#signIn.create({ identifier: email });
    } catch (error) {
      const code = readRefusal(error)?.code;
      if (code === "session_exists") return this.#follow();
      if (code !== "form_identifier_not_found") throw error;
      await this.#signUp.create({ emailAddress: email });
      await this.#signUp.prepareEmailAddressVerification({ strategy: "email_code" });
      return { at: "code", email, isNew: true };
    }
    const ways = (this.#signIn.supportedFirstFactors ?? []).map(({ strategy }) => strategy);
    const hasCode = ways.includes("email_code");
    if (ways.includes("password")) return { at: "password", email, hasCode };
    if (!hasCode) throw refuseIn("This account has neither a password nor a code by e-mail. Use the way in by which you made it.");
    return this.sendCode(email);
  }
  /** Somebody signed in in another tab meanwhile. */
  async #follow(): Promise<undefined> {
    const session = (await this.#client.reload()).lastActiveSessionId;
    await this.#clerk.setActive({ session });
  }
  async sendCode(email: string, isNew = false): Promise<SignInStep> {
    if (isNew) {
      await this.#signUp.prepareEmailAddressVerification({ strategy: "email_code" });
      return { at: "code", email, isNew };
    }
    const factor = this.#signIn.supportedFirstFactors?.find((each) => each.strategy === "email_code");
    if (!factor || !("emailAddressId" in factor)) throw refuseIn("This account has no code by e-mail.");
    await this.#signIn.prepareFirstFactor({ strategy: "email_code", emailAddressId: factor.emailAddressId });
    return { at: "code", email, isNew: false };
  }
  async enterCode(code: string, isNew: boolean): Promise<SignInStep | undefined> {
    try {
      if (isNew) return await this.#endSignUp(await this.#signUp.attemptEmailAddressVerification({ code }));
      return await this.#endSignIn(await this.#signIn.attemptFirstFactor({ strategy: "email_code", code }));
    } catch (error) {
      if (readRefusal(error)?.code === "verification_already_verified") return this.#follow(); // its first answer was lost
      throw error;
    }
  }
  async enterPassword(password: string): Promise<SignInStep | undefined> {
    return this.#endSignIn(await this.#signIn.attemptFirstFactor({ strategy: "password", password }));
  }
  async enterSecond(by: SecondFactor, code: string): Promise<SignInStep | undefined> {
    return this.#endSignIn(await this.#signIn.attemptSecondFactor({ strategy: by, code }));
  }
  async enterName(told: Partial<Record<MissingName, string>>): Promise<SignInStep | undefined> {
    const { first_name: firstName, last_name: lastName, password } = told;
    const given = { ...(firstName ? { firstName } : {}), ...(lastName ? { lastName } : {}), ...(password ? { password } : {}) };
    return this.#endSignUp(await this.#signUp.update(given));
  }

  async #endSignIn(attempt: SignInAttempt): Promise<SignInStep | undefined> {
    const { status, createdSessionId, supportedSecondFactors } = attempt;
    if (status === "complete") return this.#activate(createdSessionId);
    if (status === "needs_new_password") throw refuseIn("This password must be changed first. Sign in with a code instead.");
    const known = secondFactors.find((each) => supportedSecondFactors?.some(({ strategy }) => strategy === each));
    if (!known) throw refuseIn(`This account asks for something more (${status}) that this page can't do.`);
    if (known === "email_code" || known === "phone_code") await attempt.prepareSecondFactor({ strategy: known });
    return { at: "second", by: known };
  }
  async #endSignUp(attempt: SignUpAttempt): Promise<SignInStep | undefined> {
    if (attempt.status === "complete") return this.#activate(attempt.createdSessionId);
    const missing = missingNames.filter((name) => attempt.missingFields.includes(name));
    const other = attempt.missingFields.filter((name) => !missingNames.some((known) => known === name));
    if (missing.length === 0 || other.length > 0)
      throw refuseIn(`A new account needs more than this page can ask for: ${other.join(", ")}.`);
    return { at: "name", missing };
  }
  async #activate(session: string | null): Promise<undefined> {
    await this.#clerk.setActive({ session });
  }

  /** Leaves the page for the provider's. */
  async leaveFor(strategy: `oauth_${string}`): Promise<void> {
    const back = { redirectUrl: `${location.origin}${providerPath}`, redirectUrlComplete: location.href };
    await this.#signIn.authenticateWithRedirect({ strategy: strategy as "oauth_google", ...back });
  }
  /** Back from it: an account that is new to us is made. */
  async returnFromProvider(): Promise<void> {
    await this.#clerk.handleRedirectCallback({ signInFallbackRedirectUrl: "/", signUpFallbackRedirectUrl: "/", transferable: true });
  }
}
