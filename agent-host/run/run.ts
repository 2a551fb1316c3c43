import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import type { RunIn, RunLine, RunResult } from "../../schema/proof/proof.ts";
import type { ProvenPackages } from "../../schema/release/release-host.ts";
import { AppError } from "../../schema/wire/error.ts";
import { withDeadline } from "../deadline.ts";
import { describeFailure } from "../disk.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { RoomServices } from "../service/room-services.ts";
import { roomOf, waitForServicesImage } from "../service/services-container.ts";
import { FairQueue } from "./fair-queue.ts";
import { runChecksOnly } from "./plain/checks-only.ts";
import { proveCommit } from "./prove-commit.ts";
import { type CleanRoom, openCleanRoom, readRoomImage, removeCleanRoom, runLimits } from "./room/run-room.ts";
import { drawRoomLayout } from "./room/workplace.ts";
import type { EmitLine } from "./run-step.ts";
import { requireIntact } from "./setup/installed.ts";
import { type Prepared, Snapshots } from "./setup/snapshots.ts";
import { readAskedServices } from "./setup/wanted.ts";

type RunEntry = {
  id: string;
  address: string | undefined;
  name: string | undefined;
  stop: AbortController;
  ended: Promise<unknown>;
  /** What is done in its rooms; it may go on for a moment when the entry was cut off. */
  work?: Promise<unknown>;
};
/**
 * How work waits and how long it may take, milliseconds from its turn on. `yields`: proofs come before it.
 */
type RunWish = { ms?: number; yields?: boolean; waits?: () => void };
/** So long a room is waited for that is being made for somebody who has left. */
const lateRoomMs = 90_000;

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
    const work = (entry: RunEntry, signal: AbortSignal) => proveInRoom(this.host, this.snapshots, row, input, entry, emit, signal);
    const yields = input.checksOnly === true; // somebody waits for a proof
    return (await this.enter(row, input.id, left, work, { yields })).told;
  }
  /**
   * Installs what a commit needs, as for a proof, and does further work of the platform at that address. When
   * this answers, nothing holds a volume of it. `proven`: packages that are taken where they are kept.
   */
  async install<T>(
    row: LedgerStackRow,
    { input, proven }: { input: RunIn; proven?: ProvenPackages | undefined },
    emit: EmitLine,
    left: AbortSignal,
    work: (ground: InstalledGround, requireRoom: () => void) => Promise<T>,
    wish: RunWish = {},
  ): Promise<T> {
    const install = (entry: RunEntry, signal: AbortSignal) =>
      workInRoom(this.host, entry, signal, async (requireRoom) => {
        const address = entry.address ?? "";
        const enter = (name: string) => (entry.name = name);
        const prepared = await this.snapshots.prepare(row, input, { address, emit, signal, enter, proven });
        requireRoom();
        entry.name = dockerName(this.host.instance, "run", input.id);
        return work({ ...prepared, address }, requireRoom);
      });
    const { told, ended } = await this.enter(row, input.id, left, install, wish);
    return told.finally(() => ended);
  }
  /**
   * One under this id after the other; the newer ends the one before. `told`: what came of its work; `ended`:
   * its room is gone as well.
   */
  private async enter<T>(
    row: LedgerStackRow,
    id: RunIn["id"],
    left: AbortSignal,
    work: (entry: RunEntry, signal: AbortSignal) => Promise<T>,
    { ms = runLimits.all, yields = false, waits }: RunWish = {},
  ): Promise<{ told: Promise<T>; ended: Promise<unknown> }> {
    const key = `${row.member} ${id}`;
    for (let before = this.entries.get(key); before; before = this.entries.get(key)) {
      before.stop.abort();
      await before.ended;
    }
    const stop = new AbortController();
    const entry: RunEntry = { id, address: undefined, name: undefined, stop, ended: Promise.resolve() };
    this.entries.set(key, entry);
    const told = Promise.withResolvers<T>();
    const run = async () => {
      entry.address = this.freeAddress(row);
      const signal = AbortSignal.any([left, stop.signal, AbortSignal.timeout(ms)]); // the clock starts with the run
      const worked = work(entry, signal);
      // What came of it is told before its room goes; a failure after that, for who hears it tries again.
      await worked.then(told.resolve, () => undefined);
      await this.leaveRoom(entry);
      if (signal.aborted) await this.leaveLateRoom(entry);
      entry.address = undefined;
      await worked;
    };
    const unwanted = AbortSignal.any([left, stop.signal]); // while it waits it has no clock
    const entered = this.queue.run(row.member, run, { signal: unwanted, yields, ...(waits ? { waits } : {}) });
    entry.ended = entered.catch(told.reject).finally(() => this.entries.get(key) === entry && this.entries.delete(key));
    return { told: told.promise, ended: entry.ended };
  }
  private async leaveRoom({ name }: RunEntry): Promise<void> {
    if (name === undefined) return;
    const log = (error: unknown) => this.host.log("warn", "a room was not removed", { room: name, error });
    await removeCleanRoom(this.host, name).catch(log); // it is stray then
  }

  /**
   * A room that was being made when its entry was cut off goes before another takes its place and address.
   */
  private async leaveLateRoom(entry: RunEntry): Promise<void> {
    const gone = Promise.allSettled([entry.work]).then(() => this.leaveRoom(entry));
    const log = (error: unknown) => this.host.log("warn", "a run that was ended goes on", { run: entry.id, error });
    await withDeadline(gone, lateRoomMs, "end of a run").catch(log);
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
        return await work(await openCleanRoom(this.host, row, id));
      } finally {
        await removeCleanRoom(this.host, name).finally(() => this.entries.delete(key));
      }
    });
  }

  /** Removes snapshots that nobody has used for long, or that take too much of the disk. */
  evictSnapshots(): Promise<void> {
    return this.snapshots.evict();
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
    const stray = listed.map(({ Names }) => (Names[0] ?? "").slice(1)).filter((name) => name !== "" && !ours.has(roomOf(name)));
    for (const name of stray) await removeCleanRoom(this.host, name);
    return stray.length;
  }
  /** Ends all runs and waits for their ends. */
  async settle(): Promise<void> {
    for (const entry of this.entries.values()) entry.stop.abort();
    await Promise.all([...this.entries.values()].map((entry) => entry.ended));
  }
}

