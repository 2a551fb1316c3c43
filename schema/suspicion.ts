import type { ChangedFile } from "./event.ts";
import { checksOf, type Spec } from "./spec.ts";

/**
 * What a clean room can't see: checks that pass because the change made them easy. Reads the diff from where the task began to the commit
 * that is to be proven. `refuse` fails the verification with its reason; `review` goes to the reviewer and the member.
 */
export type Suspicion = { path: string; weight: "refuse" | "review"; text: string };

const testFile = /(^|\/)(tests?|__tests__|spec|e2e)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]*\.py$|_test\.(go|py|rs)$/i;
const runnerFile =
  /(^|\/)(vitest|vite|jest|playwright|karma|mocha|cypress)\.config\.[a-z]+$|(^|\/)\.mocharc|(^|\/)(pytest\.ini|tox\.ini|setup\.cfg|conftest\.py|pyproject\.toml|Makefile|makefile|justfile)$/;
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
const exits = /\b(process\.exit\s*\(\s*0?\s*\)|sys\.exit\s*\(\s*0?\s*\)|os\._exit\s*\(\s*0\s*\)|os\.Exit\s*\(\s*0\s*\))/;
const asserts = /\b(expect|assert\w*|should|require\.\w+|t\.(Error|Fatal)f?)\b\s*[.(!]|\bassert\s/;
const scriptLine = /^\s*"((?:pre|post)?(?:test|check|verify|lint|build|ci)[\w:-]*)"\s*:\s*"((?:[^"\\]|\\.)*)"/;
const gutted =
  /^\s*(true|:|exit\s+0|echo\b[^&|;]*|printf\b[^&|;]*)?\s*$|(\|\||;)\s*(true|:|exit\s+0|echo\b[^&|;]*)\s*$|--(passWithNoTests|pass-with-no-tests|bail=0|exit-zero)\b/;
const lax =
  /\b(continue-on-error\s*:\s*true|allow_failure\s*:\s*true)|--(passWithNoTests|pass-with-no-tests|exit-zero)\b|\bpassWithNoTests\s*:\s*true/;
const hiding = /\b(exclude|testPathIgnorePatterns|testIgnore|norecursedirs|collect_ignore|ignore|deselect)\b\s*[:=]|--ignore=|--deselect\b/;

type Lines = { added: string[]; removed: string[] };
function linesOf(patch: string): Lines {
  const lines = patch.split("\n");
  return {
    added: lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1)),
    removed: lines.filter((line) => line.startsWith("-")).map((line) => line.slice(1)),
  };
}

/** Everything in a diff that makes a later "passed" worth less. */
export function suspicions(files: readonly ChangedFile[], of: Spec): Suspicion[] {
  return files.flatMap((file) => inFile(file, of));
}
/** True when the verification must fail, however its checks end. */
export function refused(found: readonly Suspicion[]): boolean {
  return found.some((one) => one.weight === "refuse");
}

function inFile(file: ChangedFile, of: Spec): Suspicion[] {
  const { path } = file;
  const say = (weight: Suspicion["weight"], text: string): Suspicion => ({ path, weight, text });
  const isTest = testFile.test(path);
  const guards = isTest || runnerFile.test(path) || pipeline.test(path) || /(^|\/)package\.json$/.test(path);
  if (isTest && file.status === "deleted") return [say("refuse", "a test was deleted")];
  if (file.patch === undefined) return guards && file.status !== "deleted" ? [say("review", "what changed in it can't be shown")] : [];
  const lines = linesOf(file.patch);
  return [...(isTest ? inTest(lines, say) : []), ...(guards ? inGuard(path, lines, say) : []), ...copied(path, lines, of, say)];
}

type Say = (weight: Suspicion["weight"], text: string) => Suspicion;
function inTest({ added, removed }: Lines, say: Say): Suspicion[] {
  const found: Suspicion[] = [];
  const newly = (shape: RegExp) => added.filter((line) => shape.test(line)).length > removed.filter((line) => shape.test(line)).length;
  if (skips.some(newly)) found.push(say("refuse", "a test is skipped"));
  if (newly(only)) found.push(say("refuse", "one test shuts out the others"));
  if (newly(exits)) found.push(say("refuse", "a test ends the run as passed"));
  const [before, after] = [removed.filter((line) => asserts.test(line)).length, added.filter((line) => asserts.test(line)).length];
  if (after < before) found.push(say("refuse", `${before - after} assertion${before - after === 1 ? " was" : "s were"} taken away`));
  else if (before > 0) found.push(say("review", "assertions were changed"));
  return found;
}
function inGuard(path: string, { added, removed }: Lines, say: Say): Suspicion[] {
  const found: Suspicion[] = [];
  for (const line of added) {
    const script = scriptLine.exec(line);
    const known = removed.some((old) => scriptLine.exec(old)?.[1] === script?.[1]);
    if (script && gutted.test(script[2] ?? "")) found.push(say("refuse", `the script ${script[1]} can't fail`));
    else if (script && known) found.push(say("review", `the script ${script[1]} was changed`));
  }
  if (added.some((line) => lax.test(line)) && !found.some((one) => one.weight === "refuse"))
    found.push(say("refuse", "failures are let pass"));
  if (runnerFile.test(path) && added.filter((line) => hiding.test(line)).length > removed.filter((line) => hiding.test(line)).length)
    found.push(say("review", "files are kept from the tests"));
  return found;
}
/** The very text a check looks for, printed by a line of its own. */
function copied(path: string, { added }: Lines, of: Spec, say: Say): Suspicion[] {
  const wanted = checksOf(of).filter((check) => check.kind === "command" && check.contains !== undefined && check.contains.length > 3);
  const prints = /\b(console\.(log|info|error)|process\.stdout\.write|print|echo|printf|puts|fmt\.Print\w*)\b/;
  const hit = wanted.find((check) => added.some((line) => prints.test(line) && line.includes(check.contains ?? "\u0000")));
  return hit ? [say(testFile.test(path) ? "refuse" : "review", `it prints the text that ${hit.name} looks for`)] : [];
}
