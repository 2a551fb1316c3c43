import { existsSync } from "node:fs";
import { z } from "zod";
import type { HeartbeatIn } from "../../schema/machine/host.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { runProgram } from "../program.ts";
import { listStackVolumes } from "./apply.ts";
import type { Stacks } from "./stack.ts";

/**
 * What changes is measured so often, by the share of its plan's room that is filled. Within a minute it is
 * seen that somebody tidied up: the clock looks each minute, so that less than that is written here.
 */
const measureEvery = [
  { share: 1, ms: 55_000 },
  { share: 0.8, ms: 295_000 },
  { share: 0, ms: 3_600_000 },
];
/** So many times as long as its measure took a stack is left alone: millions of files keep no disk busy. */
const restTimes = 9;
/** How long one stack may take: many millions of files. */
const measureMs = 600_000;

const printed = z.object({ stdout: z.string().catch("") });
/**
 * The bytes that these folders take on the disk, a file with several names once; undefined where that can't
 * be said in time. Files that go away meanwhile are no failure. Links are not followed. What `du` could not
 * read is told to nobody: a member's agents choose these names, and so many of them would end the measuring.
 */
export async function measureFolders(folders: readonly string[], ms = measureMs): Promise<number | undefined> {
  const line = 'exec env LC_ALL=C nice ionice -t -c 2 -n 7 du -sxcB1 -- "$@" 2>/dev/null';
  const ended: unknown = await runProgram("sh", ["-c", line, "du", ...folders], { timeout: ms }).catch((error: unknown) => error);
  const total = printed.parse(ended).stdout.trimEnd().split("\n").at(-1) ?? "";
  return total.endsWith("\ttotal") ? Number.parseInt(total, 10) : undefined;
}

/**
 * `changed`: whether something that writes has run since, or ran meanwhile. `at`: when it began, by
 * `elapsed`; `took`: milliseconds.
 */
export type LastMeasure = { at: number; took: number; changed: boolean };
/**
 * Whether a stack is to be measured again: what nothing writes to does not change. `share`: what it filled of
 * its plan's room. Pure.
 */
export function isMeasureDue(last: LastMeasure | undefined, now: number, share: number): boolean {
  if (last === undefined) return true;
  const every = last.changed ? measureEvery.find((each) => share >= each.share)!.ms : dayMs;
  return now - last.at >= Math.max(every, last.took * (1 + restTimes));
}

type StackDisk = NonNullable<HeartbeatIn["stacks"][number]["disk"]>;

/**
 * What the volumes of each stack take on this machine, one stack at a time. A restart measures anew. It is
 * measured by `du`: Docker's own word (`system df`) counts the length of a file, also where nothing was
 * written to it. Where Docker's folder is not seen here, nothing is measured.
 */
export class DiskUse {
  private readonly host: Host;
  private readonly stacks: Pick<Stacks, "running" | "hasVolumes">;
  private readonly last = new Map<string, LastMeasure>();
  private readonly uses = new Map<string, StackDisk>();
  /** Bytes that each stack's plan allows, as the edge said last. */
  private readonly allowed = new Map<string, number>();
  /** Those whose last measure took too long. */
  private readonly endless = new Set<string>();
  private readonly ms: number;
  private measuring = false;
  /** By `elapsed`: before it nothing is measured. */
  private restsUntil = 0;

