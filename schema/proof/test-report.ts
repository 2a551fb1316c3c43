import { z } from "zod";
import { mendText, startOfText, tryParseForeignJson } from "../wire/foreign-text.ts";

/** What runners of tests report of each test. Pure, over what they wrote or printed. */

export type ReportedTest = {
  /** As its runner names it; "" where it names none. */
  file: string;
  /** With the groups in which it stands; "" where the file is one test by itself. */
  name: string;
  /** `expected`: it may fail, or has to. */
  outcome: "passed" | "failed" | "skipped" | "expected";
};
/** `closed`: it comes to an end, as a run does that nothing has ended before. */
export type TestReport = { runners: string[]; closed: boolean; tests: ReportedTest[] };
const mostTests = 20_000;
const mostRunners = 5;
const mostTestText = { name: 300, path: 1_000 } as const;

const reportLine = z.union([
  z.strictObject({ begins: z.string().max(40) }),
  z.strictObject({ file: z.string(), name: z.string(), outcome: z.enum(["passed", "failed", "skipped", "expected"]) }),
  z.strictObject({ ends: z.literal(true) }),
]);
/** Characters that nobody sees, or that turn what stands beside them round. */
const hidden = /[\p{Cc}\p{Cf}]/gu;
const toTest = ({ file, name, outcome }: ReportedTest): ReportedTest => ({
  file: startOfText(mendText(file), mostTestText.path),
  name: startOfText(mendText(name).replace(hidden, " ").trim(), mostTestText.name),
  outcome,
});
/** Of the platform's own reporters: `images/opencode/checks/reports`. */
export function readReportLines(text: string): TestReport | undefined {
  const report: TestReport = { runners: [], closed: false, tests: [] }; // as it is where a line is none
  let open = 0;
  for (const written of text.split("\n")) {
    if (written === "") continue;
    const line = reportLine.safeParse(tryParseForeignJson(written)).data;
    if (line === undefined) return report.runners.length === 0 ? undefined : report;
    if ("begins" in line) {
      open += 1;
      if (!report.runners.includes(line.begins) && report.runners.length < mostRunners) report.runners.push(line.begins);
    } else if ("ends" in line) open -= 1;
    else if (report.tests.length < mostTests) report.tests.push(toTest(line));
  }
  return report.runners.length === 0 ? undefined : { ...report, closed: open === 0 };
}

const goOutcomes = { PASS: "passed", FAIL: "failed", SKIP: "skipped" } as const;
const cargoOutcomes = { ok: "passed", FAILED: "failed", ignored: "skipped" } as const;
/**
 * What runners print that report by their output: `go test -v`, `cargo test`, and TAP, which any program may
 * print: it has no runner then. Lines that only look like those have no end.
 */
