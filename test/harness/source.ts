import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { parseSync } from "vite";

// Source files as text and as a syntax tree, for tests of what every file must keep.

export type Node = Record<string, unknown> & { type?: string; start?: number };
type Comment = { start: number; end: number };
export type Source = { file: string; text: string; program: Node; comments: Comment[] };

/** The parts of the product. */
export const parts = ["schema", "actors", "agent-host", "edge"];

/** The paths of the script files below some folders, sorted. */
export async function listSources(folders: readonly string[] = parts): Promise<string[]> {
  const exclude = (name: string) =>
    name.includes("node_modules") || name.endsWith("dist") || name.endsWith("api-types.ts") || name.startsWith("schema/templates"); // made, or a member's own
  const files: string[] = [];
  for (const folder of folders) for await (const file of glob(`${folder}/**/*.{ts,tsx,mjs,js}`, { exclude })) files.push(file);
  return files.sort();
}

export const readSource = (file: string): Source => parseSource(file, readFileSync(file, "utf8"));

export function parseSource(file: string, text: string): Source {
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return { file, text, program: program as unknown as Node, comments };
}

/** A node and all nodes below it. */
export function nodesOf(root: Node): Node[] {
  const found: Node[] = [];
  const left: unknown[] = [root];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (!Array.isArray(next)) found.push(next as Node);
    for (const child of Object.values(next as object)) if (typeof child === "object" && child !== null) left.push(child);
  }
  return found;
}

export const lineOf = ({ text }: Source, at: number): number => text.slice(0, at).split("\n").length;

/** The names that a parameter or the left side of a declaration binds. */
export function boundNames(pattern: unknown): Node[] {
  const node = pattern as Node | null | undefined;
  switch (node?.type) {
    case "Identifier":
      return [node];
    case "AssignmentPattern":
      return boundNames(node.left);
    case "RestElement":
      return boundNames(node.argument);
    case "TSParameterProperty":
      return boundNames(node.parameter);
    case "ArrayPattern":
      return (node.elements as Node[]).flatMap(boundNames);
    case "ObjectPattern":
      return (node.properties as Node[]).flatMap((property) => boundNames(property.value ?? property));
    default:
      return [];
  }
}

const declaredBy = (node: Node): Node[] =>
  node.type === "VariableDeclaration" ? (node.declarations as Node[]).flatMap(({ id }) => boundNames(id)) : boundNames(node.id);

/** The names that a file declares at its top; what it only passes on from another file is none. */
export function topLevelNames({ program }: Source): { name: string; exported: boolean }[] {
  const found = new Map<string, boolean>();
  for (const node of program.body as Node[]) {
    const exported = node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration";
    const declaration = exported ? (node.declaration as Node | null) : node;
    if (declaration)
      for (const { name } of declaredBy(declaration)) found.set(name as string, exported || found.get(name as string) === true);
  }
  return [...found].map(([name, exported]) => ({ name, exported }));
}

/** Every parameter and variable of a file. */
export const bindings = ({ program }: Source): Node[] =>
  nodesOf(program).flatMap((node) => {
    if (node.type === "VariableDeclarator") return boundNames(node.id);
    return Array.isArray(node.params) ? node.params.flatMap(boundNames) : [];
  });

/** The lines of comments that are longer than that: only lines that hold nothing but comment. */
export function longComments(source: Source, columns: number): number[] {
  const lines = source.text.split("\n");
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length + 1);
  return lines.flatMap((line, at) => {
    const first = starts[at]! + line.search(/\S/);
    const inComment = source.comments.some(({ start, end }) => start <= first && first < end);
    return line.length > columns && inComment ? [at + 1] : [];
  });
}

/** Whether a node is a call of a clock, such as `Date.now()`. */
function readsClock(node: Node): boolean {
  const callee = node.type === "CallExpression" ? (node.callee as Node) : undefined;
  const [object, property] = [callee?.object, callee?.property].map((each) => (each as Node | undefined)?.name);
  return ["Date.now", "performance.now", "process.hrtime"].includes(`${object}.${property}`);
}
const readsProcessorTime = (node: Node): boolean =>
  node.type === "CallExpression" &&
  /^(cpuUsage|threadCpuUsage|resourceUsage)$/.test(String(((node.callee as Node).property as Node)?.name));
