import { describe, expect, test } from "vitest";
import { expectLinear, fillText } from "./linear.ts";

/** Each letter is looked at once for each of `rounds`. */
function count(text: string, rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) for (let at = 0; at < text.length; at++) sum += text.charCodeAt(at);
  return sum;
}
test("what looks at each letter a few times is linear, at any size", () => {
  for (const size of [50, 1_000, 128 * 1024]) expectLinear("linear", size, fillText("ab"), (text) => count(text, 3));
});
test("what looks at the whole text for each letter is not, at any size", () => {
  for (const size of [50, 1_000, 2_000])
    expect(() => expectLinear("the square", size, fillText("ab"), (text) => count(text, text.length))).toThrow("the square");
  expect(() => expectLinear("a search", 128 * 1024, fillText("a"), (text) => count(text, text.length / 1_500))).toThrow("a search");
});

/** One call takes longer than a batch must: each large batch is one call. */
describe("where one call is measured by itself", () => {
  const [size, rounds] = [100_000, 20];
  const pausing = (pauses: (large: boolean) => boolean) => (text: string) => count(text, pauses(text.length > size) ? 6 * rounds : rounds);
  test("a pause in every second large call is no growth", () => {
    let larges = 0;
    expectLinear(
      "every second",
      size,
      fillText("ab"),
      pausing((large) => large && larges++ % 2 === 0),
    );
    expect(larges).toBeGreaterThan(1);
  });
  test("a pause in the first large call of each try is no growth", () => {
    let before = false;
    const first = (large: boolean) => {
      const pauses = large && !before;
      before = large;
      return pauses;
    };
    expectLinear("the first", size, fillText("ab"), pausing(first));
  });
  test("a pause in each large call is growth", () => {
    const each = pausing((large) => large);
    expect(() => expectLinear("each", size, fillText("ab"), each)).toThrow("each");
  });
});

describe("where a size counts commands of 60,000 bytes each", () => {
  const piece = 60_000;
  const commands = (size: number) => new Uint8Array(size * piece).fill(1);
  const readEach = (bytes: Uint8Array, rest: (at: number) => Uint8Array) => {
    let sum = 0;
    for (let at = 0; at < bytes.length; at += piece) sum += rest(at).indexOf(2);
    return sum;
  };
  test("some megabytes of inputs wait at a time", () => {
    let [waiting, most] = [0, 0];
    const make = (size: number) => {
      waiting += size * piece;
      most = Math.max(most, waiting);
      return commands(size);
    };
    expectLinear("commands", 4, make, (bytes) => {
      waiting -= bytes.length;
      readEach(bytes, (at) => bytes.subarray(at, at + piece));
    });
    expect(most).toBeLessThan(6_000_000);
  });
  test("a pause after every 16 MB, in each try at the larger size, is no growth", () => {
    let read = 0;
    expectLinear("pauses", 4, commands, (bytes) => {
      readEach(bytes, (at) => bytes.subarray(at, at + piece));
      read += bytes.length;
      if (bytes.length < 16 * piece || read < 16_000_000) return;
      read = 0;
      count("ab".repeat(2_500_000), 1);
    });
  });
  test("what reads all that is left for each command is not linear", () => {
    expect(() => expectLinear("the rest", 4, commands, (bytes) => readEach(bytes, (at) => bytes.subarray(at)))).toThrow("the rest");
  });
});
