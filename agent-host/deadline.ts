import pLimit, { type LimitFunction } from "p-limit";
import { AppError } from "../schema/wire/error.ts";

/**
 * Docker's socket can stay silent for ever, also mid-body: every call is raced with a deadline
 * (milliseconds).
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", { what: name, ms })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Tries until `check` answers something; `undefined` or a throw means not yet. Throws `timeout` with the last
 * cause.
 */
export async function waitUntil<T>(
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

/** What the work gives, or a throw as soon as it is aborted; the work itself goes on then. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined); // after the end nobody needs it
  const gone = new Promise<never>((_, reject) => {
    const end = () => reject(new AppError("unavailable", { what: "it was ended" }));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  return Promise.race([work, gone]);
}

export type Lanes = <T>(key: string, work: () => Promise<T>) => Promise<T>;
/**
 * What is done under one key follows one another, in order of arrival; a key that has nothing left is
 * forgotten.
 */
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
