import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Issue } from "../wire/yaml.ts";
import type { AgentType } from "./agent-type.ts";

/** A member's own kinds of agents, in the growAgent: a cache of `agents/<id>/agent.yaml` in memory. */
export const memberAgentTable = sqliteTable("member_agent", {
  id: sealedText("id").primaryKey(),
  /** The last good version; null: there was none. */
  type: sealedJson("type").$type<AgentType>(),
  /** Of the file as it stands; empty: the version above is the file's. */
  issues: sealedJson("issues").$type<Issue[]>().notNull(),
  /** The file is gone: agents that are there go on with the version above, new work is not given to it. */
  removed: integer("removed", { mode: "boolean" }).notNull(),
  /** The commit that last changed the file, as far as it is known. */
  hash: text("hash"),
  readAt: integer("read_at").notNull(),
});
