import { randomBytes } from "node:crypto";
import { dockerName } from "../../schema/machine/instance.ts";
import { type BranchChange, changesBeside } from "../../schema/proof/check-file.ts";
import { type CheckFailure, diffBytes, type FailureCause, type RunIn } from "../../schema/proof/proof.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { runInContainer } from "../docker.ts";
import { type CleanRoom, execInRoom, mustExecInRoom, roomUsers } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";

const platformUser = box.memoryRepo.owner;
/** Git without anybody's settings: no hooks, no filters, no submodules, no other protocols. */
const gitDefaults = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ALLOW_PROTOCOL: "http",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  HOME: "/nonexistent",
  LC_ALL: "C.UTF-8",
};
const roomGitSettings = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["submodule.recurse", "false"],
  ["core.quotePath", "false"],
  ["gc.auto", "0"],
  ["advice.detachedHead", "false"],
  // Else git asks a resolver for the name of its host, and waits a second for none to answer.
  ["user.name", "room"],
  ["user.email", "room"],
] as const;
export function makeGitEnvironment(more: readonly (readonly [string, string])[] = []): string[] {
  const all = [...roomGitSettings, ...more];
  const config = all.flatMap(([key, value], index) => [`GIT_CONFIG_KEY_${index}=${key}`, `GIT_CONFIG_VALUE_${index}=${value}`]);
  return [...Object.entries(gitDefaults).map(([key, value]) => `${key}=${value}`), `GIT_CONFIG_COUNT=${all.length}`, ...config];
}

/** A token that reads repositories and nothing else: what a run's clone is made with. */
async function ensureReaderToken(room: CleanRoom): Promise<string> {
  const { host, row } = room;
  const known = host.ledger.secret(row.member, "reader");
  if (known) return known;
  const args = ["--username", platformUser, "--token-name", `run-${newId("req")}`, "--scopes", "read:repository", "--raw"];
  const cmd = ["gitea", "--config", "/etc/gitea/app.ini", "admin", "user", "generate-access-token", ...args];
  const out = await runInContainer(host.engine, dockerName(host.instance, "gitea", row.member), { cmd });
  const token = /^[0-9a-f]{40}$/m.exec(out)?.[0];
  if (!token) throw new AppError("upstream", { what: "gitea token" });
  host.ledger.saveSecret(row.member, "reader", token);
  return token;
}

export const gitInRoom = (room: CleanRoom, args: string[], more: { env?: string[]; ms?: number; in?: string } = {}) =>
  execInRoom(room, {
    cmd: ["git", "-C", more.in ?? room.source, ...args],
    uid: roomUsers.clone,
    env: more.env ?? makeGitEnvironment(),
    ms: more.ms ?? 30_000,
  });
async function readGit(room: CleanRoom, args: string[]): Promise<string> {
  const { code, out, err } = await gitInRoom(room, args);
  if (code !== 0) throw new AppError("internal", { what: `git ${args[0]}`, code, err: err.slice(-300) });
  return out;
}

const failCommit = (why: FailureCause, reason: string): CheckFailure => ({ check: "commit", why, reason });

const fetchScript = `git init -q -b main "$1" && git -C "$1" fetch -q --no-tags --no-write-fetch-head "$2" "+refs/heads/*:refs/heads/remote/*" &&
{ git -C "$1" rev-parse -q --verify "refs/heads/remote/$3" || true; }`;
/**
 * Fetches all branches with the platform's credentials, which lie in this one command's environment and
 * nowhere else. Answers where the run's branch stands, "" where there is none.
 */
export async function fetchBranches(room: CleanRoom, input: RunIn): Promise<string> {
  const token = await ensureReaderToken(room);
  const basic = Buffer.from(`${platformUser}:${token}`).toString("base64");
  const url = `http://${box.gitHost}:${box.giteaPort}/${input.repo}.git`;
  const fetched = await execInRoom(room, {
    cmd: ["bash", "-c", fetchScript, "fetch", room.source, url, input.branch],
    uid: roomUsers.clone,
    env: makeGitEnvironment([["http.extraHeader", `Authorization: Basic ${basic}`]]),
    ms: 120_000,
  });
  if (fetched.code === 0) return fetched.out.trim();
  // The token is made anew at the next try.
  if (/Authentication failed|HTTP 40[13]/.test(fetched.err)) room.host.ledger.saveSecret(room.row.member, "reader", "");
  if (/not found/i.test(fetched.err)) throw new AppError("not_found", { what: "repository", repo: input.repo });
  throw new AppError("upstream", { what: "git fetch", err: fetched.err.slice(-300) });
}

