import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { JWTVerifyGetKey } from "jose";
import { readCredentials } from "../../schema/wire/authorization.ts";
import { AppError, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { readTicket } from "../../schema/wire/ticket.ts";
import type { Edge, HostAddress } from "./edge.ts";
import type { Hosts } from "./host.ts";

/** Hosts by id, asked of the edge when one is not known yet. */
export function hostBook(edge: Edge): (id: string) => Promise<HostAddress> {
  const book = new Map<string, HostAddress>();
  return async (id) => {
    if (!book.has(id)) for (const host of (await edge.hosts()).hosts) book.set(host.id, host);
    const host = book.get(id);
    if (!host) throw new AppError("not_found", { what: "host" });
    return host;
  };
}

/** The path below `/relay`, or not_found: nothing that another part could read as another path. */
export function relayPath(url: string): string {
  const path = url.replace(/^\/relay(?=\/)/, "");
  const plain = path.split("?")[0] ?? "";
  if (!plain.startsWith("/") || /\/\/|\\|%2e|%2f|%5c|%00/i.test(plain) || plain.split("/").some((part) => part === ".." || part === "."))
    throw new AppError("not_found");
  return path;
}
/** Whether a ticket's prefix covers a path: the same path or one below it. */
export function covers(prefix: string, path: string): boolean {
  const plain = path.split("?")[0] ?? "";
  return plain === prefix || plain.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}

// Named by the connection, by the credential of this hop, or by HTTP itself: they end here.
const hop = new Set([
  "authorization",
  "connection",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "cookie",
  "set-cookie",
]);
function passed(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (hop.has(name) || typeof value !== "string" ? [] : [[name, value]])),
  );
}

/** Forwards bytes between the edge and hosts: stateless, one relay ticket a call, its path and no other. */
export function relay(world: { edge: Edge; hosts: Hosts; keys: JWTVerifyGetKey; log: Logger }): Server {
  const hostOf = hostBook(world.edge);

  async function forward(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const path = relayPath(request.url ?? "/");
    const token = readCredentials(request.headers.authorization, "Bearer");
    if (!token) throw new AppError("unauthenticated");
    const ticket = await readTicket(token, "relay", world.keys);
    if (!covers(ticket.path, path) || !covers(`/stacks/${ticket.member}`, path)) throw new AppError("not_found");
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const answer = await world.hosts.open(await hostOf(ticket.host), {
      method: request.method ?? "GET",
      path,
      headers: { ...passed(request.headers), authorization: `Bearer ${token}`, "x-request-id": requestId },
      ...(request.method === "GET" || request.method === "HEAD" ? {} : { body: request }),
      firstByte: limits.firstByte,
      signal: gone.signal,
    });
    response.writeHead(answer.status, { ...passed(answer.headers), "x-request-id": requestId });
    response.flushHeaders();
    pipeline(answer.body, response, (error) => {
      if (error && !gone.signal.aborted) world.log("warn", "relay broke", { requestId, error });
    });
  }

  // Node's own server: there is one route, and Hono would stand between two streams of bytes.
  return createServer((request, response) => {
    if (request.url === "/health") {
      response.end("ok");
      return;
    }
    const header = request.headers["x-request-id"];
    const requestId = typeof header === "string" && /^req_[0-9A-Z]{26}$/.test(header) ? header : newId("req");
    forward(request, response, requestId).catch((error: unknown) => {
      const { status, body } = errorResponse(error, requestId);
      if (status >= 500) world.log("warn", "relay refused", { requestId, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
}
