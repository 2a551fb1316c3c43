import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toMicros } from "../../../schema/budget.ts";
import { checkSeconds } from "../../../schema/proof/check.ts";
import {
  checksOf,
  findStoredSpecIssues,
  printSpec,
  priorities,
  priorityRank,
  readSpec,
  type SpecIn,
  specShape,
  taskSchema,
} from "../../../schema/task/spec.ts";
import { innerPath } from "../../../schema/wire/path.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";

const least = { id: "T001", title: "Greet", owner: "coding", outputs: ["src/hello.js"] };
const read = (over: Record<string, unknown> = {}) => readSpec(printYaml({ ...least, ...over }));
const paths = (over: Record<string, unknown>) => {
  const result = read(over);
  return result.ok ? [] : result.issues.map((issue) => issue.path);
};

describe("a task spec", () => {
  test("needs no more than id, title, owner and something that proves it", () => {
    expect(read()).toMatchObject({ ok: true, value: { priority: "normal", artifacts: "artifacts", depends_on: [], budget: {} } });
    expect(paths({ outputs: [] })).toEqual(["acceptance"]);
  });
  test("with unknown keys is refused, each by its path", () => {
    expect(paths({ owners: "x" })).toEqual(["owners"]);
    expect(paths({ budget: { usd: 1 } })).toEqual(["budget.usd"]);
    expect(paths({ acceptance: [{ command: "true", exitcode: 0 }] })).toEqual(["acceptance.0.exitcode"]);
  });
  test("gives every check an end, and none beyond the maximum", () => {
    const result = read({ tests: ["npm test"], acceptance: [{ command: "true", timeout: checkSeconds.max }] });
    expect(result.ok && checksOf(result.value).every((check) => check.seconds >= 1 && check.seconds <= checkSeconds.max)).toBe(true);
    for (const timeout of [0, -1, checkSeconds.max + 1, 1.5, "never"])
      expect(paths({ acceptance: [{ command: "true", timeout }] })).toEqual(["acceptance.0.timeout"]);
    expect(paths({ acceptance: [{ command: "true", timeout: Number.POSITIVE_INFINITY }] })).toEqual(["acceptance.0.timeout"]);
  });
  test("asks only the sandbox itself", () => {
    const ask = (url: string) => paths({ acceptance: [{ url, should_respond: 200 }] });
    for (const url of ["http://localhost:8080/", "http://127.0.0.1:3000/a?b=c", "http://localhost:80"]) expect(ask(url)).toEqual([]);
    for (const url of [
      "https://example.org/",
      "http://169.254.169.254:80/",
      "http://localhost:8080@example.org/",
      "http://localhost:99999/",
      "file:///etc/passwd",
      "http://localhost/",
    ])
      expect(ask(url)).toEqual(["acceptance.0.url"]);
  });
  test("declares outputs inside the workspace only", () => {
    for (const output of [
      "/etc/passwd",
      "../x",
      "a/../../x",
      "a/./b",
      "~/.ssh/id",
      ".git/hooks/x",
      "a/.GIT/x",
      "a\\b",
      "a//b",
      "a/",
      "-rf",
      "a\u0000b",
      "a\u200d/b",
      "a\nb",
    ])
      expect(paths({ outputs: [output] }), output).toEqual(["outputs.0"]);
    for (const output of ["a", "src/app/[id]/page.tsx", ".github/workflows/ci.yml", "größe.md", "a..b", ".gitignore"])
      expect(paths({ outputs: [output] })).toEqual([]);
    expect(paths({ outputs: ["a", "a"] })).toEqual(["outputs.1"]);
    expect(paths({ outputs: ["artifacts/report.html"] })).toEqual(["outputs.0"]);
  });
  test("does not depend on itself or twice on another, whatever the case of the letters", () => {
    expect(paths({ depends_on: ["t001"] })).toEqual(["depends_on.0"]);
    expect(paths({ depends_on: ["T002", "t002"] })).toEqual(["depends_on.1"]);
  });
  test("in YAML that tries to grow is refused", () => {
    expect(readSpec("id: &a x\ntitle: *a").ok).toBe(false);
    expect(readSpec(`id: T1\ntitle: ${"x".repeat(70_000)}`).ok).toBe(false);
    expect(readSpec("").ok).toBe(false);
  });
  test("runs outputs, then tests, then acceptance, each named by its path", () => {
    const result = read({
      tests: ["npm test"],
      acceptance: [
        { url: "http://localhost:80/", should_respond: 204 },
        { file: "a.md", contains: "x" },
      ],
    });
    expect(result.ok && checksOf(result.value)).toEqual([
      { name: "outputs.0", kind: "file", file: "src/hello.js", seconds: 60 },
      { name: "tests.0", kind: "command", command: "npm test", exitCode: 0, seconds: 60 },
      { name: "acceptance.0", kind: "url", url: "http://localhost:80/", status: 204, seconds: 60 },
      { name: "acceptance.1", kind: "file", file: "a.md", contains: "x", seconds: 60 },
    ]);
  });
  test("takes spec-kit's priorities beside words", () => {
    expect(priorities.map(priorityRank)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(read({ priority: "P1" }).ok).toBe(true);
  });
  test("counts money in millionths", () => {
    expect(toMicros(0.1 + 0.2)).toBe(300_000);
  });
});

describe("printing and reading", () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
    .filter((value) => value.trim() === value && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value));
  const made = fc.record<SpecIn>(
    {
      id: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/),
      title: text,
      description: text,
      owner: fc.constantFrom("coding", "testing"),
      inputs: fc.oneof(
        fc.array(text, { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[A-Za-z][a-z]{0,8}$/), fc.oneof(text, fc.boolean(), fc.integer()), { maxKeys: 3 }),
      ),
      outputs: fc.uniqueArray(fc.constantFrom("a", "b/c", "d.md"), { minLength: 1 }),
      constraints: fc.array(text, { maxLength: 3 }),
      acceptance: fc.array(
        fc.oneof(
          fc.record({ command: text }),
          fc.record({ url: fc.constant("http://localhost:80/"), should_respond: fc.constantFrom(200, 404) }),
        ),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: ["id", "title", "owner", "outputs"] },
  );
  test("a printed spec is read back as itself", () => {
    fc.assert(
      fc.property(made, (value) => {
        const whole = specShape.parse(value);
        expect(readSpec(printSpec(whole))).toEqual({ ok: true, value: whole });
      }),
    );
  });
  test("a long spec is taken only when its file is read back as itself, and is refused by its longest part", () => {
    const long = (most: number) =>
      fc
        .tuple(fc.constantFrom("漢", "я", "x ", "\u0001", "- a\n"), fc.nat(most))
        .map(([letter, n]) => `a${letter.repeat(n)}`.slice(0, most - 1));
    const some = fc.record({
      description: long(16_000),
      scenarios: fc.array(long(1_000), { maxLength: 20 }),
      constraints: fc.array(long(1_000), { maxLength: 50 }),
      inputs: fc.oneof(
        fc.array(long(1_000), { maxLength: 50 }),
        fc.nat(6_000).map((n) => Object.fromEntries(Array.from({ length: n }, (_, at) => [`k${at}`, at]))),
      ),
    });
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(some, (given) => {
        const made = specShape.parse({ ...least, ...given });
        const issues = findStoredSpecIssues(made);
        const back = readSpec(printSpec(made));
        if (issues.length === 0) expect(back).toEqual({ ok: true, value: made });
        else expect([back.ok, Object.keys(given)]).toEqual([false, expect.arrayContaining([issues[0]?.path])]);
        if (issues.length === 0) taken++;
        else refused++;
      }),
      { numRuns: 15, seed: 7 },
    );
    expect([taken > 0, refused > 0]).toEqual([true, true]);
    const usual = specShape.parse({ ...least, description: "漢".repeat(16_000), scenarios: Array(8).fill("漢".repeat(900)) });
    expect([findStoredSpecIssues(usual), readSpec(printSpec(usual)).ok]).toEqual([[], true]);
  });
  test("an accepted path never leaves the folder it is joined to", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("..", ".", "a", ".git", "", "-x", "~", "b\\..", " ", "é"), { minLength: 1, maxLength: 6 }),
        (parts) => {
          const path = parts.join("/");
          if (!innerPath.safeParse(path).success) return;
          expect(new URL(`http://h/w/${path.split("/").map(encodeURIComponent).join("/")}`).pathname.startsWith("/w/")).toBe(true);
          expect(path.split("/")).not.toContain("..");
          expect(path.split("/")).not.toContain(".git");
        },
      ),
    );
  });
});

describe("shipped specs", () => {
  const file = (name: string) => readFileSync(new URL(`../../../schema/specs/${name}`, import.meta.url), "utf8");
  test("the JSON Schema on disk is the one the code makes", () => {
    expect(JSON.parse(file("task.schema.json"))).toEqual(JSON.parse(JSON.stringify(taskSchema())));
  });
  test("create-blog.yaml is a valid spec with checks of every kind", () => {
    const result = readSpec(file("create-blog.yaml"));
    expect(result).toMatchObject({ ok: true, value: { id: "create-blog", owner: "coding" } });
    expect(new Set(result.ok ? checksOf(result.value).map((check) => check.kind) : [])).toEqual(new Set(["file", "command", "url"]));
  });
});
