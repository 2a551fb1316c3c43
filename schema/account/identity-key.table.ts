import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The keys by which the identity provider signs its tokens, as its list said them when it was last heard.
 * `goneAt`: since when its list has it no more; a minute after it is read, no token of that key is believed.
 */
export const identityKeyTable = sqliteTable(
  "identity_key",
  {
    issuer: text().notNull(),
    kid: text().notNull(),
    /** JSON of its public part: a JWK with `kty`, `n` and `e`. */
    jwk: text().notNull(),
    goneAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.kid] })],
);

/** When the clock last asked for the list of an issuer, and when the newest that was heard was asked for. */
export const identityListTable = sqliteTable("identity_list", {
  issuer: text().primaryKey(),
  askedAt: integer().notNull().default(0),
  heardAt: integer().notNull().default(0),
});
