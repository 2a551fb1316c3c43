import type { HeartbeatOut } from "../../schema/machine/host.ts";
import { compareOrder, desiredState, type ObservedState, type StackLine, type Tier } from "../../schema/stack/stack.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { TicketClaims } from "../../schema/wire/ticket.ts";
import { isNoRoomError } from "../disk.ts";
import { hasDockerStatus, removeVolume } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { applyAction } from "./apply.ts";
import { BoxLimits } from "./box-limits.ts";
import { waitForImages } from "./image-wait.ts";
import { findLeftObjects, observeStacks } from "./observe.ts";
import {
  awaitedImages,
  describeObserved,
  isMemoryMissing,
  isStackDue,
  type PairSide,
  planStack,
  type SeenStack,
  type StackAction,
  type WantedStack,
} from "./stack-plan.ts";

type StepListener = (line: StackLine) => void;
/** What the daemon knows of a stack beside its ledger. A restart loses it and observes it again. */
type LiveStack = {
  seen: SeenStack;
  /** Whether Docker was looked at since the daemon began: before, nothing is known to be missing. */
  looked: boolean;
  /** Until when this host may run the stack, on the clock that nobody can set. */
  lease: number;
  /** Failures that the ledger had no room to record, and the time of the last. */
  unwritten: { attempts: number; at: number };
  busy: Promise<void> | undefined;
  again: boolean;
  /** Steps of the work that is going on, so that a second caller sees them from the start. */
  steps: StackLine[];
  listeners: Set<StepListener>;
  observed: ObservedState;
  since: number;
};
const nothingSeen: SeenStack = { network: false, memory: false, workspace: false, gitea: "absent", opencode: "absent", writer: false };

/**
 * Brings every stack to what the ledger says: one worker per member, driven by commands, leases, and what
 * Docker shows.
 */
export class Stacks {
  private readonly host: Host;
  private readonly lives = new Map<string, LiveStack>();
  private readonly gone = new Set<Id<"mem">>();
  private readonly boxLimits = new BoxLimits();

  constructor(host: Host) {
    this.host = host;
  }
  private live(member: string): LiveStack {
    const known = this.lives.get(member);
    if (known) return known;
    const fresh: LiveStack = {
      seen: nothingSeen,
      looked: false,
      lease: 0,
      unwritten: { attempts: 0, at: 0 },
      busy: undefined,
      again: false,
      steps: [],
      listeners: new Set(),
      observed: "absent",
      since: this.host.now(),
    };
    this.lives.set(member, fresh);
    return fresh;
  }
  private want(row: LedgerStackRow): WantedStack {
    const { lease, unwritten } = this.live(row.member);
    return {
      tier: desiredState(row.tier, row.ceiling),
      leased: this.host.elapsed() < lease,
      keeps: this.host.ledger.hasMemory(row.member),
      attempts: row.attempts + unwritten.attempts,
      failedAt: Math.max(row.failed_at, unwritten.at),
      awaits: this.host.images.missing(),
    };
  }
  private next(row: LedgerStackRow): StackAction[] {
    return planStack(this.want(row), this.live(row.member).seen);
  }
  /** The images for which a stack waits now, by what is wanted of it now. */
  private awaited(member: string): PairSide[] {
    const row = this.host.ledger.stack(member);
    return row && this.next(row).includes("image") ? awaitedImages(this.want(row), this.live(member).seen) : [];
  }
  private isDue(row: LedgerStackRow): boolean {
    return isStackDue(this.want(row), this.host.now());
  }
  memoryMissing(row: LedgerStackRow): boolean {
    return this.live(row.member).looked && isMemoryMissing(this.want(row), this.live(row.member).seen);
  }

