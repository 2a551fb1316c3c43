import { expect, test } from "vitest";
import { describeStrength } from "../../../schema/proof/strength.ts";

test("what the checks would have noticed is said in words", () => {
  const said = ([caught, tried]: [number, number]) => describeStrength({ caught, tried });
  expect(
    (
      [
        [7, 8],
        [8, 8],
        [0, 2],
        [1, 1],
        [0, 1],
      ] as [number, number][]
    ).map(said),
  ).toEqual([
    "would have noticed 7 of 8 ways of not doing it",
    "would have noticed each of 8 ways of not doing it",
    "would have noticed 0 of 2 ways of not doing it",
    "would have noticed the work missing",
    "would not have noticed the work missing",
  ]);
});
