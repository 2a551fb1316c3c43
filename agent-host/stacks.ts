import { AppError, type ErrorCode } from "../schema/error.ts";
import type { Id } from "../schema/id.ts";
import { limits } from "../schema/limits.ts";
import { compareOrder, desired, type Observed, type StackLine, type Tier } from "../schema/stack.ts";
import type { Claims } from "../schema/ticket.ts";
import { apply } from "./apply.ts";
import { answered } from "./docker.ts";
import type { Host } from "./host.ts";
import type { StackRow } from "./ledger.ts";
import { adopt, observeAll } from "./observe.ts";
import { type Action, due, observed, plan, type Seen, type Want } from "./plan.ts";

type Listener = (line: StackLine) => void;
/** What the daemon knows of a stack beside its ledger; all of it is lost and found again on a restart. */
type Live = {
  seen: Seen;
  lease: number;
  busy: Promise<void> | undefined;
  again: boolean;
  /** Steps of the work that is going on, so that a second caller sees them from the start. */
  steps: StackLine[];
  listeners: Set<Listener>;
  observed: Observed;
  since: number;
};
const nothing: Seen = { network: false, volumes: false, gitea: "absent", opencode: "absent", writer: false };

export type Stacks = ReturnType<typeof openStacks>;

/** Brings every stack to what the ledger says: one worker per member, driven by commands, leases, and what Docker shows. */
export function openStacks(host: Host) {
  const lives = new Map<string, Live>();
  const live = (member: string): Live => {
    const known = lives.get(member);
    if (known) return known;
    const fresh: Live = {
      seen: nothing,
      lease: 0,
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
  const want = (row: StackRow, lease: number): Want => ({
    tier: desired(row.tier, row.ceiling),
    lease,
    attempts: row.attempts,
    failedAt: row.failed_at,
  });
  const next = (row: StackRow): Action[] => plan(want(row, live(row.member).lease), live(row.member).seen, host.now());
  const isDue = (row: StackRow): boolean => due(want(row, 0), host.now());

  const look = (row: StackRow): Observed => {
    const of = live(row.member);
    const now = observed(of.seen, {
      busy: of.busy !== undefined,
      failed: row.attempts > 0 && of.busy === undefined,
      wantsRunning: desired(row.tier, row.ceiling) === "running",
    });
    if (now !== of.observed) {
      of.observed = now;
      of.since = host.now();
    }
    return now;
  };

  const refresh = async (): Promise<void> => {
    for (const [member, seen] of await observeAll(host)) live(member).seen = seen;
  };

  /** Works on one member until the plan is empty. A failure is kept in the ledger; the clock tries again after its backoff. */
  const drive = async (member: string): Promise<void> => {
    const of = live(member);
    for (let round = 0; round < 30; round += 1) {
      const row = host.ledger.stack(member);
      if (!row || !isDue(row)) return;
      of.seen = (await observeAll(host)).get(member) ?? nothing;
      const actions = next(row);
      if (actions.length === 0) {
        host.ledger.settled(member);
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
    const of = live(member);
    try {
      await drive(member);
    } catch (error) {
      host.log("error", "stack work failed", { member, error });
      host.ledger.failed(member, codeOf(error), host.now());
    }
    of.seen = await observeAll(host).then(
      (all) => all.get(member) ?? nothing,
      (error: unknown) => {
        host.log("warn", "docker was not observed", { member, error });
        return of.seen;
      },
    );
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
    const { row } = host.ledger.accept(claims, command);
    renew(row.member, claims.epoch, host.now() + limits.lease);
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
  if (error instanceof AppError) return error.code;
  return answered(error, 400, 404, 409, 500) ? "upstream" : "unavailable";
}
function asCode(text: string): ErrorCode {
  const known: ErrorCode[] = ["timeout", "conflict", "unavailable", "upstream", "no_capacity"];
  return known.find((code) => code === text) ?? "internal";
}
