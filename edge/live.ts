import { createRoute } from "@hono/zod-openapi";
import { decode } from "cbor-x";
import type { Context } from "hono";
import { z } from "zod";
import { liveActions } from "../schema/actions.ts";
import { callEnvelope, connectionParams } from "../schema/agent/grow-agent.ts";
import { AppError, errorBody } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { asAppError } from "./actor/rivet.ts";
import { answerRefusal, type EdgeApp, jsonAnswer, jsonRequest, newApp, passWebSocket, readBytes, refusalAnswers } from "./http.ts";
import { countAgainstLimit } from "./kernel/auth.ts";
import { ingressHeaders } from "./kernel/ingress.ts";
import { readOwnTicket } from "./kernel/ticket.ts";

/**
 * The one way from a browser to an actor. The request to the engine is built anew from one path and from
 * known query names, headers and subprotocols; nothing is copied. Everything else is 404 without asking the
 * engine.
 */
const path = new RegExp(`^/live(/gateway/growAgent/(?:(connect)|action/(${liveActions.join("|")})))$`);
const encodings = /^rivet_encoding\.(json|cbor|bare)$/;
const paramsProtocol = "rivet_conn_params.";

/**
 * The ticket of a request: in the subprotocol of a WebSocket
 * or in the header of a call, and in exactly one place.
 */
function ticketOf(raw: string | undefined): string {
  if (raw === undefined || raw.length > 4096) throw new AppError("unauthenticated");
  try {
    return connectionParams.parse(JSON.parse(raw)).ticket;
  } catch (cause) {
    throw new AppError("unauthenticated", {}, { cause });
  }
}
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new AppError("unauthenticated", {}, { cause });
  }
}

/**
 * Checks the query and gives the one that is sent. The key is
 * the ticket's; a client that names another gets nothing.
 */
function queryFor(url: URL, member: string, config: EdgeApp["Variables"]["config"]): string {
  const readParameter = (name: string, wanted: string) => {
    const given = url.searchParams.getAll(name);
    return given.length === 1 && given[0] === wanted;
  };
  const namespaces = url.searchParams.getAll("rvt-namespace");
  if (!readParameter("rvt-method", "get") || !readParameter("rvt-key", member) || namespaces.some((name) => name !== "default"))
    throw new AppError("not_found");
  return new URLSearchParams({
    "rvt-namespace": "default",
    "rvt-method": "get",
    "rvt-key": member,
    "rvt-token": config.RIVET_TOKEN,
  }).toString();
}

function subprotocols(c: Context<EdgeApp>): { encoding: string; raw: string } {
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((item) => item.trim());
  const encoding = offered.filter((item) => encodings.test(item));
  const given = offered.filter((item) => item.startsWith(paramsProtocol));
  if (!offered.includes("rivet") || encoding.length !== 1 || given.length !== 1) throw new AppError("not_found");
  return { encoding: encoding[0]!, raw: decoded(given[0]!.slice(paramsProtocol.length)) };
}

async function connect(c: Context<EdgeApp>, url: URL, to: string): Promise<Response> {
  const { config } = c.var;
  const { encoding, raw } = subprotocols(c);
  const { member, ticket } = await readTicketOf(c, raw);
  const protocol = ["rivet", encoding, paramsProtocol + encodeURIComponent(JSON.stringify({ ticket }))].join(", ");
  const answer = await reach(`${config.RIVET_URL}${to}?${queryFor(url, member, config)}`, {
    headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": protocol, ...ingressHeaders(config) },
    redirect: "manual",
  });
  if (!answer.webSocket) throw engineRefusal(await readFailure(answer), "connect", answer.status);
  return passWebSocket(answer);
}

/**
 * The code with which the engine or the actor refuses, in any of its encodings; undefined when it has none.
 */
async function readFailure(answer: Response): Promise<unknown> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  try {
    if (answer.headers.get("content-type")?.includes("json")) return JSON.parse(new TextDecoder().decode(bytes));
    return bytes[1] === 0 ? readBareFailure(bytes) : decode(bytes);
  } catch {
    return undefined; // not of the protocol: then the engine itself is not as it should be
  }
}
/** BARE: a version in two bytes, then group, code and message, each with its length before it. */
function readBareFailure(bytes: Uint8Array): unknown {
  let at = 2;
  const text = () => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  return { group: text(), code: text(), message: text() };
}
/**
 * A refusal as the product's own, without the engine's names and
 * ids. What the engine itself can't read is the caller's fault.
 */
