import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey } from "../seal/sealed-column.ts";

/** First answers of actions that must not happen twice, by the key of their call, in the actor. */
export const actionAnswerTable = sqliteTable("answer", {
  key: sealedKey("key").primaryKey(),
  body: sealedJson("body").notNull(),
  at: integer("at").notNull(),
});
