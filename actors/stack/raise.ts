import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { queueIdleLook, queueStatus, queueTurn } from "../kernel/queue.ts";
import type { Me } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { type Need, nextTier } from "./tier.ts";

/** A start that never comes up is looked at too: it holds a slot. Milliseconds. */
const firstIdleLook = 5 * 60_000;
/** It was up on a machine that was taken out: its next start gets it another. */
export const isHomeless = ({ tier, ready, trouble }: Me): boolean => tier === "running" && ready && trouble === "host_removed";
/**
 * Raises the tier for a need, in the caller's transaction: a new generation with its own run of steps. False
 * when the stack is wanted up already.
 */
export async function raiseTier(writer: Writer, actor: Me, need: Need, run: string): Promise<boolean> {
  const tier = nextTier(actor, need);
  if (tier !== "running" || (tier === actor.tier && !actor.failed && !isHomeless(actor))) return false;
  const observed = actor.observed === "absent" ? "creating" : actor.observed;
  const set = { tier, generation: actor.generation + 1, run, ready: false, failed: false, place: null, asleep: false, observed } as const;
  await writer.db.update(growAgentTable).set({ ...set, lastActivity: writer.now });
  if (actor.generation > 0) await writer.append("stack.state", { body: { tier, observed, reason: need } });
  await writer.queue("provision", { key: `provision:${run}` });
  for (const row of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, row); // they waited while it was stopped
  await queueIdleLook(writer, writer.now + firstIdleLook);
  await queueStatus(writer);
  return true;
}
