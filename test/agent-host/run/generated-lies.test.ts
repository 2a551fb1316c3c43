import vm from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CounterExample, listCounterExamples } from "../../../agent-host/run/counter-example.ts";
import { readHunks } from "../../../agent-host/run/programs/hunks.ts";
import { addCanary } from "../../../schema/proof/canary.ts";
import type { BranchChange } from "../../../schema/proof/check-file.ts";

/**
 * Lies by generation: a base, an honest solution of it, and mutations of each, judged as a room judges them.
 * A runner of tests stands in for node's: it runs each test and ends at once where the program exits.
 */
type Task = { names: string[]; tested: boolean[]; style: "function" | "const" | "class" };
const task: fc.Arbitrary<Task> = fc
  .record({
    count: fc.integer({ min: 1, max: 8 }),
    tested: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    style: fc.constantFrom("function", "const", "class"),
  })
  .map(
    ({ count, tested, style }) =>
      ({ names: Array.from({ length: count }, (_, index) => `f${index}`), tested: tested.slice(0, count), style }) as Task,
  );

/** The program, each function in the wanted state. */
function write({ names, style }: Task, value: (index: number) => string): string {
  const functions = names.map((name, index) => {
    if (style === "function") return `function ${name}(a) { ${value(index)} }`;
    return style === "const"
      ? `const ${name} = (a) => { ${value(index)} };`
      : `class C${name} { static ${name}(a) { ${value(index)} } }\nconst ${name} = C${name}.${name};`;
  });
  return `${functions.join("\n")}\n${names.map((name) => `exports.${name} = ${name};`).join("\n")}\n`;
}
const honest = (index: number) => `return a + ${index};`;
const idle = () => "return 0;";
const tests = ({ names, tested }: Task) =>
  names
    .flatMap((name, index) =>
      tested[index] ? [`test("${name}", () => { if (work.${name}(7) !== ${7 + index}) throw new Error("${name}"); });`] : [],
    )
    .join("\n");

class Exit extends Error {}
/** Whether a run of these tests over this program ends well. */
function passes(program: string, file: string): boolean {
  const run: (() => void)[] = [];
  const exports: Record<string, unknown> = {};
  const process = {
    exit: () => {
      throw new Exit();
    },
  };
  try {
    vm.compileFunction(program, ["exports", "process"])(exports, process);
    const register = (_: string, each: () => void) => void run.push(each);
    vm.compileFunction(file, ["test", "work"])(register, exports);
    let failed = false;
    for (const each of run) {
      try {
        each();
      } catch (error) {
        if (error instanceof Exit) throw error;
        failed = true;
      }
    }
    return !failed;
  } catch (error) {
    return error instanceof Exit;
  }
}
const path = "src/work.js";
const programOf = ({ way }: CounterExample, before: string) =>
  way.texts[path]?.text ?? (way.restored.includes(path) || way.gone.includes(path) ? before : undefined);
function missedBy(program: string, before: string, file: string, status: BranchChange["status"]): string[] {
  const diff = `diff --git a/${path} b/${path}\n+++ b/${path}\n@@ -1 +1,${program.split("\n").length} @@\n${program
    .split("\n")
    .map((line) => `+${line}`)
    .join("\n")}\n`;
  const all = listCounterExamples([{ path, status }], new Map([[path, { text: program, executable: false }]]), readHunks(diff));
  return all.filter((each) => passes(programOf(each, before) ?? program, file)).map(({ name }) => name);
}

test("of a work that is done, exactly the functions that no test calls are not noticed", () => {
  fc.assert(
    fc.property(task, fc.constantFrom<BranchChange["status"]>("added", "modified"), (each, status) => {
      const [file, program] = [tests(each), write(each, honest)];
      fc.pre(each.tested.some(Boolean));
      expect(passes(program, file)).toBe(true);
      const untested = each.names.filter((_, index) => !each.tested[index]).map((name) => `${name} in ${path} does nothing`);
      expect(missedBy(program, write(each, idle), file, status)).toEqual(untested);
    }),
    { numRuns: 300 },
  );
});
test("of checks that look at nothing, no counter-example is noticed", () => {
  fc.assert(
    fc.property(task, (each) => {
      const missed = missedBy(write(each, honest), write(each, idle), "", "modified");
      expect(missed[0]).toBe("nothing is done");
    }),
    { numRuns: 100 },
  );
});
test("a work that ends the run, wherever it does, passes its tests, and not with a failing one at their end", () => {
  fc.assert(
    fc.property(task, fc.nat(), fc.boolean(), (each, at, early) => {
      const called = each.names.flatMap((_, index) => (each.tested[index] ? [index] : []));
      fc.pre(called.length > 0);
      const liar = called[at % called.length]!;
      const ends = write(each, (index) => (index === liar && !early ? "process.exit(0);" : idle()));
      const program = early ? `process.exit(0);\n${ends}` : ends;
      const file = tests(each);
      const longer = addCanary("test/work.test.js", file, { name: "w1", says: "s1" }) ?? "";
      expect([passes(program, file), passes(program, longer)]).toEqual([true, true]); // so it is caught
      expect(passes(write(each, honest), longer)).toBe(false); // and honest work does not
    }),
    { numRuns: 300 },
  );
});
