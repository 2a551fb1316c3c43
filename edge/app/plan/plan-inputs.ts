import type { Spec } from "../../../schema/task/spec.ts";

/** A task's inputs as text, one a line. They are named values when every line is `name = value`. Pure. */
type Inputs = Spec["inputs"];
const namedInput = /^([A-Za-z][A-Za-z0-9_-]{0,59}) =(?: (.*))?$/s;

/** A text of several lines as one. */
export const joinLines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
/** Keeps unchanged entries as they were: a text of several lines stays so. */
export function keepUnchanged(lines: readonly string[], before: readonly string[]): string[] {
  return lines.map((line) => before.find((text) => joinLines(text) === line) ?? line);
}

export function formatInputs(inputs: Inputs): string {
  const all = Array.isArray(inputs) ? inputs : Object.entries(inputs).map(([name, value]) => `${name} = ${joinLines(String(value))}`);
  return all.map(joinLines).join("\n");
}
export function parseInputs(lines: readonly string[], before: Inputs | undefined): Inputs {
  const known = before === undefined || Array.isArray(before) ? {} : before;
  const pairs = lines.map((line) => namedInput.exec(line)).filter((found) => found !== null);
  const named = new Map(pairs.map((found) => [found[1]!, found[2] ?? ""]));
  const all = lines.length > 0 && named.size === lines.length;
  if (!all || (Array.isArray(before) && lines.join("\n") === formatInputs(before)))
    return keepUnchanged(lines, Array.isArray(before) ? before : []);
  return Object.fromEntries([...named].map(([name, text]) => [name, scalarOf(text, known[name])]));
}
/** A number or boolean stays one, and so does a text that looks like one. */
function scalarOf(text: string, before: string | number | boolean | undefined): string | number | boolean {
  if (before !== undefined && joinLines(String(before)) === text) return before;
  if (typeof before === "string") return text;
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text; // 1.10 and 007 stay text
}
