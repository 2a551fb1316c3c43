import type { BranchChange } from "../../schema/proof/check-file.ts";
import { isGuarded, type JudgedRun } from "../../schema/proof/outputs.ts";
import type { CheckFailure, RunIn, UnaskedChange } from "../../schema/proof/proof.ts";
import { type AgreedFiles, limitAgreed, toAgreedFile } from "../../schema/proof/room-rules.ts";
import { isWithin } from "../../schema/wire/path.ts";
import { findFailingCheck } from "./check-sequence.ts";
import { findJudges } from "./judging-files.ts";
import { type LockChange, readLockChanges } from "./lock-changes.ts";
import type { OwnChanges } from "./own-changes.ts";
import { execInRoom, roomUsers } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { type CommitFacts, makeGitEnvironment } from "./run-clone.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";
import { prepareWays } from "./way.ts";

/** What the member reads of the changes, in characters, and of one of them. */
const diffCaps = { all: 150_000, each: 40_000 } as const;
const mostAsked = 60;
const mostTried = 8;

const isUnasked = ({ outputs, unasked = [] }: RunIn, path: string) =>
  unasked.some((output) => isWithin(output, path)) && (unasked.includes(path) || !outputs.includes(path));
const isOutput = ({ outputs }: RunIn, path: string) => outputs.some((output) => isWithin(output, path));

/**
 * What decides about the checks, or may do so, and that the member has not been told of by its name:
 * settings, manifests and checks; and new files that stand in the place of others. Of files that were there
 * before, those that the author itself named without whose change the checks would not pass: a judge of the
 * work and a part of it can't be told apart by what they do, so the member says which it is. Of those that
 * another agent named when it gave the task out, or that a task may change which may change any, those that
 * are seen to decide. A list of packages takes the word also where it was told of, if a package of it comes
 * from elsewhere than its name says, or can't be verified. Everything else of the proof holds. `agreed`: of
 * what settles the checks what was changed, with the member's word where no failure says otherwise.
 */
export async function findUnasked(
  room: ProofRoom,
  input: JudgedRun,
  known: CommitFacts,
  { ownChanges, free, read, emit }: { ownChanges: OwnChanges; free: readonly string[]; read: ReadonlySet<string>; emit: EmitLine },
): Promise<{ failures: CheckFailure[]; agreed: AgreedFiles }> {
  const untold = ownChanges.changes.filter(({ path }) => isUnasked(input, path) || free.includes(path));
  const guarded = untold.filter((change) => isGuarded(change, input));
  const others = untold.filter((change) => !guarded.includes(change));
  const before = others.filter(({ status }) => status !== "added");
  const isTried = ({ path }: BranchChange) => free.includes(path) || isOutput(input, path);
  const [tried, named] = [before.filter(isTried), before.filter((change) => !isTried(change))];
  const judged = async () => [
    ...(await findNeeded(room, input, ownChanges.from, named)),
    ...(await findJudges(room, input, known, { changed: tried, from: ownChanges.from, read })),
  ];
  const judges = before.length > 0 ? await timeStep(emit, "judges", judged()) : [];
  const locks = await readLockChanges(room, input, ownChanges.from, ownChanges.changes);
  const isBent = (change: BranchChange) => locks.get(change.path)?.suspicious !== undefined && !guarded.includes(change);
  const found = [...guarded, ...ownChanges.changes.filter(isBent), ...(await findStandIns(room, known, others)), ...judges];
  const told = ownChanges.changes.filter((change) => isGuarded(change, input) && !found.includes(change));
  const decided = input.merged?.decided.filter((path) => isGuarded({ path, status: "modified" }, input)) ?? [];
  const toFile = (path: string, shown: boolean) => toAgreedFile(path, hashOf(known, path), { changes: locks.get(path)?.lines, shown });
  const agreed = limitAgreed([
    ...[...found.map(({ path }) => path), ...decided].map((path) => toFile(path, true)),
    ...told.map(({ path }) => toFile(path, false)),
  ]);
  if (found.length === 0) return { failures: [], agreed };
  const names = found.map(({ path }) => path).join(", ");
  if (found.length > mostAsked || found.some(({ path }) => path.length > 400)) {
    const many = `It changes ${found.length} files that may settle how it is checked, more than a member can be asked about: ${names.slice(0, 1_000)}.`;
    return { failures: [makeFailure("checks", "unasked", many)], agreed };
  }
  const bent = [...locks.values()].flatMap(({ suspicious }) => suspicious ?? []);
  const reason = `The member has not agreed to the change of ${names}, which may settle how the work is checked: put ${found.length === 1 ? "it" : "them"} back as before the task. ${bent.join(" ")}`;
  const unasked = await readDiffs(room, input, { entries: known.entries, from: ownChanges.from, locks }, found);
  return { failures: [{ ...makeFailure("checks", "unasked", reason.trim().slice(0, 2_000)), unasked }], agreed };
}
/** Mode and Git's hash of a file at the commit, "" where it is gone. */
function hashOf({ entries }: Pick<CommitFacts, "entries">, path: string): string {
  const entry = entries.get(path);
  return entry ? `${entry.mode} ${entry.hash}` : "";
}
/** The files without whose change the checks fail; with all others as they were before, they pass. */
async function findNeeded(room: ProofRoom, input: RunIn, from: string, before: readonly BranchChange[]): Promise<BranchChange[]> {
  const passesWith = async (restored: string[]) => {
    const [way] = await prepareWays(room, from, [{ gone: [], restored, texts: {} }]);
    return (await findFailingCheck(room, input.checks, { way: way! })) === undefined;
  };
  const paths = before.map(({ path }) => path);
  if (paths.length === 0 || (await passesWith(paths))) return [];
  let spare: string[] = [];
  for (const path of paths.length > 1 ? paths.slice(0, mostTried) : []) if (await passesWith([...spare, path])) spare = [...spare, path];
  return before.filter(({ path }) => !spare.includes(path));
}

