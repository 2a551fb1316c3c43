import { UserError } from "rivetkit";
import { z } from "zod";
import { AppError } from "../../schema/wire/error.ts";
import { isTooDeep, mendValue, mostNestedLevels } from "../../schema/wire/foreign-text.ts";
import { Stack } from "../stack/stack.ts";
import { connectionEnd } from "./auth.ts";
import type { ActorVars, Self, World } from "./self.ts";
import { Quota } from "./token-bucket.ts";
import type { Reactions } from "./writer.ts";

/** `reactions`: what follows from the actor's events. */
export function newVars(world: World, key: readonly string[], reactions: Reactions = {}): ActorVars {
  return {
    world,
    stack: new Stack(world.edge, world.hosts, key[0] ?? ""),
    life: AbortSignal.abort(), // until onWake gives the real one
    quota: new Quota(),
    reactions,
    lanes: new Map(),
    waiting: new Map(),
    greeting: new Set(),
    lastSeq: 0,
    tail: Promise.resolve(),
    running: new Map(),
    bringUp: undefined,
    command: undefined,
    attached: new Set(),
    reach: new Map(),
    ledger: new Map(),
    withoutModelTime: new Set(),
    briefings: new Map(),
    armedAt: 0,
    watched: undefined,
    laterAt: undefined,
    endedSignIns: new Map(),
    alarmTail: Promise.resolve(),
    changing: 0,
    starts: 0,
    askedAt: 0,
    kick: () => undefined,
    unreadable: undefined,
    self: undefined,
  };
}
/**
 * Rivet Kit's context in `onWake`, by our type of it: its own type collapses when an actor's parameters are
 * inferred.
 */
export const readSelf = (context: unknown): Self => context as Self;
/** The context of `onWake` from that of any later call. */
export function requireSelf(context: unknown): Self {
  const { self } = readSelf(context).vars;
  if (!self) throw new AppError("unavailable", { what: "actor" });
  return self;
}

/** What the engine calls on its schedule, and nobody else may. */
export function scheduledActions(world: World) {
  const scheduled = (context: unknown, name: string): Self => {
    if ((context as { conn?: unknown }).conn) throw toUserError(world, new AppError("not_found"), "", name);
    return requireSelf(context);
  };
  return {
    /** Work that is due, and the watchdog. */
    alarm: async (context: unknown) => scheduled(context, "alarm").vars.kick(),
    /**
     * Closes connections whose ticket has ended. One left over from a dead engine would keep the actor awake
     * for ever.
     */
    expire: async (context: unknown) => {
      for (const connection of scheduled(context, "expire").conns.values())
        if (connectionEnd(connection.state) <= Date.now() + 50) await connection.disconnect("ticket_expired");
    },
  };
}

const unwrittenText =
  "What your agents keep can't be written right now: the disk of the engine is full or fails. Nothing new is taken until it can be.";
/**
 * What SQLite says, inside Rivet Kit's error, when the engine did not take a write; the engine's own reason
 * stays in its log.
 */
const refusedWrites = ["disk I/O error", "database or disk is full"];
/** Rivet Kit gives the errors of some calls as they crossed its bridge. */
const bridgePrefix = "__RIVET_ERROR_JSON__:";
const bridgedError = z.object({ metadata: z.object({ error: z.string() }) });
function isUnwritten(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const raw = error.message.startsWith(bridgePrefix) ? error.message : ""; // a query's own message carries what a member wrote
  const said = (bridgedError.safeParse(error).data?.metadata.error ?? raw).slice(-2_000);
  return refusedWrites.some((words) => said.includes(words)) || isUnwritten(error.cause);
}
/** How Rivet Kit and its native part begin what they say of a database whose actor sleeps or ends. */
const closedDatabase = ["Database is closed.", "SQLite transaction coordinator is closed"];
function isClosed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return closedDatabase.some((words) => error.message.startsWith(words)) || isClosed(error.cause);
}
function toAppError(world: World, cause: unknown): AppError {
  if (world.full()) return new AppError("storage_full", {}, { cause });
  if (isUnwritten(cause)) return new AppError("storage_full", { what: "engine" }, { cause, message: unwrittenText });
  return isClosed(cause) ? new AppError("unavailable", { what: "actor" }, { cause }) : new AppError("internal", {}, { cause });
}
/**
 * A start of an actor. What Rivet Kit is told of one that failed goes to the engine and to its own lines of
 * the log: never the cause, which may hold what was said.
 */
export async function startActor(world: World, start: Promise<void>): Promise<void> {
  try {
    await start;
  } catch (error) {
    const { code, message } = error instanceof AppError ? error : new AppError("internal");
    world.log("error", "an actor did not start", { error });
    throw new Error(`${code}: ${message}`);
  }
}
/** What goes to a caller: the code and a text for people, never the cause. */
export function toUserError(world: World, error: unknown, requestId: string, action: string): UserError {
  const app = error instanceof AppError ? error : toAppError(world, error);
  if (!(error instanceof AppError))
    world.log(app.code === "unavailable" ? "warn" : "error", "action failed", { what: action, requestId, error });
  const { issues, retryAfter } = app.meta; // seconds
  const metadata = { requestId, ...(issues ? { issues } : {}), ...(retryAfter ? { retryAfter } : {}) };
  return new UserError(app.message, { code: app.code, metadata });
}

/** What a caller gave, its texts mended. Throws `invalid` for what is nested deeper than anything of ours. */
export function mendInput(value: unknown): unknown {
  if (!isTooDeep(value)) return mendValue(value);
  throw new AppError("invalid", { issues: [{ path: "", message: `is nested deeper than ${mostNestedLevels} levels` }] });
}
/** What goes to a caller: what was cut in the middle of a character would be read by nobody. */
export const mendOutput = <T>(value: T): T => mendValue(value) as T;
/** Whether a connection stays open and can be sent to; a single call makes one that can't. */
export const isLasting = (c: { request?: Request | undefined }) =>
  c.request !== undefined && new URL(c.request.url).pathname.endsWith("/connect");