/** A difference with a clock in it; a fixed number of milliseconds ago is a time, not a duration. */
const isDuration = (node: Node): boolean =>
  readsProcessorTime(node) ||
  (node.type === "BinaryExpression" &&
    node.operator === "-" &&
    (node.right as Node).type !== "Literal" &&
    [node.left, node.right].some((side) => nodesOf(side as Node).some(readsClock)));

/**
 * The lines on which a test judges speed by a clock: it expects a duration, or what was worked out of one, to
 * be below some number. A slow machine would fail it. `expectLinear` (`linear.ts`) says the same without one.
 */
export function speedJudgements(source: Source): number[] {
  const nodes = nodesOf(source.program);
  const durations = new Set<unknown>();
  const holds = (root: unknown) =>
    nodesOf(root as Node).some((node) => isDuration(node) || (node.type === "Identifier" && durations.has(node.name)));
  for (let before = -1; before < durations.size; ) {
    before = durations.size;
    for (const node of nodes)
      if (node.type === "VariableDeclarator" && node.init && holds(node.init))
        for (const { name } of boundNames(node.id)) durations.add(name);
  }
  return nodes
    .filter(
      ({ type, callee }) =>
        type === "CallExpression" && /^toBeLessThan/.test(String(((callee as Node).property as Node | undefined)?.name)),
    )
    .filter(({ callee }) => holds((callee as Node).object))
    .map(({ callee }) => lineOf(source, ((callee as Node).property as Node).start!));
}

/**
 * The number that an expression is when it is made of numbers only, by way of a name as well; the largest of
 * those that it may be.
 */
function numberIn(node: Node, named: ReadonlyMap<unknown, number>): number | undefined {
  const partsOf = (...names: string[]) => names.map((name) => numberIn(node[name] as Node, named));
  const largestOf = (numbers: (number | undefined)[]) => numbers.filter((each) => each !== undefined).sort((a, b) => b - a)[0];
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number" ? node.value : undefined;
    case "Identifier":
      return named.get(node.name);
    case "ConditionalExpression":
      return largestOf(partsOf("consequent", "alternate"));
    case "LogicalExpression":
      return largestOf(partsOf("left", "right"));
    case "BinaryExpression": {
      const [left, right] = partsOf("left", "right");
      if (left === undefined || right === undefined) return undefined;
      return { "+": left + right, "-": left - right, "*": left * right, "/": left / right }[String(node.operator)];
    }
    default:
      return undefined;
  }
}
const nameOf = (node: unknown): unknown => (node as Node | undefined)?.name ?? (node as Node | undefined)?.value;
/** The name that a call begins with: `test` of `test.each(rows)(title, run)`. */
function rootOf(callee: Node): unknown {
  const inner = (callee.object ?? callee.callee) as Node | undefined;
  return inner ? rootOf(inner) : callee.name;
}
/** The argument of a call that is its limit, if it has one. */
function limitOf({ callee, arguments: given }: Node): Node | undefined {
  const [words, name] = [given as Node[], nameOf((callee as Node).property)];
  if (/^(timeout|setTimeout|setDefaultTimeout|setDefaultNavigationTimeout)$/.test(String(name))) return words[0];
  const last =
    /^(test|it|describe|(before|after)(All|Each))$/.test(String(rootOf(callee as Node))) || /^wait(For|Until)$/.test(String(name));
  return last && words.length > 1 ? words.at(-1) : undefined;
}

/**
 * The lines that give a limit of a second or more as a bare number: a property `timeout`, the last argument
 * of a test, of a hook or of `waitFor`, or the first of `AbortSignal.timeout` and of the `set…Timeout` of a
 * page or a socket. `limit` (`suite/limit.ts`) makes it follow the machine.
 */
export function bareLimits(source: Source): number[] {
  const nodes = nodesOf(source.program);
  const named = new Map<unknown, number>();
  for (let before = -1; before < named.size; ) {
    before = named.size;
    for (const { type, id, init, left, right } of nodes) {
      const [name, value] = type === "VariableDeclarator" ? [id, init] : type === "AssignmentPattern" ? [left, right] : [];
      const number = value ? numberIn(value as Node, named) : undefined;
      if (number !== undefined) named.set(nameOf(name), number);
    }
  }
  const limits = nodes.flatMap((node): Node[] => {
    if (node.type === "Property" && nameOf(node.key) === "timeout") return [node.value as Node];
    const given = node.type === "CallExpression" ? limitOf(node) : undefined;
    return given ? [given] : [];
  });
  return limits.filter((node) => (numberIn(node, named) ?? 0) >= 1_000).map(({ start }) => lineOf(source, start!));
}
