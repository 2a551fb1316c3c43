import { setTimeout as after } from "node:timers/promises";
import type { Logger } from "../../schema/wire/log.ts";
import type { Edge, HostAddress } from "./edge.ts";
import type { Hosts } from "./host.ts";

const every = 5_000;

async function reachable(hosts: Hosts, host: HostAddress): Promise<boolean> {
  try {
    const answer = await hosts.open(host, { method: "GET", path: "/health", firstByte: 3_000 });
    answer.body.resume();
    return answer.status === 200;
  } catch {
    return false; // that is the answer
  }
}

/**
 * Tells the edge every 5 s which hosts this runner can reach, and hears which machines are revoked, for as
 * long as `signal` lasts.
 */
export function probe(edge: Edge, hosts: Hosts, revoked: Set<string>, log: Logger, signal: AbortSignal): void {
  let failing = false;
  const round = async () => {
    const list = await edge.hosts();
    for (const machine of list.revoked) if (!revoked.has(machine)) log("warn", "machine revoked by the edge", { machine });
    revoked.clear();
    for (const machine of list.revoked) revoked.add(machine);
    await Promise.all(list.hosts.map(async (host) => edge.probe(host.id, await reachable(hosts, host), Date.now())));
    failing = false;
  };
  const loop = async () => {
    while (!signal.aborted) {
      await round().catch((error) => {
        if (!failing) log("warn", "hosts could not be probed", { error });
        failing = true;
      });
      await after(every, undefined, { signal }).catch(() => undefined); // the end of the wait, or of the probing
    }
  };
  void loop();
}
