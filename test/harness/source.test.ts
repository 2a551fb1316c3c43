import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bareLimits,
  bindings,
  lineOf,
  listSources,
  longComments,
  parseSource,
  readSource,
  type Source,
  speedJudgements,
  topLevelNames,
} from "./source.ts";

/** Names that may stand in many files, and why that misleads nobody who searches for one. */
const sameEverywhere: Record<string, string> = {
  main: "the beginning of a program, never exported",
  Props: "what a component takes, never exported",
};
/** Words that do not say what a parameter or variable holds. */
const unclear = new Set(["of", "one", "it", "who", "what", "own"]);

let product: Source[];
let tests: Source[];
beforeAll(async () => {
  product = (await listSources()).map(readSource);
  tests = (await listSources(["test"])).map(readSource);
});

/** The names of `count` files or more, each with those files. */
function sharedNames(count: number, only: (declared: { exported: boolean }) => boolean): string[] {
  const files = new Map<string, string[]>();
  for (const source of product)
    for (const declared of topLevelNames(source).filter(only)) files.set(declared.name, [...(files.get(declared.name) ?? []), source.file]);
  return [...files]
    .filter(([name, all]) => all.length >= count && !(name in sameEverywhere))
    .map(([name, all]) => `${name}: ${all.join(" ")}`);
}
const unclearIn = (sources: Source[]) =>
  sources.flatMap((source) =>
    bindings(source)
      .filter(({ name }) => unclear.has(name as string))
      .map(({ name, start }) => `${source.file}:${lineOf(source, start!)} ${name}`),
  );
const longIn = (sources: Source[]) => sources.flatMap((source) => longComments(source, 110).map((line) => `${source.file}:${line}`));

describe("names", () => {
  test("an exported name stands in one file of the product", () => {
    expect(sharedNames(2, ({ exported }) => exported)).toEqual([]);
  });
  test("a name at the top of a file, exported or not, stands in two files at most", () => {
    expect(sharedNames(3, () => true)).toEqual([]);
  });
  test("a parameter or variable says what it holds", () => {
    expect(unclearIn(product)).toEqual([]);
    expect(unclearIn(tests)).toEqual([]);
  });
});

test("every exception is of use", () => {
  const declared = product.map((source) => topLevelNames(source).filter(({ name }) => name in sameEverywhere));
  const exported = declared.flat().filter((each) => each.exported);
  expect(exported, "an exception that is exported").toEqual([]);
  const names = declared.flat().map(({ name }) => name);
  expect(Object.keys(sameEverywhere).filter((name) => names.filter((each) => each === name).length < 3)).toEqual([]);
});

test("a comment fits on 110 columns", () => {
  expect(longIn(product)).toEqual([]);
  expect(longIn(tests)).toEqual([]);
});

test("no test is there and skipped: a run counts what did not run as failed", () => {
  const bySwitch = /^\s*(?:it|test|describe)\.(?:runIf|skip)\(|\.runIf\(/m;
  expect(tests.filter(({ file, text }) => file.endsWith(".test.ts") && bySwitch.test(text)).map(({ file }) => file)).toEqual([]);
});

test("no test judges speed by a clock: what is meant is said by counts, by order or by growth", () => {
  const judged = tests.filter(({ file }) => !file.startsWith("test/bench/"));
  expect(judged.flatMap((source) => speedJudgements(source).map((line) => `${source.file}:${line}`))).toEqual([]);
});

test.each([
  ["expect(Date.now() - began).toBeLessThan(50);", true],
  ["const took = performance.now() - began;\nexpect(Math.min(took, 9)).toBeLessThanOrEqual(50);", true],
  [
    "const run = async () => { const from = Date.now(); await work(); return Date.now() - from; };\nexpect(await run()).toBeLessThan(9);",
    true,
  ],
  ["const before = process.cpuUsage();\nexpect(process.cpuUsage(before).user).toBeLessThan(9);", true],
  ["expect(Date.now() - began).toBeGreaterThan(950);", false],
  ["expect(first.at).toBeLessThan(second.at);", false],
  ["const at = Date.now() - 5_000;\nexpect(at).toBeLessThan(row.at);", false],
])("a clock that judges is seen in %s", (text, judges) => {
  expect(speedJudgements(parseSource("some.test.ts", text)).length > 0).toBe(judges);
});

/** Files whose limits do not follow the machine, and why. */
const unmeasured: Record<string, string> = {
  "test/harness/suite/calibration.ts": "finds out how slow the machine is",
};
test("every limit of a test or of its harness follows the machine", () => {
  const limited = tests.filter(({ file }) => !/^test\/(bench|fuzz|local|doubles)\//.test(file) && !(file in unmeasured));
  expect(limited.flatMap((source) => bareLimits(source).map((line) => `${source.file}:${line}`))).toEqual([]);
});

test.each([
  ['test("x", { timeout: 120_000 }, run);', true],
  ['const minute = 60_000;\ntest("x", { timeout: 2 * minute }, run);', true],
  ['test.each(rows)("%s", run, long ? 600_000 : 90_000);', true],
  ["afterAll(stop, 120_000);", true],
  ["await vi.waitFor(check, 5_000);", true],
  ["const wait = (ms = 60_000) => page.getByRole('log').waitFor({ timeout: ms });", true],
  ["await fetch(url, { signal: AbortSignal.timeout(ms ?? 15_000) });", true],
  ["page.setDefaultTimeout(20_000);", true],
  ["const minute = limit(60_000);\ntest('x', { timeout: 2 * minute }, run);", false],
  ["test('x', { timeout: limit(120_000) }, run);\nafterAll(stop, limit(120_000));", false],
  ["await eventually('it is there', check, 60_000);", false],
  ["const spec = { acceptance: [{ command: 'true', timeout: 60 }] };", false],
  ["setTimeout(done, 5_000);\nvi.advanceTimersByTime(5_000);", false],
])("a limit that does not follow the machine is seen in %s", (text, bare) => {
  expect(bareLimits(parseSource("some.test.ts", text)).length > 0).toBe(bare);
});

test("a source file that a README or ARCHITECTURE names is there", async () => {
  const files: string[] = [];
  const documents: string[] = [];
  for await (const file of glob("{*,{schema,actors,agent-host,edge,test}/**/*}.{md,ts,tsx,toml,yaml}", {
    exclude: (name) => name.includes("node_modules") || name.endsWith("dist"),
  }))
    (file.endsWith(".md") ? documents : files).push(file);
  const missing = documents.flatMap((document) => {
    const named = [...readFileSync(document, "utf8").matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.tsx?)`/g)].map(([, name]) => name!);
    const folder = path.dirname(document);
    const isThere = (name: string) => files.some((file) => `/${file}`.endsWith(`/${name}`) || file === path.join(folder, name));
    return named.filter((name) => !isThere(name)).map((name) => `${document}: ${name}`);
  });
  expect(documents.length).toBeGreaterThan(5);
  expect(missing).toEqual([]);
});
