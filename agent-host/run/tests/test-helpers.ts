import path from "node:path";
import { isFunction, isNode, type Loose, plainScript, readScript, walkNodes } from "../programs/function-bodies.ts";

/**
 * Tests that assert by helpers of their project. A canary calls these too: a work that bends one in memory
 * lets its tests pass.
 */

/** A call of a helper, without its words; `given` by the runner is handed on, undefined stands for a word. */
export type HelperCall = { callee: string; given: readonly (string | undefined)[] };
/** `heads`: what loads the helpers and the runner, and nothing that the work has changed. */
export type HelperCalls = { heads: string; calls: HelperCall[] };
const mostHelpers = 6;
/** Whether a file of the commit is there and is no work. */
type IsBefore = (path: string) => boolean;

export function findHelperCalls(file: string, program: { text: string; plain?: string }, isBefore: IsBefore): HelperCalls {
  const found = file.endsWith(".py") ? inPython(file, program.text, isBefore) : inScript(file, program, isBefore);
  const calls = new Map(found.calls.map((call) => [JSON.stringify(call), call]));
  return { ...found, calls: [...calls.values()].slice(0, mostHelpers) };
}
/** The call with these words, in turn. */
export function writeHelperCall({ callee, given }: HelperCall, words: readonly string[]): string {
  let at = 0;
  return `${callee}(${given.map((handed) => handed ?? words[at++ % words.length]).join(", ")})`;
}
/** One that compares two words or more. What is handed on of a script's runner, no other test has. */
const toCall = (callee: string, given: readonly string[]): HelperCall[] => {
  const call = given.map((argument) => (argument === "self" ? argument : undefined));
  const compares = call.filter((each) => each === undefined).length > 1;
  return compares && !given.some((argument) => /^(?:t|assert|this)$/.test(argument)) ? [{ callee, given: call }] : [];
};

