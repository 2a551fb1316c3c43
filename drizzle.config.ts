import { defineConfig } from "drizzle-kit";

/** `drizzle-kit generate` writes a migration of the database (libSQL) from its tables. The actors' tables have a configuration of their own. */
export default defineConfig({
  dialect: "turso",
  casing: "snake_case",
  schema: ["member", "subscription", "machine", "registry", "usage", "idempotency", "receipt", "secret", "reminder", "git-token"].map(
    (noun) => `./schema/${noun}.table.ts`,
  ),
  out: "./schema/migrations/database",
});
