import { desc, isNull, max } from "drizzle-orm";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { mostTimedAgents, type StackStatusIn, stackStatusIn } from "../../schema/stack/stack.ts";
import { type Me, me, type Self } from "../kernel/self.ts";
import type { WorkItem } from "../kernel/work.ts";
import { listBusyAgents } from "../turn/turn-room.ts";

/** The word people see, from what is wanted, seen and running. Pure. */
export function statusOf(actor: Pick<Me, "tier" | "ready" | "failed">, busy: boolean): StackStatusIn["status"] {
  if (actor.failed) return "failed";
  if (actor.tier !== "running") return "stopped";
  if (!actor.ready) return "provisioning";
  return busy ? "working" : "ready";
}

/**
 * What the actor's own look for the memory found: a stack that is ready has it. What the edge told of the
 * host is not said back.
 */
function memoryWord({ trouble, ready, failed }: Pick<Me, "trouble" | "ready" | "failed">): { memoryMissing?: boolean } {
  if (trouble === "memory_missing" && failed) return { memoryMissing: true };
  return ready ? { memoryMissing: false } : {};
}

export const statusWork = {
  async run(self: Self, work: WorkItem<"status">): Promise<void> {
    const actor = await me(self.db);
    const [last] = await self.db.select({ seq: max(eventTable.seq) }).from(eventTable);
    const busy = await listBusyAgents(self.db);
    const there = await self.db
      .select({ id: agentTable.id, state: agentTable.state })
      .from(agentTable)
      .where(isNull(agentTable.retiredAt))
      .orderBy(desc(agentTable.usedAt))
      .limit(mostTimedAgents);
    const status = statusOf(actor, busy.size > 0);
    // Not while the member is asked, nor before the stack is up.
    const isWorking = ({ id, state }: (typeof there)[number]) => status === "working" && busy.has(id) && state !== "waiting";
    const body = stackStatusIn.parse({
      seq: last?.seq ?? 0,
      status,
      observed: actor.observed,
      asleep: actor.asleep,
      lastActivity: actor.lastActivity,
      agents: there.map((agent) => ({ id: agent.id, working: isWorking(agent) })),
      ...(actor.containers ? { containers: actor.containers } : {}),
      ...(actor.memoryReady ? { memory: true } : {}),
      ...memoryWord(actor),
    });
    await self.vars.world.edge.status(actor.member, body, work.requestId);
  },
  async gaveUp(self: Self, work: WorkItem<"status">): Promise<void> {
    self.vars.world.log("warn", "status was not pushed; the next change will be", { requestId: work.requestId });
  },
};
