import { expect, test } from "vitest";
import { addItem, countOpen, readItems, removeItem, toggleItem } from "../src/list.ts";

const two = addItem(addItem([], "Flour"), " Salt ");

test("what is written is added, and nothing that is empty", () => {
  expect(two).toEqual([
    { id: 1, text: "Flour", done: false },
    { id: 2, text: "Salt", done: false },
  ]);
  expect(addItem(two, "   ")).toBe(two);
});
test("what is done is crossed out, and can be taken back", () => {
  const done = toggleItem(two, 2);
  expect(done.map((item) => item.done)).toEqual([false, true]);
  expect(toggleItem(done, 2)).toEqual(two);
});
test("what is removed leaves the others, and a new one gets a number of its own", () => {
  expect(addItem(removeItem(two, 1), "Oil").map(({ id }) => id)).toEqual([2, 3]);
});
test("what is left to do is counted", () => {
  expect([countOpen(two), countOpen(toggleItem(two, 1)), countOpen([])]).toEqual(["2 left to do", "1 left to do", "Nothing left to do"]);
});
test("what was kept is read, and what can't be read is left out", () => {
  expect(readItems(JSON.stringify(two))).toEqual(two);
  for (const text of [null, "", "{", "3", "null", '[{"id":"1"}, null]']) expect(readItems(text)).toEqual([]);
});
