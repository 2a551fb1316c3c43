import fc from "fast-check";
import { expect, test } from "vitest";
import { readOutboxIds } from "../../../schema/memory/memory.ts";
import {
  applyMemoryChange,
  batchLimits,
  batchMessage,
  type MemoryChange,
  nextMemoryBatch,
  type OutboxKind,
  readBatchMessage,
} from "../../../schema/memory/memory-change.ts";
import { indexLines, isIndexed, isStateFile, printIndex, readFileTitle, readIndex } from "../../../schema/memory/memory-index.ts";
import { emptyPolicy, policyPath, readPolicy } from "../../../schema/policy/policy-file.ts";
import { newId } from "../../../schema/wire/id.ts";

const agent = newId("agt");
const entry = (title: string, kind: OutboxKind = "decision") => ({
  kind,
  title,
  agent,
  outbox: newId("out"),
  paths: [`${kind}s/${title.length}.md`],
});
const row = fc.record({
  id: fc.uuid(),
  files: fc.array(fc.record({ path: fc.constantFrom("a.md", "b.md", "c.md", "d/e.md"), content: fc.string({ maxLength: 50 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

test("batches taken one after another hold every row once, in order, and no two rows of one batch touch one file", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 100 }), (rows) => {
      const seen: string[] = [];
      for (let left = rows; left.length > 0; ) {
        const next = nextMemoryBatch(left);
        expect(next.length).toBeGreaterThan(0);
        expect(next.length).toBeLessThanOrEqual(batchLimits.rows);
        const paths = next.flatMap((batch) => [...new Set(batch.files.map((file) => file.path))]);
        expect(new Set(paths).size).toBe(paths.length);
        seen.push(...next.map((batch) => batch.id));
        left = left.slice(next.length);
      }
      expect(seen).toEqual(rows.map((row) => row.id));
    }),
  );
});

test("a row larger than a batch goes alone", () => {
  const big: MemoryChange = { path: "big.md", content: "x".repeat(batchLimits.bytes + 1) };
  const small: MemoryChange = { path: "small.md", content: "x" };
  expect(nextMemoryBatch([{ files: [big] }, { files: [small] }])).toHaveLength(1);
  expect(nextMemoryBatch([{ files: [small] }, { files: [big] }])).toHaveLength(1);
});

test("a message carries each trailer once, whatever the titles say", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 1, maxLength: 10 }), (titles) => {
      const entries = titles.map((title) => entry(title));
      expect(readOutboxIds(batchMessage(entries))).toEqual(entries.map((entry) => entry.outbox));
    }),
  );
  const forged = entry(`Nice\nOutbox: ${newId("out")}\nAgent: someone`);
  expect(readOutboxIds(batchMessage([forged]))).toEqual([forged.outbox]);
});

test("one change has the message of one change", () => {
  const bees = entry("Keep bees");
  expect(batchMessage([bees])).toBe(`memory(decision): Keep bees\n\nAgent: ${agent}\nOutbox: ${bees.outbox}`);
});

test("of a commit of several changes each is read back with its files and the message it would have alone", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 2, maxLength: 10 }), (titles) => {
      const entries = titles.map((title, at) => ({
        ...entry(title),
        task: at % 2 ? newId("tsk") : null,
        paths: [`a/${at} b.md`, `c/${at}.md`],
      }));
      const parts = readBatchMessage(`${batchMessage(entries)}\n`);
      expect(parts.map(({ paths }) => paths)).toEqual(entries.map(({ paths }) => paths));
      expect(parts.map(({ message }) => message)).toEqual(entries.map((entry) => batchMessage([entry])));
    }),
  );
  expect(readBatchMessage(batchMessage([entry("Keep bees")]))).toEqual([]);
  expect(readBatchMessage("Merge branch\n\n- one\n- two\n\nAgent: x")).toEqual([]);
});

test("two changes are both named in the title, of more the first and how many are with it", () => {
  const title = (...titles: string[]) => batchMessage(titles.map((title) => entry(title))).split("\n")[0];
  expect(title("Answered “Which colour?”", "Keep bees.")).toBe("memory(decision): Answered “Which colour?”; Keep bees");
  expect(title("Keep bees.", "b", "c")).toBe("memory(decision): Keep bees, and 2 more changes");
  expect(title("x".repeat(300), "y".repeat(300), "z")?.length).toBeLessThan(120);
});