  /** `ms`: how long one stack may take. */
  constructor(host: Host, stacks: Pick<Stacks, "running" | "hasVolumes">, ms = measureMs) {
    this.host = host;
    this.stacks = stacks;
    this.ms = ms;
  }
  /** Megabytes that a member's stack may keep; without them there is no limit. */
  allow(member: string, most: number | undefined): void {
    if (most === undefined) this.allowed.delete(member);
    else this.allowed.set(member, most * 1024 * 1024);
  }
  /** The last measure of each stack that has one, as it is now. */
  list(): ReadonlyMap<string, StackDisk> {
    return new Map(this.uses);
  }
  /**
   * What a stack filled of the room that its plan allows now, by its last measure; 0 where it has none. One
   * with too many files to be measured fills it: else that would be the way around the limit.
   */
  private shareOf(member: string): number {
    const most = this.allowed.get(member);
    if (most === undefined) return 0;
    return this.endless.has(member) ? 1 : (this.uses.get(member)?.bytes ?? 0) / most;
  }
  /** Whether a stack keeps as much as its plan allows, or more. Without a limit or a measure it does not. */
  isOver(member: string): boolean {
    return this.shareOf(member) >= 1;
  }
  /**
   * Measures all that are due, each once, unless that is going on; then as long nothing is, so that many
   * stacks don't keep the disk busy.
   */
  async measure(): Promise<void> {
    try {
      this.noteRunning();
    } catch (error) {
      return this.host.log("warn", "disks of stacks were not looked at", { error });
    }
    const began = this.host.elapsed();
    if (this.measuring || began < this.restsUntil) return;
    this.measuring = true;
    try {
      for (let row = this.findDue(began); row; row = this.findDue(began)) await this.measureStack(row);
    } catch (error) {
      this.host.log("warn", "disks of stacks were not measured", { error });
    } finally {
      this.measuring = false;
      const now = this.host.elapsed();
      this.restsUntil = now + (now - began);
    }
  }

  /** Whose boxes or apps run: an app serves, and writes, while its stack's pair sleeps. */
  private listRunning(): Set<string> {
    const { ledger } = this.host;
    const serving = ledger.releases.apps().filter((app) => app.current !== null && app.running);
    const working = ledger.stacks().filter(({ member }) => this.stacks.running(member));
    return new Set([...serving, ...working].map(({ member }) => member));
  }
  private noteRunning(): void {
    const running = this.listRunning();
    const here = new Set<string>(this.host.ledger.stacks().map(({ member }) => member));
    for (const [member, last] of this.last) {
      last.changed ||= running.has(member);
      if (here.has(member)) continue;
      this.last.delete(member);
      this.uses.delete(member);
      this.allowed.delete(member);
      this.endless.delete(member);
    }
  }
  /**
   * Of those that were not measured since `began`: one that was never measured comes first, then the one that
   * was not measured for longest.
   */
  private findDue(began: number): LedgerStackRow | undefined {
    const measuredAt = ({ member }: LedgerStackRow) => this.last.get(member)?.at ?? Number.NEGATIVE_INFINITY;
    return this.host.ledger
      .stacks()
      .filter((row) => this.stacks.hasVolumes(row.member) && measuredAt(row) < began)
      .filter(({ member }) => isMeasureDue(this.last.get(member), began, this.shareOf(member)))
      .reduce<LedgerStackRow | undefined>((first, row) => (first && measuredAt(first) <= measuredAt(row) ? first : row), undefined);
  }
  private async measureStack(row: LedgerStackRow): Promise<void> {
    const { member } = row;
    const last = { at: this.host.elapsed(), took: 0, changed: this.listRunning().has(member) };
    this.last.set(member, last); // a failure too waits for its turn
    try {
      const folders = (await listStackVolumes(this.host, row)).map(({ Mountpoint }) => Mountpoint).filter((folder) => existsSync(folder));
      if (folders.length === 0) return; // erased meanwhile, or Docker's folder is not seen here: the start has said so
      const at = this.host.now();
      const bytes = await measureFolders(folders, this.ms);
      const isEndless = bytes === undefined && this.host.elapsed() - last.at >= this.ms;
      if (isEndless) this.endless.add(member);
      else this.endless.delete(member);
      if (bytes === undefined) this.host.log("warn", "a stack's disk could not be measured", { member, seconds: this.ms / 1_000 });
      else this.uses.set(member, { bytes, at });
    } catch (error) {
      this.host.log("warn", "a stack's disk was not measured", { member, error });
    } finally {
      last.took = this.host.elapsed() - last.at;
    }
  }
}
