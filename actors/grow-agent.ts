import { actor, UserError } from "rivetkit";
import { z } from "zod";
import {
  type ActionName,
  beforeIn,
  connParams,
  envelope,
  fileIn,
  type GrowAgentInput,
  growAgentInput,
  provisionIn,
  sendIn,
  sinceIn,
  startIn,
  stopIn,
  treeIn,
} from "../schema/agent.ts";
import { AppError, invalid } from "../schema/error.ts";
import { growAgent as growAgentTable } from "../schema/grow-agent.table.ts";
import { toolCall } from "../schema/tool.ts";
import { admit, lifetime, mayCall } from "./auth.ts";
import { scanWork } from "./commit.ts";
import { before, since } from "./event.ts";
import { send } from "./message.ts";
import { outboxWork } from "./outbox.ts";
import { projectWork } from "./project.ts";
import { provisionWork } from "./provision.ts";
import { file, repos, tree } from "./repo.ts";
import { type Connection, type ConnState, me, member, type Self, type Vars, type World } from "./self.ts";
import { snapshot } from "./snapshot.ts";
import { stackClient } from "./stack.ts";
import { lastSeq, provision, start } from "./start.ts";
import { statusWork } from "./status.ts";
import { stop, stopWork } from "./stop.ts";
import { database } from "./tables.ts";
import { callTool } from "./tool.ts";
import { turnWork } from "./turn.ts";
import { changing, type Handlers, kick } from "./work.ts";

const handlers: Handlers = {
  provision: provisionWork,
  turn: turnWork,
  stop: stopWork,
  outbox: outboxWork,
  project: projectWork,
  scan: scanWork,
  status: statusWork,
};

function newVars(world: World, key: readonly string[]): Vars {
  return {
    world,
    stack: stackClient(world.edge, world.hosts, key[0] ?? ""),
    life: AbortSignal.abort(), // until onWake gives the real one
    lanes: new Map(),
    waiting: new Map(),
    greeting: new Set(),
    lastSeq: 0,
    tail: Promise.resolve(),
    running: undefined,
    bringUp: undefined,
    attached: false,
    armedAt: 0,
    watched: undefined,
    dog: Promise.resolve(),
    changing: 0,
    kick: () => undefined,
    self: undefined,
  };
}

/** What goes to a caller: the code and a text for people, never the cause. */
function refusal(world: World, error: unknown, requestId: string, what: string): UserError {
  const app = error instanceof AppError ? error : new AppError("internal", {}, { cause: error });
  if (app.code === "internal") world.log("error", "action failed", { what, requestId, error });
  const { issues } = app.meta;
  return new UserError(app.message, { code: app.code, metadata: { requestId, ...(issues ? { issues } : {}) } });
}

/** Integers above 2^32 arrive as BigInt; all of ours fit a number. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

type Call<I> = { self: Self; input: I; key: string; requestId: string; connection: Connection };
// The context Rivet Kit gives to hooks and actions; `Self` names what we use of it.
type Context = { vars: Vars; conn?: Connection; request?: Request };
/** Whether a connection stays open and can be sent to; a single call makes one that can't. */
const stays = (c: { request?: Request | undefined }) => c.request !== undefined && new URL(c.request.url).pathname.endsWith("/connect");

