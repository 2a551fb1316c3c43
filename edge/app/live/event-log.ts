import type { z } from "zod";
import type { Topic } from "../../../schema/actions.ts";
import type { Snapshot } from "../../../schema/agent/grow-agent.ts";
import type { channelsOut, TaskView } from "../../../schema/agent/team.ts";
import type { Delta, EventBody, StoredEvent } from "../../../schema/event.ts";
import { isTurnOver } from "../../../schema/turn.ts";
import { applyProvisionStep, isReady, isStackEventShown, stackAtState, stackAtStep } from "../stack/stack-log.ts";
import { applyTurnDelta, applyTurnEvent, applyTurnSnapshot, newTurn, type Turn } from "../turn/turn.ts";
import { emptyView, type LogEntry, type LoggedCommit, type LogRow, type LogView, type StackRun } from "./log-view.ts";
import { listTopics } from "./query-topics.ts";
import {
  type AgentLine,
  type AskedApproval,
  applyAgentEvent,
  applyTaskEvent,
  eventTask,
  listAgents,
  readSaying,
  readTaskLine,
  type TaskLine,
} from "./team-log.ts";
import { isBookkeeping, ToldChanges } from "./told-changes.ts";
import { countRead, noCounts, takeCounts } from "./unread-counts.ts";

type EventPlace = { channel: string; index: number };

/**
 * One member's log as far as this page has it. Events come live, replayed or as older pages, in any order and
 * more than once; each takes effect once, in the order of `seq`. Events ahead of a gap wait until the gap is
 * filled.
 */
export class EventLog {
  #events: LogEntry[] = [];
  #ahead = new Map<number, LogEntry>();
  /** Older pages of single channels. */
  #older = new Map<number, LogEntry>();
  #from = new Map<string, number>();
  #home: string | undefined;
  #rows = new Map<string, LogRow[]>();
  #at = new Map<string, EventPlace>();
  #touched = new Set<string>();
  #agents: ReadonlyMap<string, AgentLine> = new Map();
  #tasks = new Map<string, TaskLine>();
  /** Open tasks from the actor, for what the loaded events do not tell. */
  #open: readonly TaskView[] = [];
  #unread = noCounts;
  /** The Grow Agent's queued turns, and the last event that was counted. */
  #queued = { n: 0, at: 0 };
  #asked = new Map<string, AskedApproval>();
  #news = new Set<Topic>();
  #commits = new Map<string, LoggedCommit>();
  /** Previews that are closed, and by which event. */
  #closed = new Map<string, number>();
  #told = new ToldChanges();
  #run: StackRun | undefined;
  #snapshot: Snapshot | undefined;
  #snapshotAt: number | undefined;
  #stack: Snapshot["stack"] | undefined;
  #last: number | undefined;
  #everReady = false;
  #sent = new Set<string>();
  #view: LogView = emptyView;
  #dirty = false;
  /** Parts of the view that have changed; the others stay the same objects. */
  #stale = new Set<"tasks" | "asked" | "commits" | "from">();

