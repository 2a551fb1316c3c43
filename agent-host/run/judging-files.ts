import type { BranchChange } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck, runEachCheck } from "./check-sequence.ts";
import { withoutWork } from "./counter-example.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { prepareWays, type Way } from "./way.ts";
import type { ProofRoom } from "./workplace.ts";

const mostFiles = 8;
const mostNeighbours = 3;
const programEnd = /(^|\/)[^./]+$|\.(sh|bash|[cm]?[jt]sx?|py|rb|pl|php|mk)$/;
const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/**
 * Files that were there before the task, that it changed without their being declared outputs, and that
 * decide whether a check passes: it fails without the work, and passes without the work once this file is
 * empty as well. So does a file beside such a one. `read`: the files of the commit that the checks read.
 */
export async function findEditedJudges(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  read: ReadonlySet<string>,
): Promise<CheckFailure[]> {
  const free = known.changes.filter(({ status, path }) => status !== "added" && !input.outputs.includes(path));
  const changed = free.filter(({ status, path }) => status === "deleted" || read.has(path));
  if (changed.length === 0) return [];
  const before: Way = { gone: [], restored: changed.map(({ path }) => path), texts: {} };
  const [restored = "", idle = ""] = await prepareWays(room, known.base, [before, withoutWork(known.changes)]);
  if (!(await findFailingCheck(room, input.checks, { way: restored }))) return []; // as they were they accept the work
  const failing = await runEachCheck(room, input.checks, idle, "failed");
  const decides = (paths: readonly string[]) => findDeciding(room, input, known, failing, paths);
  const tried = changed.slice(0, mostFiles);
  const judges = new Set(await decides(tried.map(({ path }) => path)));
  const others = tried.filter(({ path }) => !judges.has(path));
  const folders = new Set(
    others.map(({ path }) => folderOf(path)).filter((folder) => folder !== "" && !holdsWork(folder, input, known.changes)),
  );
  const beside = [...read].filter(
    (path) => folders.has(folderOf(path)) && programEnd.test(path) && !known.changes.some((each) => each.path === path),
  );
  const deciding = new Set((await decides(beside.slice(0, mostNeighbours))).map(folderOf));
  for (const { path } of others) if (deciding.has(folderOf(path))) judges.add(path);
  return tried.filter(({ path }) => judges.has(path)).map(tellJudge);
}
/** A folder in which the task declares or adds a file is no folder of checks alone. */
const holdsWork = (folder: string, { outputs }: RunIn, changes: readonly BranchChange[]) =>
  outputs.some((path) => folderOf(path) === folder) || changes.some(({ path, status }) => status === "added" && folderOf(path) === folder);

async function findDeciding(
  room: ProofRoom,
  { checks }: RunIn,
  known: CommitFacts,
  failing: ReadonlySet<string>,
  paths: readonly string[],
): Promise<string[]> {
  if (paths.length === 0) return [];
  const idle = withoutWork(known.changes);
  const ways = paths.map((path): Way => {
    const executable = known.entries.get(path)?.mode === "100755";
    return { ...idle, restored: idle.restored.filter((each) => each !== path), texts: { [path]: { text: "", executable } } };
  });
  const found: string[] = [];
  for (const [index, folder] of (await prepareWays(room, known.base, ways)).entries()) {
    const passing = await runEachCheck(room, checks, folder, "passed");
    if ([...failing].some((name) => passing.has(name))) found.push(paths[index]!);
  }
  return found;
}
const tellJudge = ({ path, status }: BranchChange) =>
  makeFailure(
    "checks",
    "checks_edited",
    `${path} was there before the task, was ${status === "deleted" ? "removed" : "changed"}, and decides whether a check passes; restore it, or have it listed in the spec's outputs.`,
  );
