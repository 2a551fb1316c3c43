import { and, asc, eq } from "drizzle-orm";
import { eventTable } from "../../schema/event.table.ts";
import type { ToolView } from "../../schema/event.ts";
import type { Id } from "../../schema/wire/id.ts";
import { eventColumns, readBodies } from "../kernel/event.ts";
import type { Db } from "../kernel/tables.ts";

/** A turn's calls as they stand, in the order in which they began. */
export async function callsOf(db: Db, turnId: Id<"trn">): Promise<ToolView[]> {
  const rows = await db
    .select(eventColumns)
    .from(eventTable)
    .where(and(eq(eventTable.turnId, turnId), eq(eventTable.kind, "tool.call")))
    .orderBy(asc(eventTable.seq));
  const calls = readBodies("tool.call", rows).map(({ call }) => call);
  return [...new Map(calls.map((call) => [call.callId, call])).values()];
}
export const lastCall = async (db: Db, turnId: Id<"trn">): Promise<ToolView | undefined> => (await callsOf(db, turnId)).at(-1);
