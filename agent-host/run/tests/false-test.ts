import { findFunctionBodies, isFunction, isNode, plainScript, readScript, walkNodes } from "../programs/function-bodies.ts";

/** A test of a file: `makeFalse` answers the file's text in which it fails, saying so. */
export type TestPlace = { name: string; makeFalse: (says: string) => string };

/** The tests of JavaScript, TypeScript, Python and Go whose names stand in the text as they are. */
export function findTests(path: string, program: { text: string; plain?: string }): TestPlace[] {
  const { text } = program;
  const found = path.endsWith(".py")
    ? inPython(path, text)
    : path.endsWith(".go")
      ? inGo(text)
      : inScript(text, plainScript(path, program));
  const times = new Map<string, number>();
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1);
  return found.filter(({ name }) => times.get(name) === 1);
}
/** Options of a test by which it does not fail where it is false. */
const mayFail = /\b(?:fails|expectFailure|todo|skip|retry|retries)\b/;
function inScript(text: string, plain: string | undefined): TestPlace[] {
  const program = plain === undefined ? undefined : readScript(plain);
  if (!program) return [];
  const found: TestPlace[] = [];
  for (const { type, callee, arguments: given } of walkNodes(program)) {
    if (type !== "CallExpression" || !isNode(callee) || (callee.name !== "test" && callee.name !== "it")) continue;
    const [named, ...rest] = given as unknown[];
    if (rest.some((each) => isNode(each) && each.type === "ObjectExpression" && mayFail.test(text.slice(each.start, each.end)))) continue;
    const run = rest.findLast(isFunction);
    if (!isNode(named) || typeof named.value !== "string" || !run || !isNode(run.body)) continue;
    const { start, end, type: kind } = run.body;
    const makeFalse = (says: string) => {
      const fail = `throw new Error('${says}');`;
      if (kind === "BlockStatement") return `${text.slice(0, start + 1)} ${fail} ${text.slice(start + 1)}`;
      return `${text.slice(0, start)}((() => { ${fail} })(), ${text.slice(start, end)})${text.slice(end)}`;
    };
    found.push({ name: named.value, makeFalse });
  }
  return found;
}
function inPython(path: string, text: string): TestPlace[] {
  return findFunctionBodies(path, { text }).flatMap(({ name, from }) => {
    if (!name.startsWith("test")) return [];
    const indent = text.slice(text.lastIndexOf("\n", from - 1) + 1, from);
    if (indent.trim() !== "") return [];
    return [{ name, makeFalse: (says) => `${text.slice(0, from)}raise AssertionError("${says}")\n${indent}${text.slice(from)}` }];
  });
}
function inGo(text: string): TestPlace[] {
  return [...text.matchAll(/^func (Test\w{0,200})\((\w{1,40}) \*testing\.T\) \{/gm)].flatMap(
    ({ 0: head, 1: name = "", 2: given, index }) => {
      if (given === "_") return [];
      const at = index + head.length;
      return [{ name, makeFalse: (says) => `${text.slice(0, at)} ${given}.Fatal("${says}")\n${text.slice(at)}` }];
    },
  );
}