const suffixes = ["", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", "/index.js", "/index.cjs", "/index.mjs", "/index.ts"];
function inScript(file: string, program: { text: string; plain?: string }, isBefore: IsBefore): HelperCalls {
  const { text } = program;
  const plain = plainScript(file, program);
  const tree = plain === undefined ? undefined : readScript(plain);
  if (!tree) return { heads: "", calls: [] };
  const heads: string[] = [];
  const helpers = new Set<string>();
  for (const node of (tree as unknown as { body: unknown[] }).body.filter(isNode)) {
    const source = sourceOf(node);
    if (source === undefined) continue;
    const at = path.posix.join(path.posix.dirname(file), source);
    const isRelative = source.startsWith(".");
    if (isRelative && !suffixes.some((suffix) => isBefore(`${at}${suffix}`))) continue;
    heads.push(text.slice(node.start, node.end));
    if (isRelative) for (const name of namesBound(node)) helpers.add(name);
  }
  const calls: HelperCall[] = [];
  for (const node of walkNodes(tree)) {
    const made = calledAs(node);
    if (!made) continue;
    const { callee } = made;
    const root = callee.type === "MemberExpression" ? callee.object : callee;
    if (!isNode(root) || root.type !== "Identifier" || !helpers.has(String(root.name))) continue;
    const given = (made.arguments as unknown[]).filter(isNode);
    if (given.some((each) => each.type === "SpreadElement" || isFunction(each))) continue;
    const written = given.map((each) => text.slice(each.start, each.end));
    calls.push(...toCall(text.slice(callee.start, callee.end), written));
  }
  return { heads: heads.join("\n"), calls };
}
/** The call that a statement is, or all that a function does. */
function calledAs({ type, expression, body }: Loose): (Loose & { callee: Loose }) | undefined {
  const made = type === "ExpressionStatement" ? expression : type === "ArrowFunctionExpression" ? body : undefined;
  return isNode(made) && made.type === "CallExpression" && isNode(made.callee) ? (made as Loose & { callee: Loose }) : undefined;
}
/** What a statement loads: `import … from "x"`, `const … = require("x")`. */
function sourceOf(node: Loose): string | undefined {
  if (node.type === "ImportDeclaration" && isNode(node.source)) return String(node.source.value);
  if (node.type !== "VariableDeclaration") return undefined;
  const [declared, more] = node.declarations as unknown[];
  if (more !== undefined || !isNode(declared) || !isNode(declared.init)) return undefined;
  const init = declared.init.type === "MemberExpression" ? declared.init.object : declared.init;
  if (!isNode(init) || init.type !== "CallExpression" || !isNode(init.callee) || init.callee.name !== "require") return undefined;
  const [given] = init.arguments as unknown[];
  return isNode(given) && typeof given.value === "string" ? given.value : undefined;
}
/** The names that a statement gives to what it loads. */
function namesBound(node: Loose): string[] {
  const bound: unknown[] =
    node.type === "ImportDeclaration"
      ? (node.specifiers as Loose[]).map(({ local }) => local)
      : (node.declarations as Loose[]).flatMap(({ id }) =>
          isNode(id) && id.type === "ObjectPattern" ? (id.properties as Loose[]).map(({ value }) => value) : [id],
        );
  return bound.flatMap((each) => (isNode(each) && each.type === "Identifier" ? [String(each.name)] : []));
}

const pythonImport = /^(?:from ([\w.]{1,200}) import ([\w, ]{1,400})|import ([\w., ]{1,400}))$/;
function inPython(file: string, text: string, isBefore: IsBefore): HelperCalls {
  const heads: string[] = [];
  const helpers = new Set<string>();
  const folder = path.posix.dirname(file);
  const isHelper = (module: string) => {
    const at = module.replaceAll(".", "/");
    return ["", folder].some((from) => [`${at}.py`, `${at}/__init__.py`].some((each) => isBefore(path.posix.join(from, each))));
  };
  const lines = text.split("\n");
  for (const line of lines) {
    const [, from, named = "", modules = ""] = pythonImport.exec(line) ?? [];
    const bind = (list: string) => list.split(",").map((each) => each.trim().split(" as ").at(-1) ?? "");
    if (from !== undefined && isHelper(from)) for (const name of bind(named)) helpers.add(name);
    else if (modules !== "" && bind(modules).every(isHelper)) for (const name of bind(modules)) helpers.add(name);
    else continue;
    heads.push(line);
  }
  if (helpers.size === 0) return { heads: "", calls: [] };
  const calls = lines.flatMap((line): HelperCall[] => {
    const statement = line.trim();
    const open = statement.indexOf("(");
    const callee = statement.slice(0, Math.max(0, open));
    if (!/^[\w.]{1,200}$/.test(callee) || !helpers.has(callee.split(".")[0]!) || !statement.endsWith(")")) return [];
    const given = splitArguments(statement.slice(open + 1, -1));
    return given && !given.some((each) => /^\*|^\w+=[^=]/.test(each)) ? toCall(callee, given) : [];
  });
  return { heads: heads.join("\n"), calls };
}
/** The arguments of a call that stands in one line; undefined where they can't be told apart. */
function splitArguments(text: string): string[] | undefined {
  const given: string[] = [];
  let [depth, quote, start] = [0, "", 0];
  for (let at = 0; at < text.length; at += 1) {
    const here = text[at]!;
    if (quote !== "") {
      if (here === "\\") at += 1;
      else if (here === quote) quote = "";
    } else if (here === '"' || here === "'") quote = here;
    else if ("([{".includes(here)) depth += 1;
    else if (")]}".includes(here)) depth -= 1;
    else if (here === "," && depth === 0) {
      given.push(text.slice(start, at).trim());
      start = at + 1;
    }
    if (depth < 0) return undefined;
  }
  if (quote !== "" || depth !== 0) return undefined;
  const last = text.slice(start).trim();
  return last === "" ? given : [...given, last];
}
