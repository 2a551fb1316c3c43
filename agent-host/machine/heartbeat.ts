import { heartbeatOut } from "../../schema/machine/host.ts";
import { limits } from "../../schema/wire/limits.ts";
import { callEdge } from "../edge.ts";
import type { Host } from "../host.ts";
import type { Stacks } from "../stack/stack.ts";
import { machineCapacity } from "./join.ts";
import type { Machine } from "./machine.ts";

export type Heartbeat = { last: () => number; once: () => Promise<boolean>; stop: () => void };

/** Tells the edge every five seconds what runs here; its answer renews the leases. A lost call changes nothing but the leases' age. */
export function startHeartbeat(
  host: Host,
  stacks: Stacks,
  machine: () => Machine,
  slots: number | undefined,
  refused: (machines: string[]) => void,
): Heartbeat {
  let sequence = Math.floor(host.now() / 1000); // grows over restarts
  let last = 0;
  const once = async (): Promise<boolean> => {
    sequence += 1;
    const sentAt = host.elapsed();
    try {
      const room = host.ledger.setting("draining") ? 0 : slots;
      const body = { sequence, capacity: machineCapacity(room), full: host.full(), stacks: host.ledger.stacks().map(reported) };
      const { id } = machine();
      const call = { method: "POST", path: `/hosts/${id}/heartbeat`, body, shape: heartbeatOut, ms: 4_000, machine: machine() };
      const answer = await callEdge(machine().edge, call);
      last = host.elapsed();
      // A lease counts from when it was asked for: an answer that was long on its way does not make it longer.
      stacks.lease(answer, sentAt);
      refused(answer.revoked);
      return true;
    } catch (error) {
      host.log("warn", "heartbeat not taken", { error });
      return false;
    }
  };
  const reported = (row: ReturnType<typeof host.ledger.stacks>[number]) => ({
    member: row.member,
    epoch: row.epoch,
    generation: row.generation,
    observed: stacks.look(row),
    since: stacks.since(row.member),
    memoryMissing: stacks.memoryMissing(row),
    boxLostAt: host.ledger.boxLostAt(row.member),
  });
  const timer = setInterval(() => void once(), limits.heartbeat);
  return { last: () => last, once, stop: () => clearInterval(timer) };
}
