import { asc, eq, lt, or, sql } from "drizzle-orm";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { keyForLog } from "../../schema/wire/path-for-log.ts";
import { type WorkRow, workTable } from "../../schema/work.table.ts";
import { type ErrorClass, retryDelay } from "../../schema/work.ts";
import { runnerTraces } from "./runner-traces.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { isOrdered, type Lane, type Payload, type QueuedWork, type WorkKind, workKinds } from "./work-kinds.ts";

/** A row as its handler reads it. */
export type WorkItem<K extends WorkKind> = Omit<WorkRow, "kind" | "payload"> & { kind: K; payload: Payload<K> };
/** A stored row with its payload read. */
export function readWork<K extends WorkKind>(kind: K, row: WorkRow): WorkItem<K> {
  return { ...row, kind, payload: workKinds[kind].payload.parse(row.payload) as Payload<K> };
}
export type Handler<K extends WorkKind> = {
  run(self: Self, work: WorkItem<K>): Promise<void>;
  /** Failures that say nothing of what is done: after them it is tried without end. */
  endless?: readonly ErrorClass[];
  /** Writes down honestly that it will not be tried again. */
  gaveUp(self: Self, work: WorkItem<K>, error: AppError): Promise<void>;
};
/** One for each kind of work that an actor queues. */
export type Handlers<K extends WorkKind = WorkKind> = Readonly<{ [Each in K]: Handler<Each> }>;

const classByCode: Partial<Record<ErrorCode, ErrorClass>> = {
  rate_limited: "rate_limited",
  unauthenticated: "auth",
  forbidden: "auth",
  ceiling: "auth",
  payment_required: "auth",
  not_found: "auth",
  no_seat: "auth",
  quota_full: "auth",
  timeout: "timeout",
  unavailable: "unreachable",
  upstream: "unreachable",
  generation_stale: "stale_worker",
  ticket_expired: "stale_worker",
  memory_missing: "auth",
  no_capacity: "exhausted",
  storage_full: "exhausted",
};
/** Why an effect failed, from the code of its error. */
export function classifyError(error: unknown): ErrorClass {
  return (error instanceof AppError && classByCode[error.code]) || "bug";
}

/** Puts an effect into the queue of a transaction. */
export async function enqueue<K extends WorkKind>(db: Db, requestId: string, now: number, kind: K, row: QueuedWork<K>): Promise<void> {
  const { key, payload = {} } = row;
  const values = { id: newId("wrk"), kind, lane: row.lane ?? workKinds[kind].lane, key, payload, requestId, dueAt: row.dueAt ?? now };
  const insert = db.insert(workTable).values(values);
  if (row.again)
    await insert.onConflictDoUpdate({ target: workTable.key, set: { id: values.id, dueAt: values.dueAt, attempts: 0, payload } });
  else await insert.onConflictDoNothing();
}
export async function dropWork(db: Db, key: string): Promise<void> {
  await db.delete(workTable).where(eq(workTable.key, key));
}
export async function isQueued(db: Db, key: string): Promise<boolean> {
  return (await db.select({ id: workTable.id }).from(workTable).where(eq(workTable.key, key))).length > 0;
}

async function readLaneHead(db: Db, lane: Lane): Promise<WorkRow | undefined> {
  const order = isOrdered(lane) ? [asc(workTable.position)] : [asc(workTable.dueAt), asc(workTable.position)];
  const [row] = await db
    .select()
    .from(workTable)
    .where(eq(workTable.lane, lane))
    .orderBy(...order)
    .limit(1);
  return row;
}

async function listWaitingLanes(db: Db): Promise<Lane[]> {
  return (await db.selectDistinct({ lane: workTable.lane }).from(workTable)).map((row) => row.lane);
}
/** What each lane does next, in one query however many lanes there are. */
export async function listLaneHeads(db: Db): Promise<Pick<WorkRow, "lane" | "kind" | "dueAt">[]> {
  const { lane, kind, dueAt, position } = workTable;
  const first = sql<number>`row_number() over (partition by ${lane} order by ${position})`.as("first");
  const soonest = sql<number>`row_number() over (partition by ${lane} order by ${dueAt}, ${position})`.as("soonest");
  const ranked = db.select({ lane, kind, dueAt, first, soonest }).from(workTable).as("ranked");
  const rows = await db
    .select()
    .from(ranked)
    .where(or(eq(ranked.first, 1), eq(ranked.soonest, 1)));
  return rows.filter((row) => (isOrdered(row.lane) ? row.first : row.soonest) === 1);
}

