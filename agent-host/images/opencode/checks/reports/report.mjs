/* node:coverage disable */
// What a runner of tests says of each test, as lines of JSON in a file of its own, in the folder that
// TEST_REPORTS names: `{"begins":runner}`, one line for each test, `{"ends":true}`. A clean room sets it. The
// first runner of a tree of processes reports alone: what its tests start finds no folder.
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export function openReport(runner) {
  const folder = process.env.TEST_REPORTS;
  delete process.env.TEST_REPORTS;
  if (folder) mkdirSync(folder, { recursive: true });
  const path = folder && join(folder, `${randomUUID()}.lines`);
  const add = (line) => path && appendFileSync(path, `${JSON.stringify(line)}\n`);
  add({ begins: runner });
  return {
    /** `names`: those of the groups in which it stands, and its own; none where the file is all of it. */
    test: (file, names, outcome) => add({ file: (file ?? "").slice(0, 1_000), name: names.join(" > ").slice(0, 300), outcome }),
    end: () => add({ ends: true }),
  };
}
