import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { SubState } from "./sub-agent.ts";

/** The one row of a subAgent: whose it is, what it may, how far it is. */
export const subAgentTable = sqliteTable("sub_agent", {
  agent: text("agent").$type<Id<"agt">>().primaryKey(),
  member: text("member").$type<Id<"mem">>().notNull(),
  parent: text("parent").$type<Id<"agt">>().notNull(),
  type: sealedText("type").notNull(),
  channel: text("channel").$type<Id<"chn">>().notNull(),
  workspace: sealedText("workspace").notNull(),
  tools: sealedJson("tools").$type<string[]>().notNull(),
  capabilities: sealedJson("capabilities").$type<string[]>().notNull(),
  state: sealedJson("state").$type<SubState>().notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** What a subAgent heard and decided, one line each, oldest first. */
export const subAgentStepTable = sqliteTable("step", {
  position: integer("position").primaryKey({ autoIncrement: true }),
  at: integer("at").notNull(),
  task: text("task").$type<Id<"tsk">>(),
  heard: sealedText("heard").notNull(),
  text: sealedText("text").notNull(),
  did: sealedJson("did").$type<string[]>().notNull(),
});
