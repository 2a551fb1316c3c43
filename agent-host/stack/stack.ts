import { compareOrder, desired, type Observed, type StackLine, type Tier } from "../../schema/stack/stack.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Claims } from "../../schema/wire/ticket.ts";
import { isNoRoom } from "../disk.ts";
import { answered } from "../docker.ts";
import type { Host } from "../host.ts";
import type { StackRow } from "../ledger.ts";
import { apply } from "./apply.ts";
import { adopt, observeAll } from "./observe.ts";
import { type Action, due, memoryMissing, observed, plan, type Seen, type Want } from "./stack-plan.ts";

type Listener = (line: StackLine) => void;
/** What the daemon knows of a stack beside its ledger; all of it is lost and found again on a restart. */
type Live = {
  seen: Seen;
  /** Whether Docker was looked at since the daemon began: before, nothing is known to be missing. */
  looked: boolean;
  /** Until when this host may run the stack, on the clock that nobody can set. */
  lease: number;
  /** Failures that the ledger had no room for, and the time of the last. */
  unwritten: { attempts: number; at: number };
  busy: Promise<void> | undefined;
  again: boolean;
  /** Steps of the work that is going on, so that a second caller sees them from the start. */
  steps: StackLine[];
  listeners: Set<Listener>;
  observed: Observed;
  since: number;
};
const nothing: Seen = { network: false, memory: false, workspace: false, gitea: "absent", opencode: "absent", writer: false };

export type Stacks = ReturnType<typeof openStacks>;

