import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import type { RunIn, RunLine, RunResult } from "../../schema/proof/proof.ts";
import { AppError, errorTable } from "../../schema/wire/error.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { FairQueue } from "./fair-queue.ts";
import { proveCommit } from "./prove-commit.ts";
import { type CleanRoom, openCleanRoom, readRoomImage, removeCleanRoom, roomFolders, runLimits } from "./run-room.ts";
import type { EmitLine } from "./run-step.ts";
import { Snapshots } from "./setup.ts";

type RunEntry = { id: string; address: string | undefined; name: string | undefined; stop: AbortController; ended: Promise<unknown> };

/**
 * The clean rooms of this machine: at most four at once, three of one pair. Each is removed whatever happens.
 */
export class Runs {
  private readonly host: Host;
  private readonly snapshots: Snapshots;
  private readonly entries = new Map<string, RunEntry>();
  private readonly queue = new FairQueue({ width: 4, each: 3, most: 32 });

  constructor(host: Host) {
    this.host = host;
    this.snapshots = new Snapshots(host);
  }
  private freeAddress(row: LedgerStackRow): string {
    const used = new Set([...this.entries.values()].map((entry) => entry.address));
    const free = pairAddresses(this.host.instance, row.slot).runs.find((address) => !used.has(address));
    if (!free) throw new AppError("no_capacity", { what: "runs" });
    return free;
  }
  /**
   * Runs to a verdict. Throws where the platform, not the work, is at fault. `left` ends the run: its caller
   * is gone.
   */
  async run(row: LedgerStackRow, input: RunIn, emit: EmitLine, left: AbortSignal): Promise<RunResult> {
    const key = `${row.member} ${input.id}`;
    const before = this.entries.get(key);
    before?.stop.abort();
    await before?.ended;
    const stop = new AbortController();
    const entry: RunEntry = { id: input.id, address: undefined, name: undefined, stop, ended: Promise.resolve() };
    this.entries.set(key, entry);
    const work = this.queue.run(row.member, () => {
      entry.address = this.freeAddress(row);
      const signal = AbortSignal.any([left, stop.signal, AbortSignal.timeout(runLimits.all)]); // the clock starts with the run
      // The next run in the queue takes the address.
      return proveInRoom(this.host, this.snapshots, row, input, entry, emit, signal).finally(() => (entry.address = undefined));
    });
    entry.ended = work.then(
      () => undefined,
      () => undefined,
    );
    return work.finally(() => this.entries.get(key) === entry && this.entries.delete(key));
  }

  /** Does work of the platform itself in a room without a network. */
  withoutNetwork<T>(row: LedgerStackRow, id: string, work: (room: CleanRoom) => Promise<T>): Promise<T> {
    return this.queue.run(row.member, async () => {
      const key = `${row.member} ${id}`;
      const name = dockerName(this.host.instance, "run", id);
      const entry: RunEntry = { id, address: undefined, name, stop: new AbortController(), ended: Promise.resolve() };
      if (this.entries.has(key)) throw new AppError("conflict", { what: "room", id });
      this.entries.set(key, entry);
      try {
        await this.host.images.waitFor("opencode", entry.stop.signal);
        return await work(await openCleanRoom(this.host, row, id, undefined));
      } finally {
        await removeCleanRoom(this.host, name).finally(() => this.entries.delete(key));
      }
    });
  }

  /** What earlier daemons left half installed goes. */
  removeStraySnapshots(): Promise<number> {
    return this.snapshots.removeStray();
  }
  /** Removes rooms in which no run of this process is: a daemon that crashed left them. Answers how many. */
  async removeStrayRooms(): Promise<number> {
    const { engine, instance } = this.host;
    const filters = { label: [`growqr.instance=${instance.label}`, "growqr.part=run"] };
    const listed = await engine.call("list runs", engine.docker.listContainers({ all: true, filters }));
    const ours = new Set([...this.entries.values()].map((entry) => entry.name));
    const stray = listed.map(({ Names }) => (Names[0] ?? "").slice(1)).filter((name) => name !== "" && !ours.has(name));
    for (const name of stray) await removeCleanRoom(this.host, name);
    return stray.length;
  }
  /** Ends all runs and waits for their ends. */
  async settle(): Promise<void> {
    for (const entry of this.entries.values()) entry.stop.abort();
    await Promise.all([...this.entries.values()].map((entry) => entry.ended));
  }
}

const nothingProven = { checks: [], outputs: [] };
async function proveInRoom(
  host: Host,
  snapshots: Snapshots,
  row: LedgerStackRow,
  input: RunIn,
  entry: RunEntry,
  emit: EmitLine,
  signal: AbortSignal,
): Promise<RunResult> {
  const startedAt = host.now();
  const gone = () => new AppError(signal.reason?.name === "TimeoutError" ? "timeout" : "unavailable", { what: "run was ended" });
  if (signal.aborted) throw gone();
  entry.name = dockerName(host.instance, "run", input.id);
  try {
    const cut = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(gone()), { once: true }));
    const work = (async () => {
      await host.images.waitFor("opencode", signal);
      const { snapshot, failure } = await snapshots.prepare(row, input, entry.address ?? "", emit, (name) => (entry.name = name));
      if (signal.aborted) throw gone(); // its room would be nobody's
      if (failure) return { ...nothingProven, image: await readRoomImage(host), failures: [failure] };
      const began = performance.now();
      entry.name = dockerName(host.instance, "run", input.id);
      const installed = snapshot && { name: snapshot.volume, to: roomFolders.setup, readOnly: { folders: snapshot.folders } };
      const room = await openCleanRoom(host, row, input.id, entry.address, installed);
      emit({ type: "step", step: "room", ms: Math.round(performance.now() - began) });
      return { ...(await proveCommit(room, input, emit)), image: room.image, ...(snapshot ? { setup: snapshot.seen } : {}) };
    })();
    work.catch(() => undefined); // after the cut nobody needs its result
    const { image, ...rest } = await Promise.race([work, cut]);
    const { id, repo, branch, commit } = input;
    return { id, repo, branch, commit, image, passed: rest.failures.length === 0, startedAt, endedAt: host.now(), ...rest };
  } finally {
    await removeCleanRoom(host, entry.name);
  }
}

/** A failure of the platform as the last line says it. */
export function errorLine(error: unknown): Extract<RunLine, { type: "error" }> {
  const known = error instanceof AppError;
  return { type: "error", code: known ? error.code : "internal", message: known ? error.message : errorTable.internal.message };
}
