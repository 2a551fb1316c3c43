import { type Node, parse } from "acorn";

/** A named function of a program: `from` and `to` bound what is put in `empty`'s place. Lines from 1. */
export type FunctionBody = { name: string; from: number; to: number; empty: string; lines: [number, number] };

/** Whether a program's text has types, which are to be blanks before it is read here (`stripTypes`). */
export const hasTypes = (path: string): boolean => /\.[cm]?ts$/.test(path);
/** What a script is read from: itself, or the text with blanks for its types; undefined: it is none. */
export function plainScript(path: string, { text, plain }: { text: string; plain?: string }): string | undefined {
  return hasTypes(path) ? plain : /\.[cm]?js$/.test(path) ? text : undefined;
}
/** The named functions of JavaScript, TypeScript and Python. None where the text can't be read as such. */
export function findFunctionBodies(path: string, program: { text: string; plain?: string }): FunctionBody[] {
  if (/\.py$/.test(path)) return findPythonBodies(program.text);
  const plain = plainScript(path, program);
  return plain === undefined ? [] : findScriptBodies(plain);
}
/** The text with one function that does nothing. */
export const emptyFunction = (text: string, { from, to, empty }: FunctionBody) => text.slice(0, from) + empty + text.slice(to);

function lineCounter(text: string): (at: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (at) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export function readScript(text: string): Node | undefined {
  const options = {
    ecmaVersion: "latest",
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
  } as const;
  for (const sourceType of ["module", "script"] as const) {
    try {
      return parse(text, { ...options, sourceType });
    } catch {
      // not a program of that kind, or one nested too deeply to be read
    }
  }
  return undefined;
}
export type Loose = Node & Record<string, unknown>;
export const isNode = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;
const nameIn = (value: unknown): string | undefined => (isNode(value) && typeof value.name === "string" ? value.name : undefined);
export const isFunction = (value: unknown): value is Loose =>
  isNode(value) && ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(value.type);

/** All nodes of a program, each before those inside it. */
export function* walkNodes(program: Node): Generator<Loose> {
  const waiting: unknown[] = [program];
  while (waiting.length > 0) {
    const node = waiting.pop();
    const inside = Array.isArray(node) ? node : isNode(node) ? Object.values(node) : [];
    for (let at = inside.length - 1; at >= 0; at -= 1) waiting.push(inside[at]);
    if (isNode(node)) yield node;
  }
}

/** The function that a node gives a name, if it does. */
function namedFunction(node: Loose): { name: string; value: Loose } | undefined {
  if (node.type === "FunctionDeclaration") return { name: nameIn(node.id) ?? "default", value: node };
  if (node.type === "ExportDefaultDeclaration" && isFunction(node.declaration) && node.declaration.type !== "FunctionDeclaration")
    return { name: "default", value: node.declaration };
  const pairs: Record<string, [unknown, unknown]> = {
    VariableDeclarator: [node.id, node.init],
    Property: [node.key, node.value],
    MethodDefinition: [node.key, node.value],
    PropertyDefinition: [node.key, node.value],
    AssignmentExpression: [isNode(node.left) ? (node.left.property ?? node.left) : undefined, node.right],
  };
  const [key, value] = pairs[node.type] ?? [];
  const name = nameIn(key);
  return name !== undefined && isFunction(value) ? { name, value } : undefined;
}
function findScriptBodies(text: string): FunctionBody[] {
  const program = readScript(text);
  if (!program) return [];
  const lineAt = lineCounter(text);
  const found: FunctionBody[] = [];
  for (const node of walkNodes(program)) {
    const { name, value } = namedFunction(node) ?? {};
    const body = value?.body;
    if (name !== undefined && isNode(body)) {
      const lines: [number, number] = [lineAt(node.start), lineAt(body.end)];
      const empty = body.type === "BlockStatement" ? "{}" : "undefined";
      if (text.slice(body.start, body.end).replace(/\s/g, "") !== empty) found.push({ name, from: body.start, to: body.end, empty, lines });
    }
  }
  return found;
}

type PythonLine = { start: number; end: number; indent: number; text: string; inside: boolean };
/** Lines of Python, each with whether it begins inside a string or a bracket. */
function readPythonLines(text: string): PythonLine[] {
  const lines: PythonLine[] = [];
  let [quote, depth, start] = ["", 0, 0];
  for (const line of text.split("\n")) {
    const end = start + line.length;
    lines.push({ start, end, indent: line.length - line.trimStart().length, text: line.trim(), inside: quote !== "" || depth > 0 });
    for (let at = 0; at < line.length; at += 1) {
      const here = line[at]!;
      if (quote !== "") {
        if (here === "\\") at += 1;
        else if (line.startsWith(quote, at)) {
          at += quote.length - 1;
          quote = "";
        }
      } else if (here === "#") break;
      else if (here === '"' || here === "'") {
        quote = line.startsWith(here.repeat(3), at) ? here.repeat(3) : here;
        at += quote.length - 1;
      } else if ("([{".includes(here)) depth += 1;
      else if (")]}".includes(here)) depth = Math.max(0, depth - 1);
    }
    if (quote.length === 1) quote = ""; // such a string ends with its line
    start = end + 1;
  }
  return lines;
}
function findPythonBodies(text: string): FunctionBody[] {
  const lines = readPythonLines(text);
  const found: FunctionBody[] = [];
  for (const [index, line] of lines.entries()) {
    const name = line.inside ? undefined : /^(?:async )?def (\w{1,200})/.exec(line.text)?.[1];
    if (name === undefined) continue;
    let first = index + 1; // the first line of the body
    while (lines[first]?.inside || lines[first]?.text === "") first += 1;
    const head = lines[first];
    if (!head || head.indent <= line.indent) continue; // a body on the line of its name
    let last = first;
    for (let at = first; at < lines.length; at += 1) {
      const each = lines[at]!;
      const outer = !each.inside && each.indent <= line.indent && each.text !== "";
      if (outer && !each.text.startsWith("#")) break;
      if (!outer && each.text !== "") last = at;
    }
    const [from, to] = [head.start + head.indent, lines[last]!.end];
    if (text.slice(from, to) === "pass") continue;
    found.push({ name, from, to, empty: "pass", lines: [index + 1, last + 1] });
  }
  return found;
}
