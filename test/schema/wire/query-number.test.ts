import { expect, test } from "vitest";
import { z } from "zod";
import { queryNumber } from "../../../schema/wire/query-number.ts";

const page = z.strictObject({
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
  from: queryNumber(z.number().int()).optional(),
});

test("a number of an address is decimal digits; missing it is the default or nothing", () => {
  expect(page.parse({ limit: "7", from: "0" })).toEqual({ limit: 7, from: 0 });
  expect(page.parse({ limit: "007" })).toEqual({ limit: 7 });
  expect(page.parse({})).toEqual({ limit: 50 });
  expect(page.parse({ limit: 7 })).toEqual({ limit: 7 });
});
test.each(["", " 7", "7 ", "1e1", "0x10", "7.0", "+7", "-7", "true", "٧", "9".repeat(17), "9".repeat(400)])("%j is none", (text) => {
  expect(page.safeParse({ limit: text }).success).toBe(false);
  expect(page.safeParse({ from: text }).success).toBe(false);
});
test("the description says that it is a whole number, and that it may be absent", () => {
  const { required, properties } = z.toJSONSchema(page, { io: "input" });
  expect(required).toBeUndefined();
  expect(properties?.limit).toMatchObject({ type: "integer", minimum: 1, maximum: 100 });
});
