import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey } from "./seal/sealed-column.ts";
import type { Id } from "./wire/id.ts";
import { errorClasses } from "./work.ts";

/**
 * The actor's one queue: every effect on the world outside is
 * a row until it is done. Rows of a lane run one at a time.
 */
export const workTable = sqliteTable(
  "work",
  {
    position: integer("position").primaryKey({ autoIncrement: true }),
    id: text("id").$type<Id<"wrk">>().notNull().unique(),
    kind: text("kind").notNull(),
    lane: sealedKey("lane").notNull(),
    key: sealedKey("key").notNull().unique(),
    payload: sealedJson("payload").notNull(),
    requestId: text("request_id").notNull(),
    attempts: integer("attempts").notNull().default(0),
    dueAt: integer("due_at").notNull(),
    errorClass: text("error_class", { enum: errorClasses }),
  },
  (table) => [index("work_lane").on(table.lane, table.position)],
);
export type WorkRow = typeof workTable.$inferSelect;
