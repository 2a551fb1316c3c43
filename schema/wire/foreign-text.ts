/**
 * Text that others wrote (a model, a tool, a repository, a member), before the platform
 * keeps, sends or matches it. Everything here takes time in proportion to its input. Pure.
 */

/** Text that every store and wire can carry: halves of surrogate pairs and NUL become U+FFFD. */
export function mendText(text: string): string {
  const formed = text.toWellFormed();
  return formed.includes("\0") ? formed.split("\0").join("\ufffd") : formed;
}

/** Deeper than this nothing of ours is nested. A value far deeper would end whoever walks it by recursion. */
export const mostNestedLevels = 64;
export const tooDeepMark = "[nested too deeply]";
/**
 * A copy of a JSON value whose texts and keys are mended. What lies below `mostNestedLevels` is replaced by a
 * word that says so. A BigInt, as Rivet Kit brings integers above 2^32, becomes the number that all of ours
 * fit; a field that is undefined, which Rivet Kit brings as null, is left out as JSON does.
 */
export function mendValue(value: unknown, level = 0): unknown {
  if (typeof value === "string") return mendText(value);
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value !== "object") return value;
  if (level >= mostNestedLevels) return tooDeepMark;
  if (Array.isArray(value)) return value.map((item) => mendValue(item, level + 1));
  const said = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(said.map(([name, item]) => [mendText(name), mendValue(item, level + 1)]));
}
/** Whether a JSON value is nested deeper than `mostNestedLevels`. */
export function isTooDeep(value: unknown): boolean {
  let layer: unknown[] = [value];
  for (let level = 0; level <= mostNestedLevels; level++) {
    layer = layer.flatMap((item) => (item !== null && typeof item === "object" ? Object.values(item) : []));
    if (layer.length === 0) return false;
  }
  return true;
}
/** JSON of a stranger as a mended value. Throws `SyntaxError` for what is no JSON. */
export const parseForeignJson = (text: string): unknown => mendValue(JSON.parse(text));
/** The same; undefined for what is no JSON text, which the caller's shape refuses. */
export function tryParseForeignJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? parseForeignJson(text) : undefined;
  } catch {
    return undefined;
  }
}

/** At most `most` units from the front, never half a character. */
export function startOfText(text: string, most: number): string {
  const end = text.length > most && isHigh(text, most - 1) ? most - 1 : most;
  return text.slice(0, Math.max(0, end));
}
/** At most `most` units from the end, never half a character. */
export function endOfText(text: string, most: number): string {
  const from = Math.max(0, text.length - most);
  return text.slice(from > 0 && isHigh(text, from - 1) ? from + 1 : from);
}
const isHigh = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xd800;

/** The text without those characters at its end. An expression would look for its end from each of them. */
export function trimTail(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}

export type TextCaps = { whole: number; line: number };
/**
 * A text as it is matched: of one that is too long its two ends, and
 * of each line that is too long its two ends, as lines of their own.
 */
export function capText(text: string, { whole, line }: TextCaps): string {
  const some = text.length > whole ? `${text.slice(0, whole / 2)}\n${text.slice(-whole / 2)}` : text;
  const kept: string[] = [];
  let from = 0; // what is not kept yet begins here
  for (let at = 0, end = 0; at <= some.length; at = end + 1) {
    end = some.indexOf("\n", at);
    if (end < 0) end = some.length;
    if (end - at <= line) continue;
    kept.push(some.slice(from, at + line / 2), "\n");
    from = end - line / 2;
  }
  return from === 0 ? some : kept.join("") + some.slice(from);
}
