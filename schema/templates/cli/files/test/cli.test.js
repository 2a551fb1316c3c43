import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { count } from "../src/count.js";

const program = fileURLToPath(new URL("../src/cli.js", import.meta.url));
const run = (args, input = "") => spawnSync(process.execPath, [program, ...args], { input, encoding: "utf8" });
const file = path.join(mkdtempSync(path.join(tmpdir(), "cli-")), "a.txt");
writeFileSync(file, "one two\nthree\n");

test("lines, words and characters are counted", () => {
  assert.deepEqual(count(""), { lines: 0, words: 0, characters: 0 });
  assert.deepEqual(count("a b\nc"), { lines: 2, words: 3, characters: 5 });
  assert.deepEqual(count("ä 😀\n"), { lines: 1, words: 2, characters: 4 });
});
test("a file and what is piped in are counted", () => {
  assert.equal(run([file]).stdout, `2\t3\t14\t${file}\n`);
  assert.equal(run([], "one\n").stdout, "1\t1\t4\n");
  assert.deepEqual(JSON.parse(run(["--json", file]).stdout), [{ name: file, lines: 2, words: 3, characters: 14 }]);
});
test("it says how it is used, and ends well", () => {
  const { status, stdout } = run(["--help"]);
  assert.equal(status, 0);
  assert.match(stdout, /^Counts lines[^]*Usage: /);
});
test("a file that is not there is told, and the others are counted all the same", () => {
  const { status, stdout, stderr } = run(["none.txt", file]);
  assert.deepEqual([status, stdout], [1, `2\t3\t14\t${file}\n`]);
  assert.equal(stderr, "none.txt: there is no such file\n");
});
test("an option that it does not have is refused", () => {
  const { status, stdout, stderr } = run(["--none"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /--none[^]*Usage: /);
});
