import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SubState } from "./sub-agent.ts";

/** The one row of a subAgent: whose it is, what it may, how far it is. */
export const subAgentTable = sqliteTable("sub_agent", {
  agent: text("agent").primaryKey(),
  member: text("member").notNull(),
  parent: text("parent").notNull(),
  type: text("type").notNull(),
  channel: text("channel").notNull(),
  workspace: text("workspace").notNull(),
  tools: text("tools", { mode: "json" }).$type<string[]>().notNull(),
  capabilities: text("capabilities", { mode: "json" }).$type<string[]>().notNull(),
  state: text("state", { mode: "json" }).$type<SubState>().notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** What a subAgent heard and decided, one line each, oldest first. */
export const subAgentStepTable = sqliteTable("step", {
  position: integer("position").primaryKey({ autoIncrement: true }),
  at: integer("at").notNull(),
  task: text("task"),
  heard: text("heard").notNull(),
  text: text("text").notNull(),
  did: text("did", { mode: "json" }).$type<string[]>().notNull(),
});
