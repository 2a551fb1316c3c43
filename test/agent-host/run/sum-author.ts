import pLimit from "p-limit";
import { afterAll, beforeAll } from "vitest";
import type { RoomCheck, RunResult } from "../../../schema/proof/proof.ts";
import type { Started } from "../../local/process.ts";
import { type Asked, command, makeRepository, mustRunAsAgent, runChecks, startDaemonWithAuthor, writeFilesLine } from "../clean-room.ts";
import { newPerson, putStack } from "../runner-client.ts";

export type Files = Record<string, string | null>;

const judge = (path: string) =>
  `const { equal } = require("node:assert");\nequal(require("${path}").sum(7, 8), 15);\nequal(require("${path}").sum(20, 22), 42);\n`;
export const manifest = { name: "sum", version: "1.0.0", scripts: { grade: "node tools/grade/run.js", test: "node --test" } };
/** What was there before the task. */
export const before: Files = {
  "package.json": JSON.stringify(manifest),
  "tools/grade/run.js": `const { sum } = require("../../src/sum.js");\nif (!require("./right.js").right(sum)) process.exit(1);\n`,
  "tools/grade/right.js": "exports.right = (sum) => sum(7, 8) === 15 && sum(20, 22) === 42;\n",
  "bin/verdict": `#!/usr/bin/env node\n${judge("../src/sum.js")}`,
  judge: `#!/bin/sh\nnode -e '${judge("./src/sum.js").replaceAll("\n", " ")}'\n`,
  "run-judge.sh": "set -e\n./judge\n",
  "verify.sh": "#!/bin/sh\nset -e\nnode src/cli.js 1 2 >/dev/null\n./judge\n",
  "data/store.json": "[]\n",
  "src/number.js": "exports.number = (text) => text;\n",
  "src/sum.js": "exports.sum = () => 0;\n",
  "src/cli.js": "console.log(0);\n",
  "test/old.test.js": `const test = require("node:test");\ntest("adds", () => require("node:assert").equal(require("../src/sum.js").sum(7, 8), 15));\n`,
  "src/list.js": 'exports.list = ["one", "two", "three"];\n',
  "test/list.test.js": `const test = require("node:test");\nconst { list } = require("../src/list.js");\nfor (const name of list) test("has " + name, () => require("node:assert").ok(name));\ntest("has four", { skip: true }, () => undefined);\n`,
  "old_test.py":
    "import unittest\nfrom total import total\n\nclass Old(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(total(7, 8), 15)\n",
  "total.py": "def total(a, b):\n    return 0\n",
};
export const sum = `const { number } = require("./number.js");\nexports.sum = (a, b) => number(a) + number(b);\n`;
export const falseSum = "exports.sum = (a, b) => 1;\n";
export const honest: Files = {
  "src/number.js": "exports.number = (text) => Number(text);\n",
  "src/sum.js": sum,
  "src/cli.js": `const { sum } = require("./sum.js");\nconsole.log(sum(...process.argv.slice(2)));\n`,
  "total.py": "def total(a, b):\n    return a + b\n",
};
export const outputs = ["src/sum.js"];
export const whole = Object.keys(honest);
export const tests = command("tests.0", "node --test", { seconds: 20 });
export const shows = command("acceptance.0", "node src/cli.js 20 22", { contains: "42", seconds: 20 });
export const python = command("tests.1", "python3 -m unittest old_test", { seconds: 20 });

type More = { script?: string; outputs?: string[]; also?: string[]; anywhere?: true };
export type Prove = (files: Files, checks: RoomCheck[], more?: More) => Promise<RunResult>;
/**
 * An author with a project in which sums are made and judged. Answers how a branch with these files is
 * proven; `also`: files that the author names beside the outputs, and that the member has not been told of.
 */
export function bringSumAuthor(): Prove {
  const person = newPerson();
  let daemon: Started;
  let [repo, begun] = ["", ""];
  const url = () => `http://gitea:3000/${repo}.git`;
  beforeAll(async () => {
    daemon = await startDaemonWithAuthor(person);
    repo = await makeRepository(person, "proof");
    const clone = `git clone -q ${url()} base && cd base && ${writeFilesLine(before)} && chmod +x judge bin/verdict && ln -s ../judge bin/grade`;
    begun = await mustRunAsAgent(
      person,
      `${clone} && git add -A && git commit -qm before && git push -q origin main && git rev-parse HEAD`,
    );
    const answer = `git checkout -q -b answer && ${writeFilesLine({ "answer.js": sum })} && git add -A && git commit -qm answer && git push -q origin answer`;
    await mustRunAsAgent(person, `cd base && ${answer} && git checkout -q main`);
  });
  afterAll(async () => {
    await putStack(person, 2, "stopped", { ceiling: "erased", ceilingRev: 1000 });
    await daemon?.stop();
  });
  let count = 0;
  const few = pLimit(3); // a pair has three addresses for runs
  return async (files, checks, more = {}) => {
    count += 1;
    const branch = `work-${count}`;
    return few(async () => {
      const clone = `git clone -q --no-hardlinks base ${branch} && cd ${branch} && git remote set-url origin ${url()} && git checkout -q -B ${branch} ${begun}`;
      const commit = `${writeFilesLine(files)} && git add -A && { ${more.script ?? "true"}; } && git commit -qm ${branch} && git push -q origin HEAD:refs/heads/${branch} && git rev-parse HEAD`;
      const asked: Asked = {
        repo,
        branch,
        commit: await mustRunAsAgent(person, `${clone} && ${commit}`),
        outputs: more.outputs ?? outputs,
        ...(more.also ? { also: more.also, unasked: more.also } : {}),
        ...(more.anywhere ? { anywhere: true } : {}),
        checks,
      };
      return (await runChecks(person, asked)).result;
    });
  };
}
export const causes = ({ failures }: RunResult) => failures.map(({ why }) => why);
