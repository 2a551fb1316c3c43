import { isResetVerified, type SignInAttempt, type SignUpAttempt } from "./attempts.ts";
import type { IdentityClient, IdentitySession } from "./clients.ts";
import type { InstanceSettings } from "./instance.ts";
import type { IdentityUser } from "./user.ts";

/**
 * How Clerk's Frontend API says what the double knows, as far as clerk-js 6 reads it: shapes after the types
 * of `@clerk/shared` (…JSON), seen on the wire with clerk-js itself, not compared with a live instance.
 */
const day = 86_400_000;

const asError = (code: string, text: string) => ({ error: { code, message: text, long_message: text } });
const providerErrors: Record<string, object> = {
  transferable: asError("external_account_not_found", "The External Account was not found."),
  failed: asError("oauth_access_denied", "You did not grant access to your Google account"),
};
const asVerification = (given: SignInAttempt["verification"]) =>
  given && {
    ...{
      object: "verification",
      status: given.status,
      strategy: given.strategy,
      attempts: given.attempts,
      expire_at: given.expireAt,
    },
    ...(given.redirect ? { external_verification_redirect_url: given.redirect } : {}),
    ...providerErrors[given.status],
  };
const picture = { image_url: "", has_image: false };
const names = (user: IdentityUser) => ({ first_name: user.firstName, last_name: user.lastName });
const addressId = (user: IdentityUser) => user.id.replace("user_", "idn_");
function asAddress(user: IdentityUser, email: string, id: string) {
  const made = user.createdAt;
  const status = user.unverified?.includes(email) ? ("unverified" as const) : ("verified" as const);
  const verification = asVerification({ status, strategy: "email_code", attempts: 1, sentAt: made, expireAt: made });
  return { id, object: "email_address", email_address: email, verification, linked_to: [], matches_sso_connection: false };
}

export function asUser(user: IdentityUser) {
  const id = addressId(user);
  const others = (user.otherEmails ?? []).map((email, at) => asAddress(user, email, `${id}_${at}`));
  const metadata = { public_metadata: user.publicMetadata ?? {}, unsafe_metadata: user.unsafeMetadata ?? {} };
  return {
    ...{ id: user.id, object: "user", external_id: null, username: null, ...names(user), ...picture },
    ...{ primary_email_address_id: id, email_addresses: [asAddress(user, user.email, id), ...others] },
    ...{ primary_phone_number_id: null, phone_numbers: [], primary_web3_wallet_id: null, web3_wallets: [], external_accounts: [] },
    ...{ enterprise_accounts: [], passkeys: [], organization_memberships: [], password_enabled: user.password !== undefined },
    ...{ totp_enabled: false, backup_code_enabled: false, two_factor_enabled: false, ...metadata },
    ...{ create_organization_enabled: false, create_organizations_limit: null, delete_self_enabled: true, legal_accepted_at: null },
    ...{ last_sign_in_at: null, created_at: user.createdAt, updated_at: user.updatedAt ?? user.createdAt },
  };
}

export type Known = { user: IdentityUser; jwt: string };
/** `known`: the session's person and a fresh token of it. */
export function asSession(session: IdentitySession, { user, jwt }: Known) {
  return {
    ...{
      object: "session",
      id: session.id,
      status: "active",
      expire_at: session.createdAt + 7 * day,
      abandon_at: session.createdAt + 30 * day,
    },
    ...{ last_active_at: session.activeAt, last_active_organization_id: null, actor: null, tasks: null, factor_verification_age: [0, -1] },
    ...{ last_active_token: { object: "token", jwt }, user: asUser(user) },
    public_user_data: { ...names(user), ...picture, identifier: user.email, user_id: user.id },
    ...{ created_at: session.createdAt, updated_at: session.activeAt },
  };
}
const browsers: [RegExp, string][] = [
  [/Edg\/([\d.]+)/, "Edge"],
  [/Firefox\/([\d.]+)/, "Firefox"],
  [/Chrome\/([\d.]+)/, "Chrome"],
  [/Version\/([\d.]+).*Safari/, "Safari"],
];
const deviceTypes: [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/Android/, "Android"],
  [/Macintosh/, "Macintosh"],
  [/Windows/, "Windows"],
  [/Linux/, "Linux"],
];
/** A session with the browser it was last seen in. Where an address lies nobody knows here. */
export function asActivity(session: IdentitySession, userAgent = "") {
  const browser = browsers.map(([shape, name]) => ({ name, version: shape.exec(userAgent)?.[1] })).find(({ version }) => version);
  return {
    ...{ object: "session", id: session.id, status: "active", expire_at: session.createdAt + 7 * day },
    ...{ abandon_at: session.createdAt + 30 * day, last_active_at: session.activeAt, actor: null },
    latest_activity: {
      ...{
        object: "session_activity",
        id: session.id.replace("sess_", "sess_activity_"),
        ip_address: "127.0.0.1",
        city: null,
        country: null,
      },
      ...{ device_type: deviceTypes.find(([shape]) => shape.test(userAgent))?.[1] ?? null, is_mobile: /iPhone|Android/.test(userAgent) },
      ...{ browser_name: browser?.name ?? null, browser_version: browser?.version ?? null },
    },
  };
}
export function asClient(client: IdentityClient, sessions: ReturnType<typeof asSession>[]) {
  return {
    ...{ object: "client", id: client.id, sessions, sign_in: client.signIn ? asSignIn(client.signIn) : null },
    ...{ sign_up: client.signUp ? asSignUp(client.signUp) : null, last_active_session_id: sessions.at(-1)?.id ?? null },
    ...{ last_authentication_strategy: null, captcha_bypass: false, cookie_expires_at: null },
    ...{ created_at: client.createdAt, updated_at: Date.now() },
  };
}

