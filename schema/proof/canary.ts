import { baseOf } from "../environment/setup-paths.ts";
import { startOfText } from "../wire/foreign-text.ts";
import { isCheckFile, namesFile } from "./check-file.ts";

/**
 * Canaries: tests that are plainly false, laid among those of a project. A run that does not say that they
 * failed says nothing by what it passes. Pure, over texts.
 */

const runners = /^(?:vitest|jest|mocha|ava|uvu|tap|playwright|pytest|py\.test|unittest|nose2|tox)$/;
/** What begins a command and starts the program that comes after it. */
const starters =
  /^(?:if|then|else|do|!|npx|pnpx|bunx|npm|pnpm|yarn|bun|deno|exec|dlx|run|x|env|time|timeout|cross-env|c8|nyc|uv|poetry|pipenv|hatch|coverage|sh|bash|node|tsx|ts-node|python[\d.]*|\d{1,6}[smh]?|\w{1,80}=\S*|-\S*)$/;
const interpreters = /^(?:node|tsx|ts-node|bun|deno|python[\d.]*)$/;
const programs = /\.(?:[cm]?[jt]sx?|py)$/;
/** What lies among tests and is no test: what tests read, and what prepares them. */
const besideTests = /(?:^|\/)_*(?:fixtures?|testdata|samples?|examples?|snapshots?|mocks?)_*\/|(?:^|[./_-])(?:config|setup|d)\.[a-z]+$/i;
/** Whether a runner that meets this file takes it for one with tests. */
export function isTestFile(path: string): boolean {
  if (/_test\.go$/.test(path)) return true;
  if (!isCheckFile(path) || !programs.test(path) || besideTests.test(path)) return false;
  return !path.endsWith(".py") || /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/.test(path);
}
const wordsIn = (line: string) => line.split(/[\s"'`]+/).filter((word) => word !== "");
type Program = { word: string; starters: string[]; more: string[] };
/** The programs that a command line starts: `starters` come before each, `more` after it. */
function readPrograms(line: string): Program[] {
  return line.split(/[\n;|&()]+/).flatMap((simple): Program[] => {
    const words = wordsIn(simple);
    const at = words.findIndex((word) => !starters.test(baseOf(word)) || word.includes("::"));
    if (at < 0) return words.length === 0 ? [] : [{ word: "", starters: words.map(baseOf), more: [] }];
    return [{ word: words[at]!, starters: words.slice(0, at).map(baseOf), more: words.slice(at + 1) }];
  });
}
function isTestProgram({ word, starters: before, more }: Program, tests: ReadonlySet<string>): boolean {
  const name = baseOf(word).replace(/\.[cm]?js$/, "");
  if (runners.test(name)) return true;
  if (before.includes("node") && before.some((each) => each === "--test" || each.startsWith("--test-"))) return true;
  if (name === "test" && (before.includes("bun") || before.includes("deno"))) return true;
  if (name === "go" && more[0] === "test") return true;
  const path = word.startsWith("./") ? word.slice(2) : word;
  const reads = before.includes("--check") || before.includes("-c");
  return tests.has(path) && !reads && (before.length === 0 || before.some((each) => interpreters.test(each)));
}
/** Whether a command line, with the scripts it runs, runs tests; a linter reads them too and does not. */
export function runsTests(line: string, paths: readonly string[]): boolean {
  const tests = new Set(paths.filter(isTestFile));
  return readPrograms(line).some((program) => isTestProgram(program, tests));
}
const selects =
  /^(?:-t|-k|-g|-f|-m|--?run|--grep|--fgrep|--test-name-pattern|--testNamePattern|--test-only|--match|--last-failed|--lf|--changed|--related)(?:=|$)/;
/** Whether it runs those tests alone whose names it says: another name is none of them. */
export const choosesByName = (line: string): boolean => readPrograms(line).some(selectsTests);
/** The same of lines in which other programs stand as well (`rm -f`), which choose nothing. */
export const runsChosenTests = (lines: string): boolean =>
  readPrograms(lines).some((program) => isTestProgram(program, new Set()) && selectsTests(program));
function selectsTests({ word, starters: before, more }: Program): boolean {
  if (more.some((each) => each.includes("::") || selects.test(each) || /\.[cm]?[jt]sx?:\d+$/.test(each))) return true;
  if (word.includes("::") || before.some((each) => each.startsWith("--test-name-pattern") || each === "--test-only")) return true;
  return word === "unittest" && more.some((each) => /\.[A-Z]\w*/.test(each));
}
/** Those of the files that were read in which a line's tests stand: those it names, where it names any. */
export function findTestFiles(line: string, read: readonly string[]): string[] {
  const tests = read.filter(isTestFile);
  const named = tests.filter((path) => namesFile(line, path));
  return named.length > 0 ? named : tests;
}

/** `name`: the canary's. `says`: printed of it once it has failed. Both are words drawn at random. */
export type CanaryWords = { name: string; says: string };
const falseArguments: Record<string, string> = {
  equal: "1, 2",
  equals: "1, 2",
  strictEqual: "1, 2",
  deepEqual: "[1], [2]",
  deepStrictEqual: "[1], [2]",
  notEqual: "1, 1",
  notStrictEqual: "1, 1",
  is: "1, 2",
  match: '"a", /b/',
  throws: "() => undefined",
  ok: "false",
  isTrue: "false",
  assertEqual: "1, 2",
  assertEquals: "1, 2",
  assertTrue: "False",
  assertIn: "1, []",
  assertIs: "1, None",
  assertIsNotNone: "None",
  assertDictEqual: "{}, {1: 1}",
  assertListEqual: "[], [1]",
};
const mostFalseCalls = 8;
const methodCall = /\.([A-Za-z]{1,30})\(/g;
const mostOwner = 60;
/** What a method is called on, by the text before it: `assert`, `assert.strict`, `require("node:assert")`. */
function readOwner(before: string): string {
  const last = before.split(/[^\w$."'():/]/).at(-1) ?? "";
  const required = last.lastIndexOf("require(");
  return required < 0 ? (last.split(/["'():/]/).at(-1) ?? "") : last.slice(required);
}
const imported = /(?:^|[^.\w])(equal|strictEqual|deepEqual|deepStrictEqual|is|ok|assert)\(/g;
/** Calls by which this file says that something is so, each with something that is not. */
function findFalseCalls(text: string): string[] {
  const methods = [...text.matchAll(methodCall)].flatMap(({ 1: name = "", index }) => {
    if (!Object.hasOwn(falseArguments, name)) return [];
    const owner = readOwner(text.slice(Math.max(0, index - mostOwner), index));
    return /assert/i.test(owner) ? [`${owner}.${name}(${falseArguments[name]})`] : [];
  });
  const bare = [...text.matchAll(imported)].map(([, name]) => `${name}(${falseArguments[name!] ?? "false"})`);
  const chai = /\)\.(?:not\.)?to\.(?:be|equal|eql|deep|have)\b/.test(text);
  const expected = !/\bexpect\(/.test(text) ? [] : chai ? ["expect(1).to.equal(2)"] : ["expect(1).toBe(2)", "expect([1]).toEqual([2])"];
  return [...new Set([...methods, ...bare, ...expected])].slice(0, mostFalseCalls);
}

/** Helpers of tests may assert by what this file does not name. What is not there throws as well. */
const assertModule = 'process.getBuiltinModule("node:assert")';
const alwaysFalse = [
  ...["equal(1, 2)", "strictEqual(1, 2)", "deepEqual([1], [2])", "deepStrictEqual([1], [2])", "ok(false)"].map(
    (call) => `${assertModule}.${call}`,
  ),
  ...["expect(1).toBe(2)", "expect(1).to.equal(2)"],
];
const ofEachCase = ["assertEqual", "assertTrue", "assertIn", "assertIs", "assertIsNotNone", "assertDictEqual", "assertListEqual"];

/**
 * The file with a test at its end that fails, where each way in which the file says that something is so
 * refuses what is not; undefined where such a test would not be run. `helpers`: further calls to be refused.
 */
export function addCanary(path: string, text: string, words: CanaryWords, helpers: readonly string[] = []): string | undefined {
  if (path.endsWith(".go")) return addToGo(path, text, words);
  if (path.endsWith(".py")) return addToPython(text, words, helpers);
  return programs.test(path) ? addToScript(text, words, helpers) : undefined;
}
/** The name of the canary's test, as runners say it. */
export function nameOfCanary(path: string, { name }: CanaryWords): string {
  if (path.endsWith(".go")) return `Test${name.toUpperCase()}`;
  return path.endsWith(".py") ? `test_${name}` : name;
}
/** Linters, formatters and compilers pass over what follows: it stands in one line. */
const unlooked = "/* eslint-disable */\n// prettier-ignore\n// @ts-ignore\n";
const testFunction = "typeof test === 'function' ? test : typeof it === 'function' ? it : (_, run) => run()";
/** A call that lets the false pass ends the test before it can fail. */
function addToScript(text: string, { name, says }: CanaryWords, helpers: readonly string[]): string | undefined {
  const calls = [...new Set([...findFalseCalls(text), ...alwaysFalse, ...helpers])].map((call) => `() => ${call}`);
  const body = `() => { for (const call of [${calls.join(", ")}]) { try { call(); } catch { continue; } return; } throw new Error('${says}'); }`;
  const begin = text.search(/^[\w$]{1,40}\.run\(\s{0,9}\);?\s{0,9}$/m); // a later test is no part of the run
  if (begin < 0 && /\.run\(\s*\)/.test(text)) return undefined;
  if (begin >= 0) {
    const suite = text.slice(begin, text.indexOf(".", begin));
    return `${text.slice(0, begin)}${unlooked}${suite}('${name}', ${body});\n${text.slice(begin)}`;
  }
  return `${text}\n${unlooked}void (${testFunction})('${name}', ${body});\n`;
}
function addToPython(text: string, { name, says }: CanaryWords, helpers: readonly string[]): string {
  const main = /^if __name__/m.exec(text)?.index ?? text.length;
  const found = [...text.matchAll(/\bself\.(assert[A-Za-z]{1,30})\(/g)].map(([, each]) => each!);
  const known = found.filter((each) => Object.hasOwn(falseArguments, each)).slice(0, mostFalseCalls);
  const methods = [...new Set([...ofEachCase, ...known])];
  const calls = [...methods.map((each) => `self.${each}(${falseArguments[each]})`), ...helpers].map((call) => `lambda: ${call}`);
  const loop = (indent: string) =>
    [`for call in [${calls.join(", ")}]:`, "    try:", "        call()", "    except BaseException as error:"]
      .concat(["        if 'Skip' in type(error).__name__:", "            return", "        continue", "    return"])
      .map((line) => `${indent}${line}\n`)
      .join("");
  const plain = /\bunittest\b/.test(text)
    ? ""
    : `
def test_${name}():
    self = unittest_${name}.TestCase()
${loop("    ")}    assert 1 == 2, "${says}"
`;
  const test = `
import unittest as unittest_${name}
${plain}
class Test${name}(unittest_${name}.TestCase):
    def test_${name}(self):
${loop("        ")}        raise AssertionError("${says}")
if __name__ == "__main__":
    raise AssertionError("${says}")
`;
  return `${text.slice(0, main)}\n${test}\n${text.slice(main)}`;
}
/**
 * A file with tests that fail, and say so, where a call accepts what is the same and refuses what is not.
 * `heads`: its beginning, with what the calls need.
 */
export function writeControl(
  path: string,
  heads: string,
  controls: readonly { words: CanaryWords; same: string; other: string }[],
): string {
  const inPython = path.endsWith(".py");
  // What fails may be shown with the line in which it stands: there the word is in two parts.
  const tests = controls.map(({ words: { name, says }, same, other }) =>
    inPython
      ? `
class Test${name}(unittest.TestCase):
    def test_${name}(self):
        try:
            ${same}
        except BaseException:
            return
        try:
            ${other}
        except AssertionError:
            raise AssertionError("${says.slice(0, 5)}" + "${says.slice(5)}")
`
      : `void (${testFunction})('${name}', () => { try { ${same}; } catch { return; } try { ${other}; } catch { throw new Error('${says.slice(0, 5)}' + '${says.slice(5)}'); } });\n`,
  );
  return `${inPython ? "import unittest\n" : unlooked}${heads}\n${tests.join("")}`;
}
function addToGo(path: string, text: string, words: CanaryWords): string | undefined {
  const head = startOfText(text, 20_000);
  const tagged = head.includes("//go:build") || head.includes("// +build") || /_[a-z0-9]{1,12}_test\.go$/.test(path);
  if (!head.includes('"testing"') || tagged) return undefined; // it may be of another system, and compiled for that alone
  const { says } = words;
  return `${text}\nfunc ${nameOfCanary(path, words)}(t *testing.T) { t.Fatal("${says}") }\n`;
}
