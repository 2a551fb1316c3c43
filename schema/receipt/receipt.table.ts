import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { Revocation } from "../wire/key.ts";

/** Signed proofs, in the database: who owns them, and what was signed, word for word. */
export const receiptTable = sqliteTable(
  "receipt",
  {
    id: text().$type<Id<"rct">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    run: text().$type<Id<"wrk">>().notNull(),
    task: text().$type<Id<"tsk">>().notNull(),
    title: text().notNull(),
    repo: text().notNull(),
    branch: text().notNull(),
    commit: text().notNull(),
    key: text().notNull(),
    checks: integer().notNull(),
    /** The compact JWS. */
    receipt: text().notNull(),
    issuedAt: integer().notNull(),
    staleAt: integer(),
  },
  (table) => [unique("receipt_run").on(table.member, table.run), index("receipt_member").on(table.member, table.id)],
);
export type ReceiptRow = typeof receiptTable.$inferSelect;

/**
 * Keys that sign receipts, the newest in force. Public halves stay for ever: old receipts must be verifiable.
 */
export const receiptKeyTable = sqliteTable("receipt_key", {
  kid: text().primaryKey(),
  x: text().notNull(),
  y: text().notNull(),
  sealedKey: text().notNull(),
  createdAt: integer().notNull(),
  /**
   * What it signs from then on (milliseconds since 1970) is not valid; null while it is in force or merely
   * old.
   */
  revokedAt: integer(),
  revokedReason: text().$type<Revocation["reason"]>(),
});
export type ReceiptKeyRow = typeof receiptKeyTable.$inferSelect;
