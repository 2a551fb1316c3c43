import { describe, expect, it } from "vitest";
import { someOf } from "../../harness/suite/long-run.ts";
import { command } from "../clean-room.ts";
import { bringSumAuthor, causes, type Files, falseSum, honest, shows, tests, whole } from "./sum-author.ts";

/** What runs in a check has no hand in what settles it, and leaves nothing to the next (SPEC 9.3). */
const prove = bringSumAuthor();
const line = (at: number, text: string, more: { contains?: string } = {}) =>
  command(`acceptance.${at + 1}`, text, { seconds: 20, ...more });

/** Wrong work, with a program that tries this while it runs. */
const tries = (code: string): Files => ({
  "src/sum.js": falseSum,
  "src/cli.js": `const fs = require("node:fs");\nconst child = require("node:child_process");\ntry { ${code} } catch {}\nconsole.log(42);\n`,
});
const empty = 'fs.writeFileSync("test/old.test.js", "")';
const grade = "node src/cli.js && node --run grade";
const test = "node src/cli.js && node --test";
const anew = 'fs.mkdirSync("test"); fs.writeFileSync("test/a.test.js", "require(\\"node:test\\")(\\"a\\", () => 0)")';
const maps =
  "child.execSync(\"python3 -\", { input: \"import mmap, os\\nf = mmap.mmap(os.open('judge', os.O_RDWR), 0)\\nf[0]\\nf[0:17] = b'#!/bin/sh\\\\nexit 0\\\\n'\" })";
/** How it would pass, the check, and why it does not. */
const lies: [string, string, string, string][] = [
  ["writes in a test", empty, test, "exit_code"],
  ["opens a test for writing", `fs.chmodSync("test/old.test.js", 0o666); ${empty}`, test, "exit_code"],
  ["puts a file in its place", 'fs.writeFileSync("x", ""); fs.renameSync("x", "test/old.test.js")', test, "exit_code"],
  ["puts a folder in the place of its own", `fs.renameSync("test", "x"); ${anew}`, test, "exit_code"],
  [
    "puts the project in another place",
    `const at = process.cwd(); fs.renameSync(at, at + "x"); fs.mkdirSync(at); process.chdir(at); ${anew}`,
    'node src/cli.js && cd "$PWD" && node --test',
    "exit_code",
  ],
  ["writes in a judge that no name tells", 'fs.writeFileSync("judge", "#!/bin/sh\\n")', "sh verify.sh", "checks_edited"],
  ["writes in it without a trace", maps, "sh verify.sh", "checks_edited"],
  ["writes in what a judge reads", 'fs.writeFileSync("tools/grade/right.js", "exports.right = () => true")', grade, "checks_edited"],
  [
    "puts a file in the place of a link",
    'fs.unlinkSync("bin/grade"); fs.writeFileSync("bin/grade", "#!/bin/sh\\n", { mode: 0o755 })',
    "node src/cli.js && bin/grade",
    "checks_edited",
  ],
];
describe("wrong work that, while a check runs,", () => {
  it.concurrent.each(someOf(lies, 0))("%s", async (_, code, check, why) => {
    const result = await prove(tries(code), [line(1, check)], { outputs: ["src/sum.js", "src/cli.js"] });
    expect(causes(result)).toEqual([why]);
  });
  it("is right where what settles the checks is another's alone", async () => {
    const right =
      '(() => { try { return require("node:fs").statSync("package.json").uid !== process.getuid(); } catch { return true; } })()';
    const code = `exports.sum = (a, b) => (${right} ? Number(a) + Number(b) : 1);\n`;
    expect(causes(await prove({ ...honest, "src/sum.js": code }, [tests, shows], { outputs: whole }))).toEqual(["told_apart"]);
  });
});

const writable = "find / -type d -writable -not -path '/proc/*' -not -path \"$HOME*\" 2>/dev/null | sort | tr '\\n' ' '";
const plant = [
  ...[
    "planted",
    ".git/planted",
    "node_modules/planted",
    "test/planted.test.js",
    "~/.cache/planted",
    "/tmp/planted",
    "/dev/shm/planted",
  ].map((path) => `mkdir -p "$(dirname ${path})" && echo "throw 1" >${path}`),
  "touch /dev/mqueue/planted && ipcmk -M 100 && git config user.name planted",
  "mkdir /tmp/planted-too && chmod 0 /tmp/planted-too && chmod 700 ~",
  `python3 -c 'import os; os.setxattr(os.environ["HOME"], "user.planted", b"x")'`,
].join(" && ");
const look =
  "test -z \"$(find / -name 'planted*' -not -path '/proc/*' 2>/dev/null)\" && ! ipcs -m | grep ^0x && ! git config user.name | grep planted && python3 -c 'import os; assert not os.listxattr(os.environ[\"HOME\"])'";
const stores =
  'node -e \'const fs = require("fs"); fs.writeFileSync("data/store.json", "[" + require("./src/sum.js").sum(1, 2) + "]"); process.exit(JSON.parse(fs.readFileSync("data/store.json"))[0] - 3)\'';

describe("a check", () => {
  it("finds nothing of one before it, runs what it makes executable, reads its Git, and may write to files of before", async () => {
    const checks = [
      tests,
      shows,
      line(0, plant),
      line(1, look),
      line(2, `chmod +x verify.sh && ./verify.sh && chmod 755 verify.sh run-judge.sh`),
      line(3, stores),
      line(4, 'test -z "$(HOME=/nowhere git status --porcelain)" && git rev-list --all --count', { contains: "1" }),
      line(6, `node -e 'const fs = require("fs"), at = require("os").tmpdir() + "/x"; fs.writeFileSync(at, ""); fs.renameSync(at, "x")'`),
      line(5, writable, { contains: "/tmp" }),
    ];
    const result = await prove(honest, checks, { outputs: whole });
    expect([result.failures, result.checks.at(-1)?.tail.trim()]).toEqual([[], "/dev/mqueue /dev/shm /tmp"]);
  });
  it("that lacks what another makes, or would change what settles it, is told so", async () => {
    const build = "node src/cli.js 20 22 >built.txt";
    const checks = [line(0, build), line(1, "grep 42 built.txt"), line(2, "echo >>test/old.test.js"), line(3, "chmod o-r verify.sh")];
    const { checks: told } = await prove(honest, [...checks, line(4, `${build} && grep 42 built.txt`)], { outputs: whole });
    expect(told.map(({ passed }) => passed)).toEqual([true, false, false, false, true]);
    expect(told[1]?.reason).toContain(`It passes where it runs after \`${build}\`, but each check begins with a fresh checkout`);
    expect(told[2]?.reason).toContain("test/old.test.js settles how the work is checked, so nothing may change it while a check runs");
    expect(told[3]?.reason).toContain("verify.sh settles how the work is checked");
  });
});
