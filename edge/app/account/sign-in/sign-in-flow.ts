import { AppError } from "../../../../schema/wire/error.ts";
import { type Clerk, providerPath, readRefusal } from "../clerk.ts";
import { signInAway } from "../wait-within.ts";
import {
  type CodePurpose,
  type KeptStep,
  type MissingName,
  missingNames,
  resendAfter,
  type SecondFactor,
  type SignInStep,
  secondFactors,
} from "./kept-step.ts";

type SignInAttempt = NonNullable<Clerk["client"]>["signIn"];
type SignUpAttempt = NonNullable<Clerk["client"]>["signUp"];
/** What is asked next; undefined once somebody is signed in. */
type Next = Promise<SignInStep | undefined>;

const refuseIn = (message: string) => new AppError("forbidden", { what: "sign-in" }, { message });
const isOfSignUp = (step: SignInStep): boolean => step.at === "name" || (step.at === "code" && step.purpose === "account");
/** Clerk has done already what it was asked for, in another tab or by a call whose answer was lost. */
const doneCodes = ["session_exists", "identifier_already_signed_in", "verification_already_verified"];

/**
 * The ways in, one step after another, for one press. Each rejects with Clerk's refusal, and the step stays.
 * `isWanted`: false once the person has pressed something else.
 */
