import { CST, type Document, Lexer, LineCounter, Parser, parseDocument, stringify } from "yaml";
import type { z } from "zod";

/** What is wrong and where. `path` is dotted (`acceptance.0.url`), empty for the whole document. */
export type Issue = { path: string; message: string };
export type Parsed<T> = { ok: true; value: T } | { ok: false; issues: Issue[] };
/** Bounds on a document of strangers: bytes of UTF-8, levels of nesting, and tokens. */
export type YamlLimits = { bytes: number; depth: number; tokens: number };
export const yamlLimits = { bytes: 64 * 1024, depth: 16, tokens: 12_000 } as const satisfies YamlLimits;

export function yamlIssue(path: string, message: string): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ path, message }] };
}

/**
 * A zod failure as issues. Rejected values are not repeated.
 * Of a choice, the branch that came closest speaks.
 */
export function issuesOf(error: { issues: z.core.$ZodIssue[] }, under = ""): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = [under, ...issue.path.map(String)].filter((part) => part !== "").join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: "is not a known key" }));
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ path, message: issue.message }];
    const branches = issue.errors.map((issues) => issuesOf({ issues }, path));
    const inside = (branch: Issue[]) => branch.every((issue) => issue.path !== path); // of the right kind, and wrong further in
    const closer = (a: Issue[], b: Issue[]) => a.length < b.length || (a.length === b.length && inside(a) && !inside(b));
    return branches.reduce((best, branch) => (closer(branch, best) ? branch : best));
  });
}

export function parseShape<T extends z.ZodType>(value: unknown, shape: T, under = ""): Parsed<z.output<T>> {
  const parsed = shape.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, issues: issuesOf(parsed.error, under) };
}

/**
 * Reads one YAML document of plain maps, lists and scalars and
 * parses it with `shape`. Never throws for bad text.
 */
export function readYaml<T extends z.ZodType>(text: string, shape: T, bounds: YamlLimits = yamlLimits): Parsed<z.output<T>> {
  const read = readDocument(text, bounds);
  return read.ok ? parseShape(read.value.toJS({ maxAliasCount: 0 }), shape) : read;
}

/** The document itself, for edits that keep a member's comments. The same bounds hold. */
export function readDocument(text: string, bounds: YamlLimits = yamlLimits): Parsed<Document> {
  const problem = tooMuch(text, bounds);
  if (problem) return yamlIssue("", problem);
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, merge: false, schema: "core", prettyErrors: false, lineCounter: lines });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length === 0) return { ok: true, value: document };
  const issues = errors.slice(0, 10).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const message =
      error.code === "DUPLICATE_KEY"
        ? "a key is given twice"
        : error.code === "MULTIPLE_DOCS"
          ? "holds more than one document"
          : error.message;
    return { path: "", message: `line ${line}, column ${col}: ${message}` };
  });
  return { ok: false, issues };
}

export function printYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, schema: "core", version: "1.2" });
}

/**
 * Why a value could not be read again once it is printed, said
 * of its longest part: what is taken must come back.
 */
export function findUnreadable(value: object, bounds: YamlLimits): Issue[] {
  const problem = tooMuch(printYaml(value), bounds);
  if (!problem) return [];
  const parts = Object.entries(value).map(([path, part]) => ({ path, size: JSON.stringify(part ?? null).length }));
  const longest = parts.reduce((most, node) => (node.size > most.size ? node : most));
  return [{ path: longest.path, message: `the whole ${problem} as a file` }];
}

const tooMany = (bounds: YamlLimits) => `holds more than ${bounds.tokens} parts`;
const tooNested = (bounds: YamlLimits) => `is nested deeper than ${bounds.depth} levels`;
/** Stops where the bounds are passed: the parser would read to the end before it says a word. */
function tooManyLexemes(text: string, bounds: YamlLimits): string | undefined {
  let [lexemes, level] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > 2 * bounds.tokens) return tooMany(bounds); // a scalar is two
    if (lexeme === "[" || lexeme === "{") level += 1;
    if (lexeme === "]" || lexeme === "}") level -= 1;
    if (level > bounds.depth) return tooNested(bounds);
  }
  return undefined;
}
/** Looks at the tokens before anything is built from them: composing is recursive, this is not. */
function tooMuch(text: string, bounds: YamlLimits): string | undefined {
  if (new TextEncoder().encode(text).byteLength > bounds.bytes) return `is larger than ${bounds.bytes} bytes`;
  const early = tooManyLexemes(text, bounds);
  if (early) return early;
  let tokens = 0;
  const queue: { token: unknown; depth: number }[] = [];
  for (const token of new Parser().parse(text)) queue.push({ token, depth: 0 });
  for (let at = queue.pop(); at; at = queue.pop()) {
    const { token, depth } = at;
    if (Array.isArray(token)) for (const item of token) queue.push({ token: item, depth });
    if (Array.isArray(token) || token === null || typeof token !== "object") continue;
    const type = "type" in token ? token.type : undefined;
    if (type === "alias" || type === "anchor") return "anchors and aliases are not taken";
    if (type === "tag") return "tags are not taken";
    if (type === "directive" || type === "explicit-key-ind") return "directives and keys that are not plain text are not taken";
    if (++tokens > bounds.tokens) return tooMany(bounds);
    const deeper = depth + (typeof type === "string" && CST.isCollection(token as CST.Token) ? 1 : 0);
    if (deeper > bounds.depth) return tooNested(bounds);
    for (const child of Object.values(token)) if (typeof child === "object") queue.push({ token: child, depth: deeper });
  }
  return undefined;
}
