import { createRoute, type OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { Context, Env, Handler, MiddlewareHandler } from "hono";
import { accessScopes, type RouteScope } from "../schema/account/access-token.ts";
import { limits } from "../schema/wire/limits.ts";
import { type AgentVariables, requireAgentToken } from "./agent/agent-auth.ts";
import { type GitVariables, requireGitToken } from "./git/git-access.ts";
import { type EdgeApp, emptyBody, jsonBodyOf } from "./http.ts";
import { type PersonVariables, requireIdentity, requireMember, type SessionVariables } from "./kernel/auth.ts";
import { idempotent, idempotentOnce } from "./kernel/idempotency.ts";
import { type MachineVariables, requireMachineRole } from "./machine/machine-auth.ts";

/**
 * The doors of the API: every route is made by one of these functions, by who may call it. What tells
 * that caller from all others, counts its calls, reads the body and keeps the first answer to a key
 * stands here and nowhere else; test/edge/door.test.ts holds that no address is without.
 */
type Ways<V extends Env> = {
  /** Outside of all: what says a refusal in the caller's own way. */
  around?: readonly MiddlewareHandler<EdgeApp>[];
  /** After the caller is known; before the body is read, where the guard does not read it. */
  before?: readonly MiddlewareHandler<EdgeApp & V>[];
  /** The most bytes that a body of JSON may have; `bytes`: the route reads its body itself. */
  body?: number | "bytes";
  /**
   * Which of a member's calls that change something take an `Idempotency-Key`: all, with the first answer
   * given again. `once`: what is made is shown once, and a repeat hears just that it was made. False: none
   * is taken, since the call keeps nothing, makes a ticket anew each time, or says by itself what is to be.
   * A route that reads its body itself takes none.
   */
  key?: false | "once";
  /** What it takes of a member's access token; where nothing is said `read` of GET, else `work`. */
  scope?: RouteScope;
  security?: never;
  middleware?: never;
};
type DoorRoute<V extends Env> = Omit<RouteConfig, "security" | "middleware"> & Ways<V>;
/** What handlers hear of a call is what the guards set, so that their type stands for all before. */
type Route<R, V extends Env> = Omit<R, keyof Ways<V>> & { middleware: MiddlewareHandler<EdgeApp & V>; getRoutingPath(): string };
/** In a route's own description, until it is completed: how a repeat by its key is answered. */
export const takesKey = "x-growqr-takes-key";

/** What tells a caller from others, or counts those of whom nothing is known: for the doors' test. */
export const doorGuards = new Set<unknown>();
type Scheme = "session" | "machine" | "agent" | "gitToken";
/** `reads`: the guard has read the body, or the route will: it is what tells the caller. */
function makeDoor<V extends Env, Paths extends string = string>(
  scheme: Scheme | undefined,
  guards: readonly MiddlewareHandler<EdgeApp & V>[],
  { reads, scope }: { reads?: "json" | "bytes"; scope?: RouteScope } = {},
) {
  for (const guard of guards) doorGuards.add(guard);
  return <P extends Paths, R extends DoorRoute<V> & { path: P }>(asked: R) => {
    const { around = [], before = [], body = limits.bodyBytes, key, scope: _, ...route } = asked;
    const plain = body === "bytes" || reads === "bytes";
    const sends = ["post", "put", "patch"].includes(asked.method) || asked.request?.body !== undefined;
    const keyed = scheme === "session" && asked.method !== "get" && key !== false && !plain;
    if (
      (key !== undefined && scheme !== "session") ||
      (asked.scope !== scope && asked.scope !== undefined) ||
      (typeof asked.body === "number" && reads)
    )
      throw new Error(`${asked.path}: this door takes no such way`);
    const middleware = [
      ...around,
      ...guards,
      ...before,
      ...(sends && !plain && reads !== "json" ? [jsonBodyOf(body as number)] : []),
      ...(keyed ? [key === "once" ? idempotentOnce : idempotent] : []),
    ];
    const request = sends && !plain ? { ...route.request, body: route.request?.body ?? emptyBody } : route.request;
    const byToken = scope === undefined || scope === "session" ? [] : [{ accessToken: scope === "all" ? [...accessScopes] : [scope] }];
    const security = scheme === undefined ? [] : [{ [scheme]: [] }, ...byToken];
    const made = { ...route, ...(request ? { request } : {}), security, middleware, ...(keyed ? { [takesKey]: key ?? "again" } : {}) };
    return createRoute(made as never) as unknown as Route<R, V>;
  };
}

/** A member, by a session of the identity provider or an access token of theirs. */
export function memberDoor<P extends string, R extends DoorRoute<SessionVariables> & { path: P }>(asked: R) {
  const { scope = asked.method === "get" ? "read" : "work" } = asked;
  return makeDoor<SessionVariables>("session", [requireMember(scope)], { scope })<P, R>(asked);
}
/** Whoever has a session, also one whose account is being erased. */
export const personDoor = makeDoor<PersonVariables>("session", [requireIdentity]);
/** A machine, by a call that it has signed. */
export const runnerDoor = makeDoor<MachineVariables>("machine", [requireMachineRole("runner")], { reads: "json" });
export const hostDoor = makeDoor<MachineVariables>("machine", [requireMachineRole("host")], { reads: "json" });
export const machineDoor = makeDoor<MachineVariables>("machine", [requireMachineRole("host", "runner")], { reads: "json" });
/** One agent, by the token that its host has signed. */
export const agentDoor = makeDoor<AgentVariables>("agent", [requireAgentToken]);
/** A stock git client. */
export const gitDoor = makeDoor<GitVariables>("gitToken", [requireGitToken]);
/** Anybody: each names the count that its calls go against. */
export function publicDoor<P extends string, R extends DoorRoute<Env> & { path: P }>(limit: MiddlewareHandler<EdgeApp>, asked: R) {
  return makeDoor<Env>(undefined, [limit])<P, R>(asked);
}
/** Another company's word: the route checks the signature of the bytes, and counts what is not signed. */
export const webhookDoor = makeDoor<Env, `/webhooks/${string}`>(undefined, [], { reads: "bytes" });
/** A browser's own WebSocket, which can't say who it is: the route checks and counts its ticket. */
export const socketDoor = makeDoor<Env, `/terminals/${string}/connect`>(undefined, []);

/** Mounts a route that reads its input itself, or whose answer is a stream or another program's. */
export function mountPlain<V extends Env>(
  app: OpenAPIHono<EdgeApp>,
  route: RouteConfig & { middleware: MiddlewareHandler<EdgeApp & V>; getRoutingPath(): string },
  handler: (c: Context<EdgeApp & V>) => Response | Promise<Response>,
): void {
  const { middleware, getRoutingPath, ...described } = route;
  app.openAPIRegistry.registerPath(described);
  const steps = [middleware, handler].flat() as Handler[]; // the list that `makeDoor` made
  app.on([route.method.toUpperCase()], [getRoutingPath()], ...steps);
}
