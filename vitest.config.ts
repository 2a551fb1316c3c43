import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/**
 * Slowest last: `npm test` runs them in this order. Several files at a time where they wait more than they work: those of `schema` need nothing, those
 * of `app` only read one build, those of `e2e` share one product with members of their own, and all others have a set of parts each (`test/harness/suite/each-worker.ts`).
 */
const projects = [
  { name: "schema", seconds: 30, workers: 2 },
  { name: "edge", seconds: 60, workers: 2 },
  { name: "app", seconds: 60, workers: 2 },
  { name: "actors", seconds: 120, workers: 2 },
  { name: "agent-host", seconds: 120, workers: 2 },
  { name: "e2e", seconds: 180, workers: 2 },
  { name: "faults", seconds: 180, workers: 2 },
];

export default defineConfig({
  test: {
    projects: projects.map(({ name, seconds, workers }) => ({
      test: {
        name,
        include: [
          `test/${name}/**/*.test.{ts,tsx}`,
          ...(name === "schema" ? ["test/doubles/**/*.test.ts", "test/harness/**/*.test.ts"] : []),
        ],
        globalSetup: ["test/harness/suite/interrupt.ts", `test/${name}/setup.ts`].filter((file) => existsSync(file)),
        setupFiles: [
          "test/harness/suite/worker-exit.ts",
          "test/harness/suite/seed.ts",
          ...(name === "e2e" || name === "faults" ? ["test/harness/suite/stop-stacks.ts"] : []),
        ],
        environment: "node",
        pool: "forks",
        fileParallelism: workers > 1,
        maxWorkers: workers, // for a machine of two cores
        testTimeout: seconds * 1_000,
        expect: { poll: { timeout: 20_000 } }, // a loaded machine is late, not wrong
        hookTimeout: 300_000,
        env: { RUST_BACKTRACE: "0", RUST_LIB_BACKTRACE: "0", RIVET_LOG_LEVEL: "error" },
      },
    })),
  },
});
