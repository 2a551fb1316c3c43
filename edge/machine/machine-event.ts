import { and, desc, eq, inArray, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import { machineEventTable, machineTable } from "../../schema/machine/machine.table.ts";
import type { MachineId } from "../../schema/machine/machine.ts";
import type { MachineEventKind } from "../../schema/machine/machine-view.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

const keptFor = 365 * dayMs;
const refusedEvery = 3_600_000;
type EventWords = { at: number; by?: Id<"mem">; detail?: string; serial?: string; certificateEnds?: number };

/** The row of an event, to be written in the batch of the change that it tells. */
export const addMachineEvent = (db: Database, machine: MachineId, kind: MachineEventKind, words: EventWords) =>
  db.insert(machineEventTable).values({ machine, kind, ...words });

/**
 * The same, but only while `condition` holds of the machine's row: stands before the change in its batch, so
 * that a change which changes nothing tells nothing.
 */
export function addMachineEventIf(db: Database, machine: MachineId, kind: MachineEventKind, words: EventWords, condition: SQL) {
  const { at, by = null, detail = null } = words;
  return db
    .insert(machineEventTable)
    .select(
      sql`select null, ${machineTable.id}, ${kind}, ${at}, ${by}, ${detail}, null, null from ${machineTable} where ${machineTable.id} = ${machine} and ${condition}`,
    );
}

/** A machine that is gone has called with its own key: told once an hour, however often it calls. */
export async function noteRefused(db: Database, machine: MachineId, now: number): Promise<void> {
  const recent = sql`not exists (select 1 from ${machineEventTable} where ${machineEventTable.machine} = ${machine} and ${machineEventTable.kind} = 'refused' and ${machineEventTable.at} > ${now - refusedEvery})`;
  await addMachineEventIf(db, machine, "refused", { at: now, detail: "It called with its key." }, recent);
}

/** The reason that an operator gave when revoking a machine, if any. */
export async function findRevocationReason(db: Database, machine: MachineId): Promise<string | null> {
  const row = await db
    .select({ detail: machineEventTable.detail })
    .from(machineEventTable)
    .where(and(eq(machineEventTable.machine, machine), eq(machineEventTable.kind, "revoked")))
    .orderBy(desc(machineEventTable.sequence))
    .get();
  return row?.detail ?? null;
}

/** A machine's certificates, the newest first. */
export function listCertificates(db: Database, machine: MachineId) {
  return db
    .select({ serial: machineEventTable.serial, issuedAt: machineEventTable.at, endsAt: machineEventTable.certificateEnds })
    .from(machineEventTable)
    .where(and(eq(machineEventTable.machine, machine), isNotNull(machineEventTable.certificateEnds)))
    .orderBy(desc(machineEventTable.sequence))
    .limit(50);
}

/** The serial of each machine's certificate in force, as far as it was kept. */
export async function readSerials(db: Database): Promise<Map<MachineId, string>> {
  const newest = db
    .select({ sequence: sql<number>`max(${machineEventTable.sequence})` })
    .from(machineEventTable)
    .where(isNotNull(machineEventTable.serial))
    .groupBy(machineEventTable.machine);
  const rows = await db.select().from(machineEventTable).where(inArray(machineEventTable.sequence, newest));
  return new Map(rows.flatMap(({ machine, serial }) => (serial === null ? [] : [[machine, serial]])));
}

/** Forgets what is older than a year. */
export async function forgetMachineEvents(db: Database, now: number): Promise<void> {
  await db.delete(machineEventTable).where(lt(machineEventTable.at, now - keptFor));
}
