import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";

/**
 * Receipts as the growAgent knows them: which commit of which
 * branch each speaks of, and since when there are newer ones.
 */
export const proofTable = sqliteTable(
  "proof",
  {
    id: text("id").$type<Id<"rct">>().primaryKey(),
    task: text("task").$type<Id<"tsk">>().notNull(),
    repo: sealedText("repo").notNull(),
    branch: sealedText("branch").notNull(),
    commit: text("commit").notNull(),
    checks: integer("checks").notNull(),
    /** The compact JWS, so that a note that was taken away can be put back. */
    receipt: sealedText("receipt").notNull(),
    at: integer("at").notNull(),
    staleAt: integer("stale_at"),
  },
  (table) => [index("proof_branch").on(table.repo, table.branch), index("proof_task").on(table.task)],
);
export type ProofRow = typeof proofTable.$inferSelect;
