import { describe, expect, it } from "vitest";
import { someOf } from "../../harness/suite/long-run.ts";
import { command } from "../clean-room.ts";
import { bringSumAuthor, causes, type Files, falseSum, honest, shows, whole } from "./sum-author.ts";

/** Files of before that decide whether a check passes, and that a task changes. */
const prove = bringSumAuthor();

const judgeLies: { name: string; files: Files; check: string; path: string }[] = [
  {
    name: "in a folder, run by a script of the package",
    files: { "tools/grade/run.js": "process.exit(0);\n" },
    check: "node --run grade",
    path: "tools/grade/run.js",
  },
  {
    name: "that another judge reads",
    files: { "tools/grade/right.js": "exports.right = () => true;\n" },
    check: "node --run grade",
    path: "tools/grade/right.js",
  },
  { name: "without a name that says so", files: { "bin/verdict": "#!/bin/sh\n" }, check: "bin/verdict", path: "bin/verdict" },
  { name: "that a script runs", files: { judge: "#!/bin/sh\necho fine\n" }, check: "sh run-judge.sh", path: "judge" },
];
describe("a judge of the project", () => {
  it("can not be told from a program of before by what it does: the member says which it is, or a plan has named it", async () => {
    const judges = [...new Set(judgeLies.map(({ check }) => check))].map((check, index) => command(`tests.${index}`, check));
    const also = ["src/number.js", "total.py"]; // the checks pass without the latter
    const asked = await prove(honest, [...judges, shows], { outputs: ["src/sum.js", "src/cli.js"], also });
    expect(asked.failures).toMatchObject([{ why: "unasked", unasked: [{ path: "src/number.js" }] }]);
    expect((await prove(honest, [...judges, shows], { outputs: whole })).failures).toEqual([]);
  });
  it.concurrent.each(someOf(judgeLies, 1, 2))("takes the member's word to be changed: one $name", async ({ files, check, path }) => {
    const result = await prove({ "src/sum.js": falseSum, ...files }, [command("tests.0", check)], { also: [path] });
    expect(causes(result)).toEqual(["unasked"]);
    expect(result.failures[0]).toMatchObject({
      reason: expect.stringContaining(`The member has not agreed to the change of ${path}`),
      unasked: [{ path, diff: expect.stringMatching(/^@@/), hash: expect.stringMatching(/^100[67][0-9]{2} [0-9a-f]{40}$/) }],
    });
  });
});

describe("a judge of the project in a task that may change any file", () => {
  it.concurrent.each(someOf(judgeLies, 0, 2))("is seen to decide: one $name", async ({ files, check, path }) => {
    const result = await prove({ "src/sum.js": falseSum, ...files }, [command("tests.0", check)], { anywhere: true });
    expect(result.failures).toMatchObject([{ why: "unasked", unasked: [{ path }] }]);
  });
  it("is no program of the work", async () => {
    const judges = [...new Set(judgeLies.map(({ check }) => check))].map((check, index) => command(`tests.${index}`, check));
    expect((await prove(honest, [...judges, shows], { anywhere: true })).failures).toEqual([]);
  });
});

describe("a judge of the project that reports no tests", () => {
  const bends: { name: string; load: string }[] = [
    { name: "its helper", load: 'require("../tools/grade/right.js").right = () => true;' },
    {
      name: "the helper that it is given",
      load: 'const { Module } = require("node:module");\nconst load = Module._load;\nModule._load = (name, ...more) => (name.endsWith("right.js") ? { right: () => true } : load(name, ...more));',
    },
    { name: "its end", load: "process.exit(0);" },
  ];
  it.concurrent.each(someOf(bends, 0, 3))("is not bent by the work: $name", async ({ load }) => {
    const files = { "src/sum.js": `${load}\n${falseSum}` };
    const result = await prove(files, [command("tests.0", "node --run grade")], { outputs: ["src/sum.js"] });
    expect(result.failures).toMatchObject([
      { why: "report_bent", reason: expect.stringContaining("the program that judges it: src/sum.js. Work that") },
    ]);
  });
  it("is not bent where it does not bear to be looked at", async () => {
    const files = { "src/sum.js": `process.exit(process.env.NODE_OPTIONS ? 1 : 0);\n${falseSum}` };
    const result = await prove(files, [command("tests.0", "node --run grade")], { outputs: ["src/sum.js"] });
    expect(result.failures).toMatchObject([{ why: "report_bent", reason: expect.stringContaining("so nobody sees whether") }]);
  });
});

describe("what a check makes as it runs", () => {
  const shows = `node -e 'require("./src/sum.js").sum(7, 8)'; [ -f out/ok ] || node --run grade`;
  const makes = 'const { mkdirSync, writeFileSync } = require("node:fs");\nmkdirSync("out", { recursive: true });\n';
  it("is not what it passes by", async () => {
    const files = { "src/sum.js": `${makes}writeFileSync("out/ok", "");\n${falseSum}` };
    const result = await prove(files, [command("tests.0", shows)], { outputs: ["src/sum.js"] });
    expect(result.failures).toMatchObject([{ why: "checks_edited", reason: expect.stringContaining("where out/ok is there") }]);
  });
  it("may be built from the work, or be what the work does", async () => {
    const built =
      "mkdir -p out && cp -u src/sum.js out/sum.js && node -e 'if (require(\"./out/sum.js\").sum(7, 8) !== 15) process.exit(1)'";
    const told = "node src/cli.js 7 8 && grep -q 15 out/sum.txt";
    const files = {
      ...honest,
      "src/sum.js": `${makes}exports.sum = (a, b) => {\n  writeFileSync("out/sum.txt", String(Number(a) + Number(b)));\n  return Number(a) + Number(b);\n};\n`,
    };
    const checks = [command("tests.0", built), command("tests.1", told), command("tests.2", shows)];
    expect((await prove(files, checks, { outputs: Object.keys(files) })).failures).toEqual([]);
  });
});
