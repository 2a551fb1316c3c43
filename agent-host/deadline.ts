import { AppError } from "../schema/error.ts";

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

export type Queue = <T>(work: () => Promise<T>) => Promise<T>;
/** At most `width` at once, the rest in order of arrival. Docker does the same total work faster when few calls compete. */
export function queue(width: number): Queue {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (busy >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else busy -= 1;
    }
  };
}
