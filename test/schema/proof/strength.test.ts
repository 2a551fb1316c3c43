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
    "we broke it on purpose in 8 ways, and its checks noticed 7",
    "we broke it on purpose in 8 ways, and its checks noticed every one",
    "we broke it on purpose in 2 ways, and its checks noticed none",
    "we broke it on purpose, and its checks noticed it",
    "we broke it on purpose, and its checks did not notice it",
  ]);
});
