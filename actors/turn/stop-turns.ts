import { describeLapsedTurn } from "../../schema/billing/plan-notice.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import type { TurnStopper } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import { queueStop, stopKey } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { findTurn, turnsIn } from "./turn-row.ts";
import { endQueued } from "./turn-state.ts";

/** The reason of a turn that was stopped, for people: the app has its own words for the member's own stop. */
export const describeStop = (by: TurnStopper, row: TurnRow): string => (by === "account" ? describeLapsedTurn(row) : "stopped");
/**
 * Stops the turns of one agent, or of all, in the caller's transaction. Answers the work keys to wait for.
 */
export async function stopTurns(writer: Writer, agent?: Id<"agt">, by: TurnStopper = "member"): Promise<{ keys: string[] }> {
  await endQueued(writer, "stopped", (row) => describeStop(by, row), agent);
  const running = (await turnsIn(writer.db, ["running"])).filter((row) => agent === undefined || row.agent === agent);
  const keys = running.map((row) => stopKey(row.id));
  for (const row of running) await queueStop(writer, row.id, by);
  return { keys };
}
/** The reason of a pause that ends with the stop: what the member paused by hand has another. */
export const stackStopped = "the stack was stopped";

/** Turns that waited for their stack or server when they were stopped. */
export async function abortStopped(self: Self): Promise<void> {
  for (const running of self.vars.running.values())
    if ((await findTurn(self.db, running.turnId))?.state === "stopped") running.controller.abort();
}
