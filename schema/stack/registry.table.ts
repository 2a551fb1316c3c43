import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import { machineTable } from "../machine/machine.table.ts";
import type { ModelAlias } from "../model.ts";
import type { Id } from "../wire/id.ts";
import type { Ceiling, ObservedState, StackStatusIn, StackTrouble } from "./stack.ts";

/**
 * The Grow Agent of a member. `status` … `opencode` are caches
 * that the actor pushes; `statusSeq` orders them.
 */
export const registryAgentTable = sqliteTable("agent", {
  id: text().$type<Id<"agt">>().primaryKey(),
  member: text()
    .$type<Id<"mem">>()
    .notNull()
    .unique()
    .references(() => memberTable.id),
  name: text().notNull(),
  channel: text().$type<Id<"chn">>().notNull(),
  createdAt: integer().notNull(),
  statusSeq: integer().notNull().default(-1),
  status: text().$type<StackStatusIn["status"]>().notNull().default("provisioning"),
  observed: text().$type<ObservedState>().notNull().default("absent"),
  /** Stopped because nobody used it: whatever is to be done wakes it. */
  asleep: integer({ mode: "boolean" }).notNull().default(false),
  lastActivity: integer(),
  /** Its member's agents, this one among them. */
  agents: text({ mode: "json" }).$type<NonNullable<StackStatusIn["agents"]>>().notNull().default([]),
  gitea: text(),
  opencode: text(),
});
export type RegistryAgentRow = typeof registryAgentTable.$inferSelect;

/**
 * A member's other agents, as the runner named them: whose model and
 * tool calls are taken. `tools` are the platform's that it may call.
 */
export const registrySubAgentTable = sqliteTable(
  "sub_agent",
  {
    id: text().$type<Id<"agt">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    type: text().notNull(),
    tools: text({ mode: "json" }).$type<string[]>().notNull(),
    /** Which model its type names; it gets no other. */
    model: text().$type<ModelAlias>().notNull().default("standard"),
    createdAt: integer().notNull(),
  },
  (table) => [index("sub_agent_member").on(table.member, table.createdAt)],
);

/**
 * Where a member's stack is placed and what the account allows it. `epoch`
 * rises with each change of host, `ceilingRev` with each change of ceiling.
 */
export const stackTable = sqliteTable(
  "stack",
  {
    id: text().$type<Id<"stk">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .unique()
      .references(() => memberTable.id),
    workspace: text().$type<Id<"wsp">>().notNull().unique(),
    host: text()
      .$type<Id<"hst">>()
      .references(() => machineTable.id),
    epoch: integer().notNull().default(0),
    ceiling: text().$type<Ceiling>().notNull(),
    ceilingRev: integer().notNull().default(1),
    placedAt: integer(),
    /**
     * Since when it holds one of its host's slots: it runs, or is about to. Null: it has given it back, and
     * its host keeps its volumes.
     */
    slotSince: integer(),
    /** The newest start that asked for the slot: a stop from before it gives nothing back. */
    slotGeneration: integer().notNull().default(0),
    /** Since when it waits in line for a slot. */
    waitingSince: integer(),
    /**
     * When its actor last asked for a slot: who asks no more holds up nobody in line, and a slot of which its
     * host has not heard by then is given back.
     */
    slotAskedAt: integer().notNull().default(0),
    /** The cell of its engine: only runners of this cell speak for its member. */
    cell: text().notNull().default("main"),
    /** Since when the stack has a memory: what has none of it is not the stack, wherever it runs. */
    memorySince: integer(),
    /** The memory is missing: its host has no volume of it; its actor found no repository in the volume. */
    hostMissing: integer({ mode: "boolean" }).notNull().default(false),
    actorMissing: integer({ mode: "boolean" }).notNull().default(false),
    /** What was last found to keep it from going on, since when, and what its actor was told of it. */
    trouble: text().$type<StackTrouble>(),
    troubleSince: integer(),
    troubleTold: text().$type<StackTrouble>(),
    /**
     * When its host found the agents' box empty, by the host's
     * clock, and of which of these its actor was told.
     */
    boxLostAt: integer(),
    boxLostTold: integer(),
    /** Of which ceiling, one that lets nothing run, its actor was told: the ceiling's revision. */
    lapseTold: integer(),
    /**
     * Until when somebody tells its actor of one of these, or calls it in line: nobody else does in that
     * time.
     */
    tellingUntil: integer().notNull().default(0),
    /** Until when its time is in `stack_time`. */
    timedUntil: integer().notNull().default(0),
    /** What its volumes held when they were measured last, and when that was; null: never yet. */
    diskBytes: integer(),
    diskAt: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    index("stack_host").on(table.host, table.slotSince),
    index("stack_telling").on(table.tellingUntil),
    index("stack_lapsed")
      .on(table.tellingUntil)
      .where(sql`${table.ceiling} in ('stopped', 'archived') and ${table.lapseTold} is not ${table.ceilingRev}`),
    index("stack_waiting").on(table.waitingSince),
  ],
);
export type StackRow = typeof stackTable.$inferSelect;

/**
 * How long a stack ran on one day (UTC), in milliseconds, as its host found its containers. `active`: an
 * agent was at work, as the actor said. `dead`: it should have run and did not. `paused` and `stopped`: its
 * volumes were kept, and nothing ran. What no host confirmed is in none.
 */
export const stackTimeTable = sqliteTable(
  "stack_time",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    /** Days since 1970. */
    day: integer().notNull(),
    activeMs: integer().notNull(),
    idleMs: integer().notNull(),
    deadMs: integer().notNull(),
    pausedMs: integer().notNull().default(0),
    stoppedMs: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.member, table.day] })],
);

/**
 * How long an agent was there on one day (UTC) while its stack ran, as the stack's time is counted. `active`:
 * it was at work. `dead`: its stack should have run and did not.
 */
export const agentTimeTable = sqliteTable(
  "agent_time",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    agent: text().$type<Id<"agt">>().notNull(),
    /** Days since 1970. */
    day: integer().notNull(),
    activeMs: integer().notNull(),
    idleMs: integer().notNull(),
    deadMs: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.member, table.day, table.agent] })],
);

/** What a stack used of one host on one day (UTC), in bytes, as that host counted and measured it. */
export const stackUseTable = sqliteTable(
  "stack_use",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    /** Days since 1970. */
    day: integer().notNull(),
    host: text().$type<Id<"hst">>().notNull(),
    /** Out of its boxes to the internet and back. */
    egressBytes: integer().notNull().default(0),
    /** The most that its volumes held; 0: it was not measured that day. */
    diskBytes: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.member, table.day, table.host] })],
);
