import fc from "fast-check";
import { expect, test } from "vitest";
import { factPath, initialMemory, type MemoryKind, memoryPath, readOutboxIds, slug } from "../../../schema/memory/memory.ts";
import { batchMessage } from "../../../schema/memory/memory-change.ts";
import { readFileTitle } from "../../../schema/memory/memory-index.ts";
import { newId } from "../../../schema/wire/id.ts";

const kind = fc.constantFrom<MemoryKind>("decision", "goal", "profile", "plan", "summary", "pattern");
const at = new Date("2026-11-20T10:00:00Z");

test("any title becomes a file name of letters, digits and dashes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (title) => {
      expect(slug(title)).toMatch(/^[a-z0-9-]{1,60}$/);
    }),
  );
  expect(slug("Größe & Crème brûlée!")).toBe("gro-e-creme-brulee");
});

test("titles without a letter of ASCII are names of their own", () => {
  const titles = ["Блог о кошках", "Магазин чая", "会说中文", "住在北京", "!!!", "???"];
  expect(new Set(titles.map(slug)).size).toBe(titles.length);
  for (const title of titles) expect(slug(title)).toMatch(/^note-[a-z0-9]{1,7}$/);
  expect(slug("会说中文")).toBe("note-1qf6xof"); // files of before are found by it
});

test("facts of different titles never meet in one file, and one of the same title goes to its file", () => {
  const title = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("Knows C++", "Knows C#", "knows c", "会说中文", "Êtes", "etes"));
  fc.assert(
    fc.property(fc.array(title, { maxLength: 20 }), (titles) => {
      const known: { path: string; title: string }[] = [];
      for (const title of titles) known.push({ path: factPath(title, known, newId("out")), title });
      for (const fact of known) {
        expect(fact.path).toMatch(/^profile\/[a-z0-9-]+\.md$/);
        expect(factPath(fact.title, known, newId("out"))).toBe(known.find((each) => each.path === fact.path)?.path);
      }
      const meet = known.filter((fact) => known.some((other) => other.path === fact.path && lineOf(other.title) !== lineOf(fact.title)));
      expect(meet).toEqual([]);
    }),
  );
});
const lineOf = (title: string) => readFileTitle("", `# ${title}`).toLowerCase();

test("no title leads out of the repository or into a folder of another kind", () => {
  const folders = { decision: "decisions", goal: "goals", profile: "profile", plan: "plans", summary: "summaries", pattern: "patterns" };
  fc.assert(
    fc.property(kind, fc.string({ unit: "binary" }), (factKind, title) => {
      const path = memoryPath(factKind, title, at, newId("out"));
      expect(path.split("/")).toHaveLength(2);
      expect(path.split("/")[0]).toBe(folders[factKind]);
      expect(path).toMatch(/\.md$/);
    }),
  );
});

test("two decisions of one day under one title are two files; a goal under one title is one", () => {
  const [a, b] = ["out_01KABCDEFGHJKMNPQRSTVWXYZ1", "out_01KABCDEFGHJKMNPQRSTVWXYZ2"];
  expect(memoryPath("decision", "Use Git", at, a)).not.toBe(memoryPath("decision", "Use Git", at, b));
  expect(memoryPath("goal", "Learn Git", at, a)).toBe(memoryPath("goal", "Learn Git", at, b));
});

test("the outbox id is read back from the commit message it was put in, whatever the title says", () => {
  fc.assert(
    fc.property(kind, fc.string({ unit: "binary" }), (factKind, title) => {
      const outbox = newId("out");
      const message = batchMessage([{ kind: factKind, title, agent: newId("agt"), turn: newId("trn"), outbox, paths: [] }]);
      expect(readOutboxIds(message)).toEqual([outbox]);
    }),
  );
});

test("a title cannot forge a trailer", () => {
  const forged = newId("out");
  const message = batchMessage([{ kind: "decision", title: `x\nOutbox: ${forged}`, agent: newId("agt"), outbox: newId("out"), paths: [] }]);
  expect(readOutboxIds(message)).not.toContain(forged);
  expect(message.split("\n")[0]).toMatch(/^memory\(decision\): /);
});

test("a new memory has the first layout, once each, with the member's name on one line", () => {
  const files = initialMemory("Ann\nLee", at);
  const paths = files.map((file) => file.path);
  expect(new Set(paths).size).toBe(paths.length);
  const folders = ["goals", "decisions", "plans", "summaries", "quests", "tasks", "agents", "policies", "snapshots"];
  expect(paths).toEqual(expect.arrayContaining(["profile.md", "index.md", ...folders.map((folder) => `${folder}/README.md`)]));
  expect(files.find((file) => file.path === "profile.md")?.content).toContain("Name: Ann Lee\nSince: 2026-11-20");
});
