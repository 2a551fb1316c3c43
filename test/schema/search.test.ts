import fc from "fast-check";
import { expect, test } from "vitest";
import {
  citePassage,
  compareTree,
  excerptChars,
  indexedWords,
  mostTerms,
  passageChars,
  queryTerms,
  searchFileLimits,
  searchSyncIn,
  splitPassages,
  splitSearchSync,
} from "../../schema/search/search.ts";
import { newId } from "../../schema/wire/id.ts";

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
      for (const { line, body } of splitPassages(whole)) {
        const written = body.split("\n");
        expect(written).toEqual(lines.slice(line - 1, line - 1 + written.length));
        for (let i = 0; i < written.length; i++) covered.add(line + i);
        expect(body.length).toBeLessThanOrEqual(passageChars + 320);
      }
      for (const [i, line] of lines.entries()) if (line.trim() !== "") expect(covered.has(i + 1)).toBe(true);
    }),
  );
});

test("a query becomes a few folded words, each once, everyday words only when there is nothing else", () => {
  expect(queryTerms("What did we decide about the Café?")).toEqual(["decide", "cafe"]);
  expect(queryTerms("what is it")).toEqual(["what", "is", "it"]);
  expect(queryTerms('"(*) NEAR')).toEqual(["near"]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (query) => {
      const words = queryTerms(query);
      expect(words.length).toBeLessThanOrEqual(mostTerms);
      for (const word of words) expect(indexedWords(word).join("")).toBe(word);
    }),
  );
});

test("a hit names the line that holds most of the words", () => {
  const body = "Nothing here.\nA zeppelin.\nThe Zeppelin lands at our hangar.\nEnd.";
  expect(citePassage({ line: 11, body }, ["zeppelin", "hangar"])).toMatchObject({ line: 13, excerpt: expect.stringContaining("lands") });
});

test("an excerpt is short and keeps the word in sight", () => {
  const { excerpt } = citePassage({ line: 1, body: `${"a ".repeat(2_000)}needle ${"b ".repeat(2_000)}` }, ["needle"]);
  expect(excerpt).toContain("needle");
  expect(excerpt.length).toBeLessThanOrEqual(excerptChars + 2);
});

const blob = (n: number) => ({ path: `tasks/t${n}/spec.yaml`, type: "blob", sha: `${n}`, size: 1 });
test("memory past 5,000 files is found whole, and a tree that was cut says so", () => {
  const tree = Array.from({ length: 12_000 }, (_, n) => blob(n));
  const whole = compareTree(tree, new Map([["old.md", "1"]]), 50_000);
  expect([whole.fresh.length, whole.gone, whole.partial]).toEqual([12_000, ["old.md"], false]);
  const known = new Map(tree.map(({ path, sha }) => [path, sha]));
  expect(compareTree([...tree, { ...blob(0), path: "tasks", type: "tree" }], known, 50_000).fresh).toEqual([]);
  expect(compareTree(tree.slice(0, searchFileLimits.entries), new Map(), searchFileLimits.entries).partial).toBe(true);
});

test("however many projects there are, each reading is one that is taken, and all are read", () => {
  const repos = Array.from({ length: 451 }, (_, n) => ({ repo: `projects/p${n}`, head: `${n}` }));
  const pages = splitSearchSync({ agent: newId("agt"), lastSeq: 1, repos }).map((page) => searchSyncIn.parse(page));
  expect(pages.flatMap((page) => page.repos)).toEqual(repos);
  expect(splitSearchSync({ agent: newId("agt"), lastSeq: 1, repos: [] })).toHaveLength(1);
});
