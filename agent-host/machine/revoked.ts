import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { MachineId } from "../../schema/machine/machine.ts";
import { readPeer } from "../auth.ts";
import type { Host } from "../host.ts";

const setting = "revoked";

/**
 * Machines whose certificates the edge has revoked, by its last answer to a heartbeat; kept over restarts.
 */
export class RevokedMachines {
  private readonly host: Host;
  private readonly sockets = new Map<Socket, MachineId>();
  private ids: ReadonlySet<string>;

  constructor(host: Host) {
    this.host = host;
    this.ids = new Set((host.ledger.setting(setting) ?? "").split(" ").filter(Boolean));
  }
  has(machine: string): boolean {
    return this.ids.has(machine);
  }
  /**
   * Remembers whose connection this is: it ends when its machine is revoked, with all that streams over it.
   */
  watch(request: IncomingMessage): void {
    const { socket } = request;
    if (this.sockets.has(socket)) return;
    try {
      this.sockets.set(socket, readPeer(request));
      socket.once("close", () => this.sockets.delete(socket));
    } catch (error) {
      this.host.log("info", "a connection without a runner", { error }); // its request is refused for the same reason
    }
  }
  replace(machines: readonly string[]): void {
    const fresh = machines.filter((machine) => !this.ids.has(machine));
    if (fresh.length === 0 && machines.length === this.ids.size) return;
    this.ids = new Set(machines);
    for (const [socket, machine] of this.sockets) if (this.ids.has(machine)) socket.destroy();
    this.host.log("warn", "machines revoked by the edge", { machines: fresh });
    this.host.ledger.saveSetting(setting, machines.join(" "));
  }
}
