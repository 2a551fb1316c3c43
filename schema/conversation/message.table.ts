import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";

/** A member's message, in the actor. `clientId` makes delivery once-only. */
export const messageTable = sqliteTable("message", {
  id: text("id").$type<Id<"msg">>().primaryKey(),
  clientId: text("client_id").notNull().unique(),
  turnId: text("turn_id").$type<Id<"trn">>().notNull(),
  text: text("text").notNull(),
  at: integer("at").notNull(),
  seq: integer("seq").notNull(),
});
