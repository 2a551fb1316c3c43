import type { ActionName } from "../../schema/actions.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Admitted, Connection, ConnState } from "./self.ts";
import type { Quota } from "./token-bucket.ts";

/** What one member may take of the runner that serves others as well. */

/** More live connections than a person has pages open. */
const mostConnections = 100;
const urgentActions: ReadonlySet<ActionName> = new Set(["stop", "decide", "renew", "signInEnd"] as const);

function rateLimited(limited: string, wait: number): AppError {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  return new AppError("rate_limited", { retryAfter: seconds }, { message: `${limited} Try again in ${seconds} s.` });
}
/** Takes one live connection of the member's, or refuses it. */
export function takeConnection(quota: Quota, admitted: Admitted, open: Iterable<{ state: ConnState }>, now: number): void {
  if (admitted.audience === "peer") return;
  if ([...open].filter(({ state }) => state.stays).length >= mostConnections)
    throw rateLimited(`You have ${mostConnections} live connections open.`, 30_000);
  const wait = quota.connections.take(admitted.audience, now);
  if (wait > 0) throw rateLimited("Too many new live connections at once.", wait);
}
/** Takes one action of the member's, or refuses it. Other actors of theirs are not counted. */
export function takeAction(quota: Quota, connection: Connection, action: ActionName, now: number): void {
  const { audience, stays } = connection.state;
  if (audience === "peer") return;
  const whole = urgentActions.has(action) ? quota.urgent : audience === "live" ? quota.live : quota.edge;
  const wait = Math.max(stays && !urgentActions.has(action) ? quota.perConnection.take(connection.id, now) : 0, whole.take(audience, now));
  if (wait === 0) return;
  if (stays && quota.refused.take(connection.id, now) > 0) void connection.disconnect("rate_limited");
  throw rateLimited("Too many actions at once.", wait);
}

/** Refuses a message to an agent that has too many to read already. */
export function requireShortQueue(waiting: number, agent: string): void {
  if (waiting < limits.queuedTurns) return;
  const message = `${waiting} messages wait for ${agent} already. Let it read some, or stop it, and write again.`;
  throw new AppError("rate_limited", { retryAfter: 30 }, { message });
}
