import fc from "fast-check";
import { expect, test } from "vitest";
import { id, newId, type Prefix, prefixes, siblingId } from "../../../schema/wire/id.ts";

const prefix = fc.constantFrom(...prefixes);

test("a new id has its prefix and is accepted by its own shape and by no other", () => {
  fc.assert(
    fc.property(prefix, prefix, (mine, other) => {
      const made = newId(mine);
      expect(id(mine).safeParse(made).success).toBe(true);
      expect(id(other).safeParse(made).success).toBe(mine === other);
    }),
  );
});

test("ids made later sort later", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 1_000_000 }), (at, later) => {
      expect(newId("msg", at) < newId("msg", at + later)).toBe(true);
    }),
  );
});

test("ids of one moment differ, and each of their letters is drawn from all", () => {
  const made = Array.from({ length: 5_000 }, () => newId("msg", 1));
  expect(new Set(made).size).toBe(made.length);
  for (let place = 14; place < 30; place++) expect(new Set(made.map((id) => id[place])).size).toBe(32);
});

test("the sibling of an id keeps its ULID, so that going and coming back gives the same id", () => {
  fc.assert(
    fc.property(prefix, prefix, (a: Prefix, b: Prefix) => {
      const made = newId(a);
      expect(id(b).safeParse(siblingId(b, made)).success).toBe(true);
      expect(siblingId(a, siblingId(b, made))).toBe(made);
    }),
  );
});

test("ids with separators, spaces, other lengths or other letters are refused", () => {
  const good = newId("agt");
  const bad = [
    `${good},x`,
    `${good}/`,
    ` ${good}`,
    `${good}\n`,
    good.toLowerCase(),
    good.slice(0, -1),
    `${good}0`,
    "agt_",
    "",
    good.replace("_", "-"),
  ];
  for (const value of bad) expect(id("agt").safeParse(value).success, JSON.stringify(value)).toBe(false);
  for (const value of [null, 7, {}, [good]]) expect(id("agt").safeParse(value).success).toBe(false);
});

test("no string that is not an id passes by chance", () => {
  fc.assert(fc.property(fc.string(), (text) => !id("mem").safeParse(text).success));
});