/** The actor of one member, key `[member]`. Thin: each action checks the caller's ticket, parses, and calls the noun that owns it. */
export function growAgent(world: World) {
  const self = (c: Context): Self => {
    if (!c.vars.self) throw new AppError("unavailable", { what: "actor" });
    return c.vars.self;
  };
  /** An action of one argument, the envelope with `input` inside. */
  function action<S extends z.ZodType, T>(name: ActionName, shape: S, act: (call: Call<z.infer<S>>) => Promise<T>) {
    return async (c: unknown, argument?: unknown): Promise<T> => {
      const context = c as Context;
      const head = envelope.safeParse(argument);
      const requestId = head.success ? head.data.requestId : "";
      try {
        const connection = context.conn;
        mayCall(connection?.state, name, Date.now());
        if (!connection) throw new AppError("unauthenticated");
        if (!head.success) throw invalid(head.error);
        const parsed = shape.safeParse(plain((argument as { input?: unknown }).input));
        if (!parsed.success) throw invalid(parsed.error);
        return await act({ self: self(context), input: parsed.data, key: head.data.key, requestId, connection });
      } catch (error) {
        throw refusal(world, error, requestId, name);
      }
    };
  }
  const nothing = z.unknown();

  async function greet(c: Context, connection: Connection): Promise<void> {
    const of = self(c);
    if (!connection.state.stays) return;
    of.vars.greeting.add(connection.id);
    try {
      const now = await snapshot(of, connection.state);
      connection.send("snapshot", now);
    } finally {
      of.vars.greeting.delete(connection.id);
    }
    await of.schedule.at(lifetime(connection.state), "expire");
  }

  return actor({
    options: { sleepTimeout: 10_000, actionTimeout: 30_000 },
    db: database,
    createState: (_c: unknown, input: unknown): GrowAgentInput => growAgentInput.parse(input),
    // biome-ignore lint/suspicious/noExplicitAny: Rivet Kit's types collapse when this parameter is inferred
    createVars: (c: any): Vars => newVars(world, c.key),
    onBeforeConnect: async (c, params: unknown) => {
      await admit(params, c.key, undefined, world.keys).catch((error) => Promise.reject(refusal(world, error, "", "connect")));
    },
    createConnState: async (c, params: unknown): Promise<ConnState> => {
      const agent = (c.state as GrowAgentInput).agent;
      const who = await admit(params, c.key, agent, world.keys).catch((error) => Promise.reject(refusal(world, error, "", "connect")));
      return { ...who, stays: stays(c) };
    },
    onWake: async (c) => {
      const of = c as unknown as Self;
      const { vars } = of;
      vars.life = c.abortSignal;
      vars.self = of;
      vars.kick = () => kick(of, handlers);
      const row = { ...(c.state as GrowAgentInput), tier: "stopped", observed: "absent" } as const;
      const fresh = { generation: 0, ready: false, failed: false, memoryReady: false, lastActivity: Date.now() };
      await of.db
        .insert(growAgentTable)
        .values({ ...row, ...fresh })
        .onConflictDoNothing();
      vars.lastSeq = await lastSeq(of.db);
      world.log("info", "actor awake", { member: member(of), generation: (await me(of.db)).generation, seq: vars.lastSeq });
      vars.kick();
    },
    onConnect: async (c, connection) => greet(c as unknown as Context, connection as unknown as Connection),
    actions: {
      send: action("send", sendIn, (of) => changing(of.self, () => send(of.self, of.input, of.requestId))),
      stop: action("stop", stopIn, (of) => changing(of.self, () => stop(of.self, of.input, of.key, of.requestId))),
      start: action("start", startIn, (of) => changing(of.self, () => start(of.self, of.key, of.requestId))),
      provision: action("provision", provisionIn, (of) => changing(of.self, () => provision(of.self, of.input, of.key, of.requestId))),
      since: action("since", sinceIn, (of) => since(of.self.db, of.input.seq, of.input.limit)),
      before: action("before", beforeIn, (of) => before(of.self.db, of.input.seq, of.input.limit)),
      snapshot: action("snapshot", nothing, (of) => snapshot(of.self, of.connection.state)),
      file: action("file", fileIn, (of) => file(of.self, of.input, of.requestId)),
      tree: action("tree", treeIn, (of) => tree(of.self, of.input, of.requestId)),
      repos: action("repos", nothing, (of) => repos(of.self, of.requestId)),
      tool: action("tool", toolCall, (of) => changing(of.self, () => callTool(of.self, of.input, of.key, of.requestId))),
      renew: action("renew", connParams, async (of) => {
        const fresh = await admit(of.input, of.self.key, (await me(of.self.db)).agent, world.keys);
        if (fresh.audience !== "live") throw new AppError("forbidden");
        of.connection.state.exp = fresh.exp;
        await of.self.schedule.at(lifetime(fresh), "expire");
        return { ticketEnds: Number(fresh.exp) };
      }),
      /** By schedule only: work that is due, and the watchdog. */
      alarm: async (c) => {
        if ((c as { conn?: unknown }).conn) throw refusal(world, new AppError("not_found"), "", "alarm");
        self(c as unknown as Context).vars.kick();
      },
      /** By schedule only: connections whose ticket ended are closed. One left over from a dead engine would keep the actor awake for ever. */
      expire: async (c) => {
        if ((c as { conn?: unknown }).conn) throw refusal(world, new AppError("not_found"), "", "expire");
        for (const connection of self(c as unknown as Context).conns.values())
          if (lifetime(connection.state) <= Date.now() + 50) await connection.disconnect("ticket_expired");
      },
    },
  });
}
