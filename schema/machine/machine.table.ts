import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { HostState, MachineRole } from "./host.ts";
import type { MachineId } from "./machine.ts";

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
    /** The last probe by a runner that got through. */
    lastProbe: integer(),
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
});

/** The certificate authority: one row, its private key sealed. */
export const authorityTable = sqliteTable("authority", {
  id: text().primaryKey(),
  certificate: text().notNull(),
  sealedKey: text().notNull(),
  createdAt: integer().notNull(),
});