  look(row: LedgerStackRow): ObservedState {
    const live = this.live(row.member);
    const now = describeObserved(live.seen, {
      busy: live.busy !== undefined,
      failed: this.memoryMissing(row) || (row.attempts > 0 && live.busy === undefined),
      wantsRunning: desiredState(row.tier, row.ceiling) === "running",
    });
    if (now !== live.observed) {
      live.observed = now;
      live.since = this.host.now();
    }
    return now;
  }
  since(member: string): number {
    return this.live(member).since;
  }
  running(member: string): boolean {
    const { seen } = this.live(member);
    return seen.opencode === "running" && seen.gitea === "running";
  }
  /** Whether it keeps anything on this machine, also where nothing of it runs. */
  hasVolumes(member: string): boolean {
    const { seen } = this.live(member);
    return seen.memory || seen.workspace;
  }
  /** Whether the last command still wants it running; long work of an agent gives up when not. */
  wanted(member: string): boolean {
    const row = this.host.ledger.stack(member);
    return row !== undefined && desiredState(row.tier, row.ceiling) === "running";
  }

  /** What is seen of a stack. One whose Gitea runs with its writer has a memory from now on. */
  private note(member: string, seen: SeenStack): void {
    const { ledger, log, now } = this.host;
    Object.assign(this.live(member), { seen, looked: true });
    // The box's volume is gone, and what ran in it has ended.
    if (!seen.workspace && ledger.stack(member)?.ceiling !== "erased" && ledger.loseBox(member, now()))
      log("error", "a box's volume is gone", { member });
    if (seen.memory && seen.writer && seen.gitea === "running" && !ledger.hasMemory(member)) ledger.noteMemory(member);
  }
  async refresh(): Promise<void> {
    for (const [member, seen] of await observeStacks(this.host)) this.note(member, seen);
  }
  private async observe(member: string): Promise<void> {
    this.note(member, (await observeStacks(this.host)).get(member) ?? nothingSeen);
  }
  /**
   * Works on one member until the plan is empty. A failure is kept in the ledger; the clock tries again after
   * its backoff.
   */
  private async drive(member: string): Promise<void> {
    const live = this.live(member);
    const { ledger } = this.host;
    for (let round = 0; round < 30; round += 1) {
      const row = ledger.stack(member);
      if (!row || !this.isDue(row)) return;
      await this.observe(member);
      const actions = this.next(row);
      if (actions.length === 0) {
        if (this.memoryMissing(row)) throw new AppError("memory_missing", { member });
        ledger.settled(member);
        live.unwritten = { attempts: 0, at: 0 };
        if (row.ceiling !== "erased") return;
        await applyAction(this.host, row, "erase", () => undefined); // what is left where the pair had no volumes
        return ledger.forget(member);
      }
      const emit: StepListener = (line) => {
        live.steps.push(line);
        for (const listener of live.listeners) listener(line);
      };
      if (actions.includes("image")) {
        await waitForImages(this.host.images, emit, () => this.awaited(member));
        if (this.host.images.ended) return; // the next daemon waits on, and nothing has failed
      }
      const work = actions.filter((action) => action !== "image");
      const done = await Promise.allSettled(work.map((action) => applyAction(this.host, row, action, emit)));
      for (const result of done) if (result.status === "rejected") throw result.reason;
    }
    throw new AppError("internal", { what: "the plan does not end" });
  }
  private async guarded(member: string): Promise<void> {
    try {
      await this.drive(member);
    } catch (error) {
      this.host.log("error", "stack work failed", { member, error });
      const code = failureCode(error);
      // A failure without a code of its own most likely found no room, where there is none.
      this.noteFailure(member, code === "internal" && this.host.full() ? "storage_full" : code);
    }
    try {
      await this.observe(member);
    } catch (error) {
      this.host.log("warn", "stack was not observed", { member, error });
    }
  }
  private noteFailure(member: string, code: ErrorCode): void {
    try {
      this.host.ledger.failed(member, code, this.host.now());
    } catch (error) {
      this.host.log("warn", "a failure was not written down", { member, code, error });
      const live = this.live(member);
      live.unwritten = { attempts: live.unwritten.attempts + 1, at: this.host.now() };
    }
  }
  /** Starts work on a member, or makes the work that is going on look once more. */
  private kick(member: string): Promise<void> {
    const live = this.live(member);
    if (live.busy) {
      live.again = true;
      return live.busy;
    }
    live.steps = [];
    live.busy = (async () => {
      do {
        live.again = false;
        await this.guarded(member);
      } while (live.again);
    })().finally(() => {
      live.busy = undefined;
    });
    return live.busy;
  }

  renew(member: string, epoch: number, until: number): void {
    const row = this.host.ledger.stack(member);
    if (row && row.epoch === epoch) this.live(member).lease = Math.max(this.live(member).lease, until);
  }

