import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Slowest last: `npm test` runs them in this order. Parallel are those that wait more than they work; what drives Docker or kills parts runs one file at a time. */
const projects = [
  { name: "schema", seconds: 10, parallel: true },
  { name: "edge", seconds: 60, parallel: false },
  { name: "app", seconds: 60, parallel: false },
  { name: "actors", seconds: 120, parallel: false },
  { name: "agent-host", seconds: 120, parallel: false },
  { name: "e2e", seconds: 180, parallel: true },
  { name: "faults", seconds: 180, parallel: false },
];

export default defineConfig({
  test: {
    projects: projects.map(({ name, seconds, parallel }) => ({
      test: {
        name,
        include: [
          `test/${name}/**/*.test.{ts,tsx}`,
          ...(name === "schema" ? ["test/doubles/**/*.test.ts", "test/local/**/*.test.ts"] : []),
        ],
        globalSetup: ["test/local/interrupt.ts", `test/${name}/setup.ts`].filter((file) => existsSync(file)),
        setupFiles: ["test/local/seed.ts", ...(name === "e2e" || name === "faults" ? ["test/local/rest.ts"] : [])],
        environment: "node",
        pool: "forks",
        fileParallelism: parallel,
        maxWorkers: parallel ? 2 : 1, // a machine of two cores; each file of e2e has members of its own, and more would need their memory
        testTimeout: seconds * 1_000,
        expect: { poll: { timeout: 20_000 } }, // a loaded machine is late, not wrong
        hookTimeout: 300_000,
        env: { RUST_BACKTRACE: "0", RUST_LIB_BACKTRACE: "0", RIVET_LOG_LEVEL: "error" },
      },
    })),
  },
});