  /** The last sequence applied, or undefined before the first page. */
  get last(): number | undefined {
    return this.#last;
  }
  get first(): number {
    return this.#events[0]?.seq ?? (this.#last ?? 0) + 1;
  }
  /** The newest event of the pages and what followed them. */
  get newest(): LogEntry | undefined {
    return this.#events.at(-1);
  }
  /** Events wait for an event before them. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }

  /** Says which channel is the Grow Agent's; without it, that of the first event. */
  homeIs(channel: string): void {
    if (this.#home !== channel) this.#dirty = true;
    this.#home = channel;
  }

  sent(clientId: string): boolean {
    return this.#sent.has(clientId);
  }

  /** The actor has another log than this one, as after a loss or a restore: everything here is dropped. */
  forget(): void {
    this.#last = undefined;
    this.#events = [];
    this.#ahead.clear();
    this.#older.clear();
    this.#from.clear();
    this.#sent.clear();
    this.#closed.clear();
    this.#stale.add("from");
    this.#rebuild(false);
  }

  /** Takes the topics of the events since the last call. */
  takeNews(): ReadonlySet<Topic> {
    const news = this.#news;
    this.#news = new Set();
    return news;
  }

  /** The newest page, up to `last`. Live events that waited follow. */
  begin(events: readonly LogEntry[], last: number): void {
    this.#last = (events[0]?.seq ?? last + 1) - 1;
    for (const event of events) this.event(event);
    this.#last = Math.max(this.#last, last);
    this.#drain();
    this.#dirty = true;
  }

  event(event: LogEntry): void {
    if (this.#last !== undefined && event.seq <= this.#last) return;
    this.#ahead.set(event.seq, event);
    this.#drain();
  }

  /** An older page, in front of what is here. */
  prepend(events: readonly LogEntry[]): void {
    const older = events.filter((event) => event.seq < this.first);
    if (older.length === 0) return;
    this.#events = [...older, ...this.#events];
    for (const event of older) this.#older.delete(event.seq);
    this.#rebuild();
  }

  /** Older events of one channel; `ended`: there are none before. */
  prependChannel(channel: string, events: readonly LogEntry[], before: number, ended = events.length === 0): void {
    this.#dirty = true;
    const known = this.#from.get(channel) ?? before; // a late page must not move the start forward
    this.#from.set(channel, ended ? 0 : Math.min(known, before, events[0]?.seq ?? before));
    this.#stale.add("from");
    const fresh = events.filter((event) => event.seq < this.first && !this.#older.has(event.seq));
    for (const event of fresh) this.#older.set(event.seq, event);
    if (fresh.length > 0) this.#rebuild();
  }

  /** Applies all events anew, in order: an older one may change later rows. `keeps`: what streams, too. */
  #rebuild(keeps = true): void {
    const rows = keeps ? [...this.#rows.values()].flat() : [];
    const live = rows.flatMap((row) => (row.type === "turn" && row.turn.live.length > 0 ? [row] : []));
    const places = new Map(live.map((row) => [row.key, this.#at.get(row.key)!.channel]));
    for (const channel of this.#rows.keys()) this.#touched.add(channel);
    this.#rows.clear();
    this.#at.clear();
    this.#commits.clear();
    this.#tasks.clear();
    this.#asked.clear();
    this.#told.clear();
    for (const part of ["commits", "tasks", "asked"] as const) this.#stale.add(part);
    const [stack, agents] = [this.#stack, this.#agents];
    this.#run = undefined;
    for (const event of [...this.#older.values()].sort((a, b) => a.seq - b.seq)) this.#apply(event);
    for (const event of this.#events) this.#apply(event);
    [this.#stack, this.#agents] = [stack, agents]; // older events must not change the present state
    for (const { turn, key } of live) this.#turn(turn.turnId, turn.seq, turn.at, places.get(key)!, (now) => ({ ...now, live: turn.live }));
    this.#dirty = true;
  }

  /** True when earlier deltas or the turn's first event are missing. */
  delta(delta: Delta): boolean {
    if (!this.#at.has(delta.turnId)) return true;
    let lost = false;
    this.#turn(delta.turnId, 0, 0, "", (turn) => {
      const result = applyTurnDelta(turn, delta);
      lost = result.lost;
      return result.turn;
    });
    return lost;
  }

  /** The running turn. It shows once the log has reached it, so that rows stay in order. */
  snapshot(snapshot: Snapshot, at: number): void {
    this.#snapshot = snapshot;
    this.#snapshotAt = at;
    this.#stack = snapshot.stack;
    this.#dirty = true;
    this.homeIs(snapshot.channel);
    const { lastSeq } = snapshot;
    this.#queued = { n: snapshot.queued, at: lastSeq };
    if (snapshot.agents) this.#agents = listAgents(this.#agents, snapshot.agents);
    if (this.#last === undefined || lastSeq > this.#last) return;
    for (const turn of snapshot.turns ?? (snapshot.turn ? [snapshot.turn] : []))
      this.#turn(turn.turnId, lastSeq, turn.startedAt, turn.channel ?? snapshot.channel, (now) => {
        const known = now.state === "queued" ? { ...now, state: turn.state, startedAt: turn.startedAt } : now;
        return isTurnOver(known.state) ? known : applyTurnSnapshot(known, turn.parts);
      });
  }

  /** The tasks that are not over, as the actor has them now. */
  open(tasks: readonly TaskView[]): void {
    this.#open = tasks;
    this.#stale.add("tasks");
    this.#dirty = true;
  }

  /** What the actor counted when `last` was its newest event. */
  counted(counted: z.infer<typeof channelsOut>): void {
    this.#unread = takeCounts(counted);
    this.#dirty = true;
  }
  /** Something was read on a device of the member. False when the unread counts must be asked for. */
  readUpTo(kind: "channels" | "threads", key: string, seq: number): boolean {
    const unread = countRead(this.#unread, kind, key, seq);
    if (unread === this.#unread) return true;
    this.#unread = unread;
    this.#dirty = true;
    return seq >= unread.countedAt;
  }

  /** The same object until something changed. */
  view(): LogView {
    if (!this.#dirty) return this.#view;
    this.#dirty = false;
    const [before, stale] = [this.#view, this.#stale];
    const channels = this.#touched.size > 0 ? new Map(before.channels) : (before.channels as Map<string, readonly LogRow[]>);
    for (const channel of this.#touched) channels.set(channel, this.#rows.get(channel)?.slice() ?? []);
    this.#touched.clear();
    const home = this.#home ?? channels.keys().next().value;
    this.#view = {
      rows: channels.get(home ?? "") ?? emptyView.rows,
      channels,
      home,
      counts: this.#unread.channels,
      countedAt: this.#unread.countedAt,
      threads: this.#unread.threads,
      queued: this.#queued.n,
      from: stale.has("from") ? new Map(this.#from) : before.from,
      agents: this.#agents,
      tasks: stale.has("tasks") ? this.#tasksNow() : before.tasks,
      asked: stale.has("asked") ? new Map(this.#asked) : before.asked,
      commits: stale.has("commits") ? [...this.#commits.values()] : before.commits,
      run: this.#run,
      snapshot: this.#snapshot,
      snapshotAt: this.#snapshotAt,
      stack: this.#stack,
      everReady: this.#everReady || this.first > 1,
      first: this.first,
      last: this.#last ?? 0,
      begun: this.#last !== undefined,
    };
    stale.clear();
    return this.#view;
  }

  #tasksNow(): Map<string, TaskLine> {
    const before = this.#open.filter((task) => !this.#tasks.has(task.id)).map((task) => [task.id, readTaskLine(task, undefined)] as const);
    const tasks = new Map<string, TaskLine>([...before, ...this.#tasks]);
    for (const task of this.#open) tasks.set(task.id, readTaskLine(task, this.#tasks.get(task.id)));
    return tasks;
  }

  #drain(): void {
    if (this.#last === undefined) return;
    for (let next = this.#ahead.get(this.#last + 1); next; next = this.#ahead.get(this.#last + 1)) {
      this.#ahead.delete(next.seq);
      this.#last = next.seq;
      this.#events.push(next);
      this.#line(next);
      this.#apply(next);
      if (next.kind !== "unknown") for (const topic of listTopics(next)) this.#news.add(topic);
    }
    for (const seq of this.#ahead.keys()) if (seq <= this.#last) this.#ahead.delete(seq);
  }

  /** Whether the event puts a turn in line or takes one out. */
  #line(event: LogEntry): void {
    if (event.kind !== "turn.state" || event.channel !== this.#home || event.seq <= this.#queued.at) return;
    const row = this.#row(event.body.turnId);
    const began = row?.type === "turn" && row.turn.startedAt !== undefined;
    const by = event.body.state === "queued" ? 1 : began ? 0 : -1;
    this.#queued = { n: Math.max(0, this.#queued.n + by), at: event.seq };
    this.#dirty = true;
  }

  #put(row: LogRow, channel: string): void {
    const place = this.#at.get(row.key);
    const rows = this.#rows.get(place?.channel ?? channel) ?? [];
    if (place) rows[place.index] = row;
    else this.#at.set(row.key, { channel, index: rows.push(row) - 1 });
    if (!place) this.#rows.set(channel, rows);
    this.#touched.add(place?.channel ?? channel);
    this.#dirty = true;
  }
  #row(key: string): LogRow | undefined {
    const place = this.#at.get(key);
    return place && this.#rows.get(place.channel)?.[place.index];
  }

  #turn(turnId: string, seq: number, at: number, channel: string, change: (turn: Turn) => Turn): void {
    const row = this.#row(turnId);
    const before = row?.type === "turn" ? row.turn : newTurn(turnId, seq, at);
    const turn = change(before);
    if (turn !== before) this.#put({ type: "turn", key: turnId, seq: turn.seq, at: turn.at, turn }, channel);
  }

  #apply(event: LogEntry): void {
    if (event.kind === "unknown") return;
    const { seq, at, channel } = event;
    if (event.kind === "commit") this.#commit({ ...event.body, seq, at });
    if (event.kind === "message.sent") this.#sent.add(event.body.clientId);
    if (this.#team(event) || (event.kind === "commit" && this.#told.takeCommit(event.body))) return;
    if (event.kind === "message.sent") this.#put({ type: "member", key: event.body.messageId, seq, at, body: event.body }, channel);
    else if (event.kind === "provision.step") this.#step(event.body, seq, at, channel);
    else if (event.kind === "stack.state") this.#state(event.body, seq, at, channel);
    else if ("turnId" in event.body && event.body.turnId)
      this.#turn(event.body.turnId, seq, at, channel, (turn) =>
        queuedOnly(event) && turn.seq === seq ? turn : applyTurnEvent(turn, event),
      );
    else if (event.kind === "notice") this.#put({ type: "notice", key: `notice:${seq}`, seq, at, body: event.body }, channel);
    else if (event.kind === "commit" && !isBookkeeping(event.body))
      this.#put({ type: "commit", key: `commit:${event.body.hash}`, seq, at, body: event.body }, channel);
  }

  #commit(commit: LoggedCommit): void {
    this.#commits.set(`${commit.repo}@${commit.hash}`, commit);
    this.#stale.add("commits");
    this.#dirty = true;
  }

  /** Whether the event is about the team, and so has no place in a turn. */
  #team(event: StoredEvent): boolean {
    const { seq, at, channel } = event;
    const about = eventTask(event);
    if (about) return this.#task(about, event);
    const said = readSaying(event);
    if (said && !(event.kind === "goal.state" && this.#told.takeGoal(event)))
      this.#put(
        { type: "said", key: `said:${seq}`, seq, at, said, agentId: "agentId" in event.body ? event.body.agentId : undefined },
        channel,
      );
    switch (event.kind) {
      case "agent.state":
        this.#agents = applyAgentEvent(this.#agents, event.body);
        this.#dirty = true;
        return true;
      case "agent.prompt":
        this.#put({ type: "prompt", key: `prompt:${seq}`, seq, at, body: event.body }, channel);
        return true;
      case "preview.state": {
        const { previewId, state, turnId } = event.body;
        // One that is closed is told where it was opened; one that changes in another turn is told there.
        if (state === "closed") return this.#closePreview(previewId, seq);
        const gone = seq < (this.#closed.get(previewId) ?? 0);
        const body = gone ? { ...event.body, state: "closed" as const } : event.body;
        this.#again({ type: "preview", key: `preview:${previewId}:${turnId ?? ""}`, seq, at, changedAt: at, body }, channel);
        return true;
      }
      case "preview.offered":
        this.#again({ type: "offer", key: `offer:${event.body.agentId}:${event.body.port}`, seq, at, body: event.body }, channel);
        return true;
      case "plan.state":
        this.#again({ type: "plan", key: `plan:${event.body.planId}`, seq, at, changedAt: at, body: event.body }, channel);
        return true;
      case "quest.state":
        this.#again({ type: "quest", key: `quest:${event.body.questId}`, seq, at, body: event.body }, channel);
        return true;
      case "approval.asked": {
        const { id, title, state, decided } = event.body;
        return this.#question({ id, title, state, asked: event.body, decided }, event);
      }
      case "approval.decided": {
        const { id, title, state, decided } = event.body;
        return this.#question({ id, title, state, asked: this.#asked.get(id)?.asked, decided }, event);
      }
      case "proposal.made":
      case "proposal.decided": {
        const key = `proposal:${event.body.proposalId}`;
        const before = this.#row(key);
        const made = event.kind === "proposal.made" ? event.body : before?.type === "proposal" ? before.proposed.made : undefined;
        const decided = event.kind === "proposal.decided" ? event.body : undefined;
        if (event.kind === "proposal.decided") this.#told.proposalDecided(event, made?.path);
        this.#again({ type: "proposal", key, seq, at, proposed: { id: event.body.proposalId, made, decided } }, channel);
        return true;
      }
      default:
        return said !== undefined || event.kind === "tool.refused";
    }
  }

  /** Older events of it may be read later: they are of one that is closed, too. */
  #closePreview(id: string, seq: number): true {
    this.#closed.set(id, seq);
    for (const [channel, rows] of this.#rows)
      for (const row of rows)
        if (row.type === "preview" && row.body.previewId === id && row.seq < seq)
          this.#put({ ...row, body: { ...row.body, state: "closed" } }, channel);
    return true;
  }
  /** A changed row keeps its first time and sequence. */
  #again(row: LogRow, channel: string): void {
    const before = this.#row(row.key);
    this.#put(before ? { ...row, seq: before.seq, at: before.at } : row, channel);
  }
  #question(asked: AskedApproval, { seq, at, channel }: StoredEvent): true {
    this.#asked.set(asked.id, asked);
    this.#stale.add("asked");
    this.#again({ type: "approval", key: `approval:${asked.id}`, seq, at, asked }, channel);
    return true;
  }
  #task(taskId: string, event: StoredEvent): true {
    const task = applyTaskEvent(this.#tasks.get(taskId), taskId, event);
    const { seq, at, channel } = event;
    this.#tasks.set(taskId, task);
    this.#stale.add("tasks");
    const proof = event.kind === "task.check" || event.kind === "receipt";
    const shown = this.#at.has(`task:${taskId}`) || (event.kind !== "task.held" && !proof);
    if (shown) this.#again({ type: "task", key: `task:${taskId}`, seq, at, task }, this.#home ?? channel);
    if (proof && channel !== this.#home)
      this.#again({ type: "proof", key: `proof:${taskId}:${event.body.commit}`, seq, at, task }, channel);
    this.#dirty = true;
    return true;
  }

  #step(body: EventBody<"provision.step">, seq: number, at: number, channel: string): void {
    const row = this.#row(`run:${body.run}`);
    const run = applyProvisionStep(row?.type === "run" ? row.run : undefined, body, seq, at);
    this.#run = run;
    if (isReady(body)) this.#everReady = true;
    if (this.#stack) this.#stack = stackAtStep(this.#stack, body);
    this.#put({ type: "run", key: `run:${body.run}`, seq: run.seq, at: run.at, run }, channel);
  }

  #state(body: EventBody<"stack.state">, seq: number, at: number, channel: string): void {
    this.#stack = stackAtState(this.#stack, body);
    if (isStackEventShown(body)) this.#put({ type: "stack", key: `stack:${seq}`, seq, at, body }, channel);
    this.#dirty = true;
  }
}

/** A queued turn has no answer yet. */
function queuedOnly(event: StoredEvent): boolean {
  return event.kind === "turn.state" && event.body.state === "queued";
}
