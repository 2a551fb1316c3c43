import pLimit, { type LimitFunction } from "p-limit";
import { AppError } from "../schema/wire/error.ts";

/** Docker's socket can stay silent for ever, also mid-body: every call is raced with a deadline (milliseconds). */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", { what, ms })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tries until `check` answers something; `undefined` or a throw means not yet. Throws `timeout` with the last cause. */
export async function until<T>(
  check: () => Promise<T | undefined>,
  options: { deadline: number; every: number; what: string; signal?: () => boolean },
): Promise<T> {
  const end = Date.now() + options.deadline;
  let cause: unknown;
  while (Date.now() < end) {
    if (options.signal?.()) throw new AppError("generation_stale", { what: options.what });
    try {
      const value = await check();
      if (value !== undefined) return value;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, options.every));
  }
  throw new AppError("timeout", { what: options.what }, { cause });
}

export type Lanes = <T>(key: string, work: () => Promise<T>) => Promise<T>;
/** What is done under one key follows one another, in order of arrival; a key that has nothing left is forgotten. */
export function openLanes(): Lanes {
  const lanes = new Map<string, LimitFunction>();
  return async (key, work) => {
    const lane = lanes.get(key) ?? pLimit(1);
    lanes.set(key, lane);
    try {
      return await lane(work);
    } finally {
      if (lane.activeCount + lane.pendingCount === 0 && lanes.get(key) === lane) lanes.delete(key);
    }
  };
}

export type FairQueue = <T>(owner: string, work: () => Promise<T>) => Promise<T>;
/**
 * At most `width` at once, and `each` of one owner. Of those who wait, the owner with the fewest under way comes next, then the one who was served
 * longest ago: however much one owner queues, another waits for one turn. More than `waiting` of one owner are refused with `no_capacity`.
 * Our own: p-queue orders by priority and knows no owners.
 */
export function fairQueue({ width, each, waiting: most }: { width: number; each: number; waiting: number }): FairQueue {
  const busy = new Map<string, number>();
  const served = new Map<string, number>();
  const waiting: { owner: string; start: () => void }[] = [];
  const under = (owner: string) => busy.get(owner) ?? 0;
  let total = 0;
  let turn = 0;
  const begin = (owner: string) => {
    total += 1;
    busy.set(owner, under(owner) + 1);
    served.set(owner, ++turn);
  };
  const end = (owner: string) => {
    total -= 1;
    if (under(owner) > 1) return void busy.set(owner, under(owner) - 1);
    busy.delete(owner);
    if (!waiting.some((other) => other.owner === owner)) served.delete(owner);
  };
  const next = () => {
    const ready = total < width ? waiting.filter(({ owner }) => under(owner) < each) : [];
    const last = (owner: string) => served.get(owner) ?? 0;
    const [first] = ready.sort((a, b) => under(a.owner) - under(b.owner) || last(a.owner) - last(b.owner));
    if (!first) return;
    waiting.splice(waiting.indexOf(first), 1);
    begin(first.owner);
    first.start();
  };
  return async (owner, work) => {
    if (waiting.filter((other) => other.owner === owner).length >= most) throw new AppError("no_capacity", { what: "runs", limit: most });
    await new Promise<void>((start) => {
      waiting.push({ owner, start });
      next();
    });
    try {
      return await work();
    } finally {
      end(owner);
      next();
    }
  };
}
