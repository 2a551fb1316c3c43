import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Parsed, printYaml, readYaml, yamlLimits } from "../../../schema/wire/yaml.ts";

const anything = z.unknown();
const problem = (text: string) => said(readYaml(text, anything));
const said = (read: Parsed<unknown>) => (read.ok ? "" : read.issues.map((issue) => `${issue.path}|${issue.message}`).join("\n"));

describe("YAML of strangers", () => {
  test("anchors, aliases, tags, directives and second documents are refused", () => {
    const laughs = `a: &a [x]\n${"bcdefgh".replace(/./g, (name) => `${name}: &${name} [*a, *a]\n`)}`;
    expect(problem(laughs)).toContain("anchors and aliases");
    expect(problem("a: *b")).toContain("anchors and aliases");
    expect(problem("a: !!js/function 1")).toContain("tags");
    expect(problem("%YAML 1.1\n---\na: yes")).toContain("directives");
    expect(problem("? [a]\n: 1")).toContain("not plain text");
    expect(problem("a: 1\n---\nb: 2")).toContain("more than one document");
  });
  test("a key that is given twice is refused with its line", () => {
    expect(problem("a: 1\nb: 2\na: 3")).toContain("line 3");
  });
  test("what is too large, too deep or has too many parts is refused before anything is built", () => {
    expect(problem(`a: ${"x".repeat(yamlLimits.bytes)}`)).toContain("larger than");
    for (const open of ["[", "{a: ", "- ", "[{a: "]) expect(problem(open.repeat(10_000))).toContain("deeper than");
    expect(problem("- a\n".repeat(6_000))).toContain("more than");
    expect(problem(`${"é".repeat(yamlLimits.bytes / 2 + 1)}: 1`)).toContain("larger than");
  });
  test("a merge key is an ordinary key and a prototype is never reached", () => {
    expect(readYaml("<<: {a: 1}", anything)).toEqual({ ok: true, value: { "<<": { a: 1 } } });
    expect(said(readYaml("__proto__: {admin: true}", z.strictObject({})))).toContain("not a known key");
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });
  test("an unknown key is named by its path and the closest branch of a choice speaks", () => {
    const shape = z.strictObject({
      list: z.array(z.union([z.strictObject({ a: z.number(), n: z.number().max(3) }), z.strictObject({ b: z.string() })])),
    });
    expect(said(readYaml("list:\n  - {a: 1, n: 9}\n", shape))).toMatch(/^list\.0\.n\|/);
    expect(said(readYaml("list: []\nmore: 1\n", shape))).toBe("more|is not a known key");
    const line = z.strictObject({ run: z.union([z.string(), z.strictObject({ command: z.string().min(2) })]) });
    expect(said(readYaml("run: {command: x}\n", line))).toMatch(/^run\.command\|/);
  });
  test("no text of any kind makes the reader throw", () => {
    const pieces = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "'",
      '"',
      "|",
      ">",
      "#",
      "&x",
      "*x",
      "!",
      "%",
      "\t",
      "?",
      "---",
      "\u0000",
      "é",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 80 }), (parts) => {
        expect(readYaml(parts.join(""), anything)).toHaveProperty("ok");
      }),
      { numRuns: 500 },
    );
  });
  test("what is printed is read back the same", () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.integer(),
        fc.boolean(),
        fc.constantFrom("yes", "no", "null", "1e3", "0x1", "~", "- a", "a: b", "'", "2026-11-20"),
      ),
      node: fc.oneof(
        { maxDepth: 3 },
        tie("leaf"),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("node"), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (data) => {
        expect(readYaml(printYaml({ of: data }), anything)).toEqual({ ok: true, value: JSON.parse(JSON.stringify({ of: data })) });
      }),
    );
  });
});
