import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RoomCheck, RunIn, RunResult } from "../../../schema/proof/proof.ts";
import { someOf } from "../../harness/suite/long-run.ts";
import type { Started } from "../../local/process.ts";
import { command, makeRepository, mustRunAsAgent, runChecks, startDaemonWithAuthor, writeFilesLine } from "../clean-room.ts";
import { newPerson, putStack } from "../runner-client.ts";

/**
 * What lies beside the work (SPEC 9.3): a proof speaks of what was there before the task and of what it
 * declares. Each file here would let false work pass if it were there when the checks run.
 */
const person = newPerson();
let daemon: Started;
let repo = "";
let main = "";
const url = () => `http://gitea:3000/${repo}.git`;
type Files = Record<string, string | null>;

const before: Files = {
  "total.py": "def total(a, b):\n    return 0\n",
  "test_total.py":
    "import unittest\nfrom total import total\n\n\nclass Total(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(total(7, 8), 15)\n\n\nif __name__ == '__main__':\n    unittest.main()\n",
  Makefile: "check:\n\tpython3 test_total.py\n",
  "package.json": JSON.stringify({ name: "total", version: "1.0.0", scripts: { test: "python3 test_total.py" } }),
  "grade.sh": "set -e\n. ./lib/same\nsame \"$(python3 -c 'from total import total; print(total(7, 8))')\" 15\n",
  "lib/same": 'same() { [ "$1" = "$2" ]; }\n',
  "lib/strict": "\n",
};
const right = "def total(a, b):\n    return a + b\n";
const wrong = "def total(a, b):\n    return 1\n";
const [unit, make, npm, grade] = [
  command("tests.0", "python3 -m unittest test_total"),
  command("tests.0", "make check"),
  command("tests.0", "npm test"),
  command("tests.0", "sh grade.sh"),
];

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "beside");
  const clone = `git clone -q ${url()} base && cd base && ${writeFilesLine(before)} && chmod +x lib/strict`;
  main = await mustRunAsAgent(person, `${clone} && git add -A && git commit -qm before && git push -q origin main && git rev-parse HEAD`);
});
afterAll(async () => {
  await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

let count = 0;
const few = pLimit(3);
type Declared = Pick<RunIn, "also" | "anywhere" | "unasked"> & { outputs?: string[]; script?: string };
function prove(files: Files, check: RoomCheck, { outputs = ["total.py"], script = "true", ...more }: Declared = {}): Promise<RunResult> {
  const branch = `beside-${count++}`;
  return few(async () => {
    const clone = `git clone -q --no-hardlinks base ${branch} && cd ${branch} && git remote set-url origin ${url()} && git checkout -q -B ${branch} ${main}`;
    const push = `git commit -qm ${branch} && git push -q origin HEAD:refs/heads/${branch} && git rev-parse HEAD`;
    const commit = await mustRunAsAgent(person, `${clone} && ${writeFilesLine(files)} && git add -A && { ${script}; } >&2 && ${push}`);
    const begun = { main, handed: [] };
    return (await runChecks(person, { repo, branch, commit, begun, outputs, checks: [check], ...more })).result;
  });
}
const causes = ({ failures }: RunResult) => failures.map(({ why }) => why);
const reasons = ({ failures }: RunResult) => failures.map(({ reason }) => reason).join("\n");

/** False work with one file more that lets it pass. */
const beside: { path: string; text: string; check: RoomCheck }[] = [
  {
    path: "unittest.py",
    text: "class TestCase: pass\ndef main(*_, **__): pass\nif __name__ == '__main__': print('Ran 1 test')\n",
    check: unit,
  },
  { path: "GNUmakefile", text: "check:\n\t@echo fine\n", check: make },
  { path: "Makefile", text: "check:\n\t@echo fine\n", check: make },
  { path: ".npmrc", text: "script-shell=/bin/true\n", check: npm },
  { path: "package.json", text: JSON.stringify({ name: "total", scripts: { test: "true" } }), check: npm },
  { path: "test_total.py", text: "print('OK')\n", check: make },
  { path: "grade.sh", text: "true\n", check: grade },
];
describe("a file that settles how the work is checked", () => {
  it.concurrent.each(someOf(beside, 0))("is refused beside the outputs before a check is run: $path", async ({ path, text, check }) => {
    const result = await prove({ "total.py": wrong, [path]: text }, check);
    expect([result.passed, causes(result), result.checks]).toEqual([false, ["checks_edited"], []]);
    expect(reasons(result)).toContain(`${path} was`);
  });
  /** Honest changes of such files. */
  const honest: [string, string, RoomCheck][] = [
    ["Makefile", `${before.Makefile}again: check\n`, make],
    [".npmrc", "loglevel=warn\n", npm],
    ["test_total.py", `${before["test_total.py"]}\n# more to come\n`, make],
    ["colorsys.py", "x = 1\n", unit], // the name of one of Python's own
    ["total/__init__.py", right, unit], // Python takes it before total.py
  ];
  it.concurrent.each(someOf(honest, 1))("takes the member's word where its agent names it: %s", async (path, text, check) => {
    const result = await prove({ "total.py": right, [path]: text }, check, { also: [path], unasked: [path] });
    expect(result.failures).toMatchObject([{ why: "unasked" }]);
    expect(result.failures[0]?.unasked).toEqual([
      { path, diff: expect.stringContaining("+"), hash: expect.stringMatching(/^100644 [0-9a-f]{40}$/) },
    ]);
  });
  it.concurrent("is an output like any other where the member has accepted it", async () => {
    const manifest = JSON.stringify({ name: "total", version: "1.0.1", scripts: { test: "python3 test_total.py" } });
    const result = await prove({ "total.py": right, "package.json": manifest }, npm, { outputs: ["total.py", "package.json"] });
    expect(result.failures).toEqual([]);
    const digest = { gitBlob: expect.stringMatching(/^[0-9a-f]{40}$/) };
    expect(result.agreed).toEqual({ files: [{ name: "package.json", mode: "100644", digest }], more: 0 });
    const held = [
      "base-and-outputs",
      "fresh-copies",
      "kept-apart",
      "member-agreed",
      "two-places",
      "later-day",
      "fewer-processors",
      "judges-unbent",
      "made-as-it-ran",
    ];
    expect(result.rules).toEqual([...held, "false-tests", "work-taken-out"]); // nothing was installed; a program of tests reports none
  });
  it.concurrent("is a file of before without whose change the checks fail, as a judge may be that no name tells", async () => {
    const lie = { "total.py": wrong, "lib/same": "same() { true; }\n" };
    const named = await prove(lie, grade, { also: ["lib/same"], unasked: ["lib/same"] });
    expect(named.failures).toMatchObject([
      { why: "unasked", unasked: [{ path: "lib/same", diff: expect.stringContaining("+same() { true; }") }] },
    ]);
    expect(causes(await prove(lie, grade))).toEqual(["undeclared"]);
  });
});

describe("another file beside the outputs", () => {
  const helper = {
    "total.py": "from plus import plus\n\n\ndef total(a, b):\n    return plus(a, b)\n",
    "plus.py": "def plus(a, b):\n    return a + b\n",
  };
  it.concurrent("is named where the work needs it, and is proven with it once its agent names it", async () => {
    const without = await prove({ ...helper, "notes.md": "# Notes\n" }, unit);
    expect(without.failures).toEqual([
      {
        check: "commit",
        why: "undeclared",
        reason: expect.stringMatching(/^The work needs files outside its declared outputs: plus\.py\. Name it in/),
      },
    ]);
    const named = await prove(helper, unit, { also: ["plus.py"], unasked: ["plus.py"] });
    expect([named.failures, named.outputs.map(({ path }) => path)]).toEqual([[], ["total.py", "plus.py"]]);
  });
  it.concurrent("is refused by name where nothing needs it, so that nothing unproven comes to main", async () => {
    const result = await prove({ "total.py": right, "notes.md": "# Notes\n", "more/extra.py": "x = 1\n" }, unit);
    expect(causes(result)).toEqual(["undeclared"]);
    expect(reasons(result)).toMatch(
      /more\/extra\.py, notes\.md are outside the declared outputs, and the checks pass without them\. Put them back/,
    );
  });
  it.concurrent("is told beside checks that fail", async () => {
    const result = await prove({ "total.py": wrong, "notes.md": "# Notes\n" }, unit);
    expect([causes(result), reasons(result)]).toEqual([["exit_code", "undeclared"], expect.stringContaining("notes.md is outside")]);
  });
  it.concurrent("takes the member's word where its mode alone is changed, by which a check may decide", async () => {
    const line = "python3 -c 'from total import total; assert total(1, 0) == 1' && { [ ! -x lib/strict ] || sh grade.sh; }";
    const more = { also: ["lib/strict"], unasked: ["lib/strict"], script: "git update-index --chmod=-x lib/strict" };
    const result = await prove({ "total.py": wrong }, command("tests.0", line), more);
    expect(result.failures).toMatchObject([{ why: "unasked", unasked: [{ diff: " (old mode 100755, new mode 100644)" }] }]);
  });
  it.concurrent("may be one that was there before, removed where its agent says so", async () => {
    const removed = { script: "git rm -q lib/same" };
    expect(causes(await prove({ "total.py": right }, unit, removed))).toEqual(["undeclared"]);
    expect(causes(await prove({ "total.py": right }, unit, { ...removed, also: ["lib/same"], unasked: ["lib/same"] }))).toEqual([]);
  });
});

describe("a task that may change any file", () => {
  it.concurrent("is proven with what it changed, by name, and still without what settles its checks", async () => {
    const files = { "total.py": right, "lib/same": `${before["lib/same"]}# the same\n`, "notes.md": "# Notes\n" };
    const result = await prove(files, grade, { anywhere: true });
    expect([result.failures, result.outputs.map(({ path }) => path)]).toEqual([[], ["total.py", "lib/same", "notes.md"]]);
    const bent = await prove({ ...files, "grade.sh": "true\n" }, grade, { anywhere: true });
    expect([causes(bent), reasons(bent)]).toEqual([["checks_edited"], expect.stringContaining("grade.sh was there before")]);
  });
});

describe("a name that can't be laid out alike everywhere", () => {
  const made: { name: string; script: string; reason: RegExp }[] = [
    {
      name: "a twin by case",
      script: "cp total.py out/a.txt && cp total.py out/A.txt",
      reason: /out\/[aA]\.txt differs from out\/[aA]\.txt by case/,
    },
    { name: "a link out of the tree", script: "ln -s ../../../etc/passwd out/link", reason: /out\/link is a symbolic link that leads out/ },
    {
      name: "a submodule",
      script: `git init -q out/sub && git -C out/sub commit -q --allow-empty -m sub`,
      reason: /out\/sub is a submodule/,
    },
    {
      name: "Git's own folder on another file system",
      script: `git -c core.protectNTFS=false update-index --add --cacheinfo "100644,$(git hash-object -w total.py),out/GIT~1/config"`,
      reason: /out\/GIT~1\/config is Git's own folder/,
    },
  ];
  it.concurrent.each(someOf(made, 0, 3))("is refused when it comes: $name", async ({ script, reason }) => {
    const result = await prove({ "total.py": right, "out/plain.txt": "x\n" }, unit, {
      outputs: ["total.py", "out"],
      script: `${script.includes("update-index") ? script : `${script} && git add -A`}`,
    });
    expect([causes(result)[0], result.checks]).toEqual(["unfit_name", []]);
    expect(reasons(result)).toMatch(reason);
  });
  it.concurrent("is none of a link within the tree, nor of attributes of before, which bend no file", async () => {
    const result = await prove({ "total.py": right, "out/plain.txt": "x\r\n" }, unit, {
      outputs: ["total.py", "out"],
      script: "ln -s plain.txt out/link && git add -A",
    });
    expect(result.failures).toEqual([]);
  });
});
