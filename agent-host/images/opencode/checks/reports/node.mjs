/* node:coverage disable */
// A reporter of node:test that prints nothing.
import { statSync } from "node:fs";
import { relative } from "node:path";
import { openReport } from "./report.mjs";

const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
// biome-ignore lint/correctness/useYield: it prints nothing
export default async function* reportTests(events) {
  const { test, end } = openReport("node:test");
  const names = [];
  for await (const { type, data } of events) {
    if (type === "test:start") names.splice(data.nesting, Infinity, data.name);
    if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") continue;
    const isFile = data.nesting === 0 && data.file && [data.file, relative(process.cwd(), data.file)].includes(data.name);
    if (isFile && type === "test:fail" && isFolder(data.file)) continue; // it runs none of the folder
    const ended = type === "test:pass" ? "passed" : "failed";
    const outcome = data.skip === undefined && data.todo === undefined ? ended : "skipped";
    test(data.file, isFile ? [] : [...names.slice(0, data.nesting), data.name], outcome);
  }
  end();
}
