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
import type { DiskUse } from "../stack/disk-use.ts";
import type { Stacks } from "../stack/stack.ts";
import { readCapacity } from "./join.ts";
import type { HostMachine } from "./machine.ts";
import type { RevokedMachines } from "./revoked.ts";
import { type ReadUse, UseReport } from "./use-report.ts";

type Watchers = { revoked: RevokedMachines; keeper: ServiceKeeper; disk: DiskUse; versions: MachineVersions | undefined };
/**
 * What stacks use is told in each sixth heartbeat, by its sequence; not in that in which the edge looks at
 * what is due (`sequence % 6 === 0`).
 */
const [useEvery, useAt] = [6, 3];
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
  private readonly disk: DiskUse;
  private readonly use: UseReport;
  private readonly timer: NodeJS.Timeout;
  private sequence: number;
  private takenAt = 0;
  /** By the last answer: an edge of before there was use refuses a heartbeat that has it. */
  private edgeTakesUse = false;

  /** `room`: how many stacks fit here, where the operator has set that. */
  constructor(
    host: Host,
    stacks: Stacks,
    machine: () => HostMachine,
    room: number | undefined,
    { revoked, keeper, disk, versions }: Watchers,
  ) {
    this.host = host;
    this.stacks = stacks;
    this.machine = machine;
    this.room = room;
    this.revoked = revoked;
    this.keeper = keeper;
    this.versions = versions;
    this.disk = disk;
    this.use = new UseReport(host, disk);
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
      const use = this.edgeTakesUse && this.sequence % useEvery === useAt ? this.use.read() : undefined;
      const call = {
        method: "POST",
        path: `/hosts/${machine.id}/heartbeat`,
        body: this.report(use),
        shape: heartbeatOut,
        ms: 4_000,
        machine,
      };
      const answer = await callEdge(machine.edge, call);
      this.takenAt = this.host.elapsed();
      this.edgeTakesUse = answer.useTaken;
      if (answer.useTaken) use?.noteTaken();
      // A lease counts from the call: an answer that was long on its way makes it no longer.
      this.stacks.lease(answer, sentAt);
      for (const { member, diskMb } of answer.stacks) this.disk.allow(member, diskMb);
      this.revoked.replace(answer.revoked);
      this.noteRefusal("");
      return true;
    } catch (error) {
      this.edgeTakesUse = false;
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
  private report(use: ReadUse | undefined) {
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
      ...use?.describe(row.member),
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
