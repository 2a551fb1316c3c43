import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { ownFolder } from "../../fixtures.ts";
import { addResultRows } from "./results.ts";

const folder = ownFolder();
test("rows of a table of the run stand below one head, each on a line", () => {
  vi.stubEnv("GROWQR_RESULTS", path.join(folder, "deeper"));
  addResultRows("seen", ["step", "what"], [["health", "a | b\nc"]]);
  addResultRows(
    "seen",
    ["step", "what"],
    [
      ["switch", "d"],
      ["start", "e"],
    ],
  );
  vi.unstubAllEnvs();
  const lines = ["| step | what |", "| --- | --- |", "| health | a \\| b c |", "| switch | d |", "| start | e |", ""];
  expect(readFileSync(path.join(folder, "deeper/seen.md"), "utf8").split("\n")).toEqual(lines);
});
