/* node:coverage disable */
// Preloaded by each Node program of a check: one that runs tests gets a reporter more than those it has.
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const asks = (...options) => process.argv.some((word) => options.some((option) => word === option || word.startsWith(`${option}=`)));

function findProgram() {
  try {
    return realpathSync(process.argv[1]);
  } catch {
    return ""; // it runs no file
  }
}
const runners = /\/node_modules\/(vitest|jest|jest-cli|mocha)\/(?:vitest\.mjs|bin\/(?:jest|_?mocha)(?:\.js)?)$/;
const [, runner] = runners.exec(findProgram()) ?? [];
if (runner === "vitest") process.argv.push(...(asks("--reporter") ? [] : ["--reporter=default"]), `--reporter=${beside("vitest.mjs")}`);
else if (runner === "mocha" && !asks("--reporter", "-R"))
  process.argv.push(`--reporter=${beside("mocha.cjs")}`); // it takes one alone
else if (runner?.startsWith("jest"))
  process.argv.push(...(asks("--reporters") ? [] : ["--reporters=default"]), `--reporters=${beside("jest.cjs")}`);
await import("./guard.mjs");
