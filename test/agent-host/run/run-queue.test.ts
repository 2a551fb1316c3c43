import fc from "fast-check";
import { expect, test } from "vitest";
import { openLanes } from "../../../agent-host/deadline.ts";
import { FairQueue } from "../../../agent-host/run/fair-queue.ts";

/** A piece of work that ends when the test says so. */
function piece(log: string[], name: string) {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { name, end, work: () => (log.push(name), ended) };
}

/** All that is ready to begin has begun. */
const begun = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a member who queues many runs does not hold up another's: the one with the fewest under way comes next", async () => {
  const log: string[] = [];
  const queue = new FairQueue({ width: 2, each: 2, most: 100 });
  const many = Array.from({ length: 20 }, (_, at) => piece(log, `a${at}`));
  const other = piece(log, "b0");
  const all = [...many.map((item) => queue.run("a", item.work)), queue.run("b", other.work)];
  await begun();
  expect(log).toEqual(["a0", "a1"]);
  many[0]!.end();
  await all[0];
  await begun();
  expect(log).toEqual(["a0", "a1", "b0"]);
  for (const item of [...many, other]) item.end();
  await Promise.all(all);
  expect(log).toHaveLength(21);
});

test("no member has more under way than their own limit, and one whose queue is full is refused without harm to others", async () => {
  const log: string[] = [];
  const queue = new FairQueue({ width: 4, each: 3, most: 1 });
  const all = ["a0", "a1", "a2", "a3", "a4"].map((name) => piece(log, name));
  const runs = all.map((item) => queue.run("a", item.work));
  await expect(runs[4]).rejects.toMatchObject({ code: "no_capacity" });
  await begun();
  expect(log).toEqual(["a0", "a1", "a2"]);
  const b = piece(log, "b0");
  const other = queue.run("b", b.work);
  await begun();
  expect(log.at(-1)).toBe("b0");
  for (const item of [...all, b]) item.end();
  await Promise.all([...runs.slice(0, 4), other]);
  expect(log).toEqual(["a0", "a1", "a2", "b0", "a3"]);
});

test("whoever comes and whatever fails, all that was taken runs once, within both limits, and others are never passed over twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.boolean()), { maxLength: 40 }), async (calls) => {
      const queue = new FairQueue({ width: 3, each: 2, most: 100 });
      const busy = new Map<string, number>();
      let ran = 0;
      const runs = calls.map(([owner, fails]) =>
        queue.run(owner, async () => {
          busy.set(owner, (busy.get(owner) ?? 0) + 1);
          expect(busy.get(owner)).toBeLessThanOrEqual(2);
          expect([...busy.values()].reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(3);
          await Promise.resolve();
          ran += 1;
          busy.set(owner, busy.get(owner)! - 1);
          if (fails) throw new Error("broken");
        }),
      );
      const ends = await Promise.allSettled(runs);
      expect(ends.map(({ status }) => status === "rejected")).toEqual(calls.map(([, fails]) => fails));
      expect(ran).toBe(calls.length);
    }),
    { numRuns: 200 },
  );
});

test("who leaves while waiting is out at once, and what yields comes after all that does not", async () => {
  const log: string[] = [];
  const queue = new FairQueue({ width: 1, each: 1, most: 2 });
  const first = piece(log, "a0");
  const left = new AbortController();
  const runs = [queue.run("a", first.work)];
  const gone = queue.run("b", async () => void log.push("b0"), { signal: left.signal });
  runs.push(queue.run("c", async () => void log.push("c0"), { yields: true, waits: () => log.push("c0 waits") }));
  runs.push(queue.run("d", async () => void log.push("d0")));
  left.abort();
  await expect(gone).rejects.toMatchObject({ code: "unavailable" });
  await expect(queue.run("b", async () => undefined, { signal: left.signal })).rejects.toMatchObject({ code: "unavailable" });
  first.end();
  await Promise.all(runs);
  expect(log).toEqual(["c0 waits", "a0", "d0", "c0"]);
});

test("work of one key follows one another, also after a failure, and beside that of other keys", async () => {
  const log: string[] = [];
  const serial = openLanes();
  const [a0, a1, b0] = [piece(log, "a0"), piece(log, "a1"), piece(log, "b0")];
  const first = serial("a", async () => {
    await a0.work();
    throw new Error("a0 failed");
  });
  const all = [serial("a", a1.work), serial("b", b0.work)];
  await begun();
  expect(log).toEqual(["a0", "b0"]);
  a0.end();
  await expect(first).rejects.toThrow("a0 failed");
  await begun();
  expect(log).toEqual(["a0", "b0", "a1"]);
  a1.end();
  b0.end();
  await Promise.all(all);
  expect(await serial("a", async () => "again")).toBe("again");
});
