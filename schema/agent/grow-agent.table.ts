import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import { observedStates, stackTroubles, tiers } from "../stack/stack.ts";
import type { Id } from "../wire/id.ts";

/**
 * The one row of a growAgent: who it is, what it wants of its stack (tier,
 * generation), what the host last said. Its session and server are in `agent`.
 */
export const growAgentTable = sqliteTable("grow_agent", {
  member: text("member").$type<Id<"mem">>().primaryKey(),
  agent: text("agent").$type<Id<"agt">>().notNull(),
  stack: text("stack").$type<Id<"stk">>().notNull(),
  channel: text("channel").$type<Id<"chn">>().notNull(),
  name: sealedText("name").notNull(),
  memberName: sealedText("member_name").notNull(),
  tier: text("tier", { enum: tiers }).notNull(),
  generation: integer("generation").notNull(),
  /** The provision or wake in force: names the steps of its generation. */
  run: text("run"),
  observed: text("observed", { enum: observedStates }).notNull(),
  ready: integer("ready", { mode: "boolean" }).notNull(),
  failed: integer("failed", { mode: "boolean" }).notNull(),
  containers: sealedJson("containers"),
  memoryReady: integer("memory_ready", { mode: "boolean" }).notNull(),
  /** What keeps the stack from going on, as the edge or a look at Git told. */
  trouble: text("trouble", { enum: stackTroubles }),
  lastActivity: integer("last_activity").notNull(),
  /** Its place in line while the stack is wanted up and no machine has a slot for it. */
  place: integer("place"),
  /** It was stopped because nobody used it: whatever is to be done wakes it. A member's own stop holds. */
  asleep: integer("asleep", { mode: "boolean" }).notNull().default(false),
});
