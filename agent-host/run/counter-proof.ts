import { partsOfWork } from "../../schema/proof/check-file.ts";
import { type CheckFailure, type CheckResult, diffBytes, type RunIn } from "../../schema/proof/proof.ts";
import type { Strength } from "../../schema/proof/strength.ts";
import { findFailingCheck, limitToTaken } from "./check-sequence.ts";
import { listCounterExamples, mostExamples, spreadEvenly } from "./counter-example.ts";
import { type Hunk, readHunks } from "./programs/hunks.ts";
import { readTextsAt } from "./programs/program-text.ts";
import type { ProofRoom } from "./room/workplace.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { type FailingWays, prepareWays } from "./way.ts";

const programFile = /\.([cm]?[jt]sx?|py|go|rs|java|kt|rb|php|cs?|cc|cpp|h|hpp|swift|sh|sql|html?|css|vue|svelte)$/;
const mostTexts = 60;
/** Milliseconds. At least so long, or so many times what the checks took, and at most so long. */
const examplesMs = { least: 20_000, times: 4, most: 300_000 } as const;

/**
 * Runs the checks again with the work taken out, as a whole and piece by piece, but for what a check was seen
 * to fail with (`failing`). Undefined where there is nothing of it to take out. A merge is judged by what it
 * brings together, not by what was mended in it.
 */
export async function measureStrength(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  { checks, failing }: { checks: readonly CheckResult[]; failing: FailingWays },
): Promise<Strength | undefined> {
  if (input.merged || input.byMember) return undefined;
  const work = partsOfWork(known.changes, input.checks, input.outputs);
  if (work.length === 0) return undefined;
  const programs = work.filter(({ path, status }) => status !== "deleted" && programFile.test(path)).slice(0, mostTexts);
  const texts = await readTextsAt(
    room,
    input.commit,
    known,
    programs.map(({ path }) => path),
  );
  const all = listCounterExamples(work, texts, wholeHunks(known.diff));
  const chosen = spreadEvenly(all, mostExamples);
  const ways = await prepareWays(
    room,
    known.base,
    chosen.map(({ way }) => way),
  );
  const brief = limitToTaken(input.checks, checks, { times: 3, more: 3 }); // one that hangs without the work has noticed
  const end = performance.now() + budgetFor(checks);
  const missed: string[] = [];
  let tried = 0;
  for (const [index, example] of chosen.entries()) {
    if (index > 0 && performance.now() > end) break;
    tried += 1;
    if (isOutputGone(example.way.gone, input.outputs) || failing.has(example.way)) continue;
    if (!(await findFailingCheck(room, brief, { way: ways[index]! }))) missed.push(example.name.slice(0, 500));
  }
  return { caught: tried - missed.length, tried, left: all.length - tried, missed };
}
/** A declared output that is not there fails the proof by itself. */
const isOutputGone = (gone: readonly string[], outputs: readonly string[]) => outputs.some((output) => gone.includes(output));
const budgetFor = (checks: readonly CheckResult[]) => {
  const took = checks.reduce((all, { ms }) => all + ms, 0);
  return Math.min(examplesMs.most, Math.max(examplesMs.least, took * examplesMs.times));
};
/** Of a diff that was cut its last file is not known as a whole. */
function wholeHunks(diff: string): Map<string, Hunk[]> {
  const hunks = readHunks(diff);
  if (Buffer.byteLength(diff) >= diffBytes) hunks.delete([...hunks.keys()].at(-1) ?? "");
  return hunks;
}

/** A proof whose checks notice no way of not doing the work is none; nor is one that notices too few. */
export function judgeStrength({ checks, least = 0 }: Pick<RunIn, "checks" | "least">, strength: Strength | undefined): CheckFailure[] {
  if (!strength) return [];
  const { caught, tried, missed } = strength;
  const examples = `${missed.slice(0, 3).join("; ")}${missed.length > 3 ? "; …" : ""}`;
  if (caught === 0 && checks.length > 0)
    return [
      makeFailure(
        "checks",
        "proves_nothing",
        `No check would have noticed that the work is missing (${examples}): they prove nothing about it.`,
      ),
    ];
  if (caught / tried >= least) return [];
  return [
    makeFailure(
      "checks",
      "too_weak",
      `The work was broken on purpose in ${tried} ways, and its checks noticed ${caught}; the plan asks for ${Math.round(least * 100)} %. Not noticed: ${examples}.`,
    ),
  ];
}
