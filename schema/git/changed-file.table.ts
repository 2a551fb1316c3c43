import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";

/**
 * Each file that a commit in the log changed, once, as its newest commit left it, in the
 * actor. A cache of the log: what is counted of it needs no walk through all commits.
 */
export const changedFileTable = sqliteTable(
  "changed_file",
  {
    repo: sealedText("repo").notNull(),
    path: sealedText("path").notNull(),
    /** Of the agent in whose turn it was committed, else where it is told. */
    channel: text("channel").$type<Id<"chn"> | "">().notNull(),
    seq: integer("seq").notNull(),
    hash: text("hash").notNull(),
    branch: sealedText("branch").notNull(),
    status: text("status", { enum: ["added", "modified", "deleted", "renamed"] }).notNull(),
    additions: integer("additions").notNull(),
    deletions: integer("deletions").notNull(),
  },
  (table) => [primaryKey({ columns: [table.repo, table.path] }), index("changed_file_channel").on(table.channel, table.seq)],
);
