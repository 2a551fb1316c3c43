import { expect, test } from "vitest";
import { OneChange } from "../../edge/app/live/one-change.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";

/** Answers each call as told, then with its key; notes the keys. */
function changeWith(...refusals: ErrorCode[]) {
  const keys: string[] = [];
  const change = new OneChange<object, string>();
  const send = async (_: object, key: string) => {
    keys.push(key);
    const code = refusals.shift();
    if (code) throw new AppError(code);
    return key;
  };
  return { press: () => change.ask({ name: "Laptop" }, send), drawn: () => change.drawn(), keys };
}

test.each(["forbidden", "payment_required", "not_found", "already_answered", "invalid"] as const)(
  "after a refusal that stays (%s) the next press is a call of its own",
  async (code) => {
    const { press, keys } = changeWith(code);
    await expect(press()).rejects.toMatchObject({ code });
    await press();
    expect(new Set(keys).size).toBe(2);
  },
);

test.each(["timeout", "unavailable", "in_progress", "rate_limited", "internal", "unauthenticated"] as const)(
  "while it is not known how the change ended (%s) a press repeats its key",
  async (code) => {
    const { press, keys } = changeWith(code);
    await expect(press()).rejects.toMatchObject({ code });
    await press();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  },
);

test("a second click hears the first one's answer until that is drawn; the same change later is another call", async () => {
  const { press, drawn, keys } = changeWith();
  const [first, second] = await Promise.all([press(), press()]);
  expect(second).toBe(first);
  expect(await press()).toBe(first);
  drawn();
  expect(await press()).not.toBe(first);
  expect(keys).toHaveLength(2);
});

test("the end of one change leaves the key of the next alone", async () => {
  const ends: (() => void)[] = [];
  const keys: string[] = [];
  const change = new OneChange<string, string>();
  const send = (_: string, key: string) => {
    keys.push(key);
    return new Promise<string>((resolve) => ends.push(() => resolve(key)));
  };
  const first = change.ask("a", send);
  const second = change.ask("b", send);
  ends[0]?.();
  await first;
  expect(change.ask("b", send)).toBe(second);
  ends[1]?.();
  expect(await second).toBe(keys[1]);
  expect(keys).toHaveLength(2);
});
