import type { Snapshot } from "../../schema/agent.ts";
import type { Delta, EventBody, StoredEvent } from "../../schema/event.ts";
import type { ProvisionStep } from "../../schema/stack.ts";
import { ended } from "../../schema/turn.ts";
import { newTurn, type Turn, withDelta, withEvent, withSnapshot } from "./turn.ts";

export type Step = {
  step: ProvisionStep;
  state: "started" | "done" | "failed";
  ms: number | undefined;
  at: number;
  detail: string | undefined;
};
export type Run = { run: string; seq: number; at: number; steps: readonly Step[] };
export type Row =
  | { type: "member"; key: string; seq: number; at: number; body: EventBody<"message.sent"> }
  | { type: "turn"; key: string; seq: number; at: number; turn: Turn }
  | { type: "run"; key: string; seq: number; at: number; run: Run }
  | { type: "stack"; key: string; seq: number; at: number; body: EventBody<"stack.state"> }
  | { type: "notice"; key: string; seq: number; at: number; body: EventBody<"notice"> }
  | { type: "commit"; key: string; seq: number; at: number; body: EventBody<"commit"> };
export type Commit = EventBody<"commit"> & { seq: number; at: number };
/** An event, or one of a kind that this version does not know. */
export type Entry = StoredEvent | { seq: number; kind: "unknown" };
export type View = {
  rows: readonly Row[];
  commits: readonly Commit[];
  /** The newest provision or wake. */
  run: Run | undefined;
  snapshot: Snapshot | undefined;
  /** This page's clock when the snapshot came; with its `now` it tells the difference to the server's. */
  snapshotAt: number | undefined;
  /** What the log says of the stack since the snapshot. */
  stack: Snapshot["stack"] | undefined;
  /** The first provision has come to its end. */
  everReady: boolean;
  first: number;
  last: number;
  begun: boolean;
};

const emptyView: View = {
  rows: [],
  commits: [],
  run: undefined,
  snapshot: undefined,
  snapshotAt: undefined,
  stack: undefined,
  everReady: false,
  first: 0,
  last: 0,
  begun: false,
};

/**
 * One member's log as far as this page has it. Events come live, replayed or as older pages, in any order and more than once; each
 * takes effect once, in the order of `seq`. Events ahead of a gap wait until the gap is filled.
 */
export class Log {
  #events: Entry[] = [];
  #ahead = new Map<number, Entry>();
  #rows: Row[] = [];
  #at = new Map<string, number>();
  #commits = new Map<string, Commit>();
  #run: Run | undefined;
  #snapshot: Snapshot | undefined;
  #snapshotAt: number | undefined;
  #stack: Snapshot["stack"] | undefined;
  #last: number | undefined;
  #everReady = false;
  #sent = new Set<string>();
  #view: View = emptyView;
  #dirty = false;

  /** The last sequence applied, or undefined before the first page. */
  get last(): number | undefined {
    return this.#last;
  }
  get first(): number {
    return this.#events[0]?.seq ?? (this.#last ?? 0) + 1;
  }
  /** Something is known that cannot be shown until what is before it has come. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }

  sent(clientId: string): boolean {
    return this.#sent.has(clientId);
  }

  /** The newest page: everything up to `last`. What came live meanwhile follows. */
  begin(events: readonly Entry[], last: number): void {
    this.#last = (events[0]?.seq ?? last + 1) - 1;
    for (const event of events) this.event(event);
    this.#last = Math.max(this.#last, last);
    this.#drain();
    this.#dirty = true;
  }

  event(event: Entry): void {
    if (this.#last !== undefined && event.seq <= this.#last) return;
    this.#ahead.set(event.seq, event);
    this.#drain();
  }

  /** An older page, in front of what is here. */
  prepend(events: readonly Entry[]): void {
    const older = events.filter((event) => event.seq < this.first);
    if (older.length === 0) return;
    const live = this.#rows.flatMap((row) => (row.type === "turn" && row.turn.live.length > 0 ? [row.turn] : []));
    this.#events = [...older, ...this.#events];
    this.#rows = [];
    this.#at.clear();
    this.#commits.clear();
    const stack = this.#stack;
    this.#run = undefined;
    for (const event of this.#events) this.#apply(event);
    this.#stack = stack; // older events say nothing of now
    for (const turn of live) this.#turn(turn.turnId, turn.seq, turn.at, (now) => ({ ...now, live: turn.live }));
    this.#dirty = true;
  }

  /** True when something before it is missing: earlier deltas, or the event that started its turn. */
  delta(delta: Delta): boolean {
    if (!this.#at.has(delta.turnId)) return true;
    let lost = false;
    this.#turn(delta.turnId, 0, 0, (turn) => {
      const result = withDelta(turn, delta);
      lost = result.lost;
      return result.turn;
    });
    return lost;
  }

  /** What runs now. Its turn shows only once the log has caught up with it, so that rows stand in order. */
  snapshot(snapshot: Snapshot, at: number): void {
    this.#snapshot = snapshot;
    this.#snapshotAt = at;
    this.#stack = snapshot.stack;
    this.#dirty = true;
    const { turn, lastSeq } = snapshot;
    if (!turn || this.#last === undefined || lastSeq > this.#last) return;
    this.#turn(turn.turnId, lastSeq, turn.startedAt, (now) => {
      const known = now.state === "queued" ? { ...now, state: turn.state, startedAt: turn.startedAt } : now;
      return ended(known.state) ? known : withSnapshot(known, turn.parts);
    });
  }

