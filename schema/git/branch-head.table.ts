import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The last commit of each branch that the log has told of, in the actor. */
export const branchHeadTable = sqliteTable(
  "head",
  { repo: text("repo").notNull(), branch: text("branch").notNull(), hash: text("hash").notNull() },
  (table) => [primaryKey({ columns: [table.repo, table.branch] })],
);