/** Brings every stack to what the ledger says: one worker per member, driven by commands, leases, and what Docker shows. */
export function openStacks(host: Host) {
  const lives = new Map<string, Live>();
  const live = (member: string): Live => {
    const known = lives.get(member);
    if (known) return known;
    const fresh: Live = {
      seen: nothing,
      looked: false,
      lease: 0,
      unwritten: { attempts: 0, at: 0 },
      busy: undefined,
      again: false,
      steps: [],
      listeners: new Set(),
      observed: "absent",
      since: host.now(),
    };
    lives.set(member, fresh);
    return fresh;
  };
  const want = (row: StackRow): Want => {
    const { lease, unwritten } = live(row.member);
    return {
      tier: desired(row.tier, row.ceiling),
      leased: host.elapsed() < lease,
      keeps: host.ledger.hasMemory(row.member),
      attempts: row.attempts + unwritten.attempts,
      failedAt: Math.max(row.failed_at, unwritten.at),
    };
  };
  const next = (row: StackRow): Action[] => plan(want(row), live(row.member).seen);
  const isDue = (row: StackRow): boolean => due(want(row), host.now());
  const missing = (row: StackRow): boolean => live(row.member).looked && memoryMissing(want(row), live(row.member).seen);

  const look = (row: StackRow): Observed => {
    const of = live(row.member);
    const now = observed(of.seen, {
      busy: of.busy !== undefined,
      failed: missing(row) || (row.attempts > 0 && of.busy === undefined),
      wantsRunning: desired(row.tier, row.ceiling) === "running",
    });
    if (now !== of.observed) {
      of.observed = now;
      of.since = host.now();
    }
    return now;
  };

  /** What is seen of a stack. One whose Gitea runs with its writer has a memory from now on. */
  const note = (member: string, seen: Seen): void => {
    Object.assign(live(member), { seen, looked: true });
    // Its volume is gone, and whatever ran in it has ended.
    if (!seen.workspace && host.ledger.stack(member)?.ceiling !== "erased" && host.ledger.loseBox(member, host.now()))
      host.log("error", "a box's volume is gone", { member });
    if (seen.memory && seen.writer && seen.gitea === "running" && !host.ledger.hasMemory(member)) host.ledger.noteMemory(member);
  };
  const refresh = async (): Promise<void> => {
    for (const [member, seen] of await observeAll(host)) note(member, seen);
  };

  /** Works on one member until the plan is empty. A failure is kept in the ledger; the clock tries again after its backoff. */
  const drive = async (member: string): Promise<void> => {
    const of = live(member);
    for (let round = 0; round < 30; round += 1) {
      const row = host.ledger.stack(member);
      if (!row || !isDue(row)) return;
      note(member, (await observeAll(host)).get(member) ?? nothing);
      const actions = next(row);
      if (actions.length === 0) {
        if (missing(row)) throw new AppError("memory_missing", { member });
        host.ledger.settled(member);
        of.unwritten = { attempts: 0, at: 0 };
        if (row.ceiling === "erased") host.ledger.forget(member);
        return;
      }
      const emit: Listener = (line) => {
        of.steps.push(line);
        for (const listener of of.listeners) listener(line);
      };
      const done = await Promise.allSettled(actions.map((action) => apply(host, row, action, emit)));
      for (const result of done) if (result.status === "rejected") throw result.reason;
    }
    throw new AppError("internal", { what: "the plan does not end" });
  };

  const guarded = async (member: string): Promise<void> => {
    try {
      await drive(member);
    } catch (error) {
      host.log("error", "stack work failed", { member, error });
      noteFailure(member, codeOf(error));
    }
    try {
      note(member, (await observeAll(host)).get(member) ?? nothing);
    } catch (error) {
      host.log("warn", "stack was not observed", { member, error });
    }
  };
  const noteFailure = (member: string, code: ErrorCode): void => {
    try {
      host.ledger.failed(member, code, host.now());
    } catch (error) {
      host.log("warn", "a failure was not written down", { member, code, error });
      const of = live(member);
      of.unwritten = { attempts: of.unwritten.attempts + 1, at: host.now() };
    }
  };

  /** Starts work on a member, or makes the work that is going on look once more. */
  const kick = (member: string): Promise<void> => {
    const of = live(member);
    if (of.busy) {
      of.again = true;
      return of.busy;
    }
    of.steps = [];
    of.busy = (async () => {
      do {
        of.again = false;
        await guarded(member);
      } while (of.again);
    })().finally(() => {
      of.busy = undefined;
    });
    return of.busy;
  };

  const renew = (member: string, epoch: number, until: number): void => {
    const row = host.ledger.stack(member);
    if (row && row.epoch === epoch) live(member).lease = Math.max(live(member).lease, until);
  };

  /** Takes a command with its ticket, or throws: stale, or a conflict. Nothing of the machine is touched yet. */
  const accept = (claims: Claims<"host">, command: { generation: number; tier: Tier }): StackRow => {
    if (host.full() && !host.ledger.stack(claims.member)) throw new AppError("storage_full", { what: "host" });
    const { row } = host.ledger.accept(claims, command);
    renew(row.member, claims.epoch, host.elapsed() + limits.lease);
    return row;
  };

  /** Brings about what `row` says. Steps go to `listen` as they happen; the answer comes when the work has ended. */
  const bring = async (row: StackRow, listen: Listener): Promise<StackRow> => {
    const of = live(row.member);
    for (const line of of.busy ? of.steps : []) listen(line);
    of.listeners.add(listen);
    try {
      await kick(row.member);
    } finally {
      of.listeners.delete(listen);
    }
    const after = host.ledger.stack(row.member);
    if (!after) return row; // erased
    if (compareOrder(row, after) < 0) throw new AppError("generation_stale", { epoch: after.epoch, generation: after.generation });
    if (after.error) throw new AppError(asCode(after.error), { what: "stack" });
    if (live(row.member).unwritten.attempts > 0) throw new AppError("storage_full", { what: "stack" });
    return after;
  };

  /** What the clock does: pause what has lost its lease, start again what ended by itself, retry what failed. */
  const tick = (): void => {
    for (const row of host.ledger.stacks()) {
      if (live(row.member).busy || !isDue(row) || next(row).length === 0) continue;
      void kick(row.member);
    }
  };

  const lease = (
    answer: { leaseMs: number; stacks: { member: Id<"mem">; epoch: number; ceiling: StackRow["ceiling"]; ceilingRev: number }[] },
    sentAt: number,
  ) => {
    for (const each of answer.stacks) {
      host.ledger.adoptEpoch(each.member, each.epoch);
      host.ledger.ceiling(each.member, each.ceiling, each.ceilingRev);
      renew(each.member, each.epoch, sentAt + answer.leaseMs);
    }
    tick();
  };

  const settle = async (): Promise<void> => {
    await Promise.allSettled([...lives.values()].flatMap((each) => each.busy ?? []));
  };
  return {
    accept,
    bring,
    tick,
    lease,
    renew,
    refresh,
    settle,
    adopt: () => adopt(host),
    look,
    memoryMissing: missing,
    since: (member: string) => live(member).since,
    running: (member: string) => live(member).seen.opencode === "running" && live(member).seen.gitea === "running",
    /** Whether the last command still wants it running; long work of an agent gives up when not. */
    wanted: (member: string) => {
      const row = host.ledger.stack(member);
      return row !== undefined && desired(row.tier, row.ceiling) === "running";
    },
  };
}

/** The code that is kept for a failure: its own, else what it most likely means. */
function codeOf(error: unknown): ErrorCode {
  if (isNoRoom(error)) return "storage_full";
  if (error instanceof AppError) return error.code;
  return answered(error, 400, 404, 409, 500) ? "upstream" : "unavailable";
}
function asCode(text: string): ErrorCode {
  const known: ErrorCode[] = ["timeout", "conflict", "unavailable", "upstream", "no_capacity", "memory_missing", "storage_full"];
  return known.find((code) => code === text) ?? "internal";
}
