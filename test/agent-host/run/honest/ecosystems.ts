type Files = Record<string, string>;
/**
 * What the functions of a module give, by their names: expressions of two whole numbers, a and b, that mean
 * the same in each language. `plus`: they call a function of another module, whose file has its name.
 * `counts`: of the lines of a file.
 */
export type Functions = Readonly<Record<string, { is: string; plus?: string; counts?: string }>>;
/** A call of a function with two numbers, and what it is to give. */
export type Case = readonly [name: string, a: number, b: number, is: number];
export type Ecosystem = {
  name: string;
  /** Its programs are in the larger box alone. */
  full?: true;
  /** What each project begins with. `lock`: the line that makes its lockfile, with the registries. */
  begin: Files;
  lock?: string;
  check: string;
  module: (name: string) => string;
  write: (functions: Functions) => string;
  /** Paths of a file with tests, the second by a name that is found too. */
  tests: [(name: string) => string, (name: string) => string];
  /** A test for each of these functions of a module. */
  test: (module: string, cases: readonly Case[]) => string;
  /** A program that prints what a function gives of the two numbers of its command line. */
  program: (name: string) => string;
  main: (module: string, name: string) => string;
  run: (program: string, a: number, b: number) => string;
};
const entries = (functions: Functions) => Object.entries(functions).map(([name, each]) => ({ name, ...each }));
const lines = (...all: readonly (string | readonly string[])[]) => `${all.flat().filter(Boolean).join("\n")}\n`;
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const uses = (functions: Functions) => [...new Set(entries(functions).flatMap(({ plus }) => plus ?? []))];
const ignore = { ".gitignore": "node_modules\n.venv\n__pycache__\nbuild\ntarget\n" };

/** An expression, where another function is called and lines are counted as this language does. */
const inWords = ({ is, plus, counts }: Functions[string], call: (name: string) => string, count: (file: string) => string) =>
  [is, ...(plus ? [call(plus)] : []), ...(counts ? [count(counts)] : [])].join(" + ");
const calls = (name: string) => `${name}(a, b)`;
const countScript = (file: string) => `readFileSync(${JSON.stringify(file)}, "utf8").trim().split("\\n").length`;
const scriptValue = (each: Functions[string]) => inWords(each, calls, countScript);
const counts = (functions: Functions) => entries(functions).some((each) => each.counts !== undefined);