  /**
   * Takes a command with its ticket, or throws: stale, or a conflict. Nothing of the machine is touched yet.
   */
  accept(claims: TicketClaims<"host">, command: { generation: number; tier: Tier }): LedgerStackRow {
    const { ledger } = this.host;
    if (this.host.full() && !ledger.stack(claims.member)) throw new AppError("storage_full", { what: "host" });
    const { row } = ledger.accept(claims, command);
    this.renew(row.member, claims.epoch, this.host.elapsed() + limits.lease);
    return row;
  }

  /**
   * Brings about what `row` says. Steps go to `listen` as they happen; the answer comes when the work has
   * ended.
   */
  async bring(row: LedgerStackRow, listen: StepListener): Promise<LedgerStackRow> {
    const live = this.live(row.member);
    for (const line of live.busy ? live.steps : []) listen(line);
    live.listeners.add(listen);
    try {
      await this.kick(row.member);
    } finally {
      live.listeners.delete(listen);
    }
    const after = this.host.ledger.stack(row.member);
    if (!after) return row; // erased
    if (compareOrder(row, after) < 0) throw new AppError("generation_stale", { epoch: after.epoch, generation: after.generation });
    if (after.error) throw new AppError(readFailureCode(after.error), { what: "stack" });
    if (this.live(row.member).unwritten.attempts > 0) throw new AppError("storage_full", { what: "stack" });
    return after;
  }

  /**
   * What the clock does: pause what has lost its lease, start again what ended by itself, retry what failed.
   */
  tick(): void {
    for (const row of this.host.ledger.stacks()) {
      // An erased stack leaves the ledger when nothing of it is left: there is something to do even then.
      const idle = row.ceiling !== "erased" && this.next(row).length === 0;
      if (this.live(row.member).busy || !this.isDue(row) || idle) continue;
      void this.kick(row.member);
    }
  }
  lease(answer: Pick<HeartbeatOut, "leaseMs" | "stacks">, sentAt: number): void {
    for (const each of answer.stacks) {
      this.host.ledger.adoptEpoch(each.member, each.epoch);
      this.host.ledger.ceiling(each.member, each.ceiling, each.ceilingRev);
      if (each.limits) this.boxLimits.note(this.host, each.member, each.limits);
      this.renew(each.member, each.epoch, sentAt + answer.leaseMs);
    }
    const unknown = answer.stacks.filter(({ member, ceiling }) => ceiling === "erased" && !this.host.ledger.stack(member));
    void this.lookForErased(unknown.map(({ member }) => member));
    this.tick();
  }
  /** Which of the stacks that are to be erased are not in the ledger and have left nothing on the machine. */
  private async lookForErased(members: Id<"mem">[]): Promise<void> {
    if (members.length === 0) return this.gone.clear();
    try {
      const left = await findLeftObjects(this.host, members);
      for (const { member, name } of left) {
        this.host.log("error", "an erased stack has left something", { member, name });
        await removeVolume(this.host, name); // of work that ended after it; a container or network is none
      }
      const kept = new Set(left.map(({ member }) => member));
      this.gone.clear();
      for (const member of members) if (!kept.has(member)) this.gone.add(member);
    } catch (error) {
      this.host.log("warn", "erased stacks were not looked for", { error });
    }
  }
  /** Told to the edge, until it does not ask for them any more. */
  erased(): Id<"mem">[] {
    return [...this.gone];
  }
  async settle(): Promise<void> {
    await Promise.allSettled([...this.lives.values()].flatMap((each) => each.busy ?? []));
  }
}

/** The code that is kept for a failure: its own, else what it most likely means. */
function failureCode(error: unknown): ErrorCode {
  if (isNoRoomError(error)) return "storage_full";
  if (error instanceof AppError) return error.code;
  return hasDockerStatus(error, 400, 404, 409, 500) ? "upstream" : "unavailable";
}
function readFailureCode(text: string): ErrorCode {
  const known: ErrorCode[] = ["timeout", "conflict", "unavailable", "upstream", "no_capacity", "memory_missing", "storage_full"];
  return known.find((code) => code === text) ?? "internal";
}
