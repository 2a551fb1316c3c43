import type { NamedCheck } from "../../schema/check.ts";
import { checksOf, type Spec } from "../../schema/spec.ts";

/** A task's specification in words for somebody who reads no commands. Pure. */
const testers = /(?:^|[\s/&;])(?:node --test|npm (?:run )?test|npx vitest|vitest|pytest|go test|cargo test|make test|bun test|deno test)\b/;
const saying = (contains: string | undefined) => (contains === undefined || /[<>{}]/.test(contains) ? "" : ` and says “${contains}”`);

/** What one check sees to. */
export function checkWords(check: NamedCheck): string {
  if (check.kind === "file") return `${check.file} is there${saying(check.contains)}`;
  if (check.kind === "command")
    return testers.test(check.command) ? "its tests pass" : `a check of its own passes${saying(check.contains)}`;
  const { pathname } = new URL(check.url);
  const page = pathname === "/" ? "the page" : `the page ${pathname}`;
  return check.status < 400 ? `${page} opens${saying(check.contains)}` : `${page} is refused (${check.status})`;
}
/** The same of a check that ran, of which only its line is known; what says nothing plainer stays as it is. */
export function ranWords(line: string): string {
  const [, path, status] = /^http:\/\/(?:localhost|127\.0\.0\.1):\d+(\/\S*) answers (\d+)/.exec(line) ?? [];
  if (path !== undefined)
    return `${path === "/" ? "the page" : `the page ${path}`} ${Number(status) < 400 ? "opens" : `is refused (${status})`}`;
  return testers.test(line) ? "its tests pass" : line;
}
/** How it is checked, each thing once; the files are told apart. */
export function checkedHow(spec: Spec): string[] {
  return [...new Set(checksOf(spec).flatMap((check) => (check.name.startsWith("outputs.") ? [] : [checkWords(check)])))];
}
/** A few of many, and how many more. */
export function few(items: readonly string[], most: number, between = ", "): string {
  return items.length > most ? `${items.slice(0, most).join(between)} and ${items.length - most} more` : items.join(between);
}
