import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { queueStatus } from "../kernel/queue.ts";
import { me } from "../kernel/self.ts";
import { isQueued } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { nextTier } from "../stack/tier.ts";

/** What starts the stack again once it is down; a stop that comes meanwhile takes its place. */
const restartKey = (generation: number) => `restart:${generation}`;
/**
 * Stops the stack in the caller's transaction: a new generation, and work that tells its host. `stop` is the
 * member's, or their account's, and holds; `idle` ends with whatever is to be done; `again` starts it once it
 * is down.
 */
export async function lowerStack(writer: Writer, why: "stop" | "idle" | "again", reason?: string): Promise<void> {
  const actor = await me(writer.db);
  const again = why === "again";
  const asleep = why === "idle";
  const tier = nextTier(actor, asleep ? "idle" : "stop");
  if (again && (actor.tier !== "running" || actor.place !== null))
    throw new AppError("conflict", {}, { message: "The stack is not up. Start it, or wait until it is." });
  if (tier === actor.tier && !actor.asleep && !(await isQueued(writer.db, restartKey(actor.generation)))) return;
  const generation = actor.generation + 1;
  const set = { tier, generation, run: null, ready: false, failed: false, place: null, asleep };
  // How long nobody has used it is what an idle stop goes by: it is no use itself.
  await writer.db.update(growAgentTable).set({ ...set, ...(asleep ? {} : { lastActivity: writer.now }) });
  await writer.append("stack.state", { body: { tier, observed: actor.observed, reason: reason ?? (asleep ? "idle" : "stop"), asleep } });
  const key = again ? restartKey(generation) : `stack:${generation}`;
  await writer.queue("stop", { key, payload: { generation, ...(again ? { again } : {}) } });
  await queueStatus(writer);
}