async function attemptWork(self: Self, handlers: Partial<Handlers>, row: WorkRow): Promise<void> {
  const { log } = self.vars.world;
  const kind = row.kind as WorkKind;
  const handler = handlers[kind] as Handler<WorkKind> | undefined;
  if (!handler) throw new Error(`no handler of work ${kind}`);
  try {
    const begin = { requestId: row.requestId, name: `work ${kind}`, kind: "consumer" } as const;
    await runnerTraces.run(begin, () => handler.run(self, readWork(kind, row)));
    log("info", "work done", { kind: row.kind, work: keyForLog(row.key), member: self.key[0], requestId: row.requestId });
    await self.db.delete(workTable).where(eq(workTable.id, row.id));
  } catch (cause) {
    if (self.vars.life.aborted) return; // not a failure of the effect: the next runner goes on
    const error = cause instanceof AppError ? cause : new AppError("internal", {}, { cause });
    const errorClass = classifyError(error);
    const attempts = row.attempts + 1;
    const wait = retryDelay(errorClass, attempts, handler.endless?.includes(errorClass));
    log(wait === undefined ? "error" : "warn", "work failed", {
      kind: row.kind,
      work: keyForLog(row.key),
      attempts,
      requestId: row.requestId,
      wait,
      error,
    });
    if (wait === undefined) {
      await handler.gaveUp(self, readWork(kind, row), error);
      await self.db.delete(workTable).where(eq(workTable.id, row.id));
    } else
      await self.db
        .update(workTable)
        .set({ attempts, errorClass, dueAt: Date.now() + wait })
        .where(eq(workTable.id, row.id));
  }
  wakeWaiting(self, row.key);
}

async function drainLane(self: Self, handlers: Partial<Handlers>, lane: Lane): Promise<void> {
  const state = { again: true };
  self.vars.lanes.set(lane, state);
  try {
    while (state.again && !self.vars.life.aborted) {
      state.again = false;
      for (;;) {
        const row = await readLaneHead(self.db, lane);
        if (!row || row.dueAt > Date.now() || self.vars.life.aborted) break;
        await setWatchdog(self);
        await attemptWork(self, handlers, row);
      }
    }
  } finally {
    self.vars.lanes.delete(lane);
  }
  if (!self.vars.life.aborted) await setAlarm(self);
}

/**
 * Starts every lane that stands still and has work. Called after each change that queued work, on wake and by
 * the alarm.
 */
export function startLanes(self: Self, handlers: Partial<Handlers>): void {
  for (const busy of self.vars.lanes.values()) busy.again = true; // what is asked below may be older than what was just queued there
  const { life } = self.vars;
  const ended = Promise.withResolvers<void>();
  const end = () => ended.resolve();
  if (life.aborted) end();
  else life.addEventListener("abort", end);
  const failed = (lane: Lane) => (error: unknown) => {
    if (!life.aborted) self.vars.world.log("error", "work loop failed", { lane, error });
  };
  const all = async () => {
    const lanesNow = await listWaitingLanes(self.db);
    if (lanesNow.length === 0) return setAlarm(self);
    await Promise.all(
      lanesNow.filter((lane) => !self.vars.lanes.has(lane)).map((lane) => drainLane(self, handlers, lane).catch(failed(lane))),
    );
  };
  const done = all()
    .catch(failed("all"))
    .finally(() => life.removeEventListener("abort", end));
  void self.keepAwake(Promise.race([done, ended.promise])); // a shutdown must not wait for a turn
}

/** The watchdog is for work that is under way or due within this. */
const soonMs = 60_000;
/**
 * What is due later has a repeating alarm as well, this long at most: one that fires once is used up by a
 * crash in the moment it fires.
 */
const longestAlarmMs = 3_600_000;
/**
 * Sets the alarm for the next row that waits, and takes the watchdog away when nothing is left. Lanes that
 * move re-arm at their own end.
 */
