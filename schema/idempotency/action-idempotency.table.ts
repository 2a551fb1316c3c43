import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** First answers of actions that must not happen twice, by the key of their call, in the actor. */
export const actionAnswerTable = sqliteTable("answer", {
  key: text("key").primaryKey(),
  body: text("body", { mode: "json" }).notNull(),
  at: integer("at").notNull(),
});
