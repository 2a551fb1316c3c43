import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Words of the identity provider that were taken: each once. `id` is the provider's own for it. */
export const identityEventTable = sqliteTable(
  "identity_event",
  { id: text().primaryKey(), type: text().notNull(), receivedAt: integer().notNull() },
  (table) => [index("identity_event_received").on(table.receivedAt)],
);
