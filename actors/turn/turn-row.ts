import { and, asc, eq, inArray } from "drizzle-orm";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { type TurnRow, turnTable } from "../../schema/turn.table.ts";
import type { TurnState } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";

export const turnId = (row: TurnRow) => row.id;

export async function findTurn(db: Db, id: Id<"trn">): Promise<TurnRow | undefined> {
  return (await db.select().from(turnTable).where(eq(turnTable.id, id)))[0];
}
export async function turnsIn(db: Db, states: TurnState[]): Promise<TurnRow[]> {
  return db.select().from(turnTable).where(inArray(turnTable.state, states)).orderBy(asc(turnTable.createdAt), asc(turnTable.id));
}

/** Where a turn is told. */
export async function channelOf(db: Db, row: TurnRow): Promise<{ channel?: Id<"chn"> }> {
  const [found] = await db.select({ channel: agentTable.channel }).from(agentTable).where(eq(agentTable.id, row.agent));
  return found ? { channel: found.channel } : {};
}

export async function runningTurn(db: Db, agent: Id<"agt">): Promise<Id<"trn"> | undefined> {
  const [row] = await db
    .select({ id: turnTable.id })
    .from(turnTable)
    .where(and(eq(turnTable.agent, agent), eq(turnTable.state, "running")));
  return row?.id;
}
