import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { JWTVerifyGetKey } from "jose";
import { AppError } from "../schema/wire/error.ts";
import { type Id, id, newId } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { edgeKeys, memberTicket, peer, sameEpoch } from "./auth.ts";
import { refuse } from "./gateway/forward.ts";
import type { Notes } from "./gitea/receipt-notes.ts";
import type { Host } from "./host.ts";
import type { StackRow } from "./ledger.ts";
import type { Machine } from "./machine/machine.ts";
import type { Revoked } from "./machine/revoked.ts";
import type { Agents } from "./opencode/opencode.ts";
import type { Packages } from "./quest/quest-package.ts";
import { routes } from "./routes.ts";
import type { Runs } from "./run/run.ts";
import type { Stacks } from "./stack/stack.ts";

/** What the API works with beside the host itself. */
export type Api = {
  host: Host;
  stacks: Stacks;
  agents: Agents;
  runs: Runs;
  notes: Notes;
  packages: Packages;
  machine: () => Machine;
  keys: JWTVerifyGetKey;
  /** When the edge last took a heartbeat, by `elapsed`; 0 for never. */
  lastHeartbeat: () => number;
  revoked: Revoked;
};
export type Call = {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  /** Path without query, and the query with its `?`. */
  path: string;
  query: string;
  member: Id<"mem">;
  agent: Id<"agt">;
  /** What follows the last named part of the route. */
  rest: string;
};
/** `open`: certificate only. `ticket`: the route reads the stack ticket itself. `stack`: a ticket for the row's member and epoch; `bytes`: a relay ticket will do. */
export type Route = {
  method: string | undefined;
  pattern: RegExp;
} & (
  | { needs: "open" | "ticket"; run: (api: Api, call: Call) => Promise<void> }
  | { needs: "stack" | "bytes"; run: (api: Api, call: Call, row: StackRow) => Promise<void> }
);

/** The mutual-TLS server that runners talk to. Only a certificate of the edge's CA gets as far as a request. */
export function startServer(given: Omit<Api, "keys">, at: { address: string; port: number }): Promise<https.Server> {
  const api: Api = { ...given, keys: edgeKeys(given.machine()) };
  const { key, certificate, ca } = api.machine();
  const tls = { key, cert: certificate, ca, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" } as const;
  const server = https.createServer({ ...tls, noDelay: true, requestTimeout: 0 }, (request, response) => {
    api.revoked.watch(request);
    const given = request.headers["x-request-id"];
    const requestId = id("req").safeParse(given).success ? String(given) : newId("req");
    told(api, request, response, requestId);
    handle(api, request, response, requestId).catch((error: unknown) => {
      const level = error instanceof AppError && error.status < 500 ? "info" : "warn";
      api.host.log(level, "refused", { requestId, method: request.method, url: request.url, error });
      refuse(response, error, requestId);
    });
  });
  server.keepAliveTimeout = 65_000; // longer than callers keep theirs: none may write into a closing connection
  server.on("tlsClientError", (error) => api.host.log("info", "tls refused", { error }));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.address, () => resolve(server));
  });
}

/** One line per call that was answered, so that a request can be followed into the host; the probes of runners are left out. */
function told(api: Api, request: IncomingMessage, response: ServerResponse, requestId: string): void {
  const began = Date.now();
  const path = (request.url ?? "").split("?")[0];
  response.once("close", () => {
    if (response.statusCode >= 400 || path === "/health") return; // refusals are logged with their reason
    api.host.log("info", "call", { requestId, method: request.method, path, status: response.statusCode, ms: Date.now() - began });
  });
}

async function handle(api: Api, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  const caller = peer(request);
  if (api.revoked.has(caller)) throw new AppError("forbidden", { what: "this machine was revoked", caller });
  const [path = "/", query] = (request.url ?? "/").split("?", 2);
  // A dot segment could leave the path that a ticket covers.
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) throw new AppError("not_found", { path });
  const found = routes.map((route) => ({ route, match: route.pattern.exec(path) })).filter(({ match }) => match !== null);
  if (found.length === 0) throw new AppError("not_found", { path });
  const picked = found.find(({ route }) => route.method === undefined || route.method === request.method);
  if (!picked) throw new AppError("method_not_allowed", { path });
  const { route, match } = picked;
  const { member = "", agent = "", rest = "" } = match?.groups ?? {};
  const call: Call = {
    request,
    response,
    requestId,
    path,
    query: query === undefined ? "" : `?${query}`,
    member: named("mem", member),
    agent: named("agt", agent),
    rest,
  };
  if (route.needs === "open" || route.needs === "ticket") return route.run(api, call);
  const of = { member, path, bytes: route.needs === "bytes" };
  const { epoch, renews } = await memberTicket(request, of, api.machine(), api.keys);
  const row = sameEpoch(api.host.ledger.stack(member), epoch);
  if (renews) api.stacks.renew(member, epoch, api.host.elapsed() + limits.lease);
  return route.run(api, call, row);
}

/** An id in a path; another kind of id, or none, is nothing that is here. */
function named<P extends "mem" | "agt">(prefix: P, text: string): Id<P> {
  if (text === "") return text as Id<P>; // the route has no such part
  const parsed = id(prefix).safeParse(text);
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}
