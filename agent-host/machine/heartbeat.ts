import os from "node:os";
import { type AwaitedImage, heartbeatOut, type MachineLoad, type MachineVersions } from "../../schema/machine/host.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import { callEdge } from "../edge.ts";
import type { Host } from "../host.ts";
import type { HostImages } from "../host-images.ts";
import { imageNames } from "../images.ts";
import { appLimits } from "../release/app-container.ts";
import type { ServiceKeeper } from "../service/service-keeper.ts";
import type { Stacks } from "../stack/stack.ts";
import { readCapacity } from "./join.ts";
import type { HostMachine } from "./machine.ts";
import type { RevokedMachines } from "./revoked.ts";

type Watchers = { revoked: RevokedMachines; keeper: ServiceKeeper; versions: MachineVersions | undefined };
/** The ledger's setting that says why the edge refuses this machine; empty while it does not. */
export const refusalSetting = "refused";
const mb = 1024 * 1024;
function readLoad(host: Host): MachineLoad {
  const floor = (bytes: number) => Math.max(0, Math.floor(bytes / mb));
  return { cpu: os.loadavg()[0] ?? 0, freeMemoryMb: floor(os.freemem()), freeDiskMb: floor(host.free()) };
}

/** What stacks here wait for, in the words that their members read. */
function describeAwaitedImage(images: HostImages): { image?: AwaitedImage } {
  const awaited = images.describe(imageNames);
  return awaited ? { image: { failed: awaited.since === undefined, line: awaited.detail.slice(0, 400) } } : {};
}

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
  private readonly keeper: ServiceKeeper;
  private readonly versions: MachineVersions | undefined;
  private readonly timer: NodeJS.Timeout;
  private sequence: number;
  private takenAt = 0;

  /** `room`: how many stacks fit here, where the operator has set that. */
  constructor(host: Host, stacks: Stacks, machine: () => HostMachine, room: number | undefined, { revoked, keeper, versions }: Watchers) {
    this.host = host;
    this.stacks = stacks;
    this.machine = machine;
    this.room = room;
    this.revoked = revoked;
    this.keeper = keeper;
    this.versions = versions;
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
      this.noteRefusal("");
      return true;
    } catch (error) {
      this.host.log("warn", "heartbeat not taken", { error });
      if (error instanceof AppError && error.code === "unauthenticated" && error.meta.from === "edge") this.noteRefusal(error.message);
      return false;
    }
  }
  /** Kept for `agent-host status`: why the edge takes nothing from this machine any more. */
  private noteRefusal(reason: string): void {
    const { ledger } = this.host;
    if ((ledger.setting(refusalSetting) ?? "") !== reason) ledger.saveSetting(refusalSetting, reason);
  }
  private report() {
    const { ledger } = this.host;
    const stacks = ledger.stacks().map((row) => ({
      member: row.member,
      epoch: row.epoch,
      generation: row.generation,
      tier: row.tier,
      observed: this.stacks.look(row),
      since: this.stacks.since(row.member),
      memoryMissing: this.stacks.memoryMissing(row),
      boxLostAt: ledger.boxLostAt(row.member),
    }));
    const apps = ledger.releases.apps().filter((app) => app.current !== null && app.running);
    const capacity = readCapacity(this.room, apps.length * appLimits.memoryMb + this.keeper.runningMb());
    return {
      sequence: this.sequence,
      capacity,
      full: this.host.full(),
      ...(ledger.setting("draining") ? { closed: true } : {}),
      stacks,
      erased: this.stacks.erased(),
      load: readLoad(this.host),
      ...describeAwaitedImage(this.host.images),
      ...(this.versions ? { versions: this.versions } : {}),
    };
  }
}
