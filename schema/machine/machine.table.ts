import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { AwaitedImage, HostState, MachineLoad, MachineRole, MachineVersions } from "./host.ts";
import type { MachineId } from "./machine.ts";
import type { MachineEventKind } from "./machine-view.ts";

/** An enrolled host or runner. Times are milliseconds since 1970. */
export const machineTable = sqliteTable(
  "machine",
  {
    id: text().$type<MachineId>().primaryKey(),
    role: text().$type<MachineRole>().notNull(),
    name: text().notNull(),
    state: text().$type<HostState>().notNull(),
    address: text(),
    port: integer(),
    zone: text().notNull(),
    /** A runner is heard only for members of its cell, and a stack is placed only on hosts of its own. */
    cell: text().notNull().default("main"),
    /** Set on a machine that a member enrolled for their own stack. */
    owner: text().$type<Id<"mem">>(),
    cpus: real().notNull().default(0),
    memoryMb: integer().notNull().default(0),
    stacks: integer().notNull().default(0),
    /** SPKI PEM of the key in force. */
    publicKey: text().notNull(),
    /**
     * The key of a renewal whose answer may have been lost: the first call signed with it puts it in force.
     */
    nextPublicKey: text(),
    certificateEnds: integer().notNull(),
    heartbeatSequence: integer().notNull().default(-1),
    lastHeartbeat: integer(),
    /** Its disk has less than the reserve left: nothing new is placed there. */
    full: integer({ mode: "boolean" }).notNull().default(false),
    /** It takes no new stacks by its own word; those that it has go on. */
    closed: integer({ mode: "boolean" }).notNull().default(false),
    /** The last probe by a runner that got through. */
    lastProbe: integer(),
    /** What the machine last said of itself; null: it never did. */
    versions: text({ mode: "json" }).$type<MachineVersions>(),
    load: text({ mode: "json" }).$type<MachineLoad>(),
    image: text({ mode: "json" }).$type<AwaitedImage>(),
    createdAt: integer().notNull(),
  },
  (table) => [index("machine_role").on(table.role, table.state)],
);
export type MachineRow = typeof machineTable.$inferSelect;

/** Signed calls that were seen, until they expire: none is taken twice. */
export const machineCallTable = sqliteTable("machine_call", { jti: text().primaryKey(), expiresAt: integer().notNull() }, (table) => [
  index("machine_call_expires").on(table.expiresAt),
]);

/**
 * Only the hash of a join token's secret is kept. `publicKey`
 * is the SPKI PEM that used it: the same one may ask again.
 */
export const joinTokenTable = sqliteTable("join_token", {
  id: text().$type<Id<"jtk">>().primaryKey(),
  hash: text().notNull(),
  role: text().$type<MachineRole>().notNull(),
  createdBy: text().$type<Id<"mem">>().notNull(),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
  publicKey: text(),
  machine: text().$type<MachineId>(),
  certificate: text(),
  /** The cell that the machine will belong to. */
  cell: text().notNull().default("main"),
  withdrawnAt: integer(),
});

/**
 * What happened to a machine, in order. The rows with a serial are its certificates. `by`: the operator who
 * did it; null: the machine itself, or the edge by what it saw.
 */
export const machineEventTable = sqliteTable(
  "machine_event",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    machine: text().$type<MachineId>().notNull(),
    kind: text().$type<MachineEventKind>().notNull(),
    at: integer().notNull(),
    by: text().$type<Id<"mem">>(),
    detail: text(),
    serial: text(),
    certificateEnds: integer(),
  },
  (table) => [index("machine_event_machine").on(table.machine, table.sequence)],
);

/** The certificate authority: one row, its private key sealed. */
export const authorityTable = sqliteTable("authority", {
  id: text().primaryKey(),
  certificate: text().notNull(),
  sealedKey: text().notNull(),
  createdAt: integer().notNull(),
});
