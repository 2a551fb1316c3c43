import type { Ecosystem } from "./ecosystems.ts";

/**
 * What a task changes in a project: null takes a file away. `line`: what it is checked by where that is not
 * the project's own line. `says`: what that is to print.
 */
type Files = Record<string, string | null>;
export type Honest = {
  before: Record<string, string>;
  work: Files;
  line?: string;
  says?: string;
  /** Files beside the work that its agent names, with the member's yes. */
  also?: string[];
};
export type Shape = { name: string; make: (ecosystem: Ecosystem) => Honest };

const sum = { sum: { is: "a + b" } };
const product = { product: { is: "a * b" } };
const sums = [
  ["sum", 7, 8, 15],
  ["sum", 20, 22, 42],
] as const;
const products = [
  ["product", 6, 7, 42],
  ["product", 3, 5, 15],
] as const;
/** All of it below a folder. */
const below = <T extends Files>(folder: string, files: T): T =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text])) as T;

export const shapes: readonly Shape[] = [
  {
    name: "a program for tests that are there",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: { ...begin, [test("sum")]: writeTest("sum", sums) },
      work: { [module("sum")]: write(sum) },
    }),
  },
  {
    name: "an error is mended",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: { ...begin, [module("sum")]: write({ sum: { is: "a - b" } }), [test("sum")]: writeTest("sum", sums) },
      work: { [module("sum")]: write(sum) },
    }),
  },
  {
    name: "something more, with tests of its own",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: { ...begin, [module("sum")]: write(sum), [test("sum")]: writeTest("sum", sums) },
      work: { [module("product")]: write(product), [test("product")]: writeTest("product", products) },
    }),
  },
  {
    name: "two files, of which one needs the other",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: { ...begin, [test("both")]: writeTest("both", [["both", 2, 3, 11]]) },
      work: { [module("both")]: write({ both: { is: "a + b", plus: "product" } }), [module("product")]: write(product) },
    }),
  },
  {
    name: "a program for the command line",
    make: ({ begin, module, write, program, main, run, tests: [test], test: writeTest }) => ({
      before: { ...begin, [module("sum")]: write(sum), [test("sum")]: writeTest("sum", sums) },
      work: { [program("show")]: main("sum", "sum") },
      line: run("show", 20, 22),
      says: "42",
    }),
  },
  {
    name: "a part gets a file of its own, and one more test",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: {
        ...begin,
        [module("both")]: write({ both: { is: "a + b + a * b" } }),
        [test("both")]: writeTest("both", [["both", 2, 3, 11]]),
      },
      work: {
        [module("both")]: write({ both: { is: "a + b", plus: "product" } }),
        [module("product")]: write(product),
        [test("product")]: writeTest("product", products),
      },
    }),
  },
  {
    name: "tests by another usual name",
    make: ({ begin, module, write, tests: [, test], test: writeTest }) => ({
      before: { ...begin, [test("sum")]: writeTest("sum", sums) },
      work: { [module("sum")]: write(sum) },
    }),
  },
  {
    name: "a project in a folder",
    make: ({ begin, module, write, check, tests: [test], test: writeTest }) => ({
      before: below("shop/sums", { ...begin, [test("sum")]: writeTest("sum", sums) }),
      work: below("shop/sums", { [module("sum")]: write(sum) }),
      line: `cd shop/sums && ${check}`,
    }),
  },
  {
    name: "a program that reads data",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: { ...begin, "data/words.txt": "one\ntwo\nthree\n", [test("words")]: writeTest("words", [["words", 4, 5, 12]]) },
      work: { [module("words")]: write({ words: { is: "a + b", counts: "data/words.txt" } }) },
    }),
  },
  {
    name: "an error is mended, and a file that nobody needs is gone",
    make: ({ begin, module, write, tests: [test], test: writeTest }) => ({
      before: {
        ...begin,
        [module("sum")]: write({ sum: { is: "a - b" } }),
        [module("unneeded")]: write({ unneeded: { is: "a" } }),
        [test("sum")]: writeTest("sum", sums),
      },
      work: { [module("sum")]: write(sum), [module("unneeded")]: null },
      also: [module("unneeded")],
    }),
  },
];
