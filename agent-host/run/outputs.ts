import { createHash } from "node:crypto";
import { listOutputFolder } from "../../schema/proof/output-folder.ts";
import { type CheckFailure, mostOutputs, type OutputSeen, type RunIn } from "../../schema/proof/proof.ts";
import { type CleanRoom, mustExecInRoom, roomUsers } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { type CommitFacts, gitInRoom, makeGitEnvironment, type TreeEntry } from "./run-clone.ts";

/** A folder with files of the commit in it, as one output. */
function describeFolder(path: string, entries: CommitFacts["entries"]): OutputSeen | undefined {
  const inside = [...entries].filter(([name, { kind, mode }]) => name.startsWith(`${path}/`) && kind === "blob" && mode !== "120000");
  if (inside.length === 0) return undefined;
  const list = listOutputFolder(inside.map(([name, { mode, hash }]) => ({ mode, hash, path: name })));
  const bytes = inside.reduce((sum, [, entry]) => sum + entry.bytes, 0);
  return { path, bytes, sha256: createHash("sha256").update(list).digest("hex"), executable: false };
}

/**
 * Every declared output as a plain file of the commit, or what is wrong with it; and of what is declared
 * beside them what is one.
 */
export async function checkOutputs(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
): Promise<{ seen: OutputSeen[]; failures: CheckFailure[] }> {
  const failures: CheckFailure[] = [];
  const order = [...input.outputs, ...(input.also ?? [])].slice(0, 2 * mostOutputs);
  const plain = order.flatMap((path) => {
    const entry = known.entries.get(path);
    return entry?.kind === "blob" && entry.mode !== "120000" ? [{ path, ...entry }] : [];
  });
  const hashes = await hashBlobs(
    room,
    plain.map((each) => each.hash),
  );
  const seen = plain.map(({ path, bytes, mode }, index) => ({ path, bytes, sha256: hashes[index] ?? "", executable: mode === "100755" }));
  for (const [index, path] of input.outputs.entries()) {
    if (plain.some((each) => each.path === path)) continue;
    const entry = known.entries.get(path);
    const folder = entry ? undefined : describeFolder(path, known.entries);
    if (folder) seen.push(folder);
    if (folder) continue;
    failures.push({ check: `outputs.${index}`, ...(entry ? failLink(path, entry) : await failMissing(room, path, known)) });
  }
  return { seen: seen.sort((a, b) => order.indexOf(a.path) - order.indexOf(b.path)), failures };
}
async function hashBlobs(room: CleanRoom, blobs: string[]): Promise<string[]> {
  if (blobs.length === 0) return [];
  const script = 'set -e -o pipefail; cd "$1"; shift; for blob in "$@"; do git cat-file blob "$blob" | sha256sum; done';
  const cmd = ["bash", "-c", script, "hash", room.source, ...blobs];
  const out = await mustExecInRoom(room, {
    cmd,
    uid: roomUsers.clone,
    env: makeGitEnvironment(),
    ms: 60_000,
  });
  return out.split("\n").map((line) => line.slice(0, 64));
}
type OutputFailure = Omit<CheckFailure, "check">;
const describeLink = ({ mode }: TreeEntry) => (mode === "120000" ? "a symbolic link" : "a submodule");
function failLink(path: string, entry: TreeEntry): OutputFailure {
  return { why: "output_link", reason: `${path} is ${describeLink(entry)}, not a file of this commit.` };
}
async function failMissing(room: ProofRoom, path: string, known: CommitFacts): Promise<OutputFailure> {
  const parents = path.split("/").map((_, i, all) => all.slice(0, i).join("/"));
  const way = parents.filter(Boolean).find((parent) => known.entries.has(parent));
  const entry = way === undefined ? undefined : known.entries.get(way);
  if (way !== undefined && entry?.mode !== "100644")
    return {
      why: "output_link",
      reason: `${path} lies below ${way} is ${describeLink(entry!)}, which a clean checkout does not follow.`,
    };
  const other = [...known.entries.keys()].find((each) => each.toLowerCase() === path.toLowerCase());
  if (other) return { why: "output_missing", reason: `${path} is not in the commit; ${other} is, and upper and lower case differ.` };
  const ignored = (await gitInRoom(room, ["check-ignore", "-v", "--no-index", "--", path], { in: room.layout.plain })).out
    .trim()
    .split("\t")[0];
  if (ignored) return { why: "output_missing", reason: `${path} is not in the commit: it is ignored by ${ignored}.` };
  return { why: "output_missing", reason: `${path} is not in the commit; was it committed and pushed?` };
}
