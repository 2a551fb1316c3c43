import { AppError } from "./error.ts";

/** A request's body. Throws `bad_json`. */
export function parseRequestJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("bad_json", {}, { cause });
  }
}

/**
 * How deep a JSON value from outside may be nested: nothing here is
 * nearly as deep, and code that recurses must not be led further.
 */
export const deepestJson = 100;
export type JsonIssue = { path: string; message: string };
/** A list or an object, with the way to it. */
type Node = { value: object; key: string | number; parent: Node | undefined; depth: number };

function issueAt(key: string | number, parent: Node | undefined, message: string): JsonIssue {
  const keys = [key];
  for (let at = parent; at?.parent; at = at.parent) keys.unshift(at.key);
  return { path: keys.join(".").slice(0, 200).toWellFormed(), message };
}
function textIssue(text: string): string | undefined {
  if (!text.isWellFormed()) return "must be well-formed Unicode: a surrogate stands alone";
  return text.includes("\0") ? "must not hold the character U+0000" : undefined;
}

/**
 * What makes a parsed JSON value unfit to be taken: too deep, or, with `texts`,
 * a text that no store, log or file takes as it is. One pass, without recursion.
 */
export function findJsonIssue(root: unknown, { texts }: { texts: boolean }): JsonIssue | undefined {
  const open: Node[] = [];
  const look = (value: unknown, key: string | number, parent: Node | undefined): JsonIssue | undefined => {
    if (typeof value === "string") {
      const message = texts ? textIssue(value) : undefined;
      return message ? issueAt(key, parent, message) : undefined;
    }
    if (value === null || typeof value !== "object") return undefined;
    const depth = parent ? parent.depth + 1 : 1;
    if (depth > deepestJson) return { path: "", message: `must not be nested deeper than ${deepestJson} levels` };
    open.push({ value, key, parent, depth });
    return undefined;
  };
  let issue = look(root, "", undefined);
  for (let node = open.pop(); node && !issue; node = open.pop()) issue = lookInto(node, texts, look);
  return issue;
}
function lookInto(
  node: Node,
  texts: boolean,
  look: (value: unknown, key: string | number, parent: Node) => JsonIssue | undefined,
): JsonIssue | undefined {
  const { value, key: at, parent } = node;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const issue = look(value[index], index, node);
      if (issue) return issue;
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const message = texts ? textIssue(key) : undefined;
    const issue = message ? issueAt(at, parent, `a name in it ${message}`) : look((value as Record<string, unknown>)[key], key, node);
    if (issue) return issue;
  }
  return undefined;
}

/** How many fields the objects in a JSON value have; it is nested no deeper than `deepestJson`. */
function countFields(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  const inside = Object.values(value).reduce<number>((sum, each) => sum + countFields(each), 0);
  return Array.isArray(value) ? inside : inside + Object.keys(value).length;
}
/**
 * Whether an object in a JSON text names a field twice: readers differ in which of them counts. The value is
 * what was parsed of the text. Outside of texts a colon stands behind each name and nowhere else.
 */
export function hasRepeatedField(text: string, value: unknown): boolean {
  let colons = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (inText && letter === 0x5c) at++;
    else if (letter === 0x22) inText = !inText;
    else if (letter === 0x3a && !inText) colons++;
  }
  return colons !== countFields(value);
}
