import { z } from "zod";
import { actorView, meOut, ticketOut } from "../../../schema/account/account.ts";
import { sendOut } from "../../../schema/agent/grow-agent.ts";
import { type Attachment, attachment } from "../../../schema/conversation/attachment.ts";
import { type DownloadIn, downloadOut } from "../../../schema/git/download.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { formatTraceparent, newSpanId, traceIdOf } from "../../../schema/wire/trace.ts";
import { type CallArguments, createGrowqrClient, type GrowqrClient, type MethodName, type PathOf } from "../../client/client.ts";
import { GrowqrError } from "../../client/growqr-error.ts";
import type { Sessions } from "../account/session.ts";
import { callFailed } from "../away/call-failed.ts";
import { takeFirst } from "../shell/take-first-call.ts";
import type { SentMessage } from "./outbox.ts";

export { describeError } from "../ui/describe-error.ts";

const answerWithin = 10_000; // with all tries
const uploadWithin = 180_000; // ten megabytes on a slow line

/** A call of the API: an address that its description has, and what goes with it. */
export type RestCall = { method: MethodName; path: string; init: object };
export const restCall = <Name extends MethodName, Path extends PathOf<Name>>(
  method: Name,
  path: Path,
  ...[init]: CallArguments<Name, Path>
): RestCall => ({ method, path, init: init ?? {} });

/** The edge's REST API for account and lifecycle. The conversation goes over the live connection. */
export class EdgeApi {
  readonly #sessions: Sessions;
  readonly #client: GrowqrClient;
  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    const token = () => sessions.token();
    // Each call bounds itself, a large file more widely.
    this.#client = createGrowqrClient({ baseUrl: location.origin, token, answerWithin: uploadWithin, retry: { attempts: 3 } });
  }

  me = async () => (await readFirst("me", meOut)) ?? this.get("/me", meOut);
  startTrial = (key: string) => this.send(restCall("POST", "/billing/trial", { body: {} }), z.unknown(), key);
  provision = (key: string) => this.send(restCall("POST", "/actors/provision", { body: {} }), z.object({ actor: actorView }), key);
  ticket = async (actorId: string) =>
    (await readFirst("ticket", ticketOut)) ??
    this.send(restCall("POST", "/actors/{actorId}/ticket", { params: { path: { actorId } }, body: {} }), ticketOut);
  /** For messages too large for one frame of the live connection. */
  message = (actorId: string, body: SentMessage) =>
    this.send(restCall("POST", "/actors/{actorId}/message", { params: { path: { actorId } }, body }), sendOut, body.clientId);
  /** Puts a file into the directory of `agent`, one of the member's; `actor` is their Grow Agent. */
  attach = async (actorId: string, agent: string, file: File) => {
    const params = { path: { actorId }, query: { name: file.name || "file", agent } };
    const put = restCall("POST", "/actors/{actorId}/attachments", { params, body: file });
    return attachment.parse(await this.#call(put, AbortSignal.timeout(uploadWithin)));
  };
  attached = (actorId: string, { agent: agentId, name }: Pick<Attachment, "agent" | "name">) =>
    this.#file(
      restCall("GET", "/actors/{actorId}/attachments/{agentId}/{name}", { params: { path: { actorId, agentId, name } }, parseAs: "blob" }),
    );
  /** Where a browser saves it by itself: however large, it is never kept in the page. */
  download = ({ path, folder, ...asked }: DownloadIn) => {
    const body = { ...asked, ...(path === undefined ? {} : { path }), ...(folder === undefined ? {} : { folder }) };
    return this.send(restCall("POST", "/git/downloads", { body }), downloadOut);
  };

  /** An answer that goes on until `signal` ends it; its beginning comes in time. */
  stream = async (call: RestCall, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException("no answer", "TimeoutError")), answerWithin);
    const streamed = { ...call, init: { ...call.init, parseAs: "stream" } };
    const body = await this.#call(streamed, AbortSignal.any([signal, late.signal])).finally(() => clearTimeout(timer));
    if (body instanceof ReadableStream) return body;
    throw new AppError("upstream");
  };

  /** All rows of the audit. */
  auditExport = () => this.#file(restCall("GET", "/audit/export", { parseAs: "blob" }));

  /** Reads and changes whose shapes load with their screens. */
  get = <Path extends PathOf<"GET">, T>(path: Path, out: z.ZodType<T>, ...init: CallArguments<"GET", Path>): Promise<T> =>
    this.send(restCall<"GET", Path>("GET", path, ...init), out);
  send = async <T>(call: RestCall, out: z.ZodType<T>, key?: string): Promise<T> =>
    out.parse(await this.#call(call, AbortSignal.timeout(answerWithin), key));

  async #file(call: RestCall): Promise<Blob> {
    return z.instanceof(Blob).parse(await this.#call(call, AbortSignal.timeout(uploadWithin)));
  }
  /** A token may expire on its way: one retry with a fresh one, then the session is over. */
  async #call(call: RestCall, signal: AbortSignal, key: string = crypto.randomUUID()): Promise<unknown> {
    try {
      return await this.#once(call, signal, key);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "unauthenticated") throw error;
      this.#sessions.forget();
      return await this.#once(call, signal, key).catch((second: unknown) => {
        if (second instanceof AppError && second.code === "unauthenticated") this.#sessions.ended();
        throw second;
      });
    }
  }
  async #once({ method, path, init }: RestCall, signal: AbortSignal, key: string): Promise<unknown> {
    const requestId = newId("req");
    const headers = { "x-request-id": requestId, ...traceHeaderOf(requestId), ...(method === "POST" ? { "idempotency-key": key } : {}) };
    const call = this.#client[method] as (path: string, init: object) => Promise<unknown>; // `restCall` has matched them
    return call(path, { ...init, headers, signal }).catch((error: unknown) => {
      const failure = readFailure(error);
      if (failure instanceof AppError && (failure.code === "unavailable" || failure.code === "timeout"))
        dispatchEvent(new Event(callFailed));
      throw failure;
    });
  }
}

/** The trace of a call begins here; the browser keeps no spans of its own. */
function traceHeaderOf(requestId: string): { traceparent?: string } {
  const traceId = traceIdOf(requestId);
  return traceId === undefined ? {} : { traceparent: formatTraceparent({ traceId, spanId: newSpanId() }) };
}

/** A failure in the product's own words. */
function readFailure(error: unknown): unknown {
  if (error instanceof DOMException && error.name === "TimeoutError") return new AppError("timeout", {}, { cause: error });
  if (!(error instanceof GrowqrError)) return error;
  const { code, requestId, message, status } = error;
  return requestId === undefined ? new AppError(code, { status }, { cause: error }) : new AppError(code, { requestId }, { message });
}

/** The answer of a call that the document made early, if it came. */
async function readFirst<T>(name: "me" | "ticket", out: z.ZodType<T>): Promise<T | undefined> {
  return out.safeParse(await takeFirst(name)).data;
}
