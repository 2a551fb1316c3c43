import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Issue } from "../wire/yaml.ts";
import type { AgentType } from "./agent-type.ts";

/** A member's own kinds of agents, in the growAgent: a cache of `agents/<id>/agent.yaml` in memory. */
export const memberAgentTable = sqliteTable("member_agent", {
  id: text("id").primaryKey(),
  /** The last good version; null: there was none. */
  type: text("type", { mode: "json" }).$type<AgentType>(),
  /** Of the file as it stands; empty: the version above is the file's. */
  issues: text("issues", { mode: "json" }).$type<Issue[]>().notNull(),
  /** The file is gone: agents that are there go on with the version above, new work is not given to it. */
  removed: integer("removed", { mode: "boolean" }).notNull(),
  /** The commit that last changed the file, as far as it is known. */
  hash: text("hash"),
  readAt: integer("read_at").notNull(),
});
