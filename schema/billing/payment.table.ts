import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { DifferenceKind, ParkedReason, PaymentTrouble } from "./payment-desk.ts";

/** A member as Stripe knows them, from their first checkout on. Times are milliseconds since 1970. */
export const paymentCustomerTable = sqliteTable(
  "payment_customer",
  {
    member: text()
      .$type<Id<"mem">>()
      .primaryKey()
      .references(() => memberTable.id),
    customer: text().notNull().unique(),
    /** Not read: which checkouts are open is asked at Stripe. It goes once no edge of before writes it. */
    checkout: text(),
    /** When the member was last sent to Stripe: the next hour something may change there. */
    visitedAt: integer().notNull(),
    /** One up with each write: what was read at Stripe before another write is read again. */
    revision: integer().notNull().default(0),
    /** A payment let the stack run, and nobody has seen yet that it was asked to. */
    wake: integer({ mode: "boolean" }).notNull().default(false),
    /** Since when what models cost is told to Stripe's meter: the first period that was paid. */
    meteredFrom: integer(),
    /** When ledger, meter and invoices were compared last, with success, and when they are next. */
    comparedAt: integer(),
    /** Since when they were to be compared and were not. */
    comparingSince: integer(),
    nextComparison: integer().notNull().default(0),
    /** When Stripe is asked again, whether or not it has told anything. */
    nextLook: integer().notNull(),
    /** When Stripe was read last, and the account said the same. */
    readAt: integer(),
    /** Since when something is wrong that an operator has to know of, and what. */
    troubleSince: integer(),
    trouble: text().$type<PaymentTrouble>(),
  },
  (table) => [
    index("payment_customer_due").on(table.nextLook),
    index("payment_customer_trouble").on(table.troubleSince),
    index("payment_customer_comparison").on(table.nextComparison),
  ],
);
export type PaymentCustomerRow = typeof paymentCustomerTable.$inferSelect;

/**
 * What Stripe's meter was told that a member has used. The rows of a member are numbered from 1 without a
 * gap, so that of two writers one makes the next. Cents are whole: what is less waits for the next row.
 */
export const meterReportTable = sqliteTable(
  "meter_report",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    number: integer().notNull(),
    cents: integer().notNull(),
    /** When it counts as used. */
    at: integer().notNull(),
    /** Null until Stripe has taken it. */
    takenAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.member, table.number] })],
);

/**
 * Where what a member used is not what Stripe counts: an operator's, from the first cent on, until both say
 * the same or an operator has settled it. Cents are whole.
 */
export const paymentDifferenceTable = sqliteTable(
  "payment_difference",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    kind: text().$type<DifferenceKind>().notNull(),
    /** Stripe's id of the invoice that it is about; empty of the other kinds. */
    invoice: text().notNull().default(""),
    expectedCents: integer().notNull(),
    foundCents: integer().notNull(),
    openedAt: integer().notNull(),
    /** Null: it is open. */
    closedAt: integer(),
    /** Closed by an operator, and not because both say the same. */
    settled: integer({ mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.member, table.kind, table.invoice] }),
    index("payment_difference_open").on(table.openedAt).where(sql`${table.closedAt} is null`),
  ],
);

/** What Stripe has told, once each. It says that something changed; what it is now is asked for. */
export const paymentEventTable = sqliteTable(
  "payment_event",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    customer: text(),
    receivedAt: integer().notNull(),
    /** Null while the change is not written yet. */
    processedAt: integer(),
    /** Why it changes nothing here; null of all that do. */
    parked: text().$type<ParkedReason>(),
    /** Of what names no customer, such as a dispute: whose charge it is about is asked at Stripe. */
    charge: text(),
    /** When that is asked again. */
    nextLook: integer().notNull().default(0),
  },
  (table) => [
    index("payment_event_customer").on(table.customer, table.processedAt),
    index("payment_event_waiting").on(table.receivedAt).where(sql`${table.processedAt} is null`),
    index("payment_event_parked").on(table.receivedAt).where(sql`${table.parked} is not null`),
  ],
);
