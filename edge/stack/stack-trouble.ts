import { isHostGone } from "../../schema/machine/host.ts";
import type { MachineRow } from "../../schema/machine/machine.table.ts";
import type { StackRow } from "../../schema/stack/registry.table.ts";
import { type StackTrouble, troubleWords } from "../../schema/stack/stack.ts";
import { healthOfHost } from "./placement.ts";

/** What keeps a stack from going on now, from what its host, its actor and the probes say. Pure. */
export function findTrouble(
  stack: Pick<StackRow, "epoch" | "hostMissing" | "actorMissing">,
  host: MachineRow | null,
  now: number,
): StackTrouble | null {
  if (stack.epoch === 0) return null; // it was never placed
  if (host === null || isHostGone(host.state)) return "host_removed";
  if (host.state !== "joining" && healthOfHost(host, now) === "lost") return "host_lost";
  return stack.hostMissing || stack.actorMissing ? "memory_missing" : null;
}

/** As REST shows it. */
export function troubleView(stack: StackRow, host: MachineRow | null, now: number) {
  const code = findTrouble(stack, host, now);
  if (code === null) return null;
  const silent = code === "host_lost" ? host?.lastHeartbeat : undefined;
  const since = (stack.trouble === code ? stack.troubleSince : silent) ?? now;
  return { code, since, ...troubleWords[code] };
}
