import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** A member's message, in the actor. `clientId` makes delivery once-only. */
export const messageTable = sqliteTable("message", {
  id: text("id").primaryKey(),
  clientId: text("client_id").notNull().unique(),
  turnId: text("turn_id").notNull(),
  text: text("text").notNull(),
  at: integer("at").notNull(),
  seq: integer("seq").notNull(),
});
