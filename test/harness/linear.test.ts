import { expect, test } from "vitest";
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
