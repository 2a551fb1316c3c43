import { isCheckFile, namesFile } from "./check-file.ts";

/**
 * A test that fails, put at the end of a test file: a run that passes with it has ended before its last test
 * (by an exit in what is tested, for instance) and says nothing. Pure, over texts.
 */

const runners = /^(?:vitest|jest|mocha|ava|tap|playwright|pytest|py\.test|unittest|nose2|tox)$/;
const programs = /\.(?:[cm]?[jt]sx?|py)$/;
/** What lies among tests and is no test: what tests read, and what prepares them. */
const besideTests = /(?:^|\/)_*(?:fixtures?|testdata|samples?|examples?|snapshots?|mocks?)_*\/|(?:^|[./_-])(?:config|setup|d)\.[a-z]+$/i;
/** Whether a runner that meets this file takes it for one with tests. */
export function isTestFile(path: string): boolean {
  if (!isCheckFile(path) || !programs.test(path) || besideTests.test(path)) return false;
  return !path.endsWith(".py") || /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/.test(path);
}
/** Whether a command line, with the scripts it runs, runs tests; a linter reads them too and does not. */
export function runsTests(line: string, paths: readonly string[]): boolean {
  const words = line.split(/[\s"'`=;|&()<>]+/);
  const after = (program: string) => words.some((word, at) => word === "test" && words[at - 1] === program);
  if (words.some((word) => runners.test(word)) || (words.includes("node") && words.includes("--test"))) return true;
  return (
    after("bun") || after("deno") || paths.some((path) => isTestFile(path) && words.some((word) => word === path || word === `./${path}`))
  );
}
/** Those of the files that were read in which a line's tests stand: those it names, where it names any. */
export function findTestFiles(line: string, read: readonly string[]): string[] {
  const tests = read.filter(isTestFile);
  const named = tests.filter((path) => namesFile(line, path));
  return named.length > 0 ? named : tests;
}

/** The file with a last test that fails and prints the word; undefined where such a test would not be run. */
export function addFailingTest(path: string, text: string, word: string): string | undefined {
  if (path.endsWith(".py")) return addToPython(text, word);
  if (/\.run\(\s*\)/.test(text)) return undefined; // the runner was told to begin: a later test is no part of the run
  const test = "typeof test === 'function' ? test : typeof it === 'function' ? it : (_, run) => run()";
  return `${text}\n;(${test})('${word}', () => { throw new Error('${word}'); });\n`;
}
function addToPython(text: string, word: string): string {
  const main = /^if __name__/m.exec(text)?.index ?? text.length;
  const test = `
def test_${word}():
    raise AssertionError("${word}")
import unittest as unittest_${word}
class Test${word}(unittest_${word}.TestCase):
    def test_${word}(self):
        raise AssertionError("${word}")
if __name__ == "__main__":
    raise AssertionError("${word}")
`;
  return `${text.slice(0, main)}\n${test}\n${text.slice(main)}`;
}