export class SignInFlow {
  readonly #clerk: Clerk;
  readonly #isWanted: () => boolean;
  constructor(clerk: Clerk, isWanted: () => boolean) {
    this.#clerk = clerk;
    this.#isWanted = isWanted;
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

  /** The step with what it belongs to at Clerk. */
  keep(step: SignInStep): KeptStep {
    const { id } = isOfSignUp(step) ? this.#signUp : this.#signIn;
    return { step, ...(id === undefined ? {} : { attempt: id }) };
  }
  /** Where a page that was loaded again goes on: where it was, or anew if Clerk has given up that attempt. */
  async resume({ step, attempt }: KeptStep): Next {
    if (step.at === "forgotten") return step;
    if (attempt === undefined || attempt !== this.keep(step).attempt) return { at: "address" };
    return this.#isAsked(step) ? step : this.#next(); // the answer to the last press may have been lost
  }
  #isAsked(step: SignInStep): boolean {
    const { status } = this.#signIn;
    if (isOfSignUp(step)) return this.#signUp.status === "missing_requirements" && this.#isVerified === (step.at === "name");
    if (step.at === "second") return status === "needs_second_factor" || status === "needs_client_trust";
    return status === (step.at === "newPassword" ? "needs_new_password" : "needs_first_factor");
  }
  /** Whoever signs up has shown that their address, or their account elsewhere, is theirs. */
  get #isVerified(): boolean {
    const { emailAddress, externalAccount } = this.#signUp.verifications;
    return emailAddress.status === "verified" || externalAccount.status === "verified";
  }
  /** What follows from what Clerk had done already; rejects with what is no such refusal. */
  async follow(error: unknown): Next {
    if (!doneCodes.includes(readRefusal(error)?.code ?? "")) throw error;
    await this.#client.reload();
    return this.#next();
  }
  async #next(): Next {
    const session = this.#client.lastActiveSessionId;
    if (session !== null) return this.#activate(session);
    if (this.#signUp.status === "missing_requirements" && this.#isVerified) return this.#endSignUp(this.#signUp);
    const { status, identifier } = this.#signIn;
    if (status === "needs_first_factor" && identifier !== null) return this.askPassword(identifier) ?? this.sendCode(identifier, "session");
    if (status !== null && status !== "needs_identifier") return this.#endSignIn(this.#signIn);
    throw signInAway();
  }

  /** An address that is known signs in, any other signs up. */
  async begin(email: string): Next {
    try {
      await this.#signIn.create({ identifier: email });
    } catch (error) {
      if (readRefusal(error)?.code !== "form_identifier_not_found") throw error;
      await this.#signUp.create({ emailAddress: email });
      return this.sendCode(email, "account");
    }
    return this.askPassword(email) ?? this.sendCode(email, "session");
  }
  /** Asks for the password in the attempt that there is; undefined where the account has none. */
  askPassword(email: string, resetSentAt?: number): SignInStep | undefined {
    const ways = (this.#signIn.supportedFirstFactors ?? []).map(({ strategy }) => strategy);
    const hasCode = ways.includes("email_code");
    if (!ways.includes("password")) {
      if (!hasCode) throw refuseIn("This account has neither a password nor a code by e-mail. Use the way in by which you made it.");
      return undefined;
    }
    const canReset = ways.includes("reset_password_email_code");
    return { at: "password", email, hasCode, canReset, ...(resetSentAt === undefined ? {} : { resetSentAt }) };
  }
  /** `before`: when the same was sent in this attempt. What was sent a moment ago still counts. */
  async sendCode(email: string, purpose: CodePurpose, before = 0): Promise<SignInStep> {
    const [now, step] = [Date.now(), { at: "code", email, purpose } as const];
    if (now - before < resendAfter) return { ...step, sentAt: before };
    if (purpose === "account") await this.#signUp.prepareEmailAddressVerification({ strategy: "email_code" });
    else if (purpose === "session") await this.#sendSignInCode();
    // An attempt of its own, also for who comes from their account page.
    else await this.#signIn.create({ strategy: "reset_password_email_code", identifier: email });
    return { ...step, sentAt: now };
  }
  async #sendSignInCode(): Promise<void> {
    const factor = this.#signIn.supportedFirstFactors?.find((each) => each.strategy === "email_code");
    if (!factor || !("emailAddressId" in factor)) throw refuseIn("This account has no code by e-mail.");
    await this.#signIn.prepareFirstFactor({ strategy: "email_code", emailAddressId: factor.emailAddressId });
  }
  async enterCode(code: string, purpose: CodePurpose): Next {
    if (purpose === "account") return this.#endSignUp(await this.#signUp.attemptEmailAddressVerification({ code }));
    const strategy = purpose === "password" ? "reset_password_email_code" : "email_code";
    return this.#endSignIn(await this.#signIn.attemptFirstFactor({ strategy, code }));
  }
  async enterPassword(password: string): Next {
    return this.#endSignIn(await this.#signIn.attemptFirstFactor({ strategy: "password", password }));
  }
  /** Whoever else knew the old one is signed out. */
  async choosePassword(password: string): Next {
    return this.#endSignIn(await this.#signIn.resetPassword({ password, signOutOfOtherSessions: true }));
  }
  async enterSecond(by: SecondFactor, code: string): Next {
    return this.#endSignIn(await this.#signIn.attemptSecondFactor({ strategy: by, code }));
  }
  /** The second proof by another way, or once more by the same: a code is sent where it comes by one. */
  async askSecond(by: SecondFactor): Promise<SignInStep> {
    const factors = this.#signIn.supportedSecondFactors ?? [];
    const others = secondFactors.filter((each) => each !== by && factors.some(({ strategy }) => strategy === each));
    const factor = factors.find(({ strategy }) => strategy === by);
    const to = factor && "safeIdentifier" in factor ? { to: factor.safeIdentifier } : {};
    if (factor?.strategy === "email_code")
      await this.#signIn.prepareSecondFactor({ strategy: "email_code", emailAddressId: factor.emailAddressId });
    else if (factor?.strategy === "phone_code")
      await this.#signIn.prepareSecondFactor({ strategy: "phone_code", phoneNumberId: factor.phoneNumberId });
    else return { at: "second", by, others };
    return { at: "second", by, others, ...to, sentAt: Date.now() };
  }
  async enterName(told: Partial<Record<MissingName, string>>): Next {
    const { first_name: firstName, last_name: lastName, password } = told;
    const given = { ...(firstName ? { firstName } : {}), ...(lastName ? { lastName } : {}), ...(password ? { password } : {}) };
    return this.#endSignUp(await this.#signUp.update(given));
  }

  async #endSignIn({ status, createdSessionId, identifier, supportedSecondFactors }: SignInAttempt): Next {
    if (status === "complete") return this.#activate(createdSessionId);
    if (status === "needs_new_password") return { at: "newPassword", email: identifier ?? "" };
    const by = secondFactors.find((each) => supportedSecondFactors?.some(({ strategy }) => strategy === each));
    if (!by) throw refuseIn(`This account asks for something more (${status}) that this page can't do.`);
    return this.askSecond(by);
  }
  async #endSignUp({ status, createdSessionId, missingFields, unverifiedFields, emailAddress }: SignUpAttempt): Next {
    if (status === "complete") return this.#activate(createdSessionId);
    const missing = missingNames.filter((name) => missingFields.includes(name));
    const other = missingFields.filter((name) => !missingNames.some((known) => known === name));
    if (other.length > 0) throw refuseIn(`A new account needs more than this page can ask for: ${other.join(", ")}.`);
    if (missing.length > 0) return { at: "name", missing };
    if (emailAddress === null || !unverifiedFields.includes("email_address"))
      throw refuseIn("The account could not be made. Use another way in, or write to support.");
    return this.sendCode(emailAddress, "account");
  }
  async #activate(session: string | null): Promise<undefined> {
    if (session === null) throw signInAway();
    if (this.#isWanted()) await this.#clerk.setActive({ session });
  }

  /** Leaves the page for the provider's. */
  async leaveFor(strategy: `oauth_${string}`): Promise<void> {
    const back = { redirectUrl: `${location.origin}${providerPath}`, redirectUrlComplete: location.href };
    await this.#signIn.authenticateWithRedirect({ strategy: strategy as "oauth_google", ...back });
  }
  /**
   * Back from it: an account that is new to us is made. What else Clerk's own pages would ask is asked here.
   */
  async returnFromProvider(): Next {
    const stay = async () => undefined;
    await this.#clerk.handleRedirectCallback({ signInFallbackRedirectUrl: "/", signUpFallbackRedirectUrl: "/", transferable: true }, stay);
    if (this.#clerk.session) return undefined;
    const { status, error } = this.#signIn.firstFactorVerification;
    // Whoever is not known is taken over into a new account: that is no refusal.
    const refusal = status === "transferable" ? this.#signUp.verifications.externalAccount.error : error;
    if (refusal) throw refuseIn(refusal.longMessage || refusal.message);
    return this.#next();
  }
}
