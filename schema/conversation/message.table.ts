import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedKey, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";

/** A member's message, in the actor. `clientId` makes delivery once-only. */
export const messageTable = sqliteTable("message", {
  id: text("id").$type<Id<"msg">>().primaryKey(),
  clientId: sealedKey("client_id").notNull().unique(),
  turnId: text("turn_id").$type<Id<"trn">>().notNull(),
  text: sealedText("text").notNull(),
  at: integer("at").notNull(),
  seq: integer("seq").notNull(),
});
