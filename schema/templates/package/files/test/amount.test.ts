import assert from "node:assert";
import { test } from "node:test";
import { addAmounts, formatAmount, readAmount, shareAmount } from "../src/index.ts";

test("amounts are read to the cent", () => {
  assert.deepEqual(["12.50", " 12 ", "0.5", "-0.05", "-0"].map(readAmount), [1250, 1200, 50, -5, 0]);
  for (const wrong of ["", "1,50", "1.234", "1e3", "0x1", "--1", "1234567890123"]) assert.throws(() => readAmount(wrong), RangeError);
});
test("they are written with two digits, and read back as themselves", () => {
  assert.deepEqual([1250, 5, 0, -5, -1200].map(formatAmount), ["12.50", "0.05", "0.00", "-0.05", "-12.00"]);
  for (const cents of [1, 99, 100, -101, 123_456]) assert.equal(readAmount(formatAmount(cents)), cents);
});
test("a sum loses nothing", () => {
  assert.equal(addAmounts([10, 20, -5]), 25);
  assert.equal(addAmounts([]), 0);
});
test("shares add up to the whole", () => {
  assert.deepEqual(shareAmount(100, 3), [34, 33, 33]);
  for (const cents of [1, 99, -7]) assert.equal(addAmounts(shareAmount(cents, 4)), cents);
  for (const shares of [0, -1, 1.5]) assert.throws(() => shareAmount(1, shares), RangeError);
});
