import { expect, test } from "vitest";
import { makeFigure } from "./figures.ts";

test("a figure says its medians, and their ratio where there is a raw part", () => {
  expect(makeFigure("a", [3, 1, 2])).toMatchObject({ ours: { n: 3, p50: 2 } });
  expect(makeFigure("a", [4], [2], { contains: true })).toMatchObject({ raw: { p50: 2 }, ratio: 2 });
});

test.each([
  ["nothing was measured", [], undefined],
  ["something took less than no time", [5, -0.4], undefined],
  ["something is no number", [5, Number.NaN], undefined],
  ["its median is zero", [0, 0, 5], undefined],
  ["the median beside it is zero", [5], [0]],
  ["nothing was measured beside it", [5], []],
  ["it took less than the raw part that it contains", [5], [7]],
])("a figure does not add up when %s", (_, ours: number[], raw: number[] | undefined) => {
  expect(() => makeFigure("first text", ours, raw, { contains: true })).toThrow(/^first text does not add up/);
});

test("a raw part that ours does not contain may be slower", () => {
  expect(makeFigure("a", [5], [10]).ratio).toBe(0.5);
});