/** What a commit needs, installed; and the address at which a room may read from the pair's Gitea. */
export type InstalledGround = Prepared & { address: string };

/** Does work in rooms of one entry until it is cut off. */
async function workInRoom<T>(host: Host, entry: RunEntry, signal: AbortSignal, work: (requireRoom: () => void) => Promise<T>): Promise<T> {
  const gone = () => new AppError(signal.reason?.name === "TimeoutError" ? "timeout" : "unavailable", { what: "run was ended" });
  const requireRoom = () => {
    if (signal.aborted) throw gone(); // its room would be nobody's
  };
  requireRoom();
  const cut = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(gone()), { once: true }));
  const done = host.images.waitFor("opencode", signal).then(() => work(requireRoom));
  entry.work = done;
  done.catch(() => undefined); // after the cut nobody needs its result
  return Promise.race([done, cut]);
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
  entry.name = dockerName(host.instance, "run", input.id);
  const { image, ...rest } = await workInRoom(host, entry, signal, async (requireRoom) => {
    const address = entry.address ?? "";
    const { image, snapshot, failure } = await snapshots.prepare(row, input, {
      address,
      emit,
      signal,
      enter: (name) => (entry.name = name),
    });
    requireRoom();
    if (failure) return { ...nothingProven, image: await readRoomImage(host, image), failures: [failure] };
    const services = await readAskedServices(host, row, input);
    if (services.length > 0) await waitForServicesImage(host, signal, (detail) => emit({ type: "waits", detail }));
    requireRoom();
    const began = performance.now();
    entry.name = dockerName(host.instance, "run", input.id);
    const layout = drawRoomLayout(host, input.repo, input.branch);
    const volumes = snapshot ? [{ name: snapshot.volume, to: layout.packages, readOnly: { folders: snapshot.folders } }] : [];
    const opened = await openCleanRoom(host, row, input.id, { address, image, volumes, layout });
    requireRoom();
    const given = services.length === 0 ? {} : { services: new RoomServices(host, row, opened.name, { repo: input.repo, services }) };
    const room = { ...opened, layout, place: layout.places[0], ...given };
    emit({ type: "step", step: "room", ms: Math.round(performance.now() - began) });
    const intact = snapshot && requireIntact(room, layout.packages, snapshot);
    intact?.catch(() => undefined); // it is awaited below, and before a check runs
    const installs = snapshot ? [...snapshot.seen.files, ...(snapshot.seen.copied ?? [])].map(({ name }) => name) : [];
    const byFile = snapshot?.seen.environment !== undefined;
    const proof = await (input.checksOnly
      ? runChecksOnly(room, input, emit, intact)
      : proveCommit(room, { ...input, installs, byFile }, emit, intact));
    await intact;
    return { ...proof, image: room.image, ...(snapshot ? { setup: snapshot.seen } : {}) };
  });
  const { id, repo, branch, commit } = input;
  return { id, repo, branch, commit, image, passed: rest.failures.length === 0, startedAt, endedAt: host.now(), ...rest };
}

/** A failure of the platform as the last line says it. */
export function errorLine(error: unknown): Extract<RunLine, { type: "error" }> {
  const { code, message } = describeFailure(error);
  return { type: "error", code, message };
}