function engineRefusal(failure: unknown, action: string, status: number): AppError {
  const refusal = asAppError(failure, action);
  const unread = refusal.code === "unavailable" && status >= 400 && status < 500 && status !== 429;
  return unread ? new AppError("invalid", { action }, { message: "The call is not what this action takes." }) : refusal;
}
/** The product's refusal, with what the stock client reads beside it: JSON, whatever it asked in. */
async function refuseCall(c: Context<EdgeApp>, error: AppError): Promise<Response> {
  const plain = answerRefusal(error, c);
  const body = errorBody.parse(await plain.json());
  const { code, message, issues } = body.error;
  return Response.json({ ...body, group: "user", code, message, metadata: { issues } }, { status: plain.status, headers: plain.headers });
}

async function passOn(c: Context<EdgeApp>, url: URL, to: string): Promise<Response> {
  const { config } = c.var;
  const { member, ticket } = await readTicketOf(c, c.req.header("x-rivet-conn-params"));
  const body = await readBytes(c.req.raw, limits.liveBytes);
  const headers = new Headers({ "x-rivet-conn-params": JSON.stringify({ ticket }), ...ingressHeaders(config) });
  for (const name of ["content-type", "x-rivet-encoding", "accept"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const target = `${config.RIVET_URL}${to}?${queryFor(url, member, config)}`;
  const answer = await reach(target, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(65_000) });
  if (!answer.ok) return refuseCall(c, engineRefusal(await readFailure(answer), to.split("/").at(-1) ?? "", answer.status));
  return new Response(answer.body, { headers: { "content-type": answer.headers.get("content-type") ?? "application/octet-stream" } });
}

async function readTicketOf(c: Context<EdgeApp>, raw: string | undefined): Promise<{ member: string; ticket: string }> {
  const ticket = ticketOf(raw);
  const { member } = await readOwnTicket(c.var.config, "live", ticket);
  c.set("who", member);
  await countAgainstLimit(c.env.RATE, `live:${member}`);
  return { member, ticket };
}

async function reach(target: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, init);
  } catch (cause) {
    throw new AppError("unavailable", {}, { cause });
  }
}

async function proxy(c: Context<EdgeApp>): Promise<Response> {
  const url = new URL(c.req.url);
  const match = path.exec(url.pathname);
  if (!match) throw new AppError("not_found");
  const upgrade = c.req.header("upgrade")?.toLowerCase() === "websocket";
  if (match[2] !== undefined) {
    if (c.req.method !== "GET") throw new AppError("method_not_allowed", { allow: ["GET"] });
    if (!upgrade) throw new AppError("not_found");
    return connect(c, url, match[1]!);
  }
  if (c.req.method !== "POST") throw new AppError("method_not_allowed", { allow: ["POST"] });
  if (upgrade) throw new AppError("not_found");
  return passOn(c, url, match[1]!);
}

export const liveRoutes = newApp();
const liveRoute = { tags: ["Live"], description: "Speaks the Rivet Kit client's protocol; use @rivetkit/react or rivetkit/client." };
liveRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/live/gateway/growAgent/connect",
    summary: "A live connection (WebSocket) to the member's own Grow Agent, with a live ticket",
    ...liveRoute,
    responses: { 101: { description: "Connected" }, ...refusalAnswers },
  }),
);
liveRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/live/gateway/growAgent/action/{action}",
    summary: "One action of the member's own Grow Agent, with a live ticket",
    ...liveRoute,
    security: [{ live: [] }],
    request: {
      params: z.object({ action: z.enum(liveActions) }),
      query: z.object({ "rvt-method": z.literal("get"), "rvt-key": id("mem"), "rvt-namespace": z.literal("default").optional() }),
      headers: z.object({ "x-rivet-encoding": z.enum(["json", "cbor", "bare"]).optional() }),
      body: jsonRequest(z.object({ args: z.tuple([callEnvelope.extend({ input: z.looseObject({}) })]) })),
    },
    responses: {
      200: jsonAnswer("What the action returned, in the encoding asked for", z.object({ output: z.unknown() })),
      ...refusalAnswers,
    },
  }),
);
liveRoutes.all("/live/*", proxy);
liveRoutes.all("/live", proxy);
