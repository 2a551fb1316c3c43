import { setTimeout as after } from "node:timers/promises";
import type { Log } from "../schema/log.ts";
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

/** Tells the edge every 5 s which hosts this runner can reach, for as long as `signal` lasts. */
export function probe(edge: Edge, hosts: Hosts, log: Log, signal: AbortSignal): void {
  let failing = false;
  const round = async () => {
    const list = await edge.hosts();
    await Promise.all(list.map(async (host) => edge.probe(host.id, await reachable(hosts, host), Date.now())));
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
