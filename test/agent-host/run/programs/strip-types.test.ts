import { expect, test } from "vitest";
import { stripTypes } from "../../../../agent-host/run/programs/strip-types.ts";

const good = "const a: number = 1;";
const blank = "const a         = 1;";

test("types become blanks, and what is no TypeScript, or more than types, is not read", async () => {
  expect(await stripTypes([good, "let a: = 3", "enum A { B }", good])).toEqual([blank, undefined, undefined, blank]);
  expect(await stripTypes([])).toEqual([]);
});
test("text that is nested so deeply that Node's reader breaks does not touch any other text, in these nor in later ones", async () => {
  const worst = ["[", "(", "a=>", "if(a)", "!", "class A{a=", "`${"].map((piece) => piece.repeat(30_000));
  const found = await stripTypes([good, ...worst.flatMap((text) => [text, good])]);
  expect(found).toEqual([blank, ...worst.flatMap(() => [undefined, blank])]);
  expect(await stripTypes([good])).toEqual([blank]);
});
