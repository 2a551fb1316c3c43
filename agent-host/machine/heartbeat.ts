import { heartbeatOut } from "../../schema/machine/host.ts";
import { limits } from "../../schema/wire/limits.ts";
import { callEdge } from "../edge.ts";
import type { Host } from "../host.ts";
import type { Stacks } from "../stack/stack.ts";
import { readCapacity } from "./join.ts";
import type { HostMachine } from "./machine.ts";
import type { RevokedMachines } from "./revoked.ts";

/**
 * Tells the edge every five seconds what runs here; the answer renews the leases. When a call is lost the
 * leases are not renewed, and nothing else changes.
 */
export class Heartbeat {
  private readonly host: Host;
  private readonly stacks: Stacks;
  private readonly machine: () => HostMachine;
  private readonly room: number | undefined;
  private readonly revoked: RevokedMachines;
  private readonly timer: NodeJS.Timeout;
  private sequence: number;
  private takenAt = 0;

  /** `room`: how many stacks fit here, where the operator has set that. */
  constructor(host: Host, stacks: Stacks, machine: () => HostMachine, room: number | undefined, revoked: RevokedMachines) {
    this.host = host;
    this.stacks = stacks;
    this.machine = machine;
    this.room = room;
    this.revoked = revoked;
    this.sequence = Math.floor(host.now() / 1000); // grows over restarts
    this.timer = setInterval(() => void this.send(), limits.heartbeat);
  }
  /** When the edge last took a heartbeat, by `elapsed`; 0 for never. */
  last(): number {
    return this.takenAt;
  }
  stop(): void {
    clearInterval(this.timer);
  }
  /** Whether the edge took it. */
  async send(): Promise<boolean> {
    this.sequence += 1;
    const sentAt = this.host.elapsed();
    try {
      const machine = this.machine();
      const call = { method: "POST", path: `/hosts/${machine.id}/heartbeat`, body: this.report(), shape: heartbeatOut, ms: 4_000, machine };
      const answer = await callEdge(machine.edge, call);
      this.takenAt = this.host.elapsed();
      // A lease counts from the call: an answer that was long on its way makes it no longer.
      this.stacks.lease(answer, sentAt);
      this.revoked.replace(answer.revoked);
      return true;
    } catch (error) {
      this.host.log("warn", "heartbeat not taken", { error });
      return false;
    }
  }
  private report() {
    const { ledger } = this.host;
    const stacks = ledger.stacks().map((row) => ({
      member: row.member,
      epoch: row.epoch,
      generation: row.generation,
      observed: this.stacks.look(row),
      since: this.stacks.since(row.member),
      memoryMissing: this.stacks.memoryMissing(row),
      boxLostAt: ledger.boxLostAt(row.member),
    }));
    const room = ledger.setting("draining") ? 0 : this.room;
    return { sequence: this.sequence, capacity: readCapacity(room), full: this.host.full(), stacks };
  }
}
