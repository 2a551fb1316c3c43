import { environmentPath } from "../environment/environment.ts";
import type { ChangedFile } from "../event.ts";
import { checksOf, type Spec } from "../task/spec.ts";
import { capText } from "../wire/foreign-text.ts";

/**
 * What a clean room can't see: checks that pass because the change made them easy.
 * Reads the diff from where the task began to the commit that is to be proven. `refuse`
 * fails the verification with its reason; `review` goes to the reviewer and the member.
 */
export type Suspicion = { path: string; weight: "refuse" | "review"; text: string };

export const testFile = /(^|\/)(tests?|__tests__|spec|e2e)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]*\.py$|_test\.(go|py|rs)$/i;
const runnerFile =
  /(^|\/)(vitest|vite|jest|playwright|karma|mocha|cypress)\.config\.[a-z]+$|(^|\/)\.mocharc|(^|\/)(pytest\.ini|tox\.ini|setup\.cfg|conftest\.py|pyproject\.toml|Makefile|makefile|justfile)$/;
const isProgram = /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|php|sh|bash|json|ya?ml|toml|cfg|ini)$|(?:^|\/)(?:[Mm]akefile|justfile)$/i;
const pipeline = /(^|\/)\.(github|gitea|gitlab|ci)(\/|-ci\.yml$)/;

