import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Sign-ins that are over, by the identity provider's ids of them: the edge's, and of each Grow Agent those of
 * its member. `until`: when nothing can be left that was given by it, milliseconds since 1970.
 */
export const endedSignInTable = sqliteTable("ended_sign_in", { signIn: text().primaryKey(), until: integer().notNull() }, (table) => [
  index("ended_sign_in_until").on(table.until),
]);
