import type { NamedCheck } from "../../../schema/proof/check.ts";
import { checksOf, type Spec } from "../../../schema/task/spec.ts";
import type { TaskLine } from "../live/team-log.ts";

/** A task's specification in words for people who read no commands. Pure. */
const testers = /(?:^|[\s/&;])(?:node --test|npm (?:run )?test|npx vitest|vitest|pytest|go test|cargo test|make test|bun test|deno test)\b/;
const mostSaid = 80;
/** The searched text without its tags; undefined where only code is left. */
function readable(contains: string | undefined): string | undefined {
  const pieces = (contains ?? "").split("<").map((piece, index) => (index === 0 ? piece : piece.slice(piece.indexOf(">") + 1)));
  const text = pieces.join(" ").replace(/\s+/g, " ").trim();
  if (text === "" || /[<>{}]/.test(text)) return undefined;
  return text.length > mostSaid ? `${text.slice(0, mostSaid)}…` : text;
}
function saying(contains: string | undefined, verb = "and says"): string {
  const text = readable(contains);
  return text === undefined ? "" : ` ${verb} “${text}”`;
}

/** What one check makes sure of. */
export function explainCheck(check: NamedCheck): string {
  if (check.kind === "file") return `${check.file}${saying(check.contains, "contains") || " is there"}`;
  if (check.kind === "command")
    return testers.test(check.command) ? "its tests pass" : `a check of its own passes${saying(check.contains)}`;
  const { pathname } = new URL(check.url);
  const page = pathname === "/" ? "the page" : `the page ${pathname}`;
  return check.status < 400 ? `${page} opens${saying(check.contains)}` : `${page} is refused (${check.status})`;
}
const foundWords = [", with “", "” in it"] as const;
/** Describes a check that ran by its command line, or shows the line itself. */
export function describeCommandRun(line: string): string {
  const end = line.endsWith(foundWords[1]) ? line.indexOf(foundWords[0]) : -1;
  const contains = end < 0 ? undefined : line.slice(end + foundWords[0].length, -foundWords[1].length);
  const [, path, status] = /^http:\/\/(?:localhost|127\.0\.0\.1):\d+(\/\S*) answers (\d+)/.exec(line) ?? [];
  if (path !== undefined)
    return `${path === "/" ? "the page" : `the page ${path}`} ${Number(status) < 400 ? `opens${saying(contains)}` : `is refused (${status})`}`;
  if (testers.test(line)) return "its tests pass";
  const sentence = end < 0 ? line : line.slice(0, end);
  return contains === undefined || sentence.includes(" ") ? line : `${sentence}${saying(contains, "contains") || " is there"}`;
}
type CheckSeen = Pick<TaskLine["checks"][number], "name" | "what" | "state">;
/** A check that did not pass: what is not so. A command of the task's own is not shown to people. */
function describeFailedCheck({ name, what: line }: CheckSeen): string {
  const text = describeCommandRun(line);
  if (text !== line) return text;
  return name.startsWith("outputs.") ? `${line} is there` : "a check of its own passes";
}
/** How many checks passed, and which did not. */
export function countChecks(checks: readonly CheckSeen[]): string {
  const failed = checks.find((check) => check.state === "failed");
  const passed = `${checks.filter((check) => check.state === "passed").length} of ${checks.length} checks passed`;
  return failed ? `${passed}; not so: ${describeFailedCheck(failed)}` : passed;
}
/** Why a task failed whose last work did not pass its checks; `detail` is what the machine says of it. */
export function describeFailedWork({ facts, commit, checks }: Pick<TaskLine, "facts" | "commit" | "checks">) {
  const judged = facts?.state === "failed" && facts.errorClass === "bug" && facts.commit !== undefined && facts.commit === commit;
  return judged && checks.some((check) => check.state === "failed") ? { text: countChecks(checks), detail: facts.reason } : undefined;
}
/** The checks of a task, each once, without its output files. */
export function describeChecks(spec: Spec): string[] {
  return [...new Set(checksOf(spec).flatMap((check) => (check.name.startsWith("outputs.") ? [] : [explainCheck(check)])))];
}
/** A few of many, and how many more. */
export function listFew(items: readonly string[], most: number, between = ", "): string {
  return items.length > most ? `${items.slice(0, most).join(between)} and ${items.length - most} more` : items.join(between);
}
