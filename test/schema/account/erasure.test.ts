import { expect, test } from "vitest";
import { confirms, pickConfirmWord } from "../../../schema/account/erasure.ts";

test("an account is erased by the person's name, and by their address where no name can be written by hand", () => {
  const address = "ada@example.com";
  expect(pickConfirmWord(["Ada Lind", address])).toBe("Ada Lind");
  for (const name of ["", "  ", "x", ".", "\u0007", "\u200b\u00a0\u2066", "a".repeat(101)])
    expect(pickConfirmWord([name, address])).toBe(address);
  expect(pickConfirmWord(["", ""])).toBeUndefined();
});

test("a name is written as far as a keyboard has it: its letters and digits, in any case", () => {
  for (const written of ["ada o'neil-lind", " Ada  ONeil Lind ", "ADA\u00a0O’NEIL–LIND", "Ａda O'Neil Lind"])
    expect(confirms(written, "A\u200bda O’Neil–Lind")).toBe(true);
  expect([confirms("jose", "José"), confirms("李明", "李明"), confirms("ada@example.com", "Ada@example.com")]).toEqual([true, true, true]);
  for (const written of ["Ada", "Ada Linda", "Ada Lind 2", " ", "…"]) expect(confirms(written, "Ada Lind")).toBe(false);
});