/** Whether the commit is the head of its branch, as the repository says; else why not. */
export async function checkHead(room: CleanRoom, input: RunIn, head: string): Promise<CheckFailure | undefined> {
  const short = input.commit.slice(0, 10);
  if (head === input.commit) return undefined;
  const known = (await gitInRoom(room, ["cat-file", "-e", `${input.commit}^{commit}`])).code === 0;
  if (!known) {
    const found = head ? `${input.branch} is at ${head.slice(0, 10)}` : `there is no branch ${input.branch}`;
    return failCommit(
      "not_pushed",
      `Commit ${short} is on no branch of ${input.repo}: it was not pushed, or its branch was rewritten since (${found}).`,
    );
  }
  const listed = await readGit(room, ["for-each-ref", "--format=%(refname:lstrip=3)", "--contains", input.commit, "refs/heads/remote"]);
  const on = listed.split("\n").filter(Boolean);
  if (head && on.includes(input.branch)) return failCommit("moved", `${input.branch} has moved on to ${head.slice(0, 10)} since ${short}.`);
  return failCommit("wrong_branch", `Commit ${short} is on ${on.slice(0, 5).join(", ")} and not on ${input.branch}, the task's branch.`);
}

/**
 * Files are laid out byte by byte, whatever attributes of the commit say. In a script, in the clone's
 * folder.
 */
export const neutralAttributes = "mkdir -p .git/info; printf '* -text -ident !eol !filter !working-tree-encoding\\n' >.git/info/attributes";
const plainScript = `set -e; source=$1 plain=$2 branch=$3 commit=$4 remote=$5; umask 022
git init -q --template= -b "$branch" "$plain"; cd "$plain"
git fetch -q --depth=1 --no-tags --no-write-fetch-head "file://$source" "$commit"
git config remote.origin.url "$remote"; git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
${neutralAttributes}
git reset -q --hard "$commit"; rm -r .git/info; chmod 0755 "$plain"`;
/**
 * Clones the commit by itself, no other branch and no older commit: what checks get is a copy of that. Files
 * are laid out byte by byte, whatever attributes say.
 */
export async function makePlainClone(room: ProofRoom, commit: string): Promise<void> {
  const { source, plain, branch, remote } = room.layout;
  await mustExecInRoom(room, {
    cmd: ["bash", "-c", plainScript, "plain", source, plain, branch, commit, remote],
    uid: roomUsers.clone,
    env: makeGitEnvironment().map((each) => (each.startsWith("GIT_ALLOW_PROTOCOL=") ? "GIT_ALLOW_PROTOCOL=file" : each)),
    ms: 120_000,
  });
}

export type TreeEntry = { mode: string; kind: string; hash: string; bytes: number };
/**
 * `base`: what the work is measured from; of one that merges, what git makes of the merge, its marks labelled
 * with `mark`. `behind`: main as it was when the task was begun, where the branch does not hold that.
 */
export type CommitFacts = {
  tree: string;
  base: string;
  behind: string | undefined;
  mark: string;
  changes: BranchChange[];
  entries: Map<string, TreeEntry>;
  diff: string;
};

