import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunResult, runLine } from "../../../../schema/proof/proof.ts";
import { reachRegistries } from "../../../harness/registries.ts";
import { resultsFolder } from "../../../harness/suite/evidence/results.ts";
import { limit } from "../../../harness/suite/limit.ts";
import { every, someOf } from "../../../harness/suite/long-run.ts";
import { type Asked, command, makeRepository, mustRunAsAgent, openRun, reachRegistry, writeFilesLine } from "../../clean-room.ts";
import { bringAuthor, person, pushFiles } from "../setup/setup-author.ts";
import { type Ecosystem, ecosystems } from "./ecosystems.ts";
import { type Shape, shapes } from "./shapes.ts";

/**
 * A hundred tasks, honestly done: ten ways to write programs, and ten kinds of task in each. Nothing about
 * them is a lie, so that each refusal is the room's fault. By default a few that need no packages.
 */
bringAuthor(async () => ({ ...(await reachRegistries()), SETUP_SECONDS: "300" }));

const tasks = ecosystems.flatMap((ecosystem) => shapes.map((shape) => ({ ecosystem, shape, on: ecosystem.name, name: shape.name })));
const small = tasks.filter(({ ecosystem: { full, lock, name } }) => !full && !lock && name !== "pip and pytest");
const told = every ? tasks : someOf(small, 3, 8);

const lockfiles = new Map<string, Promise<Record<string, string>>>();
/** Made once for each, by its own package manager. */
function makeLockfile({ name, begin, lock }: Ecosystem): Promise<Record<string, string>> {
  const made = lockfiles.get(name) ?? (lock === undefined ? Promise.resolve({}) : lockAsAgent(begin, lock));
  lockfiles.set(name, made);
  return made;
}
let locks = 0;
async function lockAsAgent(begin: Record<string, string>, lock: string): Promise<Record<string, string>> {
  const folder = `lock-${locks++}`;
  const script = `mkdir ${folder} && cd ${folder} && ${writeFilesLine(begin)} && ${reachRegistry} && mkdir -p ~/.tmp && export TMPDIR=$HOME/.tmp && { ${lock}; } >&2 && grep . *lock*`;
  const file = lock.startsWith("pnpm") ? "pnpm-lock.yaml" : "package-lock.json";
  return { [file]: await mustRunAsAgent(person, script.replace("grep . *lock*", `cat ${file}`)) };
}

const few = pLimit(3); // a pair has three addresses for runs
let projects = 0;
function prove(ecosystem: Ecosystem, shape: Shape): Promise<RunResult> {
  return few(async () => {
    const locked = { ...ecosystem, begin: { ...ecosystem.begin, ...(await makeLockfile(ecosystem)) } };
    const { before, work, line = ecosystem.check, says, also = [] } = shape.make(locked);
    const repo = await makeRepository(person, `honest-${projects++}`);
    const main = await pushFiles(repo, "main", before);
    const files = Object.fromEntries(Object.entries(work).flatMap(([name, text]) => (text === null ? [] : [[name, text]])));
    const gone = Object.keys(work).filter((name) => work[name] === null);
    const commit = await pushFiles(repo, "work", files, ["true", ...gone.map((name) => `git rm -q ${name}`)].join(" && "));
    const checks = [command("tests.0", line, { seconds: 120, ...(says === undefined ? {} : { contains: says }) })];
    const agreed = also.length > 0 ? { also, unasked: also } : {};
    return await askUntilReady({
      repo,
      branch: "work",
      commit,
      begun: { main, handed: [] },
      outputs: Object.keys(files),
      ...agreed,
      checks,
    });
  });
}
/** A verdict. There is none while the larger box is being made. */
async function askUntilReady(asked: Asked): Promise<RunResult> {
  const end = Date.now() + limit(500_000);
  for (;;) {
    const { text, status } = await openRun(person, asked);
    const lines = status === 200 ? text.split("\n").filter(Boolean) : [];
    const last = lines.map((line) => runLine.parse(JSON.parse(line))).at(-1);
    if (last?.type === "result") return last.result;
    if (last?.type !== "error" || last.code !== "unavailable" || Date.now() > end) throw new Error(`no verdict: ${text.slice(-500)}`);
  }
}

const seen: object[] = [];
beforeAll(() => mkdirSync(resultsFolder(), { recursive: true }));
afterAll(() => writeFileSync(path.join(resultsFolder(), "honest-tasks.ndjson"), seen.map((each) => `${JSON.stringify(each)}\n`).join("")));
describe("honest work", { timeout: limit(600_000) }, () => {
  it.concurrent.each(told)("in $on is verified: $name", async ({ ecosystem, shape, on, name }) => {
    const result = await prove(ecosystem, shape);
    const { strength, checks, failures } = result;
    seen.push({ on, name, passed: result.passed, strength, tests: checks[0]?.tests, why: failures[0]?.why, reason: failures[0]?.reason });
    expect(failures).toEqual([]);
  });
});
