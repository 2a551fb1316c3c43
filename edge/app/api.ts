import { z } from "zod";
import { actorView, meOut, ticketOut } from "../../schema/account.ts";
import { sendOut } from "../../schema/agent.ts";
import { AppError, errorBody } from "../../schema/error.ts";
import { newId } from "../../schema/id.ts";
import { takeFirst } from "./first-call.ts";
import type { Sessions } from "./session.ts";

export { told } from "./told.ts";

/** The edge's REST API, as far as the app uses it: account and lifecycle. The conversation goes over the live connection. */
export class Api {
  readonly #sessions: Sessions;
  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  me = async () => (await first("me", meOut)) ?? this.#call("GET", "/me", meOut);
  startTrial = (key: string) => this.#call("POST", "/billing/trial", z.unknown(), {}, key);
  provision = (key: string) => this.#call("POST", "/actors/provision", z.object({ actor: actorView }), {}, key);
  ticket = async (agent: string) => (await first("ticket", ticketOut)) ?? this.#call("POST", `/actors/${agent}/ticket`, ticketOut, {});
  /** For messages too large for one frame of the live connection. */
  message = (agent: string, clientId: string, text: string) =>
    this.#call("POST", `/actors/${agent}/message`, sendOut, { clientId, text }, clientId);

  /** For what only some screens read or change, so that its shape loads with them. */
  get = <T>(path: string, out: z.ZodType<T>) => this.#call("GET", path, out);
  send = <T>(method: "POST" | "PUT" | "DELETE", path: string, out: z.ZodType<T>, body?: object, key?: string) =>
    this.#call(method, path, out, body, key);

  async #call<T>(method: string, path: string, out: z.ZodType<T>, body?: object, key?: string): Promise<T> {
    try {
      return await this.#once(method, path, out, body, key);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "unauthenticated") throw error;
      this.#sessions.forget(); // a token may end on its way: one fresh try, then the session is over
      return await this.#once(method, path, out, body, key).catch((second: unknown) => {
        if (second instanceof AppError && second.code === "unauthenticated") this.#sessions.ended();
        throw second;
      });
    }
  }

  async #once<T>(method: string, path: string, out: z.ZodType<T>, body?: object, key?: string): Promise<T> {
    const headers = new Headers({ authorization: `Bearer ${await this.#sessions.token()}`, "x-request-id": newId("req") });
    if (body) headers.set("content-type", "application/json");
    if (method === "POST") headers.set("idempotency-key", key ?? crypto.randomUUID());
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(10_000) };
    if (body) init.body = JSON.stringify(body);
    const answer = await fetch(path, init).catch((cause: unknown) => {
      throw new AppError(cause instanceof DOMException && cause.name === "TimeoutError" ? "timeout" : "unavailable", {}, { cause });
    });
    const json: unknown = await answer.json().catch((cause: unknown) => {
      throw new AppError("upstream", { status: answer.status }, { cause });
    });
    if (answer.ok) return out.parse(json);
    const refusal = errorBody.safeParse(json);
    if (!refusal.success) throw new AppError("upstream", { status: answer.status });
    throw new AppError(refusal.data.error.code, { requestId: refusal.data.error.requestId }, { message: refusal.data.error.message });
  }
}

/** What was asked before this code was here, if it came. */
async function first<T>(name: "me" | "ticket", out: z.ZodType<T>): Promise<T | undefined> {
  return out.safeParse(await takeFirst(name)).data;
}
