import { capText } from "../wire/foreign-text.ts";

/** What is read of a check's output, in characters. */
const testTextCaps = { whole: 4 * 1024 * 1024, line: 10_000 } as const;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
const colours = /\u001b\[[0-9;]{0,20}m/g;
const tap = /^(?:#|ℹ|(?:not )?ok\b)/i;
const leftOut = /\b(\d{1,9})[ \t]{1,9}(?:skipped|pending|ignored|todo)\b/gi;
const uvu = /^ {0,9}Total: {1,9}(\d{1,9})\n {0,9}Passed: {1,9}(\d{1,9})\n {0,9}Skipped: {1,9}(\d{1,9})$/gm;
const failed =
  /^(?:#|ℹ)\s{0,9}(?:fail|cancelled)\s{1,9}(\d{1,9})$|\b(\d{1,9})[ \t]{1,9}(?:tests?[ \t]{1,9})?(?:failed|failing|errors?)\b/gi;
const ofFiles = /^(?:Test Files|Test Suites|Suites|Snapshots)\b/;
const ofUnittest = /\b(?:failures|errors)=(\d{1,9})/g;
const ofGo = /^--- FAIL: /;
const noTests = /^1\.\.0\b|\bno tests? (?:ran|found|files? found|were found)\b|\[no test files\]|collected 0 items/im;

/** A test that TAP says was skipped or is still to do: `ok 3 # SKIP`. */
function isLeftOut(line: string): boolean {
  if (line.startsWith("#") || line.startsWith("ℹ")) return false;
  return line.split("#").some((said, index) => index > 0 && /^\s*(?:skip|todo)\b/i.test(said));
}
/** A count of TAP's summary: `# tests 3`. */
function countInLine(line: string): { what: string; n: number } | undefined {
  const [, kind, n] = /^(?:#|ℹ)\s{0,9}(tests|skipped|todo)\s{1,9}(\d{1,9})$/i.exec(line) ?? [];
  return kind === undefined ? undefined : { what: kind.toLowerCase(), n: Number(n) };
}
/** Without those that are empty, of which an output may have a million. */
function outputLines(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    if (end > at) lines.push(text.slice(at, end).trim());
  }
  return lines;
}
const plainOf = (output: string) => capText(output, testTextCaps).replace(colours, "");
const sum = (numbers: readonly number[]) => (numbers.length === 0 ? undefined : numbers.reduce((all, each) => all + each, 0));

/**
 * How many tests a runner says it ran and left out, of the words of TAP, node,
 * vitest, jest, mocha, uvu, pytest, go and cargo; undefined: nothing is recognised.
 */
export function readTestCounts(output: string): { ran?: number; skipped: number } | undefined {
  const plain = plainOf(output);
  const lines = outputLines(plain).filter((line) => tap.test(line));
  const summary = lines.flatMap((line) => countInLine(line) ?? []);
  const directives = lines.filter(isLeftOut).length;
  const countOf = (...kinds: string[]) => sum(summary.filter(({ what: kind }) => kinds.includes(kind)).map(({ n }) => n));
  const ofUvu = [...plain.matchAll(uvu)];
  const ran = countOf("tests") ?? sum(ofUvu.map(([, n]) => Number(n)));
  const said =
    countOf("skipped", "todo") ?? sum(ofUvu.map(([, , , n]) => Number(n))) ?? sum([...plain.matchAll(leftOut)].map(([, n]) => Number(n)));
  const none = noTests.test(plain);
  if (ran === undefined && said === undefined && directives === 0 && !none) return undefined;
  return { ...(none || ran === 0 ? { ran: 0 } : ran === undefined ? {} : { ran }), skipped: Math.max(said ?? 0, directives) };
}

/**
 * How many tests a runner says have failed, of the same words; undefined: nothing is recognised. Rather too
 * many than too few: whatever is counted besides is counted too.
 */
export function countFailedTests(output: string): number | undefined {
  const plain = plainOf(output);
  const numbers = outputLines(plain).flatMap((line) => {
    if (ofFiles.test(line)) return [];
    if (ofGo.test(line)) return [1];
    const said = [...line.matchAll(failed)].map(([, tap, words]) => Number(tap ?? words));
    return line.startsWith("FAILED (") ? [...line.matchAll(ofUnittest)].map(([, n]) => Number(n)) : said;
  });
  const left = [...plain.matchAll(uvu)].map(([, all, passed, skipped]) => Number(all) - Number(passed) - Number(skipped));
  return sum([...numbers, ...left]);
}
