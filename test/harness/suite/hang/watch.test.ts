import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, root } from "../../../local/process.ts";
import { limit } from "../limit.ts";
import { type Outcome, outcome } from "../reporter.ts";
import { type Allowed, type FileProgress, findHanging, ProgressBook } from "./watch.ts";

describe("a file hangs", () => {
  const allowed: Allowed = { silence: 180_000, grace: 30_000 };
  const file = (at: number, ...limits: number[]): FileProgress => ({
    ...{ file: "a.test.ts", at, doing: '"a sum is right"' },
    running: new Map(limits.map((most, index) => [String(index), most])),
    over: false,
  });
  const hangs = (progress: FileProgress, now: number) => findHanging([progress], now, allowed).length === 1;

  test("when it made no progress for longer than the silence that is allowed, and says in what", () => {
    expect([hangs(file(1_000), 181_000), hangs(file(1_000), 181_001)]).toEqual([false, true]);
    expect(findHanging([file(0)], 200_000, allowed)[0]?.why).toBe('no progress for 200 s in "a sum is right"');
  });
  test("no sooner than the longest limit of its running tests and a grace", () => {
    expect([hangs(file(0, 420_000, 10), 450_000), hangs(file(0, 420_000, 10), 450_001)]).toEqual([false, true]);
    expect(hangs(file(0, 10), 180_000)).toBe(false);
  });
  test("while others go on", () => {
    const other = { ...file(179_999), file: "b.test.ts" };
    expect(findHanging([file(0), other], 180_001, allowed).map(({ progress }) => progress.file)).toEqual(["a.test.ts"]);
  });
  test("by the limit of a test only until the test ends, and not when it prints", () => {
    const book = new ProgressBook();
    const hanging = (now: number) => findHanging(book.files.values(), now, allowed).length;
    book.note("a.test.ts", 0, '"a sum is right"');
    book.setRunning("a.test.ts", "1", 420_000);
    expect(hanging(300_000)).toBe(0);
    book.setRunning("a.test.ts", "1", undefined);
    expect(hanging(300_000)).toBe(1);
    book.note("a.test.ts", 299_000);
    expect([hanging(300_000), book.files.get("a.test.ts")?.doing]).toEqual([0, '"a sum is right"']);
  });
});

const stacksOf = (title: string) => path.join(root, /; stacks: (\S+)$/.exec(title)![1]!);
/** Files of tests, with a line of the first that never ends. */
const fixtures = {
  "blocked.test.ts": `import { spawn } from "node:child_process";
import { test } from "vitest";
spawn("sleep", ["86399"], { detached: true, stdio: "ignore" });
test("turns for ever", async () => {
  await new Promise((go) => setTimeout(go, 300));
  for (;;) Math.random();
}, 1_000);`,
  "teardown.test.ts": `import { afterAll, test } from "vitest";
test("passes", () => undefined, 1_000);
afterAll(() => new Promise(() => undefined), 9_999_999);`,
  "fine.test.ts": `import { test } from "vitest";
test("is fine", () => undefined, 1_000);`,
  "vitest.config.ts": `const setupFiles = [${JSON.stringify(path.join(root, "test/harness/suite/hang/claim.ts"))}];
export default { test: { setupFiles, pool: "forks", isolate: false, maxWorkers: 2, execArgv: ["--inspect-port=0"], hookTimeout: 1000 } };`,
};

describe("a vitest with a blocked event loop, a teardown that never ends and a file that is fine", () => {
  let folder: string;
  let told: Outcome;
  let text: string;
  beforeAll(() => {
    mkdirSync(path.join(root, ".growqr/cache"), { recursive: true });
    folder = mkdtempSync(path.join(root, ".growqr/cache/hang-")); // below the checkout, so that `vitest` is found
    for (const [name, source] of Object.entries(fixtures)) writeFileSync(path.join(folder, name), source);
    const to = path.join(folder, "outcome.json");
    const args = [bin("vitest"), "run", "--root", folder, `--reporter=${path.join(root, "test/harness/suite/reporter.ts")}`];
    const env = { ...process.env, GROWQR_OUTCOME: to, GROWQR_RESULTS: folder, GROWQR_HANG: String(limit(3_000)) };
    const { stderr, stdout } = spawnSync(bin("node"), args, { env, encoding: "utf8", timeout: limit(90_000) });
    text = stdout + stderr;
    if (!existsSync(to)) throw new Error(`vitest told nothing:\n${text}`);
    told = outcome.parse(JSON.parse(readFileSync(to, "utf8")));
  }, limit(100_000));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ofFile = (name: string) => told.files.find(({ file }) => file.endsWith(`/${name}`));
  test("runs every file, and those that hang are its only failures", () => {
    const counts = told.files.map(({ file, passed, failed }) => [path.basename(file), passed, failed]);
    expect(counts.sort(), text).toEqual([
      ["blocked.test.ts", 0, 1],
      ["fine.test.ts", 1, 0],
      ["teardown.test.ts", 1, 1],
    ]);
    expect(told.unhandled).toEqual([]);
  });
  test("tells in which test or hook, and the place of the loop in the source", () => {
    const blocked = ofFile("blocked.test.ts")!.failures[0]!;
    expect(blocked.title).toMatch(/^\(hanging\) no progress for \d+ s in "turns for ever"; stacks: \S+\/hanging-\S+\.txt$/);
    expect(blocked.why).toMatch(/blocked\.test\.ts:6:\d+\)/);
    expect(ofFile("teardown.test.ts")!.failures[0]!.title).toMatch(/^\(hanging\) no progress for \d+ s in afterAll of the file; /);
  });
  test("writes the stacks of what the worker had started, without an environment, and ends it", () => {
    const written = readFileSync(stacksOf(ofFile("blocked.test.ts")!.failures[0]!.title), "utf8");
    const sleeps = /process (\d+): sleep 86399/.exec(written)!;
    expect(existsSync(`/proc/${sleeps[1]}`)).toBe(false);
    expect(written).not.toContain("GROWQR_OUTCOME");
  });
});
