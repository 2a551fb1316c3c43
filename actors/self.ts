import type { InferSelectModel } from "drizzle-orm";
import type { JWTVerifyGetKey } from "jose";
import type { Delta } from "../schema/event.ts";
import { growAgent } from "../schema/grow-agent.table.ts";
import { type Id, id } from "../schema/id.ts";
import type { Log } from "../schema/log.ts";
import type { Edge } from "./edge.ts";
import type { Follow } from "./follow.ts";
import type { Hosts } from "./host.ts";
import type { Stack } from "./stack.ts";
import type { Db } from "./tables.ts";

/** What a runner gives to its actors. */
export type World = { edge: Edge; hosts: Hosts; keys: JWTVerifyGetKey; log: Log };

/** Who a connection acts for, from its ticket. `exp` in seconds. */
export type Admitted = { audience: "live" | "actor"; member: string; exp: number };
/** `stays`: a socket, not a single call. */
export type ConnState = Admitted & { stays: boolean };
export type Connection = {
  id: string;
  state: ConnState;
  send(name: string, body: unknown): void;
  disconnect(reason?: string): Promise<void>;
};

/** The turn that runs in this process. Nothing here is a record: after a crash it is made again from the log and from OpenCode. */
export type Running = {
  turnId: Id<"trn">;
  controller: AbortController;
  /** Settles when the loop that follows the turn has let go of it. */
  exited: Promise<void>;
  /** Text so far of the blocks that are not finished, by part, with the index of the last delta sent. */
  parts: Map<string, Delta>;
  /** What of `parts` is not sent yet. */
  pending: Map<string, string>;
  flush: ReturnType<typeof setTimeout> | undefined;
  follow: Follow | undefined;
};

export type Lane = "main" | "stop" | "git" | "status";
export type Vars = {
  world: World;
  stack: Stack;
  /** Ends when this actor sleeps, moves or its runner stops. */
  life: AbortSignal;
  lanes: Map<Lane, { again: boolean }>;
  waiting: Map<string, Set<() => void>>;
  /** Connections that have not got their snapshot yet. */
  greeting: Set<string>;
  lastSeq: number;
  tail: Promise<unknown>;
  running: Running | undefined;
  bringUp: AbortController | undefined;
  /** The stack was seen ready since this process has the actor. */
  attached: boolean;
  armedAt: number;
  /** Whether the watchdog is set; unknown after a wake. */
  watched: boolean | undefined;
  /** Changes of the watchdog, one after another, and how many changes just now count on it. */
  dog: Promise<void>;
  changing: number;
  /** Starts the lanes that stand still. */
  kick: () => void;
  /** The context of `onWake`, which outlives those of actions. */
  self: Self | undefined;
};

/** What the actor's own code uses of Rivet Kit's context: the one of `onWake`, which lives as long as the actor is awake. */
export type Self = {
  key: string[];
  db: Db;
  vars: Vars;
  conns: Map<string, Connection>;
  schedule: { at(timestamp: number, action: string, ...args: unknown[]): Promise<string> };
  cron: {
    every(options: { name: string; interval: number; action: string }): Promise<void>;
    delete(name: string): Promise<boolean>;
  };
  keepAwake<T>(promise: Promise<T>): Promise<T>;
};

export type Me = InferSelectModel<typeof growAgent>;
/** The actor's one row about itself. */
export async function me(db: Db): Promise<Me> {
  const rows = await db.select().from(growAgent).limit(1);
  if (!rows[0]) throw new Error("the actor has no row about itself");
  return rows[0];
}
export const member = (self: Self): Id<"mem"> => {
  const parsed = id("mem").safeParse(self.key[0]);
  if (!parsed.success) throw new Error("the actor's key is no member id");
  return parsed.data;
};
