import { OpenAPIHono } from "@hono/zod-openapi";
import { LibsqlError } from "@libsql/client/web";
import { DrizzleQueryError } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { z } from "zod";
import { AppError, type ErrorCode, errorBody, errorResponse, invalidInput } from "../schema/wire/error.ts";
import { type Id, id, newId } from "../schema/wire/id.ts";
import { findJsonIssue, hasRepeatedField, parseRequestJson } from "../schema/wire/json-text.ts";
import { limits } from "../schema/wire/limits.ts";
import type { Logger } from "../schema/wire/log.ts";
import { pathForLog } from "../schema/wire/path-for-log.ts";
import { type Bindings, type EdgeConfig, readEdgeConfig } from "./env.ts";
import type { AuditCall } from "./kernel/audit.ts";
import { type Database, openDatabase } from "./kernel/db.ts";
import { edgeLog } from "./kernel/log.ts";
import { isDatabaseFull } from "./kernel/storage-full.ts";
import { tracedRequestId, traceRequest } from "./kernel/trace.ts";

/** What every address has: settings, database, request id, log. */
export type EdgeApp = {
  Bindings: Bindings;
  Variables: { config: EdgeConfig; db: Database; requestId: Id<"req">; startedAt: number; log: Logger; who: string; audit?: AuditCall };
};

/** An app that refuses in the product's shape: 404 for a path that is no id, `invalid` for other input. */
export function newApp() {
  return new OpenAPIHono<EdgeApp>({
    defaultHook: (result) => {
      if (result.success) return;
      throw result.target === "param" ? new AppError("not_found") : invalidInput(result.error);
    },
  });
}

/** The WebSocket that another part has opened, with the protocol that was agreed upon. */
export function passWebSocket({ webSocket, headers }: Response): Response {
  const spoken = headers.get("sec-websocket-protocol");
  return new Response(null, { status: 101, webSocket, headers: spoken ? { "sec-websocket-protocol": spoken } : {} });
}
/** For `responses` of a route: every refusal. */
export const refusalAnswers = { default: { description: "A refusal", content: { "application/json": { schema: errorBody } } } } as const;
export function jsonAnswer<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } } as const;
}
/** In a route's own description, until it is completed: an empty body, which is an empty object, is taken. */
export const mayBeEmpty = "x-growqr-may-be-empty";
/** For `request.body` of a route; `emptyBody` for an address that takes no settings. */
export function jsonRequest<T extends z.ZodType>(schema: T) {
  return { required: true, [mayBeEmpty]: schema.safeParse({}).success, content: { "application/json": { schema } } } as const;
}
/** Middleware shared by several routes, with its types kept in order. */
export function middlewares<T extends [unknown, ...unknown[]]>(...steps: T): T {
  return steps;
}
export const emptyBody = { required: false, content: { "application/json": { schema: z.strictObject({}) } } } as const;

/** Refuses U+0000 in a query: many stores end a text there. */
function refuseNul(url: string): void {
  if (/%00/.test(new URL(url).search))
    throw new AppError("invalid", { issues: [{ path: "query", message: "must not hold the character U+0000" }] });
}

/** `strict-transport-security` of addresses that are ours: for two years browsers come by HTTPS alone. */
export const alwaysHttps = "max-age=63072000";
/**
 * Before `enterRequest`, where answers are the product's own: headers that keep them out of caches. What a
 * member's app answers goes on as the app said it.
 */
export const guardAnswers = createMiddleware<EdgeApp>(async (c, next) => {
  await next();
  if (c.res.status === 101) return; // an upgraded connection's headers are done
  const { headers } = c.res;
  headers.set("x-content-type-options", "nosniff");
  headers.set("date", new Date().toUTCString()); // machines measure their clocks by it
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (c.get("config")?.PUBLIC_URL.startsWith("https:")) headers.set("strict-transport-security", alwaysHttps);
  if (c.req.method === "HEAD") await c.res.body?.cancel().catch(() => undefined); // nobody reads it: a stream would go on for its quarter of an hour
});
/** First for every request: its id, settings, log line. */
export const enterRequest = createMiddleware<EdgeApp>(async (c, next) => {
  const given = id("req").safeParse(c.req.header("x-request-id"));
  const requestId = given.success ? given.data : (tracedRequestId(c.req.header("traceparent")) ?? newId("req"));
  c.set("requestId", requestId);
  c.set("log", (level, message, fields) => edgeLog(level, message, { requestId, ...fields }));
  c.set("who", "");
  const started = Date.now();
  c.set("startedAt", started);
  const config = readEdgeConfig(c.env);
  c.set("config", config);
  c.set("db", openDatabase(config));
  refuseNul(c.req.url);
  await traceRequest(c, config, requestId, next);
  const path = pathForLog(c.req.path, routePath(c, -1));
  const fields = { method: c.req.method, path, status: c.res.status, ms: Date.now() - started, who: c.get("who") };
  c.get("log")(c.res.status >= 500 ? "error" : "info", "request", fields);
  if (c.res.status === 101) return;
  try {
    c.res.headers.set("x-request-id", requestId);
  } catch {
    c.res = new Response(c.res.body, c.res); // another part's answer: its headers can't be changed
    c.res.headers.set("x-request-id", requestId);
  }
});

