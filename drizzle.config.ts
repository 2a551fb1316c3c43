import { defineConfig } from "drizzle-kit";

/**
 * `drizzle-kit generate` writes a migration of the database (libSQL) from its tables. The actors' tables have
 * a configuration of their own.
 */
export default defineConfig({
  dialect: "turso",
  casing: "snake_case",
  schema: [
    "account/member",
    "account/member-key",
    "account/erasure",
    "account/export",
    "account/support",
    "account/identity-event",
    "account/identity-key",
    "account/sign-in",
    "account/access-token",
    "billing/subscription",
    "machine/machine",
    "stack/registry",
    "billing/usage",
    "billing/payment",
    "idempotency/idempotency",
    "receipt/receipt",
    "secret",
    "reminder/reminder",
    "git/git-token",
    "preview/preview-access",
    "project/project-secret",
    "project/registry-project",
    "release/app-address",
    "domain/domain",
    "audit/audit",
    "provider/provider",
    "billing/budget",
  ].map((noun) => `./schema/${noun}.table.ts`),
  out: "./schema/migrations/database",
});
