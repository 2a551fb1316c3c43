import { z } from "zod";

/** What a description of an API is made of, as far as it is read here. */
export type JsonSchema = { [name: string]: unknown };
const object = z.record(z.string(), z.unknown());
const asObject = (value: unknown): JsonSchema | undefined => object.safeParse(value).data;

/**
 * A path inside the workspace (`schema/wire/path.ts`): the
 * same without looking ahead, which not every engine does.
 */
const anyLetters = "[^/\\\\\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]*";
const not = (letters: string) => `[^${letters}/\\\\\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]`;
const some = `${not("")}${anyLetters}`;
const dotted = `\\.(${not(".gG")}${anyLetters}|\\.${some}|[gG](${not("iI")}${anyLetters})?|[gG][iI](${not("tT")}${anyLetters})?|[gG][iI][tT]${some})`;
const segment = (first: string) => `(${not(first)}${anyLetters}|${dotted})`;
const insidePath = `^${segment("~.\\-")}(/${segment(".")})*$`;
const isInsidePath = (pattern: string) => pattern.startsWith("^(?![/~-])(?!") && pattern.includes("[gG][iI][tT]");

/**
 * A pattern that any engine reads: without the flag that the generator leaves at its end,
 * without classes of Unicode (those that a client must know of, controls and line breaks, are
 * spelled out). One that looks ahead or behind is left out: the description says what it means.
 */
export function portablePattern(pattern: string): string | undefined {
  if (isInsidePath(pattern)) return insidePath;
  const plain = pattern
    .replace(/\/[dgimsuvy]*$/, (end) => (end === "/" ? end : ""))
    .replace(/\\p\{(C|Cc)\}/g, "\\x00-\\x1f\\x7f-\\x9f")
    .replace(/\\p\{Zl\}/g, "\u2028")
    .replace(/\\p\{Zp\}/g, "\u2029")
    .replaceAll("\\/", "/");
  return /\(\?[!<=]|\\p\{/.test(plain) ? undefined : plain;
}

/**
 * A tuple as a list of so many of these: not every reader knows
 * tuples, and those that do don't agree how they are written.
 */
function listOf(items: readonly unknown[]): JsonSchema {
  const kinds = [...new Set(items.map((item) => JSON.stringify(item)))].map((item): unknown => JSON.parse(item));
  return { items: kinds.length === 1 ? kinds[0] : { anyOf: kinds }, minItems: items.length, maxItems: items.length };
}
/** What the generator says of a named schema or null: all of both, which no null is. */
const nullable = z.tuple([z.object({ $ref: z.string() }), z.object({ type: z.tuple([z.string(), z.literal("null")]) })]);
/** An object of a description: a schema, or names of anything, of which one may be `pattern`. */
function mendObject({ prefixItems, ...described }: JsonSchema): JsonSchema {
  const { allOf, ...rest } = described;
  const either = nullable.safeParse(allOf).data;
  const others = either ? { ...rest, anyOf: [either[0], { type: "null" }] } : described;
  const pattern = typeof others.pattern === "string" ? { pattern: portablePattern(others.pattern) } : {};
  return {
    ...others,
    ...pattern,
    ...(Array.isArray(prefixItems) ? listOf(prefixItems) : prefixItems === undefined ? {} : { prefixItems }),
  };
}

/** A copy of a description with every schema in it mended. */
export function mendSchemas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mendSchemas);
  const schema = asObject(value);
  if (!schema) return value;
  const inside = Object.fromEntries(Object.entries(schema).map(([name, item]) => [name, mendSchemas(item)]));
  return mendObject(inside);
}

const plural = (word: string) => word.endsWith("s");
const singular = (word: string) =>
  word.endsWith("ies") ? `${word.slice(0, -3)}y` : plural(word) && !word.endsWith("ss") ? word.slice(0, -1) : word;
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
/**
 * A name for programs: `GET /plans/{planId}` is `getPlan`, `POST /plans/{planId}/edits` is `postPlanEdits`.
 */
export function operationId(method: string, path: string): string {
  const words: string[] = [];
  let named = false; // the word before is one of many already
  for (const part of path.split("/").filter(Boolean)) {
    const parameter = /^\{(\w+)\}$/.exec(part)?.[1];
    const last = words.at(-1);
    if (parameter !== undefined && !named && last !== undefined && plural(last)) {
      words[words.length - 1] = singular(last);
      named = true;
      continue;
    }
    words.push(...(parameter ?? part).split(/[^A-Za-z0-9]+/).filter(Boolean));
    named = parameter !== undefined;
  }
  return method + words.map(capital).join("");
}
