import { folderOf } from "../../schema/environment/setup-paths.ts";
import type { BranchChange } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck, runEachCheck } from "./check-sequence.ts";
import { withoutWork } from "./counter-example.ts";
import type { ProofRoom } from "./room/workplace.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { prepareWays, type Way } from "./way.ts";

const mostFiles = 8;
const mostNeighbours = 3;
const programEnd = /(^|\/)[^./]+$|\.(sh|bash|[cm]?[jt]sx?|py|rb|pl|php|mk)$/;

/**
 * Of these files, which were there before the task, those that decide whether a check passes: it fails
 * without the work, and passes without the work once the file is empty as well. So does a file beside such a
 * one. `read`: the files of the commit that the checks read.
 */
export async function findJudges(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  { changed, from, read }: { changed: readonly BranchChange[]; from: string; read: ReadonlySet<string> },
): Promise<BranchChange[]> {
  if (changed.length === 0) return [];
  const [restored = ""] = await prepareWays(room, from, [{ gone: [], restored: changed.map(({ path }) => path), texts: {} }]);
  if (!(await findFailingCheck(room, input.checks, { way: restored }))) return []; // as they were they accept the work
  const failing = await findFailingIdle(room, input, known);
  const decides = (groups: readonly string[][]) => findDeciding(room, input, known, failing, groups);
  const paths = changed.map(({ path }) => path).sort((a, b) => Number(read.has(b)) - Number(read.has(a)));
  const judges = new Set(await decides(groupFiles(paths)));
  const others = changed.filter(({ path }) => !judges.has(path));
  const folders = new Set(
    others.map(({ path }) => folderOf(path)).filter((folder) => folder !== "" && !holdsWork(folder, input, known.changes)),
  );
  const beside = [...read].filter(
    (path) => folders.has(folderOf(path)) && programEnd.test(path) && !known.changes.some((each) => each.path === path),
  );
  const deciding = new Set((await decides(beside.slice(0, mostNeighbours).map((path) => [path]))).map(folderOf));
  for (const { path } of others) if (deciding.has(folderOf(path))) judges.add(path);
  return changed.filter(({ path }) => judges.has(path));
}
/**
 * Files of before, beside the outputs, that checks need to write in. A program among them may be rewritten to
 * let anything pass; a file with data must not be one that decides.
 */
export async function judgeWritten(room: ProofRoom, input: RunIn, known: CommitFacts, written: readonly string[]): Promise<CheckFailure[]> {
  if (written.length === 0 || input.merged || input.byMember) return []; // its parts were proven, or have no outputs
  const isProgram = (path: string) => programEnd.test(path) || known.entries.get(path)?.mode === "100755";
  const program = written.find(isProgram);
  const found = program ?? (await findDeciding(room, input, known, await findFailingIdle(room, input, known), groupFiles(written)))[0];
  if (found === undefined) return [];
  const does = program === undefined ? "decides whether they pass" : "is a program";
  const reason = `${found} was there before the task and ${does}, and the checks write in it as they run: have them write elsewhere, or name it in \`outputs\`.`;
  return [makeFailure("checks", "checks_edited", reason)];
}
/** The checks that fail without the work. */
async function findFailingIdle(room: ProofRoom, { checks }: RunIn, known: CommitFacts): Promise<Set<string>> {
  const [idle = ""] = await prepareWays(room, known.base, [withoutWork(known.changes)]);
  return runEachCheck(room, checks, idle, "failed");
}
/** The first few each by itself, those that the checks read before others; the rest in as many groups. */
function groupFiles(paths: readonly string[]): string[][] {
  const rest = paths.slice(mostFiles);
  const size = Math.ceil(rest.length / mostFiles);
  const groups = rest.filter((_, at) => at % size === 0).map((_, nth) => rest.slice(nth * size, (nth + 1) * size));
  return [...paths.slice(0, mostFiles).map((path) => [path]), ...groups];
}
/** A folder in which the task declares or adds a file is no folder of checks alone. */
const holdsWork = (folder: string, { outputs }: RunIn, changes: readonly BranchChange[]) =>
  outputs.some((path) => folderOf(path) === folder) || changes.some(({ path, status }) => status === "added" && folderOf(path) === folder);

async function findDeciding(
  room: ProofRoom,
  { checks }: RunIn,
  known: CommitFacts,
  failing: ReadonlySet<string>,
  groups: readonly string[][],
): Promise<string[]> {
  if (groups.length === 0) return [];
  const idle = withoutWork(known.changes);
  const empty = (path: string) => [path, { text: "", executable: known.entries.get(path)?.mode === "100755" }] as const;
  const ways = groups.map(
    (paths): Way => ({
      ...idle,
      restored: idle.restored.filter((each) => !paths.includes(each)),
      texts: Object.fromEntries(paths.map(empty)),
    }),
  );
  const found: string[] = [];
  for (const [index, folder] of (await prepareWays(room, known.base, ways)).entries()) {
    const passing = await runEachCheck(room, checks, folder, "passed");
    if ([...failing].some((name) => passing.has(name))) found.push(...groups[index]!);
  }
  return found;
}
