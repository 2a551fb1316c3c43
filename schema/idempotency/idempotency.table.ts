import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * First answers by idempotency key. `scope` is who asked, `route`
 * method and path. `answer` is sealed; null while the first call runs.
 */
export const idempotencyTable = sqliteTable(
  "idempotency",
  {
    scope: text().notNull(),
    route: text().notNull(),
    key: text().notNull(),
    bodyHash: text().notNull(),
    startedAt: integer().notNull(),
    answer: text(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.route, table.key] }), index("idempotency_started").on(table.startedAt)],
);
