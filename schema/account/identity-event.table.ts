import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Words of the identity provider, each once. `id` is the provider's own for it. Times are milliseconds since
 * 1970.
 */
export const identityEventTable = sqliteTable(
  "identity_event",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    receivedAt: integer().notNull(),
    /** What it says, as JSON, until what follows from it is done: it holds names and addresses. */
    body: text(),
    /** How often that has failed, and when it is tried next; null where it is done. */
    attempts: integer().notNull().default(0),
    dueAt: integer(),
  },
  (table) => [index("identity_event_received").on(table.receivedAt), index("identity_event_due").on(table.dueAt)],
);
