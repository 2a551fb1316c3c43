import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { z } from "zod";
import { buildServiceRequest, findAddressIssue, type Service, type ServiceOperation } from "../../schema/service.ts";
import { AppError } from "../../schema/wire/error.ts";
import { mendText } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import { choosePublicAddress } from "../../schema/wire/public-address.ts";

export type Served = { ok: boolean; text: string };
const patience = limits.toolAnswer - 6_000;
const mostBytes = 1024 * 1024;
const mostPages = 20;

/**
 * Resolves, and gives only a public address, which is then the one that is dialled: a name may answer
 * otherwise when it is asked again.
 */
export const publicOnly = ((
  name: string,
  options: { all?: boolean },
  done: (error: Error | null, found?: unknown, family?: number) => void,
) => {
  dns.lookup(name, { family: 4, all: true }, (error, found) => {
    if (error) return done(error);
    const address = choosePublicAddress(found.map((each) => each.address));
    if (address === undefined) return done(new AppError("forbidden", { what: "private address", name }));
    return options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
  });
}) as LookupFunction;

async function* counted(from: http.IncomingMessage): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of from) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > mostBytes) throw new AppError("too_large", { what: "service" });
    yield chunk as Buffer;
  }
}
const bodiless = new Set([204, 205, 304]);
/** One exchange. A redirect is an answer, never followed. */
function exchange(
  url: URL,
  init: { method: string; headers: Headers; body: string | undefined; signal: AbortSignal },
  local: boolean,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { method, signal, headers, body } = init;
    const options = { method, signal, headers: Object.fromEntries(headers), agent: false, ...(local ? {} : { lookup: publicOnly }) };
    const request = (url.protocol === "https:" ? https : http).request(url, options, (message) => {
      const status = message.statusCode ?? 502;
      const headers = new Headers({ "content-type": message.headers["content-type"] ?? "text/plain" });
      const session = message.headers["mcp-session-id"];
      if (typeof session === "string") headers.set("mcp-session-id", session);
      if (bodiless.has(status)) message.resume();
      resolve(new Response(bodiless.has(status) ? null : ReadableStream.from(counted(message)), { status, headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const spoken = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).default([]),
  isError: z.boolean().optional(),
});

function secretHeaders(service: Service, secret: string | undefined): Record<string, string> {
  if (!service.secret || secret === undefined) return {};
  const { header } = service.secret;
  return { [header]: header === "authorization" ? `Bearer ${secret}` : secret };
}
/** Runs a call within its time, and makes every failure one of ours. */
async function within<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(patience);
  try {
    return await act(signal);
  } catch (error) {
    const ours = error instanceof AppError ? error : error instanceof Error && error.cause instanceof AppError ? error.cause : undefined;
    if (ours) throw ours;
    if (signal.aborted) throw new AppError("timeout", { what: "service" }, { cause: error });
    throw new AppError("upstream", { what: "service" }, { cause: error });
  }
}
/** Whether an MCP server has an operation, over all pages of its list. */
async function listsTool(client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { tools, nextCursor } = await client.listTools(cursor === undefined ? {} : { cursor }, { signal });
    if (tools.some((tool) => tool.name === name)) return true;
    if (nextCursor === undefined) return false;
    cursor = nextCursor;
  }
  return false;
}

/**
 * Calls of services on behalf of a member's agents: the only way by which the runner speaks to the internet.
 */
export class Services {
  /** The origins that may be called although they are not on the internet. */
  readonly local: readonly string[];
  constructor(local: readonly string[]) {
    this.local = local;
  }

  /**
   * Throws `invalid` with what is wrong with the arguments by path, `forbidden` for an address that may not
   * be called, else what kept it from answering.
   */
  call(service: Service, operation: ServiceOperation, args: Record<string, unknown>, secret: string | undefined): Promise<Served> {
    return within((signal) =>
      service.kind === "http"
        ? this.#overHttp(service, operation, args, secret, signal)
        : this.#overMcp(service, operation.name, args, secret, signal),
    );
  }
  /** Whether the service has an operation; of an HTTP API only a call would tell. Throws as `call` does. */
  async has(service: Service, operation: ServiceOperation, secret: string | undefined): Promise<boolean> {
    if (service.kind === "http") return true;
    return within((signal) => this.#withMcp(service, secret, signal, (client) => listsTool(client, operation.name, signal)));
  }

  async #send(address: string | URL, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const url = new URL(address);
    const why = findAddressIssue(url.href, this.local);
    if (why) throw new AppError("forbidden", { what: "service", why }, { message: `${url.hostname} ${why}` });
    const headers = new Headers(init.headers);
    headers.set("user-agent", "growqr");
    const body = typeof init.body === "string" ? init.body : undefined;
    return exchange(url, { method: init.method ?? "GET", headers, body, signal }, this.local.includes(url.origin));
  }
  async #overHttp(
    service: Service,
    operation: ServiceOperation,
    args: Record<string, unknown>,
    secret: string | undefined,
    signal: AbortSignal,
  ): Promise<Served> {
    const request = buildServiceRequest(service, operation, args);
    if (!request.ok) throw new AppError("invalid", { issues: request.issues });
    const { method, url, body } = request.value;
    const headers = { accept: "application/json, text/*", ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const init = { method, headers: { ...headers, ...secretHeaders(service, secret) }, ...(body === undefined ? {} : { body }) };
    const answer = await this.#send(url, init, signal);
    const moved = answer.status >= 300 && answer.status < 400;
    const text = moved ? "It points somewhere else; that is not followed." : await answer.text();
    return { ok: answer.ok, text: `${answer.status}\n${mendText(text)}` };
  }
  #overMcp(
    service: Service,
    name: string,
    args: Record<string, unknown>,
    secret: string | undefined,
    signal: AbortSignal,
  ): Promise<Served> {
    return this.#withMcp(service, secret, signal, async (client) => {
      const answer = spoken.parse(await client.callTool({ name, arguments: args }, undefined, { signal }));
      return { ok: !answer.isError, text: mendText(answer.content.map((part) => part.text ?? `(${part.type})`).join("\n")) };
    });
  }
  async #withMcp<T>(service: Service, secret: string | undefined, signal: AbortSignal, ask: (client: Client) => Promise<T>): Promise<T> {
    const transport = new StreamableHTTPClientTransport(new URL(service.url), {
      requestInit: { headers: secretHeaders(service, secret) },
      // its own stream of notices is not opened: a call lives for one answer
      fetch: async (url, init = {}) => (init.method === "GET" ? new Response(null, { status: 405 }) : this.#send(url, init, signal)),
    });
    const client = new Client({ name: "growqr", version: "1" });
    try {
      await client.connect(transport as Transport, { signal }); // its own class differs from its interface under exact optional types
      const answer = await ask(client);
      if (transport.sessionId) await transport.terminateSession();
      return answer;
    } finally {
      await client.close();
    }
  }
}
