import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { routePath } from "hono/route";
import type { JWTVerifyGetKey } from "jose";
import { openEdgeKeys } from "../schema/wire/edge-keys.ts";
import { AppError, errorResponse } from "../schema/wire/error.ts";
import { id, newId } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { pathForLog } from "../schema/wire/path-for-log.ts";
import { readTraceparent, traceIdOf } from "../schema/wire/trace.ts";
import { readPeer, requestPath } from "./auth.ts";
import { sendError } from "./gateway/forward.ts";
import type { ReceiptNotes } from "./gitea/receipt-notes.ts";
import type { Host } from "./host.ts";
import { hostTraces } from "./host-traces.ts";
import type { LedgerStackRow } from "./ledger.ts";
import type { Heartbeat } from "./machine/heartbeat.ts";
import type { HostMachine } from "./machine/machine.ts";
import type { RevokedMachines } from "./machine/revoked.ts";
import type { Refusals } from "./network/refusals.ts";
import type { Traffic } from "./network/traffic.ts";
import type { AgentServers } from "./opencode/opencode.ts";
import type { BoxConnections } from "./preview/box-connector.ts";
import type { OpenViews } from "./preview/open-views.ts";
import { serveUpgrade } from "./preview/upgrade.ts";
import type { QuestPackages } from "./quest/quest-package.ts";
import type { Apps } from "./release/apps.ts";
import { mountRoutes } from "./routes.ts";
import type { ProjectCommands } from "./run/plain/project-command.ts";
import type { Runs } from "./run/run.ts";
import type { Stacks } from "./stack/stack.ts";
import type { Terminals } from "./terminal/terminal.ts";

/** What the API works with beside the host itself. */
export type HostServices = {
  host: Host;
  stacks: Stacks;
  agents: AgentServers;
  runs: Runs;
  commands: ProjectCommands;
  apps: Apps;
  notes: ReceiptNotes;
  packages: QuestPackages;
  refusals: Refusals;
  boxes: BoxConnections;
  views: OpenViews;
  terminals: Terminals;
  traffic: Traffic;
  machine: () => HostMachine;
  keys: JWTVerifyGetKey;
  heartbeat: Heartbeat;
  revoked: RevokedMachines;
};
/** `row`: the stack of a route that asks for a ticket. */
export type HostEnv = { Bindings: HttpBindings; Variables: { requestId: string; row: LedgerStackRow } };
export type HostRequest = Context<HostEnv>;

/**
 * The mutual-TLS server that runners talk to. Only a certificate of the edge's CA gets as far as a request.
 */
export function startHostServer(given: Omit<HostServices, "keys">, at: { address: string; port: number }): Promise<https.Server> {
  const api: HostServices = { ...given, keys: openEdgeKeys(given.machine().edge) };
  const { key, certificate, ca } = api.machine();
  const tls = { key, cert: certificate, ca, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" } as const;
  const listen = getRequestListener(makeHostApp(api).fetch, { ...listenerOptions, errorHandler: refuseUnreadable });
  const server = https.createServer(
    { ...tls, noDelay: true, requestTimeout: 0, maxHeaderSize: limits.headerBytes * 2 },
    (request, response) => {
      api.revoked.watch(request);
      void listen(request, response);
    },
  );
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    api.revoked.watch(request);
    void serveUpgrade(api, { incoming: request, socket, head });
  });
  server.keepAliveTimeout = 65_000; // longer than callers keep theirs: none may write into a closing connection
  server.on("tlsClientError", (error) => {
    // Who left before a handshake was refused nothing: a health check looks whether the port is open.
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") api.host.log("info", "tls refused", { error });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.address, () => resolve(server));
  });
}

/** Bytes are passed on from Node's own streams, so the listener leaves the rest of a request alone. */
const listenerOptions = { overrideGlobalObjects: false, autoCleanupIncoming: false };
/** For a request whose address is none, before it reaches a route. */
function refuseUnreadable(cause: unknown): Response {
  const { status, body } = errorResponse(new AppError("not_found", {}, { cause }), newId("req"));
  return Response.json(body, { status });
}

/** Of a call to Gitea or OpenCode also what it is about there, which no person has named. */
function callPath(c: HostRequest): string {
  const route = routePath(c, -1);
  const isForwarded = /\/(?:git|opencode)\/:rest\{/.test(route);
  return pathForLog(c.req.path, route, (part, place) => isForwarded && place < 6 && place !== 4 && /^[a-z_]{1,24}[0-9]?$/.test(part));
}

/**
 * One line per call that was answered, so that a request can be followed into the host; the probes of runners
 * are left out.
 */
function logCall(api: HostServices, c: HostRequest): void {
  const { incoming: request, outgoing: response } = c.env;
  const { requestId } = c.var;
  const began = Date.now();
  response.once("close", () => {
    if (response.statusCode >= 400 || c.req.path === "/health") return; // refusals are logged with their reason
    api.host.log("info", "call", {
      requestId,
      method: request.method,
      path: callPath(c),
      status: response.statusCode,
      ms: Date.now() - began,
    });
  });
}

function makeHostApp(api: HostServices): Hono<HostEnv> {
  // Hono may be given no environment; the listener always gives one.
  const app = new Hono<HostEnv>({ getPath: (_request, options) => requestPath((options!.env as HttpBindings).incoming) });
  app.use(async (c, next) => {
    const { incoming } = c.env;
    const given = incoming.headers["x-request-id"];
    c.set("requestId", id("req").safeParse(given).success ? String(given) : newId("req"));
    logCall(api, c);
    const caller = readPeer(incoming);
    if (api.revoked.has(caller)) throw new AppError("forbidden", { what: "this machine was revoked", caller });
    // A dot segment could leave the path that a ticket covers.
    if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(c.req.path)) throw new AppError("not_found", { path: c.req.path });
    const { requestId } = c.var;
    const parent = readTraceparent(incoming.headers.traceparent?.toString());
    const parentId = parent?.traceId === traceIdOf(requestId) ? parent?.spanId : undefined;
    const begin = { requestId, name: `${c.req.method} ${routePath(c, -1).replace(/\{[^{}/]*\}/g, "")}`, kind: "server", parentId } as const;
    await (parentId === undefined ? next() : hostTraces.run(begin, next));
  });
  mountRoutes(app, api);
  for (const path of new Set(app.routes.map((route) => route.path)))
    if (path !== "/*")
      app.all(path, () => {
        throw new AppError("method_not_allowed", { path });
      });
  app.notFound((c) => {
    throw new AppError("not_found", { path: c.req.path });
  });
  app.onError((error, c) => {
    const { requestId } = c.var;
    const level = error instanceof AppError && error.status < 500 ? "info" : "warn";
    api.host.log(level, "refused", { requestId, method: c.req.method, path: callPath(c), error });
    sendError(c.env.outgoing, error, requestId);
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
