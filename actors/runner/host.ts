import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { Readable } from "node:stream";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import type { z } from "zod";
import { machineUri } from "../../schema/machine/machine.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { HostAddress } from "./edge.ts";
import type { Machine } from "./machine.ts";

export type HostCall = {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Readable;
  /** Milliseconds until the answer must begin. */
  firstByte?: number;
  signal?: AbortSignal;
};
export type HostAnswer = { status: number; headers: IncomingHttpHeaders; body: IncomingMessage };

/**
 * The runner's side of mutual TLS: its certificate towards the host, the host's URI name checked against the
 * id the edge gave. Node's own agent: the wait for the first byte includes the connection and what is sent,
 * which undici's `headersTimeout` leaves out.
 */
export class Hosts {
  readonly #machine: Machine;
  readonly #revoked: ReadonlySet<string>;
  readonly #agents = new Map<string, { certPem: string; agent: Agent }>();

  constructor(machine: Machine, revoked: ReadonlySet<string> = new Set()) {
    this.#machine = machine;
    this.#revoked = revoked;
  }
  #identity(host: string) {
    const { certPem, keyPem, caPem } = this.#machine;
    // The address is no name: what must match is the machine's id in the URI of the certificate.
    const checkServerIdentity = (_name: string, certificate: PeerCertificate) =>
      (certificate.subjectaltname ?? "").split(", ").includes(`URI:${machineUri(host as `hst_${string}`)}`)
        ? undefined
        : new Error("the peer is not the host that was asked for");
    return { cert: certPem, key: keyPem, ca: caPem, checkServerIdentity };
  }
  #agentFor(host: string): Agent {
    const known = this.#agents.get(host);
    if (known?.certPem === this.#machine.certPem) return known.agent;
    known?.agent.destroy();
    const agent = new Agent({ ...this.#identity(host), keepAlive: true });
    this.#agents.set(host, { certPem: this.#machine.certPem, agent });
    return agent;
  }

  /** A connection of its own, for bytes that are no call. */
  connect(host: HostAddress): Promise<TLSSocket> {
    if (this.#revoked.has(host.id)) return Promise.reject(new AppError("unavailable", { what: "this host was revoked", host: host.id }));
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => reject(cause instanceof AppError ? cause : new AppError("unavailable", { what: "host" }, { cause }));
      const socket = connect({ host: host.address, port: host.port, ...this.#identity(host.id) });
      const timer = setTimeout(() => socket.destroy(new AppError("timeout", { what: "host" })), 10_000);
      socket.once("error", fail);
      socket.once("close", () => clearTimeout(timer));
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
  }
  /** One call; resolves when the answer begins. The caller reads or destroys `body`. */
  open(host: HostAddress, call: HostCall): Promise<HostAnswer> {
    if (this.#revoked.has(host.id)) return Promise.reject(new AppError("unavailable", { what: "this host was revoked", host: host.id }));
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: host.address,
        port: host.port,
        method: call.method,
        path: call.path,
        headers: { ...call.headers, ...(typeof call.body === "string" ? { "content-length": String(Buffer.byteLength(call.body)) } : {}) },
        agent: this.#agentFor(host.id),
        ...(call.signal ? { signal: call.signal } : {}),
      });
      const timer = setTimeout(
        () => outgoing.destroy(new AppError("timeout", { what: "host", path: call.path })),
        call.firstByte ?? 10_000,
      );
      outgoing.setNoDelay(true);
      outgoing.once("response", (body) => {
        clearTimeout(timer);
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
      });
      outgoing.on("error", (cause) => {
        clearTimeout(timer);
        reject(cause instanceof AppError ? cause : new AppError("unavailable", { what: "host", path: call.path }, { cause }));
      });
      if (call.body === undefined || typeof call.body === "string") outgoing.end(call.body);
      else call.body.on("error", (error) => outgoing.destroy(error)).pipe(outgoing);
    });
  }
}

/**
 * The whole body as text; at most `limit` bytes and `deadline` milliseconds. A peer that dies in the middle
 * is an error, not a wait.
 */
export function readText(body: IncomingMessage, limit = 32 * 1024 * 1024, deadline = 30_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => body.destroy(new AppError("timeout", { what: "body" })), deadline);
    body.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) body.destroy(new AppError("too_large", { what: "answer" }));
      else chunks.push(chunk);
    });
    body.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    body.once("error", (cause) => reject(cause instanceof AppError ? cause : new AppError("unavailable", { what: "body" }, { cause })));
    body.once("close", () => {
      clearTimeout(timer);
      reject(new AppError("unavailable", { what: "body", reason: "closed" })); // changes nothing when `end` came first
    });
  });
}

/** The text of a streaming answer, as it comes; throws `unavailable` when the peer dies in the middle. */
export async function* readChunks(body: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) yield decoder.decode(chunk as Buffer, { stream: true });
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("unavailable", { what: "stream" }, { cause });
  }
}

/** What one line of a streaming answer may hold, in characters: an event carries what a tool printed. */
const mostLine = 32 * 1024 * 1024;
/**
 * The lines of a streaming answer; throws `unavailable` when the peer dies in the middle, `too_large` for a
 * line without end.
 */
export async function* lines(body: AsyncIterable<unknown>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of readChunks(body)) {
    const parts = text.split("\n");
    for (const [index, part] of parts.entries()) {
      rest += part;
      if (rest.length > mostLine) throw new AppError("too_large", { what: "line of an answer" });
      if (index === parts.length - 1) break; // its end has not come
      yield rest.endsWith("\r") ? rest.slice(0, -1) : rest;
      rest = "";
    }
  }
  if (rest) yield rest;
}

/** An answer that is not 2xx as AppError: the host's own code where it gives one. */
export async function refusal(answer: HostAnswer, path: string): Promise<AppError> {
  const text = await readText(answer.body, 256 * 1024, 5_000);
  const failure = errorBody.safeParse(tryParseForeignJson(text));
  const meta = { what: "host", path, status: answer.status, detail: text.slice(0, 300) };
  if (failure.success) {
    const { code, message, issues } = failure.data.error;
    if (code === "invalid") return new AppError(code, { ...meta, ...(issues ? { issues } : {}) }, { message });
    const saysWhose = code === "storage_full" || code === "no_capacity"; // whose room it is: the machine's, or the plan's
    return new AppError(code, meta, saysWhose ? { message } : undefined);
  }
  if (answer.status === 404) return new AppError("not_found", meta);
  if (answer.status === 409 || answer.status === 422) return new AppError("conflict", meta);
  if (answer.status === 429) return new AppError("rate_limited", meta);
  return new AppError(answer.status >= 500 ? "upstream" : "invalid", meta);
}

/** The JSON of a 2xx answer, parsed. */
export async function readJson<T>(answer: HostAnswer, path: string, shape: z.ZodType<T>): Promise<T> {
  if (answer.status < 200 || answer.status > 299) throw await refusal(answer, path);
  const parsed = shape.safeParse(tryParseForeignJson(await readText(answer.body)));
  if (!parsed.success) throw new AppError("upstream", { what: "answer", path, issues: parsed.error.issues.slice(0, 5) });
  return parsed.data;
}
