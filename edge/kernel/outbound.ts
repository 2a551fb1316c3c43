import { findAddressIssue } from "../../schema/service.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Bindings, EdgeConfig } from "../env.ts";

/**
 * Calls to addresses that members name. Nothing of an answer but
 * its status is read: it must not become a window to look through.
 */
const outboundMs = 4_000;
/**
 * How a delivery ended. `again`: another try can help. `gone`: the address will not take anything any more.
 */
export type DeliveryOutcome = { ok: true } | { ok: false; why: string; again: boolean; gone?: boolean };

/**
 * What is wrong with an address, as far as its text tells;
 * what a name resolves to is looked at when it is dialled.
 */
export function addressIssue(url: string, local: readonly string[]): string | undefined {
  const { username, password, hash } = new URL(url);
  if (username || password || hash) return "must have no name, no password and no #";
  return findAddressIssue(url, local);
}
export function requireAddress(path: string, url: string, local: readonly string[]): void {
  const message = addressIssue(url, local);
  if (message) throw new AppError("invalid", { issues: [{ path, message }] }, { message: `The address ${message}.` });
}

const passingStatuses = new Set([408, 409, 425, 429]);
/** What a status says of the call. A redirect is not followed, so it is a refusal. */
export function deliveryOutcome(status: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { ok: true };
  const again = status >= 500 || passingStatuses.has(status);
  return { ok: false, why: `it answered ${status}`, again, gone: status === 404 || status === 410 };
}
/** Sends and forgets the answer. */
export async function post(send: typeof fetch, url: string, init: RequestInit): Promise<DeliveryOutcome> {
  try {
    const response = await send(url, { ...init, method: "POST", redirect: "manual", signal: AbortSignal.timeout(outboundMs) });
    await response.body?.cancel();
    return deliveryOutcome(response.status);
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return { ok: false, why: late ? `it did not answer in ${outboundMs / 1000} s` : "it could not be reached", again: true };
  }
}

/**
 * How an address of a member's is dialled: only by https, and only where the way out leads to; those of
 * `local`
 * directly. Throws what is wrong with the address.
 */
export function dialOutside(env: Bindings, config: EdgeConfig, url: string, local: readonly string[]): typeof fetch {
  const why = addressIssue(url, local);
  if (why) throw new AppError("invalid", { issues: [{ path: "url", message: why }] }, { message: `The address ${why}.` });
  if (local.includes(new URL(url).origin)) return fetch;
  const { OUTSIDE } = env;
  if (OUTSIDE) return (to, init) => OUTSIDE.fetch(to as string, init);
  if (config.ENVIRONMENT === "local") throw new Error("OUTSIDE is not bound: nothing keeps this call out of the private network");
  return fetch;
}
/** Sends to an address of a member's and forgets the answer. */
export async function postOutside(env: Bindings, config: EdgeConfig, url: string, init: RequestInit): Promise<DeliveryOutcome> {
  const why = addressIssue(url, config.REMINDERS_LOCAL);
  if (why) return { ok: false, why: `its address ${why}`, again: false };
  return post(dialOutside(env, config, url, config.REMINDERS_LOCAL), url, init);
}