  /** The same object until something changed. */
  view(): View {
    if (!this.#dirty) return this.#view;
    this.#dirty = false;
    this.#view = {
      rows: this.#rows.slice(),
      commits: [...this.#commits.values()],
      run: this.#run,
      snapshot: this.#snapshot,
      snapshotAt: this.#snapshotAt,
      stack: this.#stack,
      everReady: this.#everReady || this.first > 1,
      first: this.first,
      last: this.#last ?? 0,
      begun: this.#last !== undefined,
    };
    return this.#view;
  }

  #drain(): void {
    if (this.#last === undefined) return;
    for (let next = this.#ahead.get(this.#last + 1); next; next = this.#ahead.get(this.#last + 1)) {
      this.#ahead.delete(next.seq);
      this.#last = next.seq;
      this.#events.push(next);
      this.#apply(next);
    }
    for (const seq of this.#ahead.keys()) if (seq <= this.#last) this.#ahead.delete(seq);
  }

  #put(row: Row): void {
    const at = this.#at.get(row.key);
    if (at === undefined) this.#at.set(row.key, this.#rows.push(row) - 1);
    else this.#rows[at] = row;
    this.#dirty = true;
  }

  #turn(turnId: string, seq: number, at: number, change: (turn: Turn) => Turn): void {
    const index = this.#at.get(turnId);
    const row = index === undefined ? undefined : this.#rows[index];
    const before = row?.type === "turn" ? row.turn : newTurn(turnId, seq, at);
    const turn = change(before);
    if (turn !== before) this.#put({ type: "turn", key: turnId, seq: turn.seq, at: turn.at, turn });
  }

  #apply(event: Entry): void {
    if (event.kind === "unknown") return;
    const { seq, at } = event;
    if (event.kind === "commit") this.#commits.set(`${event.body.repo}@${event.body.hash}`, { ...event.body, seq, at });
    if (event.kind === "message.sent") this.#sent.add(event.body.clientId);
    if (event.kind === "message.sent") this.#put({ type: "member", key: event.body.messageId, seq, at, body: event.body });
    else if (event.kind === "provision.step") this.#step(event.body, seq, at);
    else if (event.kind === "stack.state") this.#state(event.body, seq, at);
    else if (event.body.turnId)
      this.#turn(event.body.turnId, seq, at, (turn) => (queuedOnly(event) && turn.seq === seq ? turn : withEvent(turn, event)));
    else if (event.kind === "notice") this.#put({ type: "notice", key: `notice:${seq}`, seq, at, body: event.body });
    else if (event.kind === "commit") this.#put({ type: "commit", key: `commit:${event.body.hash}`, seq, at, body: event.body });
  }

  #step(body: EventBody<"provision.step">, seq: number, at: number): void {
    const index = this.#at.get(`run:${body.run}`);
    const row = index === undefined ? undefined : this.#rows[index];
    const run: Run = row?.type === "run" ? row.run : { run: body.run, seq, at, steps: [] };
    const known = run.steps.findIndex((step) => step.step === body.step);
    const started = run.steps[known]?.at ?? at;
    const step: Step = { step: body.step, state: body.state, ms: body.ms, at: started, detail: body.detail };
    const next = { ...run, steps: known < 0 ? [...run.steps, step] : run.steps.with(known, step) };
    this.#run = next;
    if (body.step === "ready" && body.state === "done") this.#everReady = true;
    if (this.#stack)
      this.#stack = { ...this.#stack, provisioning: body.state !== "failed" && !(body.step === "ready" && body.state === "done") };
    if (this.#stack && body.step === "ready" && body.state === "done") this.#stack = { ...this.#stack, ready: true };
    this.#put({ type: "run", key: `run:${body.run}`, seq: run.seq, at: run.at, run: next });
  }

  #state(body: EventBody<"stack.state">, seq: number, at: number): void {
    const before = this.#stack;
    const running = body.observed === "running";
    this.#stack = { ...body, provisioning: false, ready: running && (before?.ready ?? true) };
    const told = body.observed === "stopped" || body.observed === "failed" || body.observed === "unreachable";
    if (told) this.#put({ type: "stack", key: `stack:${seq}`, seq, at, body });
    this.#dirty = true;
  }
}

/** A turn that only waits in line has no answer to show yet. */
function queuedOnly(event: StoredEvent): boolean {
  return event.kind === "turn.state" && event.body.state === "queued";
}