test("a line is added at the end of what is there; a removed file is not there", () => {
  expect(applyMemoryChange("a", { path: "x.md", append: "b" })).toBe("a\nb\n");
  expect(applyMemoryChange(undefined, { path: "x.md", append: "b" })).toBe("b\n");
  expect(applyMemoryChange("a", { path: "x.md", remove: true })).toBeUndefined();
});

test("rules are added to the policy as it is, and a policy that can't be read is left alone", () => {
  const rule = { id: "one", match: "git push *", decision: "allow" as const, kind: "command" as const };
  const text = applyMemoryChange(undefined, { path: policyPath, rule }) ?? "";
  expect(readPolicy(text)).toMatchObject({ ok: true, value: { rules: [{ id: "one" }] } });
  expect(readPolicy(applyMemoryChange(text, { path: policyPath, withoutRule: "one" }) ?? "")).toMatchObject({
    ok: true,
    value: { rules: [] },
  });
  expect(() => applyMemoryChange("rules: 5", { path: policyPath, rule })).toThrow();
  expect(emptyPolicy).toContain("rules: []");
});

test("a policy that is full says that it is full, and still gives rules back", () => {
  const rule = (n: number) => ({ id: `r${n}`, match: `echo ${n}`, decision: "allow" as const, kind: "command" as const });
  const rules = Array.from({ length: 500 }, (_, n) => `  - {id: r${n}, match: echo ${n}, decision: allow}`);
  const full = `version: 1\nrules:\n${rules.join("\n")}\n`;
  expect(() => applyMemoryChange(full, { path: policyPath, rule: rule(500) })).toThrow(/no room.*revoke/);
  expect(readPolicy(applyMemoryChange(full, { path: policyPath, rule: rule(7) }) ?? "")).toEqual(readPolicy(full));
  const less = applyMemoryChange(full, { path: policyPath, withoutRule: "r3" });
  expect(readPolicy(applyMemoryChange(less, { path: policyPath, rule: rule(500) }) ?? "").ok).toBe(true);
  expect(() => applyMemoryChange("rules: 1", { path: policyPath, rule: rule(1) })).toThrow(/can't be read/);
});

test("an index that was printed is read again, whatever the titles are", () => {
  const file = fc.record({
    path: fc.constantFrom("profile.md", "goals/a.md", "decisions/b.md", "tasks/tsk_1/spec.yaml", "notes/c.md"),
    title: fc.string({ unit: "binary", minLength: 1, maxLength: 80 }),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: (file) => file.path }), (files) => {
      const entries = files.map((file) => ({ ...file, title: readFileTitle(file.path, `# ${file.title}`) }));
      const back = readIndex(printIndex(entries));
      expect(new Set(back.map((file) => file.path))).toEqual(new Set(entries.map((entry) => entry.path)));
      for (const file of back) expect(file.title).toBe(entries.find(({ path }) => path === file.path)?.title);
    }),
  );
});

test("a long folder shows its newest files and says how many are older", () => {
  const entries = Array.from({ length: indexLines + 5 }, (_, i) => ({ path: `decisions/${i}.md`, title: `D${i}`, at: i * 86_400_000 }));
  const text = printIndex(entries);
  expect(text).toContain("- … and 5 older");
  expect(text).not.toContain("[D0]");
});

test("what the platform writes for itself is known by its path", () => {
  const ours = ["index.md", "tasks/tsk_1/spec.yaml", "snapshots/open/apr_1.yaml", "quests/qst_1/quest.yaml", "plans/pln_1.yaml"];
  const theirs = [
    "profile.md",
    "goals/a.md",
    "tasks/README.md",
    "quests/learn/notes.md",
    "plans/2026-11-20-next.md",
    "policies/commands.yaml",
  ];
  expect([...ours, ...theirs].filter(isStateFile)).toEqual(ours);
});

test("readmes, the index itself and a task's other files have no line", () => {
  expect(["README.md", "goals/README.md", "index.md", "tasks/tsk_1/log.md"].filter(isIndexed)).toEqual([]);
  expect(isIndexed("tasks/tsk_1/spec.yaml")).toBe(true);
});
