import type http from "node:http";
import type { Socket } from "node:net";
import { pairAddresses } from "../../schema/machine/instance.ts";
import { AppError, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

/**
 * What one pair may ask of the gateway or the proxy, so that its flood costs no other pair anything. Above
 * that the kernel drops (`network.ts`). Times are milliseconds.
 */
export const admissionLimits = {
  connections: 256,
  /** New connections: so many a second, and so many at once after a quiet time. */
  perSecond: 50,
  burst: 200,
  requests: 128,
  headerBytes: 16 * 1024,
  /** Until the last header, and until the last byte of a request. */
  header: 10_000,
  request: 120_000,
  /** A tunnel in which nothing moves. */
  idleTunnel: 300_000,
} as const;

/** The member whose OpenCode container has this address, or undefined. */
export function findStackAt(host: Host, address: string | undefined): LedgerStackRow | undefined {
  return host.ledger.stacks().find((row) => pairAddresses(host.instance, row.slot).opencode === address);
}

type Load = { open: number; requests: number; tokens: number; at: number; refused: number; toldAt: number };
export type GuardedPort = "gateway" | "egress";

/** Settings of an HTTP server behind an admission. */
export const admissionTimeouts = {
  headersTimeout: admissionLimits.header,
  requestTimeout: admissionLimits.request,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: admissionLimits.headerBytes,
};

/**
 * Admits connections and requests, counted per address: only a pair's own box can call from the pair's
 * address.
 */
export class Admission {
  private readonly host: Host;
  private readonly port: GuardedPort;
  private readonly loads = new Map<string, Load>();

  constructor(host: Host, port: GuardedPort) {
    this.host = host;
    this.port = port;
  }
  private load(address: string): Load {
    const fresh = { open: 0, requests: 0, tokens: admissionLimits.burst, at: performance.now(), refused: 0, toldAt: -Infinity };
    const load = this.loads.get(address) ?? fresh;
    this.loads.set(address, load);
    return load;
  }
  /**
   * Logs one entry a second and pair, with the number of refusals: a flood of them must not flood the log.
   */
  logRefusal(address: string, why: string): void {
    const load = this.load(address);
    load.refused += 1;
    if (performance.now() - load.toldAt < 1_000) return;
    load.toldAt = performance.now();
    const { member } = findStackAt(this.host, address) ?? {};
    this.host.log("warn", `${this.port} refused`, { member, address, why, refused: load.refused });
    load.refused = 0;
  }
  /** Counts a new connection, or answers why it is refused. */
  open(address: string): string | undefined {
    const load = this.load(address);
    const now = performance.now();
    load.tokens = Math.min(admissionLimits.burst, load.tokens + ((now - load.at) / 1_000) * admissionLimits.perSecond);
    load.at = now;
    if (load.open >= admissionLimits.connections) return `more than ${admissionLimits.connections} connections`;
    if (load.tokens < 1) return `more than ${admissionLimits.perSecond} new connections a second`;
    load.tokens -= 1;
    load.open += 1;
    return undefined;
  }
  close(address: string): void {
    this.load(address).open -= 1;
  }
  /** Runs the work of one request. Throws `rate_limited` where the pair has too many under way. */
  async admit(socket: Socket, response: http.ServerResponse, work: () => Promise<void>): Promise<void> {
    const load = this.load(remoteAddress(socket));
    if (load.requests >= admissionLimits.requests) throw new AppError("rate_limited", { what: "requests", most: admissionLimits.requests });
    load.requests += 1;
    response.once("close", () => {
      load.requests -= 1;
    });
    await work();
  }
}

/** Whose connections are that were made inside a container: addresses of its loopback say nothing. */
const insideCallers = new WeakMap<Socket, string>();
export const noteInsideCaller = (socket: Socket, caller: string): void => void insideCallers.set(socket, caller);
/** From where a connection comes: an address, or in words what a container without a network is. */
export const remoteAddress = (socket: Socket): string => insideCallers.get(socket) ?? socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";

/** Answers on a connection that no HTTP server read, then ends it. */
function answerSocket(socket: Socket, code: "rate_limited" | "invalid", status: number): void {
  const body = JSON.stringify(errorResponse(new AppError(code), newId("req")).body);
  const head = [`HTTP/1.1 ${status} Refused`, "content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  socket.on("error", () => socket.destroy()); // its other end is gone
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`);
  socket.resume(); // an end with bytes unread would be a reset, and the answer lost
  setTimeout(() => socket.destroy(), 1_000).unref();
}

/** Puts the limits in front of a server: a refused connection never reaches it. */
export function admitConnections(server: http.Server, admission: Admission): void {
  const inner = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const address = remoteAddress(socket);
    const why = admission.open(address);
    if (why !== undefined) {
      admission.logRefusal(address, why);
      answerSocket(socket, "rate_limited", 429);
      return;
    }
    socket.once("close", () => admission.close(address));
    for (const listener of inner) listener.call(server, socket);
  });
}

/** Logs a request that could not be read. Answers true where the other end has left: that is no refusal. */
export function logUnreadable(error: NodeJS.ErrnoException, socket: Socket, admission: Admission): boolean {
  if (error.code === "ECONNRESET" || error.code === "EPIPE") {
    socket.destroy();
    return true;
  }
  admission.logRefusal(remoteAddress(socket), error.code ?? error.message);
  return false;
}
const unreadableStatus: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
/** Answers and ends a connection whose request was incomplete or unreadable. */
export function answerClientErrors(server: http.Server, admission: Admission): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (logUnreadable(error, socket, admission)) return;
    answerSocket(socket, "invalid", unreadableStatus[error.code ?? ""] ?? 400);
  });
}
