import { describe, expect, test } from "vitest";
import { costMicros } from "../../../schema/billing/price.ts";

type Envelope = {
  sealValue: (config: object, owner: string, record: string, secret: string) => Promise<string>;
  rewrapSealed: (config: object, owner: string, record: string, from: string) => Promise<string>;
  openSealed: (config: object, owner: string, record: string, from: string) => Promise<string>;
};
/** The path is no literal: the Worker's types are not this program's. */
const envelope = async (): Promise<Envelope> => import(new URL("../../../edge/kernel/envelope.ts", import.meta.url).href);
const config = { KEKS: { old: "A".repeat(43), new: `${"B".repeat(42)}A` }, KEK_CURRENT: "old" };

describe("a sealed secret", () => {
  test("opens for the owner and record it was sealed for, and for no other", async () => {
    const { sealValue, openSealed } = await envelope();
    const sealed = await sealValue(config, "mem_a", "key:1", "hello");
    expect(sealed).not.toContain("hello");
    expect(await openSealed(config, "mem_a", "key:1", sealed)).toBe("hello");
    await expect(openSealed(config, "mem_b", "key:1", sealed)).rejects.toThrow();
    await expect(openSealed(config, "mem_a", "key:2", sealed)).rejects.toThrow();
    await expect(openSealed(config, 'mem_a","key:1', "", sealed)).rejects.toThrow();
  });

  test("opens after the key in force has changed, not after its own key is gone", async () => {
    const { sealValue, openSealed } = await envelope();
    const sealed = await sealValue(config, "mem_a", "key:1", "hello");
    expect(await openSealed({ ...config, KEK_CURRENT: "new" }, "mem_a", "key:1", sealed)).toBe("hello");
    await expect(openSealed({ KEKS: { new: config.KEKS.new }, KEK_CURRENT: "new" }, "mem_a", "key:1", sealed)).rejects.toThrow(
      "no key-encryption key",
    );
  });

  test("is wrapped anew by the key in force without being opened, and then opens without the old one", async () => {
    const { sealValue, openSealed, rewrapSealed } = await envelope();
    const sealed = await sealValue(config, "mem_a", "key:1", "hello");
    expect(await rewrapSealed(config, "mem_a", "key:1", sealed)).toBe(sealed);
    const rotated = { ...config, KEK_CURRENT: "new" };
    const rewrapped = await rewrapSealed(rotated, "mem_a", "key:1", sealed);
    expect(JSON.parse(rewrapped)).toMatchObject({ k: "new", c: (JSON.parse(sealed) as { c: string }).c });
    expect(await rewrapSealed(rotated, "mem_a", "key:1", rewrapped)).toBe(rewrapped);
    expect(await openSealed({ KEKS: { new: config.KEKS.new }, KEK_CURRENT: "new" }, "mem_a", "key:1", rewrapped)).toBe("hello");
    await expect(rewrapSealed(rotated, "mem_b", "key:1", sealed)).rejects.toThrow();
  });

  test("does not open when one character was changed, and is never the same twice", async () => {
    const { sealValue, openSealed } = await envelope();
    const sealed = await sealValue(config, "mem_a", "key:1", "hello");
    expect(await sealValue(config, "mem_a", "key:1", "hello")).not.toBe(sealed);
    const parts = JSON.parse(sealed) as { c: string; w: string };
    const other = (text: string) => (text[20] === "A" ? "B" : "A");
    const changed = (text: string) => text.slice(0, 20) + other(text) + text.slice(21);
    for (const bad of [
      { ...parts, c: changed(parts.c) },
      { ...parts, w: changed(parts.w) },
      { ...parts, k: "new" },
    ])
      await expect(openSealed(config, "mem_a", "key:1", JSON.stringify(bad))).rejects.toThrow();
  });
});

describe("a price", () => {
  test("is that of the longest name that fits, rounded up to a millionth of a dollar", () => {
    expect(costMicros("gpt-5-mini-2026", 1_000_000, 0)).toBe(250_000);
    expect(costMicros("gpt-5", 1_000_000, 1_000_000)).toBe(11_250_000);
    expect(costMicros("demo", 1, 0)).toBe(1);
    expect(costMicros("demo", 0, 0)).toBe(0);
  });
  test("of a model nobody listed is not nothing", () => {
    expect(costMicros("something-else", 1_000, 1_000)).toBeGreaterThan(0);
  });
});
