import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";

/** The last commit of each branch that the log has told of, in the actor. */
export const branchHeadTable = sqliteTable(
  "head",
  { repo: sealedText("repo").notNull(), branch: sealedText("branch").notNull(), hash: text("hash").notNull() },
  (table) => [primaryKey({ columns: [table.repo, table.branch] })],
);
