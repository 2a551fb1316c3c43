import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import type { JWTVerifyGetKey } from "jose";
import { pushLimits } from "../../schema/git/push.ts";
import { AppError, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { readTicket, ticketHeader } from "../../schema/wire/ticket.ts";
import { formatRefusal, formatUpgrade } from "../../schema/wire/upgrade.ts";
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

const isPush = (path: string) => /^\/stacks\/[^/]+\/(push|commits)(\/|$)/.test(path);

// Named by the connection, by the credential of this hop, or by HTTP itself: they end here.
const hop = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  ticketHeader,
]);
/** All other headers pass: `authorization` and cookies are between the two that talk through here. */
const passing = (headers: IncomingMessage["headers"]) => Object.entries(headers).filter(([name]) => !hop.has(name));
/** Of a request each header is one text; of an answer `set-cookie` is a list. */
const requestHeaders = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(passing(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));

/** Forwards bytes between the edge and hosts: stateless, one relay ticket a call, its path and no other. */
export function relay(world: { edge: Edge; hosts: Hosts; keys: JWTVerifyGetKey; log: Logger }): Server {
  const hostOf = hostBook(world.edge);

  /** Where a call goes, and with which headers. */
  async function admit(request: IncomingMessage, requestId: string) {
    const path = relayPath(request.url ?? "/");
    const token = request.headers[ticketHeader];
    if (typeof token !== "string") throw new AppError("unauthenticated");
    const ticket = await readTicket(token, "relay", world.keys);
    if (!covers(ticket.path, path) || !covers(`/stacks/${ticket.member}`, path)) throw new AppError("not_found");
    const headers = { ...requestHeaders(request.headers), [ticketHeader]: token, "x-request-id": requestId };
    return { path, headers, host: await hostOf(ticket.host) };
  }
  async function forward(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { path, headers, host } = await admit(request, requestId);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const answer = await world.hosts.open(host, {
      method: request.method ?? "GET",
      path,
      headers,
      ...(request.method === "GET" || request.method === "HEAD" ? {} : { body: request }),
      firstByte: isPush(path) ? pushLimits.ms : limits.firstByte, // a push is answered once all of it was sent
      signal: gone.signal,
    });
    response.writeHead(answer.status, { ...Object.fromEntries(passing(answer.headers)), "x-request-id": requestId });
    response.flushHeaders();
    pipeline(answer.body, response, (error) => {
      if (error && !gone.signal.aborted) world.log("warn", "relay broke", { requestId, error });
    });
  }

  /** A connection that is to become a WebSocket is passed on as bytes; the host answers it. */
  async function forwardUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string): Promise<void> {
    const { path, headers, host } = await admit(request, requestId);
    const far = await world.hosts.connect(host);
    far.write(formatUpgrade(path, { ...headers, host: host.address }));
    if (head.length > 0) far.write(head);
    pipeline(socket, far, socket, () => undefined); // however one side ends, so does the other
  }
  const readRequestId = ({ headers }: IncomingMessage) => {
    const given = headers["x-request-id"];
    return typeof given === "string" && /^req_[0-9A-Z]{26}$/.test(given) ? given : newId("req");
  };

  // Node's own server: there is one route, and Hono would stand between two streams of bytes.
  const server = createServer((request, response) => {
    if (request.url === "/health") {
      response.end("ok");
      return;
    }
    const requestId = readRequestId(request);
    forward(request, response, requestId).catch((error: unknown) => {
      const { status, body } = errorResponse(error, requestId);
      if (status >= 500) world.log("warn", "relay refused", { requestId, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const requestId = readRequestId(request);
    socket.on("error", () => socket.destroy());
    forwardUpgrade(request, socket, head, requestId).catch((error: unknown) => {
      world.log("info", "relay refused an upgrade", { requestId, error });
      socket.end(formatRefusal(error, requestId));
    });
  });
  return server;
}
