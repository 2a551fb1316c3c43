import { dockerName } from "../../schema/machine/instance.ts";
import { type MergeConflict, type MergeIn, type MergeOut, type MergeSide, mergeLimits } from "../../schema/merge.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

const gitEnvironment = [
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_CONFIG_NOSYSTEM=1",
  "HOME=/nonexistent",
  "LC_ALL=C.UTF-8",
  "GIT_LITERAL_PATHSPECS=1",
  "GIT_NO_REPLACE_OBJECTS=1",
];
type RunGit = (...args: string[]) => Promise<{ code: number; out: string; err: string }>;
type Stage = { path: string; blob: string; side: "base" | "ours" | "theirs" };
const stageSides = { "1": "base", "2": "ours", "3": "theirs" } as const;

/**
 * Tries a merge inside the bare repository: objects that nothing points to, no branch, no hook, no work
 * tree.
 */
export async function previewMerge(host: Host, row: LedgerStackRow, input: MergeIn): Promise<MergeOut> {
  const container = dockerName(host.instance, "gitea", row.member);
  const folder = `--git-dir=/var/lib/gitea/repos/${input.repo.toLowerCase()}.git`;
  const ask: RunGit = (...args) =>
    execInContainer(host.engine, container, { cmd: ["git", folder, ...args], env: gitEnvironment, user: "1000:1000" });
  const into = await resolveCommit(ask, `refs/heads/${input.into}`);
  const from = await resolveCommit(ask, input.from);
  const held = (await ask("merge-base", "--is-ancestor", from, into)).code === 0;
  const tried = await ask("merge-tree", "--write-tree", "--allow-unrelated-histories", "-z", "--no-messages", into, from);
  if (tried.code === 0) return { into, from, conflicts: [], more: 0, held };
  if (tried.code !== 1) throw new AppError("upstream", { what: "git merge-tree", code: tried.code, err: tried.err.slice(-300) });
  const [tree = "", ...lines] = tried.out.split("\0").filter(Boolean);
  const stages = lines.flatMap(readStage);
  const paths = [...new Set(stages.map(({ path }) => path))];
  const conflicts: MergeConflict[] = [];
  for (const path of paths.slice(0, mergeLimits.files)) conflicts.push(await readConflict(ask, { tree, into, from, path, stages }));
  return { into, from, conflicts, more: paths.length - conflicts.length, held };
}

async function resolveCommit(ask: RunGit, name: string): Promise<string> {
  const found = await ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
  if (found.code !== 0) throw new AppError("not_found", { what: "commit", name });
  return found.out.trim();
}
function readStage(line: string): Stage[] {
  const [, blob, stage, path] = /^\d+ (\w+) ([123])\t([\s\S]+)$/.exec(line) ?? [];
  return blob && path ? [{ path, blob, side: stageSides[stage as keyof typeof stageSides] }] : [];
}

type MergedPath = { tree: string; into: string; from: string; path: string; stages: Stage[] };
async function readConflict(ask: RunGit, { tree, into, from, path, stages }: MergedPath): Promise<MergeConflict> {
  const side = async (name: "ours" | "theirs", here: string, other: string): Promise<MergeSide> => {
    const blob = stages.find((stage) => stage.path === path && stage.side === name)?.blob;
    const text = blob === undefined ? null : await readBlob(ask, blob, mergeLimits.sideBytes);
    return { there: blob !== undefined, text, by: await readLastCommit(ask, here, other, path) };
  };
  const [ours, theirs] = [await side("ours", into, from), await side("theirs", from, into)];
  return { path, marked: await readBlob(ask, `${tree}:${path}`, mergeLimits.markedBytes), ours, theirs };
}
/** A blob's text; null when it is none, is binary, or larger than `most` bytes. */
async function readBlob(ask: RunGit, name: string, most: number): Promise<string | null> {
  const size = await ask("cat-file", "-s", name);
  if (size.code !== 0 || Number(size.out) > most) return null;
  const { code, out } = await ask("cat-file", "blob", name);
  return code === 0 && !out.includes("\0") ? out : null;
}
/** The last commit on `here` that touched the file since it parted from `other`. */
async function readLastCommit(ask: RunGit, here: string, other: string, path: string): Promise<MergeSide["by"]> {
  const { out } = await ask("log", "-1", "--no-merges", "--format=%H%x00%an%x00%ae%x00%s", here, `^${other}`, "--", path);
  const [hash = "", author = "", mail = "", title = ""] = out.trim().split("\0");
  return hash ? { commit: hash, author, mail, title } : null;
}
