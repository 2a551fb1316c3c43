import { UserError } from "rivetkit";
import { AppError } from "../schema/error.ts";
import { isTooDeep, mendValue, mostLevels } from "../schema/foreign-text.ts";
import { newQuota } from "./quota.ts";
import type { Connection, Self, Vars, World } from "./self.ts";
import { stackClient } from "./stack.ts";

/** What both kinds of actor make of Rivet Kit's context. */
export type Context = { vars: Vars; conn?: Connection; request?: Request };

export function newVars(world: World, key: readonly string[]): Vars {
  return {
    world,
    stack: stackClient(world.edge, world.hosts, key[0] ?? ""),
    life: AbortSignal.abort(), // until onWake gives the real one
    quota: newQuota(),
    lanes: new Map(),
    waiting: new Map(),
    greeting: new Set(),
    lastSeq: 0,
    tail: Promise.resolve(),
    running: new Map(),
    bringUp: undefined,
    attached: new Set(),
    armedAt: 0,
    watched: undefined,
    laterAt: undefined,
    dog: Promise.resolve(),
    changing: 0,
    kick: () => undefined,
    self: undefined,
  };
}
/** The context of `onWake`. */
export function contextOf(c: Context): Self {
  if (!c.vars.self) throw new AppError("unavailable", { what: "actor" });
  return c.vars.self;
}

/** What goes to a caller: the code and a text for people, never the cause. */
export function refusal(world: World, error: unknown, requestId: string, what: string): UserError {
  const app = error instanceof AppError ? error : new AppError(world.full() ? "storage_full" : "internal", {}, { cause: error });
  if (!(error instanceof AppError)) world.log("error", "action failed", { what, requestId, error });
  const { issues, retryAfter } = app.meta; // seconds
  const metadata = { requestId, ...(issues ? { issues } : {}), ...(retryAfter ? { retryAfter } : {}) };
  return new UserError(app.message, { code: app.code, metadata });
}

/** What a caller gave, its texts mended. Throws `invalid` for what is nested deeper than anything of ours. */
export function plain(value: unknown): unknown {
  if (!isTooDeep(value)) return mendValue(value);
  throw new AppError("invalid", { issues: [{ path: "", message: `is nested deeper than ${mostLevels} levels` }] });
}
/** What goes to a caller: what was cut in the middle of a character would be read by nobody. */
export const mended = <T>(value: T): T => mendValue(value) as T;
/** Whether a connection stays open and can be sent to; a single call makes one that can't. */
export const stays = (c: { request?: Request | undefined }) =>
  c.request !== undefined && new URL(c.request.url).pathname.endsWith("/connect");
