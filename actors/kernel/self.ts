import type { InferSelectModel } from "drizzle-orm";
import type { JWTVerifyGetKey } from "jose";
import type { agentTable } from "../../schema/agent/agent.table.ts";
import type { AgentType } from "../../schema/agent/agent-type.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import type { ImageVariant, ServiceName } from "../../schema/environment/environment.ts";
import type { Delta } from "../../schema/event.ts";
import type { turnTable } from "../../schema/turn.table.ts";
import type { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { OpenCode } from "../opencode/opencode.ts";
import type { Edge } from "../runner/edge.ts";
import type { Hosts } from "../runner/host.ts";
import type { Peers } from "../runner/peer.ts";
import type { Services } from "../service/service.ts";
import type { Stack } from "../stack/stack.ts";
import type { View } from "../turn/translation.ts";
import type { Seals } from "./seals.ts";
import type { Db } from "./tables.ts";
import type { Quota } from "./token-bucket.ts";
import type { Lane } from "./work-kinds.ts";
import type { Reactions } from "./writer.ts";

/** What a runner gives to its actors. */
export type World = {
  edge: Edge;
  hosts: Hosts;
  keys: JWTVerifyGetKey;
  peers: Peers;
  /** The platform's agent types; `readAgentTypes` adds the member's own. */
  types: ReadonlyMap<string, AgentType>;
  services: Services;
  seals: Seals;
  /** How long a question waits until its member is reminded, milliseconds. */
  remindAfter: number;
  /** How long a turn is kept whose host answers nothing, milliseconds. */
  hostPatience: number;
  /** How long nobody uses a stack until it is stopped, milliseconds. */
  idleAfter: number;
  /** How many bytes one actor keeps at most. */
  mostBytes: number;
  /** Whether this machine's disk has no room: a failure that says nothing of itself is then that. */
  full: () => boolean;
  log: Logger;
};

/**
 * Who a connection acts for, from its ticket. `exp` in seconds; `entitled` says whether the account allowed
 * work then; `signIn` is the sign-in or access token by which it came; `from` is the agent behind a peer's.
 */
export type Admitted = {
  audience: "live" | "actor" | "peer";
  member: Id<"mem">;
  exp: number;
  entitled?: boolean | undefined;
  signIn?: string | undefined;
  from?: Id<"agt">;
};
/** `stays`: a socket, not a single call. */
export type ConnState = Admitted & { stays: boolean };
export type Connection = {
  id: string;
  state: ConnState;
  send(name: string, body: unknown): void;
  disconnect(reason?: string): Promise<void>;
};

/** A turn as this process follows it at OpenCode. */
export type Following = {
  agent: InferSelectModel<typeof agentTable>;
  row: InferSelectModel<typeof turnTable>;
  server: OpenCode;
  view: View;
  requestId: string;
};
/**
 * A turn that runs in this process. Nothing here is a record: after a crash it is made again from the log and
 * from OpenCode.
 */
export type Running = {
  turnId: Id<"trn">;
  channel: Id<"chn">;
  controller: AbortController;
  /** Settles when the loop that follows the turn has let go of it. */
  exited: Promise<void>;
  /** Text so far of the blocks that are not finished, by part, with the index of the last delta sent. */
  parts: Map<string, Delta>;
  /** What of `parts` is not sent yet. */
  pending: Map<string, string>;
  flush: ReturnType<typeof setTimeout> | undefined;
  /** What OpenCode has said in it, since its prompt was sent. */
  following: Following | undefined;
};

export type ActorVars = {
  world: World;
  stack: Stack;
  /** Ends when this actor sleeps, moves or its runner stops. */
  life: AbortSignal;
  quota: Quota;
  /** What follows from events in other nouns. */
  reactions: Reactions;
  lanes: Map<Lane, { again: boolean }>;
  waiting: Map<string, Set<() => void>>;
  /** Connections that have not got their snapshot yet. */
  greeting: Set<string>;
  lastSeq: number;
  tail: Promise<unknown>;
  /** By agent. */
  running: Map<string, Running>;
  bringUp: { controller: AbortController; done: Promise<void> } | undefined;
  /** The member's line that this process has run on their host, and how it is told to end. */
  command: { id: Id<"cmd">; end: AbortController } | undefined;
  /** Agents whose server was seen ready since this process has the actor. */
  attached: Set<string>;
  /** What the host was told that an agent may reach, by agent: its boot and the names. */
  reach: Map<string, string>;
  /** What tasks and quests have cost by the gateway's ledger, as it said last, by id. */
  ledger: Map<string, number>;
  /** Sub-agents for which the plan had no model time when the gateway was asked last. */
  withoutModelTime: Set<Id<"agt">>;
  /** What agents are told of a project, by repository: a cache of what is there at that commit of main. */
  briefings: Map<string, { commit: string; text: string; environment: string[]; services: ServiceName[]; image: ImageVariant }>;
  armedAt: number;
  /** Whether the watchdog is set; unknown after a wake. */
  watched: boolean | undefined;
  /** When the alarm for what is due later fires next, 0 when there is none; unknown after a wake. */
  laterAt: number | undefined;
  /** Sign-ins that are over, and until when that is remembered. */
  endedSignIns: Map<string, number>;
  /**
   * Changes of the repeating alarms, one after another, and how many changes just now count on the watchdog.
   */
  alarmTail: Promise<void>;
  changing: number;
  /** How often its stack was asked to start since this process has the actor: a payment asks for it. */
  starts: number;
  /** When its member was last written down to have asked something, as far as this process knows. */
  askedAt: number;
  /** Starts the lanes that stand still. */
  kick: () => void;
  /** Why nothing that it keeps can be read: it does nothing then, and can be erased. */
  unreadable: AppError | undefined;
  /** The context of `onWake`, which outlives those of actions. */
  self: Self | undefined;
};

/**
 * What the actor's own code uses of Rivet Kit's context: the one of `onWake`, which lives as long as the
 * actor is awake.
 */
export type Self = {
  key: string[];
  db: Db;
  vars: ActorVars;
  conns: Map<string, Connection>;
  schedule: { at(timestamp: number, action: string, ...args: unknown[]): Promise<string> };
  cron: {
    every(options: { name: string; interval: number; action: string }): Promise<void>;
    delete(name: string): Promise<boolean>;
  };
  keepAwake<T>(promise: Promise<T>): Promise<T>;
  client(): PeerClient;
  /** Ends the actor for good, with all it has stored. */
  destroy(): void;
};
type PeerHandle = { action(call: { name: string; args: unknown[] }): Promise<unknown> };
type PeerActors = {
  get(key: string[], options: { params: unknown }): PeerHandle;
  getOrCreate(key: string[], options: { params: unknown; createWithInput: unknown }): PeerHandle;
};
export type PeerClient = { growAgent: PeerActors; subAgent: PeerActors; search: PeerActors };

export type Me = InferSelectModel<typeof growAgentTable>;
/** The actor's one row about itself. */
export async function me(db: Db): Promise<Me> {
  const rows = await db.select().from(growAgentTable).limit(1);
  if (!rows[0]) throw new Error("the actor has no row about itself");
  return rows[0];
}
/** The member an actor of either kind belongs to. */
export const member = (self: Self): Id<"mem"> => {
  const parsed = id("mem").safeParse(self.key[0]);
  if (!parsed.success) throw new Error("the actor's key is no member id");
  return parsed.data;
};
