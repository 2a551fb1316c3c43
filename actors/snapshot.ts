import { count, eq } from "drizzle-orm";
import type { Snapshot } from "../schema/agent.ts";
import type { Id } from "../schema/id.ts";
import { turn } from "../schema/turn.table.ts";
import { type ConnState, me, type Self } from "./self.ts";
import { lastSeq } from "./start.ts";
import { turnId, turnsIn } from "./turn-state.ts";

/** How things stand. The running text is taken last and at once, so that the deltas that follow fit to it. */
export async function snapshot(self: Self, connection: ConnState): Promise<Snapshot> {
  const who = await me(self.db);
  const [queued] = await self.db.select({ n: count() }).from(turn).where(eq(turn.state, "queued"));
  const [row] = await turnsIn(self.db, ["running"]);
  const stored = await lastSeq(self.db);
  const { running } = self.vars;
  const parts = running && row && running.turnId === row.id ? [...running.parts.values()] : [];
  return {
    agent: who.agent as Id<"agt">,
    channel: who.channel as Id<"chn">,
    name: who.name,
    lastSeq: Math.max(stored, self.vars.lastSeq),
    stack: { tier: who.tier, observed: who.observed, provisioning: who.tier === "running" && !who.ready && !who.failed, ready: who.ready },
    queued: queued?.n ?? 0,
    turn: row ? { turnId: turnId(row), state: row.state, startedAt: row.startedAt ?? row.createdAt, parts } : null,
    now: Date.now(),
    ticketEnds: connection.audience === "live" ? Number(connection.exp) : 0,
  };
}
