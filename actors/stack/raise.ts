import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { queueStatus, queueTurn } from "../kernel/queue.ts";
import type { Me } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { type Need, nextTier } from "./tier.ts";

/**
 * Raises the tier for a need, in the caller's transaction: a new generation with its own run of steps. False
 * when the stack is wanted up already.
 */
export async function raiseTier(writer: Writer, actor: Me, need: Need, run: string): Promise<boolean> {
  const tier = nextTier(actor.tier, need);
  if (tier !== "running" || (tier === actor.tier && !actor.failed)) return false;
  const observed = actor.observed === "absent" ? "creating" : actor.observed;
  const set = { tier, generation: actor.generation + 1, run, ready: false, failed: false, observed } as const;
  await writer.db.update(growAgentTable).set({ ...set, lastActivity: writer.now });
  if (actor.generation > 0) await writer.append("stack.state", { body: { tier, observed, reason: need } });
  await writer.queue("provision", { key: `provision:${run}` });
  for (const row of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, row); // they waited while it was stopped
  await queueStatus(writer);
  return true;
}