// Python looks for a module in the folder of the program first.
const modulesScript = 'import sys; print("\\n".join(sys.stdlib_module_names))';
const runnerModules = ["pytest", "_pytest", "pluggy", "nose2", "coverage"];
/**
 * The name by which programs load a file, without what they may leave out: its end, or that it is a folder's
 * index. Undefined where none loads it so.
 */
function loadedName(path: string): string | undefined {
  const file = /^(.*?)(?:\.(?:[cm]?[jt]sx?|json|node|py|pyi))?$/.exec(path)?.[1] ?? path;
  if (/\.[^./]*$/.test(file.slice(file.lastIndexOf("/") + 1)) && file === path) return undefined; // of another kind: a style, a page
  return file.replace(/\/(?:index|__init__)$/, "");
}
const moduleOf = (path: string) => /(?:^|\/)([A-Za-z_]\w{0,99})(?:\.py|\/__init__\.py)$/.exec(path)?.[1];
/** New files that a program may load where it names one of before, or a module of Python's own. */
async function findStandIns(room: ProofRoom, { entries }: CommitFacts, named: readonly BranchChange[]): Promise<BranchChange[]> {
  const added = named.filter(({ status }) => status === "added");
  if (added.length === 0) return [];
  const brought = new Set(added.map(({ path }) => path));
  const loaded = new Set([...entries.keys()].filter((path) => !brought.has(path)).map(loadedName));
  const python = added.some(({ path }) => moduleOf(path) !== undefined);
  const { out } = python ? await execInRoom(room, { cmd: ["python3", "-I", "-c", modulesScript], uid: roomUsers.probe }) : { out: "" };
  const modules = new Set([...out.trim().split("\n"), ...runnerModules]);
  return added.filter(({ path }) => {
    const name = loadedName(path);
    return (name !== undefined && loaded.has(name)) || modules.has(moduleOf(path) ?? "-");
  });
}

const diffScript = `cd "$1" && git --literal-pathspecs diff --no-color --no-ext-diff --no-textconv --no-renames "$2" "$3" -- "$4" | head -c ${2 * diffCaps.each}`;
/**
 * Each change as the member reads it, from its first line of text on, with its mode where that is all; before
 * it what a list of packages means.
 */
async function readDiffs(
  room: ProofRoom,
  { commit }: RunIn,
  { entries, from, locks }: Pick<CommitFacts, "entries"> & Pick<OwnChanges, "from"> & { locks: ReadonlyMap<string, LockChange> },
  found: readonly BranchChange[],
): Promise<UnaskedChange[]> {
  const each = Math.min(diffCaps.each, Math.floor(diffCaps.all / found.length));
  const diffs: UnaskedChange[] = [];
  for (const { path } of found) {
    const cmd = ["bash", "-c", diffScript, "diff", room.source, from, commit, path];
    const { out } = await execInRoom(room, { cmd, uid: roomUsers.clone, env: makeGitEnvironment(), ms: 30_000 });
    const [, ...lines] = out.split("\n");
    const modes = lines.filter((line) => /^(?:old mode|new mode|new file mode|deleted file mode) /.test(line)).slice(0, 2);
    const at = out.indexOf("\n@@");
    const shown = modes.length === 0 || (at >= 0 && /100644$/.test(modes.at(-1) ?? "")) ? [] : [` (${modes.join(", ")})`];
    const { suspicious } = locks.get(path) ?? {};
    const meant = (locks.get(path)?.lines ?? []).map((line) => ` ${line}`);
    const body = [...meant, ...shown, ...(at < 0 ? [] : [out.slice(at + 1)])].join("\n");
    diffs.push({
      path,
      hash: hashOf({ entries }, path),
      ...(suspicious === undefined ? {} : { packages: suspicious.slice(0, 2_000) }),
      diff: body.length <= each ? body : `${body.slice(0, each - 2)}\n…`,
    });
  }
  return diffs;
}
