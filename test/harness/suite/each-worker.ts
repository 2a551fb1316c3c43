import type { Instance } from "../../../schema/machine/instance.ts";
import { type TestPart, testInstance } from "./test-instance.ts";

/**
 * Brings up one for each of the files of tests that run at the same time. When one does not come up, the
 * others go again. What they are built from must be there already, or each builds it.
 */
export async function forEachWorker<T>(
  parts: readonly TestPart[],
  bring: (instance: Instance) => Promise<{ up: T; down: () => Promise<void> }>,
): Promise<{ all: T[]; down: () => Promise<void> }> {
  const brought = await Promise.allSettled(parts.map((part) => bring(testInstance(part))));
  const here = brought.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const down = async () => {
    const ends = await Promise.allSettled(here.map((each) => each.down())); // each goes as far as it can
    for (const item of ends) if (item.status === "rejected") throw item.reason;
  };
  const failed = brought.find((each) => each.status === "rejected");
  if (!failed) return { all: here.map(({ up }) => up), down };
  await down().catch(() => undefined);
  throw failed.reason;
}

/** The one of this file of tests: no two that run at the same time have the same. */
export function ofThisWorker<T>(all: readonly T[]): T {
  const worker = Number(process.env.VITEST_POOL_ID); // from 1 to maxWorkers
  const mine = all[worker - 1];
  if (mine === undefined) throw new Error(`nothing was brought up for worker ${worker}; see maxWorkers in vitest.config.ts`);
  return mine;
}
