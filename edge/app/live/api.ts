import { z } from "zod";
import { actorView, meOut, ticketOut } from "../../../schema/account/account.ts";
import { sendOut } from "../../../schema/agent/grow-agent.ts";
import { type Attachment, attachment } from "../../../schema/conversation/attachment.ts";
import { AppError, errorBody } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Sessions } from "../account/session.ts";
import { takeFirst } from "../shell/take-first-call.ts";

export { describeError } from "../ui/describe-error.ts";

const answerWithin = 10_000;
const uploadWithin = 180_000; // ten megabytes on a slow line

/** The edge's REST API for account and lifecycle. The conversation goes over the live connection. */
export class EdgeApi {
  readonly #sessions: Sessions;
  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  me = async () => (await readFirst("me", meOut)) ?? this.#call("GET", "/me", meOut);
  startTrial = (key: string) => this.#call("POST", "/billing/trial", z.unknown(), {}, key);
  provision = (key: string) => this.#call("POST", "/actors/provision", z.object({ actor: actorView }), {}, key);
  ticket = async (agent: string) => (await readFirst("ticket", ticketOut)) ?? this.#call("POST", `/actors/${agent}/ticket`, ticketOut, {});
  /** For messages too large for one frame of the live connection. */
  message = (agent: string, clientId: string, text: string, attachments?: readonly Attachment[]) =>
    this.#call("POST", `/actors/${agent}/message`, sendOut, { clientId, text, ...(attachments ? { attachments } : {}) }, clientId);
  /** Puts a file into the directory of `agent`, one of the member's; `actor` is their Grow Agent. */
  attach = (actor: string, agent: string, file: File) =>
    this.#again(async () => {
      const query = new URLSearchParams({ name: file.name || "file", agent });
      const init = { method: "POST", body: file, headers: { "content-type": "application/octet-stream" } };
      return attachment.parse(await readAnswerBody(await this.#fetch(`/actors/${actor}/attachments?${query}`, init, uploadWithin)));
    });
  attached = (actor: string, { agent, name }: Pick<Attachment, "agent" | "name">) =>
    this.#again(async () => (await this.#fetch(`/actors/${actor}/attachments/${agent}/${name}`, {}, uploadWithin)).blob());

  /** Reads and changes whose shapes load with their screens. */
  get = <T>(path: string, out: z.ZodType<T>) => this.#call("GET", path, out);
  send = <T>(method: "POST" | "PUT" | "DELETE", path: string, out: z.ZodType<T>, body?: object, key?: string) =>
    this.#call(method, path, out, body, key);

  #call<T>(method: string, path: string, out: z.ZodType<T>, body?: object, key?: string): Promise<T> {
    return this.#again(() => this.#once(method, path, out, body, key));
  }
  /** A token may expire on its way: one retry with a fresh one, then the session is over. */
  async #again<T>(once: () => Promise<T>): Promise<T> {
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "unauthenticated") throw error;
      this.#sessions.forget();
      return await once().catch((second: unknown) => {
        if (second instanceof AppError && second.code === "unauthenticated") this.#sessions.ended();
        throw second;
      });
    }
  }

  async #once<T>(method: string, path: string, out: z.ZodType<T>, body?: object, key?: string): Promise<T> {
    const headers: Record<string, string> = {};
    if (body) headers["content-type"] = "application/json";
    if (method === "POST") headers["idempotency-key"] = key ?? crypto.randomUUID();
    const init: RequestInit = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    return out.parse(await readAnswerBody(await this.#fetch(path, init, answerWithin)));
  }

  /** Fetches, and throws a refusal. */
  async #fetch(path: string, init: RequestInit, within: number): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await this.#sessions.token()}`);
    headers.set("x-request-id", newId("req"));
    const answer = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(within) }).catch((cause: unknown) => {
      throw new AppError(cause instanceof DOMException && cause.name === "TimeoutError" ? "timeout" : "unavailable", {}, { cause });
    });
    if (answer.ok) return answer;
    const refusal = errorBody.safeParse(await readAnswerBody(answer));
    if (!refusal.success) throw new AppError("upstream", { status: answer.status });
    throw new AppError(refusal.data.error.code, { requestId: refusal.data.error.requestId }, { message: refusal.data.error.message });
  }
}

async function readAnswerBody(answer: Response): Promise<unknown> {
  return answer.json().catch((cause: unknown) => {
    throw new AppError("upstream", { status: answer.status }, { cause });
  });
}

/** The answer of a call that the document made early, if it came. */
async function readFirst<T>(name: "me" | "ticket", out: z.ZodType<T>): Promise<T | undefined> {
  return out.safeParse(await takeFirst(name)).data;
}