/** Turns any failure into an answer. An error that is not an AppError is logged whole and not shown. */
export function answerRefusal(error: unknown, c: Context<EdgeApp>): Response {
  const requestId = c.get("requestId") ?? newId("req");
  const known = error instanceof HTTPException && error.status === 400 ? new AppError("bad_json", {}, { cause: error }) : error;
  const app = toAppError(known);
  if (app.status >= 500) (c.get("log") ?? edgeLog)("error", "failure", { requestId, error: app });
  const { status, body } = errorResponse(app, requestId);
  const headers = new Headers({ "content-type": "application/json", "x-request-id": requestId, ...retryHeaders(app) });
  if (Array.isArray(app.meta.allow)) headers.set("allow", app.meta.allow.join(", "));
  return new Response(JSON.stringify(body), { status, headers });
}

/** When to come back, in seconds, for the refusals that pass by themselves; no header for others. */
export function retryHeaders({ status, meta }: AppError, seconds = status === 507 ? 10 : 1): Record<string, string> {
  return status === 429 || status === 503 || status === 507 ? { "retry-after": String(meta.retryAfter ?? seconds) } : {};
}

/**
 * Any failure as one of the product's: a database that is away, or takes no more just now, is `unavailable`.
 */
export const toAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError(codeOf(error), {}, { cause: error });
function codeOf(error: unknown): ErrorCode {
  if (isDatabaseFull(error)) return "storage_full";
  return unreachable(error) ? "unavailable" : "internal";
}
/**
 * Whether a failed query failed because the database could not
 * be reached: its cause then carries no SQLite code.
 */
function unreachable(error: unknown): boolean {
  const cause = error instanceof LibsqlError ? error : error instanceof DrizzleQueryError ? error.cause : undefined; // a batch fails bare
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause ? String(cause.code) : "";
  return !code.startsWith("SQLITE_");
}

/**
 * The body; nothing past the limit is kept. One that is a little too long is read to its end
 * before it is refused, or its sender would see a broken connection in place of the answer.
 */
export async function readBytes(request: Pick<Request, "headers" | "body">, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const patience = 4 * most;
  if (Number(request.headers.get("content-length") ?? 0) > patience) throw new AppError("too_large");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes <= most) chunks.push(chunk);
      else if (bytes > patience) break;
    }
  } catch (cause) {
    throw new AppError("invalid", { what: "body" }, { cause, message: "The body ended before it was whole." });
  }
  if (bytes > most) throw new AppError("too_large");
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
export async function readBody(request: Request, most: number): Promise<string> {
  const bytes = await readBytes(request, most);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AppError("bad_json", {}, { cause, message: "The body is not UTF-8." });
  }
}

/**
 * `application/json`, with any parameters but another charset;
 * what stands after a `;` may be missing (RFC 9110).
 */
function isJson(type: string): boolean {
  const [name = "", ...parameters] = type.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((part) => part.startsWith("charset="))
    ?.slice(8)
    .replaceAll('"', "");
  return name === "application/json" && (charset === undefined || charset === "utf-8" || charset === "utf8");
}

/**
 * Checks that a body is JSON under a JSON content type (an empty one may come without) and
 * leaves it for the route's validator, which knows one spelling of that type. `texts`:
 * refuses texts that nothing here can keep; an agent's calls are answered in words instead.
 */
export function keepBody(c: Context, text: string, { texts } = { texts: false }): void {
  const type = c.req.header("content-type");
  if (text !== "") {
    if (!isJson(type ?? "")) throw new AppError("unsupported_media_type");
    const value = parseRequestJson(text);
    const issue = findJsonIssue(value, { texts });
    if (issue) throw new AppError("invalid", { issues: [issue] });
    if (texts && hasRepeatedField(text, value)) throw new AppError("invalid", { issues: [{ path: "", message: "names a field twice" }] });
  }
  const kept = text === "" && type ? "{}" : text; // an empty body under a JSON content type is an empty object
  c.req.bodyCache.text = Promise.resolve(kept) as never; // Hono types its cache by what it holds, not by the promise it keeps
  if (type === undefined) return;
  const { url, method, headers, signal } = c.req.raw;
  c.req.raw = new Request(url, { method, headers, signal });
  c.req.raw.headers.set("content-type", "application/json");
}

/** Reads the body once, within its limit of bytes. */
export function jsonBodyOf(most: number) {
  return createMiddleware<EdgeApp>(async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") keepBody(c, await readBody(c.req.raw, most), { texts: true });
    await next();
  });
}
export const jsonBody = jsonBodyOf(limits.bodyBytes);