export function asSignIn(attempt: SignInAttempt) {
  const { user } = attempt;
  const code = user && { strategy: "email_code", email_address_id: addressId(user), safe_identifier: user.email, primary: true };
  const byPassword = user?.password === undefined ? [] : [{ strategy: "password" }, { ...code, strategy: "reset_password_email_code" }];
  const next = isResetVerified(attempt.verification) ? "needs_new_password" : (attempt.second?.status ?? "needs_first_factor");
  const status = attempt.sessionId ? "complete" : user ? next : "needs_identifier";
  const secondFactors = attempt.second?.kinds.map((strategy) => (strategy === "email_code" ? code : { strategy })) ?? null;
  return {
    ...{ object: "sign_in", id: attempt.id, status, identifier: attempt.identifier, supported_identifiers: ["email_address"] },
    supported_first_factors: code ? [...byPassword, code] : [],
    ...{ supported_second_factors: secondFactors, first_factor_verification: asVerification(attempt.verification) ?? null },
    ...{
      second_factor_verification: asVerification(attempt.second?.verification) ?? null,
      user_data: user ? { ...names(user), ...picture } : null,
    },
    created_session_id: attempt.sessionId ?? null,
  };
}
export function asSignUp(attempt: SignUpAttempt) {
  const address = { ...asVerification(attempt.verification), next_action: "needs_prepare", supported_strategies: ["email_code"] };
  const elsewhere = attempt.isTransfer ? asVerification(attempt.verification) : null;
  const done = attempt.sessionId !== undefined;
  return {
    ...{ object: "sign_up", id: attempt.id, status: done ? "complete" : "missing_requirements", required_fields: ["email_address"] },
    ...{ optional_fields: ["first_name", "last_name", "password"], missing_fields: attempt.missing },
    unverified_fields: attempt.verification.status === "verified" ? [] : ["email_address"],
    verifications: { email_address: address, phone_number: null, web3_wallet: null, external_account: elsewhere },
    ...{ username: null, first_name: null, last_name: null, email_address: attempt.email, phone_number: null, web3_wallet: null },
    ...{ external_account: null, external_account_strategy: null, has_password: false, unsafe_metadata: {}, public_metadata: {} },
    ...{ created_session_id: attempt.sessionId ?? null, created_user_id: attempt.user?.id ?? null, abandon_at: Date.now() + day },
    ...{ legal_accepted_at: null, locale: null },
  };
}

const attribute = (more: object = {}) => ({
  ...{ enabled: true, required: false, used_for_first_factor: true, first_factors: [], used_for_second_factor: false },
  ...{ second_factors: [], verifications: [], verify_at_sign_up: false, ...more },
});
const byCode = { required: true, first_factors: ["email_code"], verifications: ["email_code"], verify_at_sign_up: true };
const noPlans = { enabled: false, has_paid_plans: false };
const captchaKeys = { captcha_public_key: "0x4AAAAAAAdouble", captcha_public_key_invisible: "0x4AAAAAAAunseen" };
/** The instance as its dashboard would have it: codes, passwords and Google. */
export const asEnvironment = ({ captcha }: InstanceSettings) => ({
  ...{ object: "environment", id: "env_double", maintenance_mode: false, organization_settings: { enabled: false } },
  auth_config: { object: "auth_config", id: "aconf_double", single_session_mode: true, reverification: false, claimed_at: null },
  display_config: {
    ...{ object: "display_config", id: "display_config_double", instance_environment_type: "production", application_name: "GrowQR" },
    ...{ captcha_provider: "turnstile", ...captchaKeys, captcha_widget_type: captcha ? "smart" : null, captcha_oauth_bypass: [] },
    ...{ captcha_heartbeat: false, branded: false, show_devmode_warning: false },
    // Clerk's own screens, where nobody of ours is to end up.
    ...{ sign_in_url: "https://accounts.double.invalid/sign-in", sign_up_url: "https://accounts.double.invalid/sign-up" },
  },
  user_settings: {
    attributes: { email_address: attribute(byCode), password: attribute(), first_name: attribute(), last_name: attribute() },
    sign_in: { second_factor: { required: false, enabled: false } },
    sign_up: {
      captcha_enabled: captcha,
      captcha_widget_type: captcha ? "smart" : null,
      mode: "public",
      progressive: true,
      allowlist_only: false,
      legal_consent_enabled: false,
    },
    social: { oauth_google: { enabled: true, required: false, authenticatable: true, strategy: "oauth_google", name: "Google" } },
    actions: { delete_self: true, create_organization: false },
  },
  commerce_settings: { billing: { stripe_publishable_key: null, organization: noPlans, user: noPlans } },
  ...{ api_keys_settings: {}, protect_config: {} },
});
