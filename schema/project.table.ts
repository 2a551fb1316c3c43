import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "./wire/id.ts";

/** A project repository the agent opened, in the actor. */
export const projectTable = sqliteTable("project", {
  name: text("name").primaryKey(),
  id: text("id").$type<Id<"prj">>().notNull().unique(),
  repo: text("repo").notNull(),
  turnId: text("turn_id").$type<Id<"trn">>(),
  createdAt: integer("created_at").notNull(),
  readyAt: integer("ready_at"),
  error: text("error"),
  /**
   * Who may be able to push to `main`: written before the right is
   * given, cleared after it was taken back. Null: only the platform.
   */
  merger: text("merger"),
});
