import fc from "fast-check";
import { expect, test } from "vitest";
import { cite, excerptChars, mostTerms, passageChars, passages, quoted, terms } from "../../schema/search.ts";

const text = fc
  .array(
    fc.string({ unit: "binary", maxLength: 300 }).map((line) => line.replace(/\n/g, " ")),
    { maxLength: 60 },
  )
  .map((lines) => lines.join("\n"));

test("each passage begins at the line it says, holds nothing else, and no line with text is lost", () => {
  fc.assert(
    fc.property(text, (whole) => {
      const lines = whole.split("\n");
      const covered = new Set<number>();
      for (const { line, body } of passages(whole)) {
        const own = body.split("\n");
        expect(own).toEqual(lines.slice(line - 1, line - 1 + own.length));
        for (let i = 0; i < own.length; i++) covered.add(line + i);
        expect(body.length).toBeLessThanOrEqual(passageChars + 320);
      }
      for (const [i, line] of lines.entries()) if (line.trim() !== "") expect(covered.has(i + 1)).toBe(true);
    }),
  );
});

test("a query becomes a few folded words, each once, everyday words only when there is nothing else", () => {
  expect(terms("What did we decide about the Café?")).toEqual(["decide", "cafe"]);
  expect(terms("what is it")).toEqual(["what", "is", "it"]);
  expect(terms('"(*) NEAR')).toEqual(["near"]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (query) => {
      const words = terms(query);
      expect(words.length).toBeLessThanOrEqual(mostTerms);
      for (const word of words) expect(quoted(word)).toMatch(/^"[\p{L}\p{N}]+"$/u);
    }),
  );
});

test("a hit names the line that holds most of the words", () => {
  const body = "Nothing here.\nA zeppelin.\nThe Zeppelin lands at our hangar.\nEnd.";
  expect(cite({ line: 11, body }, ["zeppelin", "hangar"])).toMatchObject({ line: 13, excerpt: expect.stringContaining("lands") });
});

test("an excerpt is short and keeps the word in sight", () => {
  const { excerpt } = cite({ line: 1, body: `${"a ".repeat(2_000)}needle ${"b ".repeat(2_000)}` }, ["needle"]);
  expect(excerpt).toContain("needle");
  expect(excerpt.length).toBeLessThanOrEqual(excerptChars + 2);
});