/** What a commit's list of files may say, and what is read of one file. */
const [listBytes, textBytes] = [8 * 1024 * 1024, 1024 * 1024];
// Five parts, each ended by two NULs, which cannot stand inside one: files, tree and bases, changed files
// (twice: also beside main as it was when the task was begun, for a branch that went on from an earlier
// task), and the changes as text. The list comes before all that walks the commit: a few folders that hold
// each other are files without end. A commit that shares nothing with main has main itself as its base: all
// in which it differs is its work. No attribute of its own hides a change. Nor does a commit choose its base
// by parting from main early: main as it was when the task was begun is it, where the commit does not hold
// that. What a merge is measured by is what git itself makes of it, before the commit's own attributes are
// there to bend it: conflicts stay marked. A first commit is measured from nothing: all in it is its work.
const factsScript = `set -e -o pipefail; cd "$1"; commit=$2; base=$3; mark=$4; begun=$5; handed=$6; shift 6
git ls-tree -r -z -l "$commit" | head -c ${listBytes} || { [ $? = 141 ] && exit 91; exit 1; }; printf '\\0\\0'
main=refs/heads/remote/main
within() { git merge-base --is-ancestor "$1" "$2" 2>/dev/null; }
behind= parted=
if [ -z "$base" ]; then
  base=$(git merge-base "$commit" $main || git rev-parse -q --verify $main || true)
  if [ -n "$begun" ] && within "$begun" $main && ! within "$begun" "$commit"; then
    behind=$begun
    for each in $handed; do if within "$each" "$commit"; then parted=1; fi; done
    if [ -z "$parted" ]; then base=$begun; fi
  fi
  if [ "$base" = "$commit" ] && ! git rev-parse -q --verify "$commit^" >/dev/null; then base=; fi
fi
if [ -z "$base" ]; then base=$(git commit-tree "$(git mktree </dev/null)" -m nothing); fi
for from in "$@"; do
  git update-ref "$mark/into" "$base"; git update-ref "$mark/from" "$from"
  tree=$(git merge-tree --write-tree --no-messages --allow-unrelated-histories "$mark/into" "$mark/from") || [ $? = 1 ]
  base=$(git commit-tree "\${tree%%$'\\n'*}" -p "$base" -p "$from" -m merge)
done
printf '%s %s %s\\0\\0' "$(git rev-parse "$commit^{tree}")" "$base" "$behind"
mkdir -p .git/info
printf '* !diff\\n' >.git/info/attributes
git diff --name-status --no-renames -z "$base" "$commit"; printf '\\0\\0'
git diff --name-status --no-renames -z "\${behind:-$base}" "$commit"; printf '\\0\\0'
git diff --no-color --no-ext-diff --no-textconv --no-renames "$base" "$commit" | { head -c ${diffBytes}; cat >/dev/null; }
rm .git/info/attributes`;

/**
 * Checks the commit out and reads what it holds and what the task changed; undefined where it holds more than
 * can be looked at.
 */
export async function readCommitFacts(room: CleanRoom, input: RunIn): Promise<CommitFacts | undefined> {
  const mark = `refs/${randomBytes(16).toString("hex")}`;
  const { merged, begun } = input;
  const bases = [merged?.into ?? "", mark, begun?.main ?? "", begun?.handed.join(" ") ?? ""];
  const cmd = ["bash", "-c", factsScript, "facts", room.source, input.commit, ...bases, ...(merged?.from ?? [])];
  const { code, out, err } = await execInRoom(room, {
    cmd,
    uid: roomUsers.clone,
    env: makeGitEnvironment(),
    ms: 60_000,
  });
  if (code === 91) return undefined;
  if (code !== 0) throw new AppError("internal", { what: "reading a commit", code, err: err.slice(-300) });
  const [files = "", head = "", changed = "", beside = "", ...diff] = out.split("\0\0");
  const [tree = "", base = "", behind = ""] = head.replace(/^\0/, "").split(" ");
  return {
    tree,
    base,
    behind: behind || undefined,
    mark,
    changes: changesBeside(parseChanges(changed), parseChanges(beside)),
    entries: parseTreeEntries(files),
    diff: diff.join("\0\0").replace(/^\0/, ""),
  };
}
export function parseTreeEntries(files: string): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (const line of files.split("\0").filter(Boolean)) {
    const [, mode = "", kind = "", hash = "", bytes = "", path = ""] = /^(\d+) (\w+) (\w+) +(\S+)\t([\s\S]+)$/.exec(line) ?? [];
    entries.set(path, { mode, kind, hash, bytes: Number(bytes) || 0 });
  }
  return entries;
}
const changeStatus = { A: "added", M: "modified", T: "modified", D: "deleted" } as const;
export function parseChanges(text: string): BranchChange[] {
  const parts = text.split("\0").filter(Boolean);
  const list: BranchChange[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2)
    list.push({ path: parts[i + 1]!, status: changeStatus[parts[i] as keyof typeof changeStatus] ?? "modified" });
  return list;
}
/** A file's text at a commit: undefined when it is not there, null when it is too large to be read. */
export async function readTextAt(room: CleanRoom, commit: string, path: string, mostBytes = textBytes): Promise<string | undefined | null> {
  const name = `${commit}:${path}`;
  const size = await gitInRoom(room, ["cat-file", "-s", name]);
  if (size.code !== 0) return undefined;
  if (Number(size.out) > mostBytes) return null;
  const { code, out } = await gitInRoom(room, ["cat-file", "blob", name]);
  return code === 0 ? out : undefined;
}
