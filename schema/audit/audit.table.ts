import { index, integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { AuditActorKind, AuditEntry, AuditKind } from "./audit.ts";

const memberId = () =>
  text()
    .$type<Id<"mem">>()
    .notNull()
    .references(() => memberTable.id);

/**
 * The chain of each member, in the database. Rows are only added; that two writers at once do not both
 * follow the same row is what the primary key is for. `at`, `kind`, `by` and `project` are those of `entry`,
 * to be filtered by; of rows from before an entry named its project, `project` is the target that was one.
 */
export const auditTable = sqliteTable(
  "audit",
  {
    member: memberId(),
    seq: integer().notNull(),
    /** The same change is written down once. */
    key: text().notNull(),
    at: integer().notNull(),
    kind: text().$type<AuditKind>().notNull(),
    by: text().$type<AuditActorKind>().notNull(),
    project: text(),
    request: text().notNull(),
    entry: text({ mode: "json" }).$type<AuditEntry>().notNull(),
    prev: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.member, table.seq] }),
    unique("audit_key").on(table.member, table.key),
    index("audit_at").on(table.member, table.at, table.seq),
    index("audit_kind").on(table.member, table.kind, table.at, table.seq),
    index("audit_by").on(table.member, table.by, table.at, table.seq),
    index("audit_kind_by").on(table.member, table.kind, table.by, table.at, table.seq),
    index("audit_project").on(table.member, table.project, table.at, table.seq),
    index("audit_request").on(table.member, table.request),
  ],
);

/**
 * What is not in the chain yet: a call that began, so that its change has a row even when the process dies,
 * and what has ended or was handed over by an actor and waits for its place.
 */
export const auditPendingTable = sqliteTable(
  "audit_pending",
  {
    member: memberId(),
    key: text().notNull(),
    entry: text({ mode: "json" }).$type<AuditEntry>().notNull(),
    startedAt: integer().notNull(),
    done: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.member, table.key] }), index("audit_pending_started").on(table.startedAt)],
);

/** When the member's actor was last asked to keep the head of the chain in its Gitea. */
export const auditAnchorTable = sqliteTable("audit_anchor", { member: memberId().primaryKey(), askedAt: integer().notNull() });
