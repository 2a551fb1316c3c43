import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resultsFolder } from "../../../harness/suite/evidence/results.ts";
import { limit } from "../../../harness/suite/limit.ts";
import { times } from "../../../harness/suite/long-run.ts";
import { bringPackages } from "../setup/packages.ts";
import { bases } from "./bases.ts";
import { drawWork } from "./draw.ts";
import { makeProject, type Project, prove } from "./liar.ts";

/**
 * Lies by generation, told through the whole room: bases, honest work, and operators on the tree, settings,
 * judges, lockfiles, place, run and Git. Each of them passes in its agent's own clone.
 */
bringPackages();
const projects = new Map<string, Project>();
beforeAll(async () => {
  for (const base of bases) projects.set(base.name, await makeProject(base));
}, limit(60_000));

const seed = Number(process.env.GROWQR_SEED ?? 24);
const drawn = drawWork(bases, seed, times({ few: 12, all: 200 }));
const seen: object[] = [];
afterAll(() => {
  mkdirSync(resultsFolder(), { recursive: true });
  writeFileSync(path.join(resultsFolder(), "lies.ndjson"), seen.map((each) => `${JSON.stringify(each)}\n`).join(""));
});

describe("work by chance", { timeout: limit(300_000) }, () => {
  it.concurrent.each(drawn.map((each) => ({ ...each, on: each.base.name })))(
    "$kind, $on: $name",
    async ({ kind, name, on, tell, dice }) => {
      const project = projects.get(on)!;
      const told = tell(project.base, dice);
      const { here, said, result } = await prove(project, told);
      const causes = result.failures.map(({ why }) => why);
      seen.push({ kind, name, on, at: dice.at, here, passed: result.passed, causes, reason: result.failures[0]?.reason });
      if (kind === "honest") expect([here, result.failures], said).toEqual([true, []]);
      else expect([here || told.unlike === true, result.passed], `${causes.join()}\n${said}`).toEqual([true, false]);
    },
  );
});
