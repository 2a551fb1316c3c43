import type http from "node:http";
import type { Socket } from "node:net";
import { pairAddresses } from "../../schema/machine/instance.ts";
import { AppError, errorResponse } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

/**
 * What one pair may ask of a door of this machine, so that its flood costs nobody else anything. Above these the kernel drops (`network.ts`).
 * Times are milliseconds.
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
export function stackAt(host: Host, address: string | undefined): LedgerStackRow | undefined {
  return host.ledger.stacks().find((row) => pairAddresses(host.instance, row.slot).opencode === address);
}

type Load = { open: number; requests: number; tokens: number; at: number; refused: number; toldAt: number };
export type Door = "gateway" | "egress";
export type Admission = ReturnType<typeof openAdmission>;

/** Counts per address: the walls let only a pair's own box come from it. */
export function openAdmission(host: Host, door: Door, now: () => number = () => performance.now()) {
  const loads = new Map<string, Load>();
  const loadOf = (address: string): Load => {
    const known = loads.get(address) ?? { open: 0, requests: 0, tokens: admissionLimits.burst, at: now(), refused: 0, toldAt: -Infinity };
    loads.set(address, known);
    return known;
  };
  /** One entry a second and pair, with how many there were: a flood of refusals must not become a flood of entries. */
  const tell = (address: string, why: string): void => {
    const load = loadOf(address);
    load.refused += 1;
    if (now() - load.toldAt < 1_000) return;
    load.toldAt = now();
    host.log("warn", `${door} refused`, { member: stackAt(host, address)?.member, address, why, refused: load.refused });
    load.refused = 0;
  };
  /** Why a new connection is refused; undefined: it is admitted and counted. */
  const open = (address: string): string | undefined => {
    const load = loadOf(address);
    load.tokens = Math.min(admissionLimits.burst, load.tokens + ((now() - load.at) / 1_000) * admissionLimits.perSecond);
    load.at = now();
    if (load.open >= admissionLimits.connections) return `more than ${admissionLimits.connections} connections`;
    if (load.tokens < 1) return `more than ${admissionLimits.perSecond} new connections a second`;
    load.tokens -= 1;
    load.open += 1;
    return undefined;
  };
  const close = (address: string): void => {
    loadOf(address).open -= 1;
  };
  /** Runs the work of one request; throws `rate_limited` where the pair has too many under way. */
  const during = async (socket: Socket, response: http.ServerResponse, work: () => Promise<void>): Promise<void> => {
    const load = loadOf(addressOf(socket));
    if (load.requests >= admissionLimits.requests) throw new AppError("rate_limited", { what: "requests", most: admissionLimits.requests });
    load.requests += 1;
    response.once("close", () => {
      load.requests -= 1;
    });
    await work();
  };
  const timeouts = {
    headersTimeout: admissionLimits.header,
    requestTimeout: admissionLimits.request,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: admissionLimits.headerBytes,
  };
  return { open, close, tell, during, timeouts };
}

export const addressOf = (socket: Socket): string => socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";

/** An answer on a connection that no HTTP server has seen, or that sent what none could read; then it ends. */
function answerRaw(socket: Socket, code: "rate_limited" | "invalid", status: number): void {
  const body = JSON.stringify(errorResponse(new AppError(code), newId("req")).body);
  const head = [`HTTP/1.1 ${status} Refused`, "content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  socket.on("error", () => socket.destroy()); // its other end is gone
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`);
  socket.resume(); // an end with bytes unread would be a reset, and the answer lost
  setTimeout(() => socket.destroy(), 1_000).unref();
}

/** Puts the limits before a server: what they refuse never reaches it. */
export function admitConnections(server: http.Server, admission: Admission): void {
  const inner = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const address = addressOf(socket);
    const why = admission.open(address);
    if (why !== undefined) {
      admission.tell(address, why);
      answerRaw(socket, "rate_limited", 429);
      return;
    }
    socket.once("close", () => admission.close(address));
    for (const listener of inner) listener.call(server, socket);
  });
}

/** Logs a request that could not be read. Answers true where there is nobody to tell: the other end went, which is no refusal. */
export function tellUnreadable(error: NodeJS.ErrnoException, socket: Socket, admission: Admission): boolean {
  if (error.code === "ECONNRESET" || error.code === "EPIPE") {
    socket.destroy();
    return true;
  }
  admission.tell(addressOf(socket), error.code ?? error.message);
  return false;
}
const unreadable: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
/** What ends a connection whose request never came whole, or could not be read. */
export function answerClientErrors(server: http.Server, admission: Admission): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (tellUnreadable(error, socket, admission)) return;
    answerRaw(socket, "invalid", unreadable[error.code ?? ""] ?? 400);
  });
}
