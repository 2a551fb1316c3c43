import { existsSync } from "node:fs";
import { z } from "zod";
import type { HeartbeatIn } from "../../schema/machine/host.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { runProgram } from "../program.ts";
import { listStackVolumes } from "./apply.ts";
import type { Stacks } from "./stack.ts";

/** What changes is measured so often. */
const measureEveryMs = 3_600_000;
/** How long one stack may take: some millions of files. */
const measureMs = 120_000;

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

/** `changed`: whether something that writes has run since, or ran meanwhile. `at`: by `elapsed`. */
export type LastMeasure = { at: number; changed: boolean };
/** Whether a stack is to be measured again: what nothing writes to does not change. Pure. */
export function isMeasureDue(last: LastMeasure | undefined, now: number): boolean {
  return last === undefined || now - last.at >= (last.changed ? measureEveryMs : dayMs);
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
  private measuring = false;

  constructor(host: Host, stacks: Pick<Stacks, "running" | "hasVolumes">) {
    this.host = host;
    this.stacks = stacks;
  }
  /** The last measure of each stack that has one, as it is now. */
  list(): ReadonlyMap<string, StackDisk> {
    return new Map(this.uses);
  }
  /** Measures all that are due, unless that is going on. */
  async measure(): Promise<void> {
    try {
      this.noteRunning();
    } catch (error) {
      return this.host.log("warn", "disks of stacks were not looked at", { error });
    }
    if (this.measuring) return;
    this.measuring = true;
    try {
      for (let row = this.findDue(); row; row = this.findDue()) await this.measureStack(row);
    } catch (error) {
      this.host.log("warn", "disks of stacks were not measured", { error });
    } finally {
      this.measuring = false;
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
    }
  }
  /** One that was never measured comes first. */
  private findDue(): LedgerStackRow | undefined {
    const now = this.host.elapsed();
    const due = this.host.ledger
      .stacks()
      .filter(({ member }) => this.stacks.hasVolumes(member) && isMeasureDue(this.last.get(member), now));
    return due.find(({ member }) => !this.last.has(member)) ?? due[0];
  }
  private async measureStack(row: LedgerStackRow): Promise<void> {
    const { member } = row;
    this.last.set(member, { at: this.host.elapsed(), changed: this.listRunning().has(member) }); // a failure too waits for its turn
    try {
      const folders = (await listStackVolumes(this.host, row)).map(({ Mountpoint }) => Mountpoint).filter((folder) => existsSync(folder));
      if (folders.length === 0) return; // erased meanwhile, or Docker's folder is not seen here: the start has said so
      const at = this.host.now();
      const bytes = await measureFolders(folders);
      if (bytes === undefined) this.host.log("warn", "a stack's disk could not be measured", { member, seconds: measureMs / 1_000 });
      else this.uses.set(member, { bytes, at });
    } catch (error) {
      this.host.log("warn", "a stack's disk was not measured", { member, error });
    }
  }
}