export function readPrintedTests(text: string): TestReport | undefined {
  const lines = text.split("\n", 200_000).map((line) => startOfText(line.trim(), mostTestText.path));
  const read = (
    runners: string[],
    closed: boolean,
    test: (line: string) => Omit<ReportedTest, "file"> | undefined,
  ): TestReport | undefined => {
    const tests = lines.flatMap((line) => test(line) ?? []).map((each) => toTest({ file: "", ...each }));
    return tests.length === 0 ? undefined : { runners, closed, tests: tests.slice(0, mostTests) };
  };
  const has = (wanted: RegExp) => lines.some((line) => wanted.test(line));
  return (
    read(["go test"], has(/^(?:(?:ok|FAIL)\s+\S|PASS$)/), (line) => {
      const [, outcome, name] = /^--- (PASS|FAIL|SKIP): (\S+) \(/.exec(line) ?? [];
      return name === undefined ? undefined : { name, outcome: goOutcomes[outcome as keyof typeof goOutcomes] };
    }) ??
    (has(/^test result: /)
      ? read(["cargo test"], true, (line) => {
          const [, name, outcome] = /^test (\S+) \.\.\. (ok|FAILED|ignored)\b/.exec(line) ?? [];
          return name === undefined ? undefined : { name, outcome: cargoOutcomes[outcome as keyof typeof cargoOutcomes] };
        })
      : undefined) ??
    (has(/^\d{1,9}\.\.\d{1,9}\b/)
      ? read([], true, (line) => {
          const [, not, said = ""] = /^(not )?ok \d{1,9}(?: - | )(.*)$/.exec(line) ?? [];
          const [name = "", directive = ""] = said.split(" # ", 2);
          if (name === "") return undefined;
          return { name, outcome: /^(?:skip|todo)\b/i.test(directive) ? "skipped" : not ? "failed" : "passed" };
        })
      : undefined)
  );
}

const mostReportedNames = 30;
/**
 * What a receipt says of the tests of one check. `runner`: who reported them; "" where they are counted by
 * the words alone that it printed.
 */
export const testsSeen = z.strictObject({
  runner: z.string().max(200),
  ran: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
  /** Of those that ran, the first. */
  names: z.array(z.string().max(mostTestText.name)).max(mostReportedNames),
});
export type TestsSeen = z.infer<typeof testsSeen>;
export function summarizeTests({ runners, tests }: TestReport): TestsSeen {
  const ran = listRan(tests);
  const nameOf = ({ name, file }: ReportedTest) => name || startOfText(file.slice(file.lastIndexOf("/") + 1), mostTestText.name);
  return {
    runner: startOfText(runners.join(" and "), 200),
    ran: ran.length,
    skipped: tests.filter(({ outcome }) => outcome === "skipped").length,
    names: ran.slice(0, mostReportedNames).map(nameOf),
  };
}
/** Files count where no test has a name: one in which no test is wanted is said to have run too. */
function listRan(tests: readonly ReportedTest[]): ReportedTest[] {
  const ran = tests.filter(({ outcome }) => outcome !== "skipped");
  const named = ran.filter(({ name }) => name !== "");
  return named.length > 0 ? named : ran;
}
/** In words for people: `12 tests ran, 1 was left out`. `null`: nothing is known of them. */
export function describeTests(seen: TestsSeen | null): string {
  if (seen === null) return "how much it looks at is not known";
  const left = seen.skipped === 0 ? "" : `, ${seen.skipped} ${seen.skipped === 1 ? "was" : "were"} left out`;
  return `${seen.runner === "" ? "it prints that " : ""}${countTests(seen.ran)} ran${left}`;
}

/** The name of a test without its groups, and without what it is given. */
export function bareName({ name }: ReportedTest): string {
  const given = name.endsWith("]") ? name.slice(0, Math.max(0, name.indexOf("["))) : name;
  const last = given.split(" > ").at(-1) ?? given;
  return /^[\w.]*$/.test(last) ? last.slice(last.lastIndexOf(".") + 1) : last;
}

const testKey = ({ file, name }: ReportedTest) => `${file}\0${name}`;
/** What the tests of a check are held against. Files are paths of the commit. */
export type TestsBefore = {
  /** What they were before the task; undefined where no runner reported then. */
  before: TestReport | undefined;
  /** Files that the task has added, changed or removed, and tests whose helpers it has. */
  changed: ReadonlySet<string>;
  /** It has added or changed a file with tests. */
  wrote: boolean;
  /** Its command chooses tests by their names: the others are left out. */
  chooses: boolean;
};
/**
 * Why the tests of a check that passed prove nothing, in a sentence after its command; else "". A test that
 * was left out before the task too is none of its doing, nor where its file has another name now. Names may
 * change with what they are made of (one test for each page): then their number must not fall.
 */
export function judgeTests({ runners, closed, tests }: TestReport, { before, changed, wrote, chooses }: TestsBefore): string {
  if (!closed) return `passed, and ${runners.join(" and ")} had not come to its end: something has ended it.`;
  const isSkipped = ({ outcome }: ReportedTest) => outcome === "skipped";
  const ran = tests.filter((test) => !isSkipped(test));
  if (ran.length === 0) return `ran no test at all${tests.length > 0 ? `: it left out ${countTests(tests.length)}` : ""}.`;
  const then = before?.tests ?? [];
  const isKept = ({ file }: ReportedTest) => (file === "" ? !wrote : !changed.has(file));
  const ranThen = then.filter((test) => !isSkipped(test) && isKept(test));
  const ranKeys = new Set(ranThen.map(testKey));
  const leftThen = new Set(then.filter(isSkipped).map(testKey));
  const hasMoved = findMoved(
    then.filter((test) => isSkipped(test) && !isKept(test)),
    new Set(tests.map(testKey)),
  );
  const ranBefore = new Set(then.filter((test) => !isSkipped(test)).map(testKey));
  const isNew = (test: ReportedTest) =>
    !chooses && !isKept(test) && !leftThen.has(testKey(test)) && (ranBefore.has(testKey(test)) || !hasMoved(test));
  const left = tests.filter((test) => isSkipped(test) && (ranKeys.has(testKey(test)) || isNew(test)));
  if (left.length > 0) return `left out ${countTests(left.length)}: ${listNames(left)}.`;
  const now = new Set(ran.map(testKey));
  const files = new Set(ran.map(({ file }) => file));
  const isNamed = ({ name }: ReportedTest) => name !== "";
  const lost = ranThen.filter((test) => (isNamed(test) ? !now.has(testKey(test)) : !files.has(test.file)));
  const fewer = ran.filter((test) => isNamed(test) && isKept(test)).length < ranThen.filter(isNamed).length;
  const missing = lost.filter((test) => fewer || !isNamed(test));
  if (missing.length > 0) return `no longer runs ${countTests(missing.length)} that ran before the task: ${listNames(missing)}.`;
  return "";
}
/** Tells of a test whether it is one of these that are no longer there, in another file: each is once. */
function findMoved(then: readonly ReportedTest[], now: ReadonlySet<string>): (test: ReportedTest) => boolean {
  const gone = new Map<string, number>();
  for (const test of then) if (test.name !== "" && !now.has(testKey(test))) gone.set(test.name, (gone.get(test.name) ?? 0) + 1);
  return ({ name }) => {
    const left = gone.get(name) ?? 0;
    gone.set(name, left - 1);
    return left > 0;
  };
}
export const countTests = (n: number) => `${n} test${n === 1 ? "" : "s"}`;
function listNames(tests: readonly ReportedTest[]): string {
  const names = tests.slice(0, 3).map(({ name, file }) => `“${startOfText(name || file, 100)}”`);
  return `${names.join(", ")}${tests.length > 3 ? " …" : ""}`;
}
