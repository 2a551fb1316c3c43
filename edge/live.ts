import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { audiences, connParams } from "../schema/agent.ts";
import { AppError } from "../schema/error.ts";
import { limits } from "../schema/limits.ts";
import { limit } from "./auth.ts";
import { type App, newApp, readBytes, refusals } from "./http.ts";
import { readOwnTicket } from "./keys.ts";

/**
 * The one way from a browser to an actor. What goes to the engine is built anew from what is known to be good, never copied and cleaned:
 * this path, these query names, these headers, these subprotocols. All else is 404 without asking the engine.
 */
const liveActions = Object.entries(audiences)
  .filter(([, who]) => (who as readonly string[]).includes("live"))
  .map(([name]) => name);
const path = new RegExp(`^/live(/gateway/growAgent/(?:(connect)|action/(${liveActions.join("|")})))$`);
const encodings = /^rivet_encoding\.(json|cbor|bare)$/;
const paramsProtocol = "rivet_conn_params.";

/** The ticket of a request: in the subprotocol of a WebSocket or in the header of a call, and in exactly one place. */
function ticketOf(raw: string | undefined): string {
  if (raw === undefined || raw.length > 4096) throw new AppError("not_found");
  try {
    return connParams.parse(JSON.parse(raw)).ticket;
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

/** Checks the query and gives the one that is sent. The key is the ticket's; a client that names another gets nothing. */
function queryFor(url: URL, member: string, config: App["Variables"]["config"]): string {
  const one = (name: string, wanted: string) => {
    const given = url.searchParams.getAll(name);
    return given.length === 1 && given[0] === wanted;
  };
  const namespaces = url.searchParams.getAll("rvt-namespace");
  if (!one("rvt-method", "get") || !one("rvt-key", member) || namespaces.some((name) => name !== "default"))
    throw new AppError("not_found");
  return new URLSearchParams({
    "rvt-namespace": "default",
    "rvt-method": "get",
    "rvt-key": member,
    "rvt-token": config.RIVET_TOKEN,
  }).toString();
}

function subprotocols(c: Context<App>): { encoding: string; raw: string } {
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((item) => item.trim());
  const encoding = offered.filter((item) => encodings.test(item));
  const given = offered.filter((item) => item.startsWith(paramsProtocol));
  if (!offered.includes("rivet") || encoding.length !== 1 || given.length !== 1) throw new AppError("not_found");
  return { encoding: encoding[0]!, raw: decoded(given[0]!.slice(paramsProtocol.length)) };
}

async function connect(c: Context<App>, url: URL, to: string): Promise<Response> {
  const { config } = c.var;
  const { encoding, raw } = subprotocols(c);
  const { member, ticket } = await readTicketOf(c, raw);
  const protocol = ["rivet", encoding, paramsProtocol + encodeURIComponent(JSON.stringify({ ticket }))].join(", ");
  return reach(`${config.RIVET_URL}${to}?${queryFor(url, member, config)}`, {
    headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": protocol },
  });
}

async function call(c: Context<App>, url: URL, to: string): Promise<Response> {
  const { config } = c.var;
  const { member, ticket } = await readTicketOf(c, c.req.header("x-rivet-conn-params"));
  const body = await readBytes(c.req.raw, limits.liveBytes);
  const headers = new Headers({ "x-rivet-conn-params": JSON.stringify({ ticket }) });
  for (const name of ["content-type", "x-rivet-encoding", "accept"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const target = `${config.RIVET_URL}${to}?${queryFor(url, member, config)}`;
  return reach(target, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(65_000) });
}

async function readTicketOf(c: Context<App>, raw: string | undefined): Promise<{ member: string; ticket: string }> {
  const ticket = ticketOf(raw);
  const { member } = await readOwnTicket(c.var.config, "live", ticket);
  c.set("who", member);
  await limit(c.env.RATE, `live:${member}`);
  return { member, ticket };
}

async function reach(target: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, init);
  } catch (cause) {
    throw new AppError("unavailable", {}, { cause });
  }
}

async function proxy(c: Context<App>): Promise<Response> {
  const url = new URL(c.req.url);
  const match = path.exec(url.pathname);
  if (!match) throw new AppError("not_found");
  const upgrade = c.req.header("upgrade")?.toLowerCase() === "websocket";
  if (match[2] !== undefined) {
    if (!upgrade || c.req.method !== "GET") throw new AppError("not_found");
    return connect(c, url, match[1]!);
  }
  if (upgrade || c.req.method !== "POST") throw new AppError("not_found");
  return call(c, url, match[1]!);
}

export const live = newApp();
const described = { tags: ["Live"], description: "Speaks the Rivet Kit client's protocol; use @rivetkit/react or rivetkit/client." };
live.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/live/gateway/growAgent/connect",
    summary: "A live connection (WebSocket) to the member's own Grow Agent, with a live ticket",
    ...described,
    responses: { 101: { description: "Connected" }, ...refusals },
  }),
);
live.openAPIRegistry.registerPath(
  createRoute({
    method: "post",
    path: "/live/gateway/growAgent/action/{action}",
    summary: "One action of the member's own Grow Agent, with a live ticket",
    ...described,
    responses: { 200: { description: "What the action returned, in the encoding asked for" }, ...refusals },
  }),
);
live.all("/live/*", proxy);
live.all("/live", proxy);