const skips = [
  /\b(it|test|describe|suite|context)\s*\.\s*(skip|todo|fails|skipIf|runIf)\b/,
  /\bx(it|test|describe)\s*\(/,
  /\{\s*(skip|todo)\s*:\s*(true|["'`])/,
  /@(pytest\.mark\.(skip|skipif|xfail)|unittest\.(skip|expectedFailure)|Disabled|Ignore)\b/,
  /\b(pytest\.skip|t\.Skip(f|Now)?|this\.skip|t\.skip)\s*\(/,
  /#\[ignore\]/,
];
const only = /\b(it|test|describe|suite|context)\s*\.\s*only\b|\bf(it|describe)\s*\(/;
const exits = /\b(?:(?:process\.exit|sys\.exit)\s*\(\s*(?:0\s*)?\)|os\.(?:_exit|Exit)\s*\(\s*0\s*\))/;
const asserts = /\b(expect|assert\w*|should|require\.\w+|t\.(Error|Fatal)f?)\b\s*[.(!]|\bassert\s/;
const scriptLine = /^\s*"((?:pre|post)?(?:test|check|verify|lint|build|ci)[\w:-]*)"\s*:\s*"((?:[^"\\]|\\.)*)"/;
const idle = /^(?:true|:|exit\s+0|echo\b[^&|;]*)$/;
const lenient = /--(?:passWithNoTests|pass-with-no-tests|bail=0|exit-zero)\b/;
/** Whether a script ends well whatever happens in it. */
function isGutted(script: string): boolean {
  const last = Math.max(script.lastIndexOf(";") + 1, script.lastIndexOf("||") + 2 * Number(script.includes("||")));
  const whole = script.trim();
  if (whole === "" || idle.test(whole) || /^printf\b[^&|;]*$/.test(whole) || lenient.test(script)) return true;
  return last > 0 && idle.test(script.slice(last).trim());
}
const prints = /\b(?:console\.(?:log|info|error)|process\.stdout\.write|print|echo|printf|puts|fmt\.Print\w*)\b/;
const lax =
  /\b(continue-on-error\s*:\s*true|allow_failure\s*:\s*true)|--(passWithNoTests|pass-with-no-tests|exit-zero)\b|\bpassWithNoTests\s*:\s*true/;
const hiding = /\b(exclude|testPathIgnorePatterns|testIgnore|norecursedirs|collect_ignore|ignore|deselect)\b\s*[:=]|--ignore=|--deselect\b/;

/** What is looked at of one file's change, in characters. */
const diffCaps = { whole: 768 * 1024, line: 10_000 } as const;
type DiffSide = { lines: string[]; text: string };
/** `whole`: nothing was left out, neither of the patch nor of a line. */
type Lines = { added: DiffSide; removed: DiffSide; whole: boolean };
function readPatchLines(patch: string): Lines {
  const seen = capText(patch, diffCaps);
  const all = seen.split("\n");
  const side = (mark: string): DiffSide => {
    const lines = all.filter((line) => line.length > 1 && line.startsWith(mark)).map((line) => line.slice(1));
    return { lines, text: lines.join("\n") };
  };
  return { added: side("+"), removed: side("-"), whole: seen === patch };
}
/**
 * How many lines match. The text as a whole is asked first: one question where most often no line matches.
 */
const countMatches = (shape: RegExp, { lines, text }: DiffSide) => (shape.test(text) ? lines.filter((line) => shape.test(line)).length : 0);

/** Everything in a diff that makes a later "passed" worth less. */
export function findSuspicions(files: readonly ChangedFile[], spec: Spec): Suspicion[] {
  return files.flatMap((file) => inFile(file, spec));
}
/** True when the verification must fail, however its checks end. */
export function hasRefusal(found: readonly Suspicion[]): boolean {
  return found.some((suspicion) => suspicion.weight === "refuse");
}

function inFile(file: ChangedFile, spec: Spec): Suspicion[] {
  const { path } = file;
  const say = (weight: Suspicion["weight"], text: string): Suspicion => ({ path, weight, text });
  const isTest = testFile.test(path);
  const guards = isTest || runnerFile.test(path) || pipeline.test(path) || /(^|\/)package\.json$/.test(path);
  if (path === environmentPath) {
    const prints = file.patch === undefined ? [] : copied(path, readPatchLines(file.patch), spec, say);
    return [say("review", "how the project is installed for its checks was changed"), ...prints];
  }
  if (isTest && file.status === "deleted") return [say("refuse", "a test was deleted")];
  if (file.patch === undefined && guards && file.status !== "deleted") {
    // A picture that a test compares is no text. A program that can't be read as text hides what it does.
    return [
      isProgram.test(path)
        ? say("refuse", "it is a program, and not text that can be read")
        : say("review", "what changed in it can't be shown"),
    ];
  }
  if (file.patch === undefined) return [];
  const lines = readPatchLines(file.patch);
  const hidden =
    guards && !lines.whole
      ? [say(isTest ? "refuse" : "review", `it has a line of more than ${diffCaps.line} characters, which is not read`)]
      : [];
  return [
    ...hidden,
    ...(isTest ? inTest(lines, say) : []),
    ...(guards ? inGuard(path, lines, say) : []),
    ...copied(path, lines, spec, say),
  ];
}

type Say = (weight: Suspicion["weight"], text: string) => Suspicion;
function inTest({ added, removed }: Lines, say: Say): Suspicion[] {
  const found: Suspicion[] = [];
  const newly = (shape: RegExp) => countMatches(shape, added) > countMatches(shape, removed);
  if (skips.some(newly)) found.push(say("refuse", "a test is skipped"));
  if (newly(only)) found.push(say("refuse", "one test shuts out the others"));
  if (newly(exits)) found.push(say("refuse", "a test ends the run as passed"));
  const [before, after] = [countMatches(asserts, removed), countMatches(asserts, added)];
  if (after < before) found.push(say("refuse", `${before - after} assertion${before - after === 1 ? " was" : "s were"} taken away`));
  else if (before > 0) found.push(say("review", "assertions were changed"));
  return found;
}
function inGuard(path: string, { added, removed }: Lines, say: Say): Suspicion[] {
  const found: Suspicion[] = [];
  const before = new Set(removed.lines.map((old) => scriptLine.exec(old)?.[1]));
  for (const line of added.lines) {
    const script = scriptLine.exec(line);
    const known = before.has(script?.[1]);
    if (script && isGutted(script[2] ?? "")) found.push(say("refuse", `the script ${script[1]} can't fail`));
    else if (script && known) found.push(say("review", `the script ${script[1]} was changed`));
  }
  if (countMatches(lax, added) > 0 && !found.some((suspicion) => suspicion.weight === "refuse"))
    found.push(say("refuse", "failures are let pass"));
  if (runnerFile.test(path) && countMatches(hiding, added) > countMatches(hiding, removed))
    found.push(say("review", "files are kept from the tests"));
  return found;
}
/** The very text a check looks for, printed by a line of its own. */
function copied(path: string, { added }: Lines, spec: Spec, say: Say): Suspicion[] {
  const wanted = checksOf(spec).filter((check) => check.kind === "command" && check.contains !== undefined && check.contains.length > 3);
  const hit = wanted.find((check) => added.lines.some((line) => line.includes(check.contains ?? "\u0000") && prints.test(line)));
  return hit ? [say(testFile.test(path) ? "refuse" : "review", `it prints the text that ${hit.name} looks for`)] : [];
}