export async function setAlarm(self: Self): Promise<void> {
  const { vars } = self;
  const heads: number[] = [];
  let rows = 0;
  for (const { lane, dueAt } of await listLaneHeads(self.db)) {
    if (dueAt < Date.now() + soonMs) rows += 1;
    if (!vars.lanes.has(lane)) heads.push(dueAt);
  }
  if (rows === 0) await dropWatchdog(self);
  const now = Date.now();
  const next = Math.max(Math.min(...heads), now + 20);
  if (!Number.isFinite(next)) return dropLaterAlarm(self);
  if (next > now + soonMs) return setLaterAlarm(self, Math.min(next, now + longestAlarmMs));
  if (vars.armedAt > now && vars.armedAt <= next) return;
  vars.armedAt = next;
  await self.schedule.at(next, "alarm");
}
function setLaterAlarm(self: Self, due: number): Promise<void> {
  return serializeAlarm(self, async () => {
    const now = Date.now();
    const { laterAt } = self.vars;
    if (laterAt !== undefined && laterAt > now && laterAt <= due) return;
    await self.cron.every({ name: "later", interval: Math.max(due - now, 1_000), action: "alarm" });
    self.vars.laterAt = due;
  });
}
/** Nothing waits: an actor without work is left asleep. */
function dropLaterAlarm(self: Self): Promise<void> {
  return serializeAlarm(self, async () => {
    if (self.vars.laterAt === 0 || (await self.db.select({ id: workTable.id }).from(workTable).limit(1)).length > 0) return;
    await self.cron.delete("later");
    self.vars.laterAt = 0;
  });
}
/** One change of the repeating alarms at a time. */
function serializeAlarm(self: Self, change: () => Promise<void>): Promise<void> {
  const done = self.vars.alarmTail.then(change);
  self.vars.alarmTail = done.catch(() => undefined); // the caller has the error; the next change must still run
  return done;
}
/**
 * A repeating alarm while there is work: it fires after a crash too, with nobody connected. True when it was
 * not set before.
 */
async function setWatchdog(self: Self): Promise<boolean> {
  if (self.vars.watched === true) return false; // a row that is due, or a change that is counted, keeps it
  let fresh = false;
  await serializeAlarm(self, async () => {
    if (self.vars.watched === true) return;
    await self.cron.every({ name: "work", interval: 5_000, action: "alarm" });
    self.vars.watched = true;
    fresh = true;
  });
  return fresh;
}
function dropWatchdog(self: Self): Promise<void> {
  return serializeAlarm(self, async () => {
    // a change that counts on the watchdog may be about to queue its row
    if (self.vars.watched === false || self.vars.changing > 0) return;
    const before = self.vars.watched;
    self.vars.watched = undefined; // a change that begins now waits for this one, and sets it again
    const due = lt(workTable.dueAt, Date.now() + soonMs);
    if ((await self.db.select({ id: workTable.id }).from(workTable).where(due).limit(1)).length > 0) {
      self.vars.watched = before;
      return;
    }
    await self.cron.delete("work");
    self.vars.watched = false;
  });
}
/**
 * Makes a change that may queue work, which `change` then answers. The watchdog is set before: a crash right
 * after the commit must not leave the work lying. It is not taken away meanwhile, and the lanes start when
 * the change is made.
 */
export async function runWatched<T>(self: Self, change: () => Promise<{ result: T; queued: boolean }>): Promise<T> {
  self.vars.changing += 1;
  let wakes = true;
  try {
    const fresh = await setWatchdog(self);
    const { result, queued } = await change();
    wakes = queued || fresh;
    return result;
  } finally {
    self.vars.changing -= 1;
    if (wakes) self.vars.kick();
  }
}

/** Wakes who waits for a row's end (or its next failure). */
export function wakeWaiting(self: Self, key: string): void {
  for (const wake of self.vars.waiting.get(key) ?? []) wake();
  self.vars.waiting.delete(key);
}
/** Resolves when the row with this key was tried, or after `deadline` milliseconds. */
function waitForTry(self: Self, key: string, deadline: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, deadline);
    function finish() {
      clearTimeout(timer);
      resolve();
    }
    const set = self.vars.waiting.get(key) ?? new Set();
    self.vars.waiting.set(key, set.add(finish));
  });
}
/**
 * Waits for a row's effect: asks `check` after each try until it has an answer or `patience` milliseconds are
 * over.
 */
export async function waitForEffect<T>(
  self: Self,
  key: string,
  patience: number,
  check: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const until = Date.now() + patience;
  for (;;) {
    const next = waitForTry(self, key, Math.max(0, until - Date.now()));
    const answer = await check();
    if (answer !== undefined || Date.now() >= until) return answer;
    await next;
  }
}
