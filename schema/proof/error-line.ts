import { capText, startOfText } from "../wire/foreign-text.ts";

/** What is read of a command's output, in characters. */
const errorTextCaps = { whole: 512 * 1024, line: 4_000 } as const;
const failedLine = /^(?:error|fatal|panic|FAIL(?:ED)?)\b:? \S|^E {2,}\S|^not ok\b|^ERR_[A-Z0-9_]+\b/i;
/** Where npm keeps a log, which nobody has afterwards. */
const npmLog = "A complete log of this run can be found in";
const errorName = /(?:Error|Exception|Failure)\b/i;

/** Whether a line names an error: `AssertionError [CODE]: what`, `error: what`, `not ok 3`. */
function namesError(line: string): boolean {
  if (failedLine.test(line)) return true;
  if (!errorName.test(line)) return false;
  const parts = line.split(":");
  return parts.some((part, index) => errorName.test(part) && /^ \S/.test(parts.slice(index + 1, index + 3).join(":")));
}
function trimmed(line: string): string {
  const text = line.trim();
  return /^[>✖✗×-]/.test(text) ? text.slice(1).trim() : text;
}

/**
 * The line of a command's output that says most about why it failed:
 * the first that names an error, else the last with a word in it.
 */
export function findTellingLine(output: string): string {
  const lines = capText(output, errorTextCaps)
    .split("\n")
    .filter((line) => !line.includes(npmLog));
  const first = lines.find((line) => line !== "" && namesError(trimmed(line)));
  const line = trimmed(first ?? lines.findLast((line) => /\p{L}/u.test(line)) ?? "");
  return line.length > 300 ? `${startOfText(line, 299)}…` : line;
}
