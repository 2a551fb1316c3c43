import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { limit } from "./test/harness/suite/limit.ts";
import { long } from "./test/harness/suite/long-run.ts";
import { projects } from "./test/harness/suite/projects.ts";
import { SlowFirst } from "./test/harness/suite/slow-first.ts";

/** Not for small files alone: they use no part. */
const withParts = process.env.GROWQR_PARTS !== "none";

/**
 * Several files at a time: those of `schema` need nothing, those of `app` only read one build, those of `stories` and
 * `e2e` share one product with members of their own, and all others have a set of parts each
 * (`test/harness/suite/each-worker.ts`). `*.long.test.ts` runs with `--long` only: a skipped test counts as failed.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: projects.map(({ name, folders, workers, seconds }) => ({
      test: {
        name,
        include: folders.map((folder) => `test/${folder}/**/*.test.{ts,tsx}`),
        exclude: long ? [] : ["**/*.long.test.ts"],
        globalSetup: ["test/harness/suite/interrupt.ts", ...(withParts ? [`test/${name}/setup.ts`] : [])].filter((file) =>
          existsSync(file),
        ),
        setupFiles: [
          "test/harness/suite/hang/claim.ts", // first: nothing of a file runs before its worker has said that it serves it
          ...(name === "schema" ? [] : ["test/harness/suite/turn.ts"]), // most of its files take less than a look
          "test/harness/suite/worker-exit.ts",
          "test/harness/suite/seed.ts",
          "test/harness/suite/started-processes.ts",
          ...(["app", "stories", "compose", "e2e"].includes(name) ? ["test/harness/suite/evidence/keep-pictures.ts"] : []),
          ...(name === "stories" ? ["test/stories/tell-end.ts"] : []), // before the next, so that it runs after it
          ...(["stories", "e2e", "faults"].includes(name) ? ["test/harness/suite/stop-stacks.ts"] : []),
          ...(name === "edge" ? ["test/harness/suite/quieten-edge.ts"] : []),
        ],
        environment: "node",
        pool: "forks",
        isolate: false, // a process and its modules serve many files: a test file keeps nothing in a module of the product
        maxWorkers: workers,
        execArgv: ["--inspect-port=0"], // of a worker that hangs the inspector is opened for its stack, at a port of its own
        testTimeout: limit(seconds * 1_000),
        expect: { poll: { timeout: limit(20_000) } }, // a loaded machine is late, not wrong
        hookTimeout: limit(300_000),
        env: { RUST_BACKTRACE: "0", RUST_LIB_BACKTRACE: "0", RIVET_LOG_LEVEL: "error" },
      },
    })),
  },
});
