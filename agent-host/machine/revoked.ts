import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { MachineId } from "../../schema/machine/machine.ts";
import { peer } from "../auth.ts";
import type { Host } from "../host.ts";

export type Revoked = ReturnType<typeof openRevoked>;
const setting = "revoked";

/** Machines whose certificates the edge has revoked, as its last heartbeat's answer named them; kept over restarts. */
export function openRevoked(host: Host) {
  let ids = new Set((host.ledger.setting(setting) ?? "").split(" ").filter(Boolean));
  const sockets = new Map<Socket, MachineId>();
  return {
    has: (machine: string): boolean => ids.has(machine),
    /** A connection that is open when its machine is revoked ends, with what still streams over it. */
    watch: (request: IncomingMessage): void => {
      const { socket } = request;
      if (sockets.has(socket)) return;
      try {
        sockets.set(socket, peer(request));
        socket.once("close", () => sockets.delete(socket));
      } catch (error) {
        host.log("info", "a connection without a runner", { error }); // its request is refused for the same reason
      }
    },
    take: (machines: readonly string[]): void => {
      const fresh = machines.filter((machine) => !ids.has(machine));
      if (fresh.length === 0 && machines.length === ids.size) return;
      ids = new Set(machines);
      for (const [socket, machine] of sockets) if (ids.has(machine)) socket.destroy();
      host.log("warn", "machines revoked by the edge", { machines: fresh });
      host.ledger.saveSetting(setting, machines.join(" "));
    },
  };
}
