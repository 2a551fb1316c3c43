import { and, asc, eq, inArray } from "drizzle-orm";
import { agent } from "../../schema/agent/agent.table.ts";
import { turn } from "../../schema/turn.table.ts";
import type { TurnState } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";

export type TurnRow = typeof turn.$inferSelect;
export const turnId = (row: TurnRow) => row.id;

export async function findTurn(db: Db, id: Id<"trn">): Promise<TurnRow | undefined> {
  return (await db.select().from(turn).where(eq(turn.id, id)))[0];
}
export async function turnsIn(db: Db, states: TurnState[]): Promise<TurnRow[]> {
  return db.select().from(turn).where(inArray(turn.state, states)).orderBy(asc(turn.createdAt), asc(turn.id));
}

/** Where a turn is told. */
export async function channelOf(db: Db, row: TurnRow): Promise<{ channel?: Id<"chn"> }> {
  const [of] = await db.select({ channel: agent.channel }).from(agent).where(eq(agent.id, row.agent));
  return of ? { channel: of.channel } : {};
}

export async function runningTurn(db: Db, agent: Id<"agt">): Promise<Id<"trn"> | undefined> {
  const [row] = await db
    .select({ id: turn.id })
    .from(turn)
    .where(and(eq(turn.agent, agent), eq(turn.state, "running")));
  return row?.id;
}
