import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TimedCache } from "../../../schema/wire/timed-cache.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

test("what was read is kept for its time, with when it was asked for; what there is not is asked for again", async () => {
  const kept = new TimedCache<string>({ ms: 1_000, most: 10 });
  const read = vi.fn(async () => "bread");
  expect(await kept.get("a", read)).toEqual({ value: "bread", at: 1_000 });
  vi.setSystemTime(1_999);
  expect(await kept.get("a", read)).toEqual({ value: "bread", at: 1_000 });
  expect(read).toHaveBeenCalledTimes(1);
  vi.setSystemTime(2_000);
  expect(await kept.get("a", read)).toEqual({ value: "bread", at: 2_000 });
  const none = vi.fn(async () => undefined);
  expect([await kept.get("b", none), await kept.get("b", none), none.mock.calls.length]).toEqual([undefined, undefined, 2]);
});
test("what changes in a moment is not kept, and what was changed is forgotten", async () => {
  const kept = new TimedCache<string>({ ms: 1_000, most: 10 });
  const read = vi.fn(async () => "dough");
  for (let n = 0; n < 2; n++) await kept.get("a", read, (value) => value !== "dough");
  await kept.get("a", read);
  kept.forget("a");
  await kept.get("a", read);
  kept.forgetAll();
  await kept.get("a", read);
  expect(read).toHaveBeenCalledTimes(5);
});
test("it holds so many at most, and lets go of the oldest", async () => {
  const kept = new TimedCache<string>({ ms: 1_000, most: 2 });
  const asked: string[] = [];
  const get = (key: string) =>
    kept.get(key, async () => {
      asked.push(key);
      return key;
    });
  for (const key of ["a", "b", "c", "c", "b", "a"]) await get(key);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});
test("a question that fails is the caller's own, and is asked again by the next", async () => {
  const kept = new TimedCache<string>({ ms: 1_000, most: 2 });
  await expect(
    kept.get("a", async () => {
      throw new Error("no answer");
    }),
  ).rejects.toThrow("no answer");
  expect((await kept.get("a", async () => "bread"))?.value).toBe("bread");
});
