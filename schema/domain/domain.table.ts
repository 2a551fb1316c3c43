import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import { domainStates } from "./domain.ts";

/**
 * Domains of members' projects, in the database. Several may claim a name; one of them has proven it.
 */
export const domainTable = sqliteTable(
  "domain",
  {
    id: text().$type<Id<"dom">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    project: text().notNull(),
    name: text().notNull(),
    /** Stands in the TXT record: nobody else is told it. */
    token: text().notNull(),
    state: text({ enum: domainStates }).notNull(),
    reason: text(),
    /** Since when the name is this member's; null: it is only claimed. */
    provenAt: integer(),
    /** Since when a record is missing; null: at the last look both were there. */
    missingAt: integer(),
    txtFound: integer({ mode: "boolean" }).notNull().default(false),
    targetFound: integer({ mode: "boolean" }).notNull().default(false),
    /** What the provider calls its certificate; a copy: by the name it is found again. */
    certificate: text(),
    /** Looks in this state. */
    tries: integer().notNull().default(0),
    checkedAt: integer(),
    nextCheckAt: integer(),
    /** Until when somebody looks at it: one at a time asks the provider for it. */
    lookingUntil: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    unique("domain_claim").on(table.member, table.name),
    uniqueIndex("domain_proven").on(table.name).where(sql`proven_at is not null`),
    index("domain_due").on(table.nextCheckAt),
  ],
);
export type DomainRow = typeof domainTable.$inferSelect;
