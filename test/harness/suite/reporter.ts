import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Reporter, TestModule, TestSuite } from "vitest/node";
import { z } from "zod";
import { root } from "../../local/process.ts";

/**
 * What one run of tests came to. A skipped test, a file that did not load and a failed hook are failures:
 * nothing is quietly left out.
 */
export const outcome = z.object({
  passed: z.number(),
  failed: z.number(),
  /** Each failed test, file or hook, with the first words of why. */
  failures: z.array(z.string()),
  /** How long each file took: its imports, hooks and tests. */
  files: z.array(z.object({ file: z.string(), seconds: z.number() })),
});
export type Outcome = z.infer<typeof outcome>;

type Thrown = { message: string; stack?: string | undefined };
/** The message, and where in our code. */
function why(errors: readonly Thrown[]): string[] {
  return errors.map(({ message, stack = "" }) => {
    const places = stack.split("\n").filter((line) => /^\s+at /.test(line) && !line.includes("node_modules"));
    return [message.slice(0, 1_500), ...places.slice(0, 4)].join("\n");
  });
}

function took(module: TestModule): Outcome["files"][number] {
  const { collectDuration, setupDuration, duration } = module.diagnostic();
  return { file: path.relative(root, module.moduleId), seconds: (collectDuration + setupDuration + duration) / 1_000 };
}

/** Its name is given to vitest with `--reporter`; it writes to the file that `GROWQR_OUTCOME` names. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Thrown[]): void {
    const failures = why(unhandled);
    let passed = 0;
    let failed = 0;
    for (const module of modules) {
      const file = path.relative(root, module.moduleId);
      const hooks: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
      const errors = hooks.flatMap((each) => why(each.errors()));
      failures.push(...errors.map((text) => `${file}\n${text}`));
      let skipped = 0;
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        if (state === "passed") passed += 1;
        else failed += 1;
        if (state === "failed") failures.push(`${file} > ${test.fullName}\n${why(errors).join("\n")}`);
        else if (state !== "passed") skipped += 1;
      }
      if (skipped) failures.push(`${file}: ${skipped} did not run`);
      if (module.state() === "failed" && errors.length > 0 && skipped === 0) failed += 1; // no test of it tells
    }
    const to = process.env.GROWQR_OUTCOME;
    if (!to) throw new Error("GROWQR_OUTCOME names no file");
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, JSON.stringify({ passed, failed: failed + unhandled.length, failures, files: modules.map(took) } satisfies Outcome));
  }
}