const commonJs: Pick<Ecosystem, "module" | "write" | "program" | "main" | "run"> = {
  module: (name) => `src/${name}.js`,
  write: (functions) =>
    lines(
      counts(functions) ? 'const { readFileSync } = require("node:fs");' : "",
      uses(functions).map((name) => `const { ${name} } = require("./${name}.js");`),
      entries(functions).map(({ name, ...each }) => `exports.${name} = (a, b) => {\n  return ${scriptValue(each)};\n};`),
    ),
  program: (name) => `src/${name}.js`,
  main: (module, name) =>
    lines(
      `const { ${name} } = require("./${module}.js");`,
      "const [a, b] = process.argv.slice(2).map(Number);",
      `console.log(${name}(a, b));`,
    ),
  run: (program, a, b) => `node src/${program}.js ${a} ${b}`,
};
const modules: Pick<Ecosystem, "module" | "write" | "program" | "main" | "run"> = {
  ...commonJs,
  write: (functions) =>
    lines(
      counts(functions) ? 'import { readFileSync } from "node:fs";' : "",
      uses(functions).map((name) => `import { ${name} } from "./${name}.js";`),
      entries(functions).map(({ name, ...each }) => `export function ${name}(a, b) {\n  return ${scriptValue(each)};\n}`),
    ),
  main: (module, name) =>
    lines(`import { ${name} } from "./${module}.js";`, "const [a, b] = process.argv.slice(2).map(Number);", `console.log(${name}(a, b));`),
};
const node: Ecosystem = {
  ...commonJs,
  name: "Node",
  begin: { ...ignore, "package.json": json({ name: "sums", version: "1.0.0", private: true }) },
  check: "node --test",
  tests: [(name) => `test/${name}.test.js`, (name) => `src/${name}-test.js`],
  test: (module, cases) =>
    lines(
      'const test = require("node:test");',
      'const assert = require("node:assert/strict");',
      `const work = require("${"../src/"}${module}.js");`,
      cases.map(([name, a, b, is]) => `test("${name} of ${a} and ${b}", () => {\n  assert.equal(work.${name}(${a}, ${b}), ${is});\n});`),
    ),
};
const npmVitest: Ecosystem = {
  ...modules,
  name: "npm and Vitest",
  begin: {
    ...ignore,
    "package.json": json({
      ...{ name: "sums", version: "1.0.0", private: true, type: "module" },
      scripts: { test: "vitest run" },
      devDependencies: { vitest: "3.2.4" },
    }),
  },
  lock: "npm install --package-lock-only --no-audit --no-fund",
  check: "npm ci && npm test",
  tests: [(name) => `test/${name}.test.js`, (name) => `src/${name}.spec.js`],
  test: (module, cases) =>
    lines(
      'import { describe, expect, it } from "vitest";',
      `import * as work from "../src/${module}.js";`,
      `describe("${module}", () => {`,
      cases.map(
        ([name, a, b, is]) => `  it("gives ${name} of ${a} and ${b}", () => {\n    expect(work.${name}(${a}, ${b})).toBe(${is});\n  });`,
      ),
      "});",
    ),
};
const pnpmMocha: Ecosystem = {
  ...commonJs,
  name: "pnpm and Mocha",
  begin: {
    ...ignore,
    "package.json": json({
      ...{ name: "sums", version: "1.0.0", private: true },
      scripts: { test: "mocha --recursive" },
      devDependencies: { mocha: "11.7.1" },
    }),
  },
  lock: "pnpm install --lockfile-only",
  check: "pnpm install --frozen-lockfile && pnpm test",
  tests: [(name) => `test/${name}.js`, (name) => `test/more/${name}.spec.cjs`],
  test: (module, cases) =>
    lines(
      'const assert = require("node:assert");',
      'const path = require("node:path");',
      `const work = require(path.resolve("src/${module}.js"));`,
      `describe("${module}", function () {`,
      cases.map(
        ([name, a, b, is]) =>
          `  it("gives ${name} of ${a} and ${b}", function () {\n    assert.strictEqual(work.${name}(${a}, ${b}), ${is});\n  });`,
      ),
      "});",
    ),
};
const typeScript: Ecosystem = {
  ...modules,
  name: "TypeScript",
  begin: {
    ...ignore,
    "package.json": json({
      ...{ name: "sums", version: "1.0.0", private: true, type: "module" },
      scripts: { test: "tsc --noEmit && node --test" },
      devDependencies: { typescript: "5.9.3", "@types/node": "24.0.0" },
    }),
    "tsconfig.json": json({
      compilerOptions: {
        ...{ strict: true, target: "es2023", module: "nodenext", types: ["node"], noEmit: true, skipLibCheck: true },
        ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true },
      },
      include: ["src", "test"],
    }),
  },
  lock: "npm install --package-lock-only --no-audit --no-fund",
  check: "npm ci && npm test",
  module: (name) => `src/${name}.ts`,
  write: (functions) =>
    lines(
      counts(functions) ? 'import { readFileSync } from "node:fs";' : "",
      uses(functions).map((name) => `import { ${name} } from "./${name}.ts";`),
      entries(functions).map(
        ({ name, ...each }) => `export function ${name}(a: number, b: number): number {\n  return ${scriptValue(each)};\n}`,
      ),
    ),
  tests: [(name) => `test/${name}.test.ts`, (name) => `src/${name}-test.mts`],
  test: (module, cases) =>
    lines(
      'import assert from "node:assert/strict";',
      'import { test } from "node:test";',
      `import * as work from "../src/${module}.ts";`,
      cases.map(([name, a, b, is]) => `test("${name} of ${a} and ${b}", () => {\n  assert.equal(work.${name}(${a}, ${b}), ${is});\n});`),
    ),
  program: (name) => `src/${name}.ts`,
  main: (module, name) =>
    lines(
      `import { ${name} } from "./${module}.ts";`,
      "const [a = 0, b = 0] = process.argv.slice(2).map(Number);",
      `console.log(${name}(a, b));`,
    ),
  run: (program, a, b) => `node src/${program}.ts ${a} ${b}`,
};

