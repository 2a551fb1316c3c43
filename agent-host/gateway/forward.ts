import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { Transform } from "node:stream";
import { AppError, errorResponse } from "../../schema/wire/error.ts";

const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
]);
// Idle connections end before the other side may close them; towards a box each call has its own, for a box
// may be another one by now. Those of a release belong to its process (`keepConnections`).
const agentOptions = { keepAlive: true, maxSockets: 256, noDelay: true, timeout: 3_000 };
const connectionAgents = { "http:": new http.Agent(agentOptions), "https:": new https.Agent(agentOptions) };

/** Headers without those that belong to one connection, and without `drop`. */
export function keepHeaders(
  headers: http.IncomingHttpHeaders,
  drop: readonly string[] = [],
): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.has(name) && !drop.includes(name)));
}

export type ForwardOptions = {
  url: string;
  /** Keep connections for the next call. */
  keep: boolean;
  headers: http.OutgoingHttpHeaders;
  /** Until the first byte of the answer, milliseconds. A stream may then last. */
  firstByte: number;
  maxBody?: number;
  requestId: string;
  /** Headers of the answer that stay here. */
  strip?: readonly string[];
  /** Headers that are put on the answer. */
  mark?: Record<string, string>;
  /** Hears the status of the answer as soon as its head is there. */
  answered?: (status: number) => void;
  /** What the body of the answer goes through. */
  through?: Transform;
  /** Opens the connection, where it is not one of this machine's own. */
  connect?: () => Promise<Socket>;
  /** Whose connections are used, and kept for the next call where the answer offers it. */
  pool?: http.Agent;
};

/** Sends an error where the answer has not begun, and cuts it where it has. */
export function sendError(response: http.ServerResponse, error: unknown, requestId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body } = errorResponse(error, requestId);
  const later = status === 503 ? { "retry-after": "1" } : {};
  response.writeHead(status, { "content-type": "application/json", "x-request-id": requestId, connection: "close", ...later });
  response.end(JSON.stringify(body));
}

function limitBytes(max: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > max) done(new AppError("too_large"));
      else done(null, chunk);
    },
  });
}

/**
 * Node's way to take a connection that somebody else opens. Only without an agent does it ask for one: an
 * agent, `false` too, would connect to this machine's own port.
 */
function connectBy(open: (() => Promise<Socket>) | undefined): http.RequestOptions {
  return open ? { createConnection: createBy(open), agent: undefined } : {};
}
const createBy =
  (open: () => Promise<Socket>): NonNullable<http.RequestOptions["createConnection"]> =>
  (_options, done) => {
    open().then(
      (socket) => done(null, socket),
      (error: Error) => done(error, undefined as never),
    );
    return undefined;
  };
/**
 * Connections into one program, which somebody else opens. One that is free ends a second before the program
 * has said that it closes it (Node's own doing), or after 3 s.
 */
export function keepConnections(open: () => Promise<Socket>): http.Agent {
  const pool = new http.Agent({ ...agentOptions, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 32 });
  pool.createConnection = createBy(open);
  return pool;
}
/** Ends those that are free, and keeps none any more. Calls under way go on. */
export function endFreeConnections(pool: http.Agent): void {
  pool.maxFreeSockets = 0;
  for (const sockets of Object.values(pool.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** An answer that is no HTTP is the program's doing; everything else is that it is not there. */
const describeBroken = (cause: NodeJS.ErrnoException) =>
  cause.code?.startsWith("HPE_")
    ? new AppError("upstream", { what: "answer is no HTTP" }, { cause })
    : new AppError("unavailable", { what: "upstream" }, { cause });

/** Passes a request on and its answer back, both as they come. A side that ends early ends the other. */
export function forwardRequest(request: http.IncomingMessage, response: http.ServerResponse, to: ForwardOptions): Promise<void> {
  const url = new URL(to.url);
  const lib = url.protocol === "https:" ? https : http;
  const agent = to.keep && (url.protocol === "https:" ? connectionAgents["https:"] : connectionAgents["http:"]);
  return new Promise((resolve) => {
    const way = to.pool ? { agent: to.pool } : { agent, ...connectBy(to.connect) };
    const upstream = lib.request(url, { method: request.method, headers: to.headers, ...way });
    let whole = false;
    const end = (error?: unknown) => {
      clearTimeout(timer);
      if (error) sendError(response, error, to.requestId);
      if (!whole || !upstream.writableFinished) upstream.destroy(); // an early answer ends what is still sent
      resolve();
    };
    const timer = setTimeout(() => end(new AppError("timeout", { what: "first byte" })), to.firstByte);
    upstream.once("response", (answer) => {
      clearTimeout(timer);
      // Without that offer the program may have nobody for a second connection while this one is open.
      if (to.pool && answer.headers["keep-alive"] === undefined) upstream.shouldKeepAlive = false;
      answer.once("error", () => end(new AppError("upstream")));
      answer.once("aborted", () => end(new AppError("upstream")));
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 999) return end(new AppError("upstream", { what: "status", status })); // Node would throw
      to.answered?.(status);
      response.writeHead(status, { ...keepHeaders(answer.headers, to.strip), ...to.mark, "x-request-id": to.requestId });
      response.flushHeaders();
      if (to.through) answer.pipe(to.through).pipe(response);
      else answer.pipe(response);
      answer.once("end", () => {
        whole = true;
      });
    });
    upstream.once("upgrade", (_answer, socket) => {
      socket.destroy();
      end(new AppError("upstream", { what: "upgrade that nobody asked for" }));
    });
    upstream.once("error", (cause: NodeJS.ErrnoException) => end(cause instanceof AppError ? cause : describeBroken(cause)));
    response.once("close", () => {
      to.through?.destroy();
      end();
    });
    const body = to.maxBody === undefined ? request : request.pipe(limitBytes(to.maxBody));
    body.once("error", (error) => end(error));
    body.on("data", () => timer.refresh()); // the wait for an answer begins when the last byte was sent
    body.pipe(upstream);
  });
}
