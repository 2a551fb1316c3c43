import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import type { JWTVerifyGetKey } from "jose";
import { pushLimits } from "../../schema/git/push.ts";
import { AppError, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { readKnownTicket, ticketHeader } from "../../schema/wire/ticket.ts";
import { formatRefusal, formatUpgrade } from "../../schema/wire/upgrade.ts";
import type { Edge, HostAddress } from "./edge.ts";
import type { Hosts } from "./host.ts";

/** Hosts by id, asked of the edge when one is not known yet: once, however many wait for the answer. */
export function hostBook(edge: Pick<Edge, "hosts">): (id: string) => Promise<HostAddress> {
  const book = new Map<string, HostAddress>();
  let asking: Promise<void> | undefined;
  const ask = async () => {
    for (const host of (await edge.hosts()).hosts) book.set(host.id, host);
  };
  return async (id) => {
    if (!book.has(id)) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    }
    const host = book.get(id);
    if (!host) throw new AppError("not_found", { what: "host" });
    return host;
  };
}

/** Below these begins the path of a member's program, which no other part reads. */
const programPath = /^\/stacks\/(mem_\w{26})\/(?:agents\/agt_\w{26}\/ports\/\d{4,5}|apps\/[a-z0-9-]{2,40}\/http)(?=\/)/;
const plainPath = (path: string) => path.split("?")[0] ?? "";
/** The path below `/relay`, or not_found: nothing that another part could read as another path. */
export function relayPath(url: string): string {
  const path = url.replace(/^\/relay(?=\/)/, "");
  const plain = plainPath(path);
  const read = programPath.exec(plain)?.[0] ?? plain;
  const leaves = plain.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (!plain.startsWith("/") || leaves || /\/\/|\\|%2e|%2f|%5c|%00/i.test(read)) throw new AppError("not_found");
  return path;
}
/** Whether a ticket's prefix covers a path: the same path or one below it. */
export function covers(prefix: string, path: string): boolean {
  const plain = plainPath(path);
  return plain === prefix || plain.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
}

/**
 * So many calls are open at once of one program or app, and of all that a member has; a page of hundreds of
 * files asks for six at a time. Whatever looks at one, all else of the member's and of everybody's keeps its
 * way.
 */
const [mostOfProgram, mostOfMember] = [256, 1_024];
/**
 * A program's answer that says nothing for so long is ended, milliseconds. Who looked may have left: workerd
 * hears that a connection was closed, and not reset, only once it has something to send there.
 */
const quietAnswer = 300_000;
/** Counts the open calls of programs. */
export class ProgramCalls {
  private readonly open = new Map<string, number>();

  /** Takes a place where a path leads to a program; answers how it is given back. */
  enter(path: string): () => void {
    const [program, member] = programPath.exec(plainPath(path)) ?? [];
    if (program === undefined || member === undefined) return () => undefined;
    if (this.count(program) >= mostOfProgram || this.count(member) >= mostOfMember)
      throw new AppError("rate_limited", { what: "calls of programs", program });
    for (const key of [program, member]) this.open.set(key, this.count(key) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      for (const key of [program, member])
        if (this.count(key) === 1) this.open.delete(key);
        else this.open.set(key, this.count(key) - 1);
    };
  }
  private count(key: string): number {
    return this.open.get(key) ?? 0;
  }
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
function endWhenQuiet(body: IncomingMessage, response: ServerResponse, ms: number): void {
  const timer = setTimeout(() => response.destroy(), ms).unref();
  body.on("data", () => timer.refresh());
  response.once("close", () => clearTimeout(timer));
}
/** Of a request each header is one text; of an answer `set-cookie` is a list. */
const requestHeaders = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(passing(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));

/** Forwards bytes between the edge and hosts: stateless, one relay ticket a call, its path and no other. */
export function relay(world: {
  edge: Pick<Edge, "hosts">;
  hosts: Pick<Hosts, "open" | "connect">;
  keys: JWTVerifyGetKey;
  log: Logger;
  quietAnswer?: number;
}): Server {
  const hostOf = hostBook(world.edge);
  const programs = new ProgramCalls();

  /** Where a call goes, and with which headers. */
  async function admit(request: IncomingMessage, requestId: string) {
    const path = relayPath(request.url ?? "/");
    const token = request.headers[ticketHeader];
    if (typeof token !== "string") throw new AppError("unauthenticated");
    const ticket = await readKnownTicket(token, "relay", world.keys);
    if (!covers(ticket.path, path) || !covers(`/stacks/${ticket.member}`, path)) throw new AppError("not_found");
    const headers = { ...requestHeaders(request.headers), [ticketHeader]: token, "x-request-id": requestId };
    return { path, headers, host: await hostOf(ticket.host) };
  }
  async function forward(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { path, headers, host } = await admit(request, requestId);
    if (response.closed) return; // it left while it was looked at
    const leave = programs.enter(path);
    const gone = new AbortController();
    response.once("close", () => {
      gone.abort();
      leave();
    });
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
    if (programPath.test(path)) endWhenQuiet(answer.body, response, world.quietAnswer ?? quietAnswer);
    pipeline(answer.body, response, (error) => {
      if (error && !gone.signal.aborted) world.log("warn", "relay broke", { requestId, error });
    });
  }

  /** A connection that is to become a WebSocket is passed on as bytes; the host answers it. */
  async function forwardUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string): Promise<void> {
    const { path, headers, host } = await admit(request, requestId);
    if (socket.destroyed) return;
    socket.once("close", programs.enter(path));
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
  const server = createServer({ maxHeaderSize: limits.headerBytes * 2 }, (request, response) => {
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