const pythonValue = (each: Functions[string]) => inWords(each, calls, (file) => `len(open("${file}").read().strip().split("\\n"))`);
const python: Ecosystem = {
  name: "Python",
  begin: ignore,
  check: "python3 -m unittest -q",
  module: (name) => `${name}.py`,
  write: (functions) =>
    lines(
      uses(functions).map((name) => `from ${name} import ${name}`),
      entries(functions).map(({ name, ...each }) => `\n\ndef ${name}(a, b):\n    return ${pythonValue(each)}`),
    ),
  tests: [(name) => `test_${name}.py`, (name) => `test_${name}_more.py`],
  test: (module, cases) =>
    lines(
      "import unittest",
      `import ${module}`,
      "\n\nclass Works(unittest.TestCase):",
      cases.map(
        ([name, a, b, is]) =>
          `    def test_${name}_of_${a}_and_${b}(self):\n        self.assertEqual(${module}.${name}(${a}, ${b}), ${is})\n`,
      ),
    ),
  program: (name) => `${name}.py`,
  main: (module, name) =>
    lines(
      "import sys",
      `from ${module} import ${name}`,
      `\nif __name__ == "__main__":\n    print(${name}(int(sys.argv[1]), int(sys.argv[2])))\n    sys.exit(0)`,
    ),
  run: (program, a, b) => `python3 ${program}.py ${a} ${b}`,
};
const pytest: Ecosystem = {
  ...python,
  name: "pip and pytest",
  begin: { ...ignore, "requirements.txt": "pytest==8.4.2\n", "pytest.ini": "[pytest]\npythonpath = .\n" },
  check: "pip install -q -r requirements.txt && pytest -q",
  tests: [(name) => `tests/test_${name}.py`, (name) => `tests/${name}_test.py`],
  test: (module, cases) =>
    lines(
      "import pytest",
      `import ${module}`,
      "\n",
      `@pytest.mark.parametrize("name, a, b, wanted", [${cases.map(([name, a, b, is]) => `("${name}", ${a}, ${b}, ${is})`).join(", ")}])`,
      "def test_gives(name, a, b, wanted):",
      `    assert getattr(${module}, name)(a, b) == wanted`,
    ),
};
const countInC = `#include <stdio.h>
static int count_lines(const char *path) {
  FILE *file = fopen(path, "r");
  int lines = 0;
  for (int c = file ? fgetc(file) : EOF; c != EOF; c = fgetc(file)) lines += c == '\\n';
  if (file) fclose(file);
  return lines;
}`;
const c: Ecosystem = {
  name: "C and make",
  begin: {
    ...ignore,
    Makefile: lines(
      "TESTS = $(patsubst test/%.c,build/%,$(wildcard test/*.c))",
      "check: $(TESTS)",
      '\tfor each in $(TESTS); do "./$$each" || exit 1; done',
      "build/%: test/%.c $(wildcard src/*.c)",
      "\tmkdir -p build && $(CC) -Wall -o $@ $<",
      "%: src/%.c",
      "\tmkdir -p build && $(CC) -Wall -o build/$@ $<",
    ),
  },
  check: "make check",
  module: (name) => `src/${name}.c`,
  write: (functions) =>
    lines(
      counts(functions) ? countInC : "",
      uses(functions).map((name) => `#include "${name}.c"`),
      entries(functions).map(
        ({ name, ...each }) => `int ${name}(int a, int b) {\n  return ${inWords(each, calls, (file) => `count_lines("${file}")`)};\n}`,
      ),
    ),
  tests: [(name) => `test/${name}.c`, (name) => `test/${name}_again.c`],
  test: (module, cases) =>
    lines(
      "#include <assert.h>",
      "#include <stdio.h>",
      `#include "../src/${module}.c"`,
      "int main(void) {",
      cases.map(([name, a, b, is]) => `  assert(${name}(${a}, ${b}) == ${is});`),
      `  puts("${module} is right");\n  return 0;\n}`,
    ),
  program: (name) => `src/${name}.c`,
  main: (module, name) =>
    lines(
      "#include <stdio.h>",
      "#include <stdlib.h>",
      `#include "${module}.c"`,
      `int main(int count, char **words) {\n  if (count < 3) return 2;\n  printf("%d\\n", ${name}(atoi(words[1]), atoi(words[2])));\n  return 0;\n}`,
    ),
  run: (program, a, b) => `make -s ${program} && build/${program} ${a} ${b}`,
};
const shell: Ecosystem = {
  name: "shell",
  begin: {
    ...ignore,
    "check.sh": 'set -e\nfor each in test/*.sh test/*/*.sh; do [ ! -f "$each" ] || sh "$each"; done\necho "all is right"\n',
  },
  check: "sh check.sh",
  module: (name) => `lib/${name}.sh`,
  write: (functions) =>
    lines(
      uses(functions).map((name) => `. ./lib/${name}.sh`),
      entries(functions).map(({ name, ...each }) => {
        const value = inWords(
          each,
          (other) => `$(${other} "$1" "$2")`,
          (file) => `$(wc -l <${file})`,
        );
        return `${name}() { echo $(( ${value.replaceAll(/\b[ab]\b/g, (word) => (word === "a" ? "$1" : "$2"))} )); }`;
      }),
    ),
  tests: [(name) => `test/${name}.sh`, (name) => `test/more/${name}.sh`],
  test: (module, cases) =>
    lines(
      "set -e",
      `. ./lib/${module}.sh`,
      cases.map(([name, a, b, is]) => `[ "$(${name} ${a} ${b})" = ${is} ] || { echo "${name} of ${a} and ${b} is not ${is}"; exit 1; }`),
    ),
  program: (name) => `${name}.sh`,
  main: (module, name) => lines(`. ./lib/${module}.sh`, `${name} "$1" "$2"`),
  run: (program, a, b) => `sh ${program}.sh ${a} ${b}`,
};
const exported = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}`;
const go: Ecosystem = {
  name: "Go",
  full: true,
  begin: { ...ignore, "go.mod": "module example.org/sums\n\ngo 1.19\n", "doc.go": "// Package sums gives sums.\npackage sums\n" },
  check: "go test ./...",
  module: (name) => `${name}.go`,
  write: (functions) =>
    lines(
      "package sums",
      counts(functions) ? '\nimport (\n\t"os"\n\t"strings"\n)' : "",
      entries(functions).map(({ name, ...each }) => {
        const value = inWords(
          each,
          (other) => `${exported(other)}(a, b)`,
          () => "lines",
        );
        const read = each.counts ? `\ttext, _ := os.ReadFile("${each.counts}")\n\tlines := strings.Count(string(text), "\\n")\n` : "";
        return `\n// ${exported(name)} is one of them.\nfunc ${exported(name)}(a, b int) int {\n${read}\treturn ${value}\n}`;
      }),
    ),
  tests: [(name) => `${name}_test.go`, (name) => `${name}_again_test.go`],
  test: (module, cases) =>
    lines(
      "package sums",
      '\nimport "testing"',
      cases.map(
        ([name, a, b, is]) =>
          `\nfunc Test${exported(module)}${exported(name)}${a}And${b}(t *testing.T) {\n\tif is := ${exported(name)}(${a}, ${b}); is != ${is} {\n\t\tt.Fatal(is)\n\t}\n}`,
      ),
    ),
  program: (name) => `cmd/${name}/main.go`,
  main: (_module, name) =>
    lines(
      "package main",
      '\nimport (\n\t"fmt"\n\t"os"\n\t"strconv"\n\n\t"example.org/sums"\n)',
      `\nfunc main() {\n\ta, _ := strconv.Atoi(os.Args[1])\n\tb, _ := strconv.Atoi(os.Args[2])\n\tfmt.Println(sums.${exported(name)}(a, b))\n}`,
    ),
  run: (program, a, b) => `go run ./cmd/${program} ${a} ${b}`,
};
const rust: Ecosystem = {
  name: "Rust",
  full: true,
  begin: {
    ...ignore,
    "Cargo.toml": '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock":
      '# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = "sums"\nversion = "0.1.0"\n',
    "src/lib.rs": "//! Sums.\n",
  },
  check: "cargo test",
  module: (name) => `src/${name}.rs`,
  write: (functions) =>
    lines(
      uses(functions).map((name) => `#[path = "${name}.rs"]\nmod ${name};`),
      entries(functions).map(({ name, ...each }) => {
        const value = inWords(
          each,
          (other) => `${other}::${other}(a, b)`,
          (file) => `std::fs::read_to_string("${file}").unwrap().lines().count() as i64`,
        );
        return `pub fn ${name}(a: i64, b: i64) -> i64 {\n    ${value}\n}`;
      }),
    ),
  tests: [(name) => `tests/${name}.rs`, (name) => `tests/${name}_again.rs`],
  test: (module, cases) =>
    lines(
      `#![allow(dead_code)]\n#[path = "../src/${module}.rs"]\nmod ${module};`,
      cases.map(
        ([name, a, b, is]) => `\n#[test]\nfn ${name}_of_${a}_and_${b}() {\n    assert_eq!(${module}::${name}(${a}, ${b}), ${is});\n}`,
      ),
    ),
  program: (name) => `src/bin/${name}.rs`,
  main: (module, name) =>
    lines(
      `#![allow(dead_code)]\n#[path = "../${module}.rs"]\nmod ${module};`,
      `\nfn main() {\n    let all: Vec<i64> = std::env::args().skip(1).map(|word| word.parse().unwrap()).collect();\n    println!("{}", ${module}::${name}(all[0], all[1]));\n}`,
    ),
  run: (program, a, b) => `cargo run -q --bin ${program} -- ${a} ${b}`,
};

export const ecosystems: readonly Ecosystem[] = [node, npmVitest, pnpmMocha, typeScript, python, pytest, c, shell, go, rust];
