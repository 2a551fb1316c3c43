import { and, count, eq } from "drizzle-orm";
import type { RunningTurn, Snapshot } from "../schema/agent/grow-agent.ts";
import { turnTable } from "../schema/turn.table.ts";
import { listAgentViews } from "./agent/agent.ts";
import { countPendingApprovals } from "./approval/approval-row.ts";
import { readLastSeq } from "./kernel/event.ts";
import { type ConnState, me, type Self } from "./kernel/self.ts";
import { turnId, turnsIn } from "./turn/turn-row.ts";

/** How things stand. The running text is taken last and at once, so that the deltas that follow fit to it. */
export async function takeSnapshot(self: Self, connection: ConnState): Promise<Snapshot> {
  const actor = await me(self.db);
  const queuedTurns = and(eq(turnTable.agent, actor.agent), eq(turnTable.state, "queued"));
  const [queued] = await self.db.select({ n: count() }).from(turnTable).where(queuedTurns);
  const agents = await listAgentViews(self.db);
  const rows = await turnsIn(self.db, ["running"]);
  const waiting = await countPendingApprovals(self.db);
  const stored = await readLastSeq(self.db);
  const turns = rows.map((row): RunningTurn => {
    const running = self.vars.running.get(row.agent);
    const parts = running?.turnId === row.id ? [...running.parts.values()] : [];
    const channel = agents.find((agent) => agent.id === row.agent)?.channel;
    const source = { agent: row.agent, ...(channel ? { channel } : {}), ...(row.sessionId ? { session: row.sessionId } : {}) };
    return { turnId: turnId(row), state: row.state, startedAt: row.startedAt ?? row.createdAt, parts, ...source };
  });
  return {
    agent: actor.agent,
    channel: actor.channel,
    name: actor.name,
    lastSeq: Math.max(stored, self.vars.lastSeq),
    stack: {
      tier: actor.tier,
      observed: actor.observed,
      provisioning: actor.tier === "running" && !actor.ready && !actor.failed,
      ready: actor.ready,
      trouble: actor.trouble,
      place: actor.place,
      asleep: actor.asleep,
    },
    queued: queued?.n ?? 0,
    turn: turns.find((each) => each.agent === actor.agent) ?? null,
    agents,
    turns,
    waiting,
    now: Date.now(),
    ticketEnds: connection.audience === "live" ? Number(connection.exp) : 0,
  };
}
