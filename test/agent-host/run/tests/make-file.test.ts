import { expect, test } from "vitest";
import { readMakeTargets, readRecipes } from "../../../../agent-host/run/tests/make-file.ts";
import { expectLinear, fillText } from "../../../harness/linear.ts";

test("targets of each call of make are those that its words name", () => {
  expect(readMakeTargets("make")).toEqual([[]]);
  expect(readMakeTargets("cd x && make -s check CFLAGS=-O2 lint; $(MAKE) all")).toEqual([["check", "lint"], ["all"]]);
  expect(readMakeTargets("cmake .\nmakes check")).toEqual([]);
});
const text = `CFLAGS := -Wall
.PHONY: check lint
# check: nothing
all: build
build: src/a.c | out
\tcc -o build src/a.c
check: build \\
  unit
\t@./build
unit: ; npm test
lint:
\teslint .
`;
test("recipes are those of the targets and of what they need, by default of the first one", () => {
  expect(readRecipes(text, ["check"])).toEqual([
    { target: "check", text: "./build" },
    { target: "build", text: "cc -o build src/a.c" },
    { target: "unit", text: " npm test" },
  ]);
  expect(readRecipes(text, []).map(({ target }) => target)).toEqual(["build"]);
  expect(readRecipes(text, ["lint", "none"])).toEqual([{ target: "lint", text: "eslint ." }]);
  expect(readRecipes("", [])).toEqual([]);
});
test("the worst make file is read in time in proportion to its length", () => {
  for (const piece of ["a: a a a\n", "a b c: d\n\tx\n", ":::::", "\\\n", "a:b\n"])
    expectLinear(piece, 40_000, fillText(piece), (worst) => readRecipes(worst, ["a"]));
});
