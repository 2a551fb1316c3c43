import type { z } from "zod";
import type { HostCommitIn, repoCommitOut } from "../../schema/git/repository.ts";
import { dockerName } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type ExecResult, execInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { pusherAuthorization } from "./pusher.ts";

/**
 * Several files in one commit on a branch that stands where the caller knows it to: the commit is made of
 * loose objects, and pushed like any other by the member's own Gitea user. So Gitea's rules and the search
 * for secrets hold, and Git itself compares where the branch stands in the same step that moves it.
 */
type Commit = z.infer<typeof repoCommitOut>;
const trailer = "Commit-Key";
const environment = [
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_CONFIG_NOSYSTEM=1",
  "HOME=/nonexistent",
  "LC_ALL=C.UTF-8",
  "GIT_LITERAL_PATHSPECS=1",
  "GIT_NO_REPLACE_OBJECTS=1",
  "GIT_TERMINAL_PROMPT=0",
];
/** $1 the folder, $2 the branch: its head and that commit's parents and text. */
const headScript = `cd "$1" && git log -1 --format='%H %P%n%B' "refs/heads/$2" --`;
/** $1 the folder, $2 the commit, then paths. */
const modesScript = `cd "$1" && commit=$2 && shift 2 && git ls-tree -t -z "$commit" -- "$@"`;
/**
 * $1 the folder, $2 the length of a stream for git fast-import, whose commit has mark 1. The ref that it
 * needs is gone before anything is pushed: what a ref holds is not looked through for secrets.
 */
const importScript = `cd "$1" && ref="refs/growqr/commits/$3" marks=$(mktemp) &&
head -c "$2" | git fast-import --quiet --export-marks="$marks" && git update-ref -d "$ref" && read -r _ commit <"$marks" && rm -f "$marks" &&
echo "$commit" && git rev-parse "$commit^{tree}" "$commit^^{tree}"`;
/**
 * $1 the address, $2 the commit, $3 the branch, $4 where it must stand; the header comes on the standard
 * input.
 */
const pushScript = `cd "$5" && read -r header && export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="$header" &&
git push --porcelain --force-with-lease="refs/heads/$3:$4" "$1" "$2:refs/heads/$3"`;

/** Text as git fast-import takes a path: a quoted one has no character with a meaning of its own. */
const quote = (path: string) => `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const formatData = (bytes: Buffer) => [`data ${bytes.length}\n`, bytes, "\n"];
const plain = (text: string) => text.replace(/[<>\p{C}\p{Zl}\p{Zp}]/gu, " ").trim();

export async function commitFiles(host: Host, row: LedgerStackRow, input: HostCommitIn): Promise<Commit> {
  const folder = `/var/lib/gitea/repos/${input.repo.toLowerCase()}.git`;
  const run = (script: string, args: string[], bytes?: Buffer) =>
    execInContainer(host.engine, dockerName(host.instance, "gitea", row.member), {
      cmd: ["sh", "-c", script, "commit", ...args],
      env: environment,
      user: "1000:1000",
      ms: 60_000,
      ...(bytes === undefined ? {} : { input: bytes }),
    });
  const known = await checkHead(await run(headScript, [folder, input.branch]), input);
  if (known) return known;
  const asked = new Set(input.files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const modes = readModes(await run(modesScript, [folder, input.expectedHead, ...asked]));
  const missing = input.files.find(({ path, content }) => content === null && !modes.has(path));
  if (missing) throw new AppError("conflict", { what: "file" }, { message: `There is no file ${missing.path} to take away.` });
  for (const { path, content } of input.files) if (content !== null) requireRoom(path, modes);
  const stream = formatImport(input, modes);
  const made = await run(importScript, [folder, String(stream.length), input.key], stream);
  const [commit = "", tree, before] = made.out.trim().split("\n");
  if (made.code !== 0 || !/^[0-9a-f]{40}$/.test(commit)) throw failure("git fast-import", made);
  if (tree === before) throw new AppError("conflict", { what: "commit" }, { message: "These files stand there just so already." });
  const header = Buffer.from(`authorization: ${pusherAuthorization(host, row)}\n`);
  const url = `http://127.0.0.1:${box.giteaPort}/${input.repo}.git`;
  const pushed = await run(pushScript, [url, commit, input.branch, input.expectedHead, folder], header);
  if (pushed.code !== 0) throw refusePush(pushed, input.branch);
  return { commit, branch: input.branch, parent: input.expectedHead };
}

const failure = (program: string, { code, err }: ExecResult) => new AppError("upstream", { what: program, code, err: err.slice(-300) });

/**
 * The commit that this very call has made before; undefined where the branch stands as its caller knows
 * it.
 */
async function checkHead(looked: ExecResult, input: HostCommitIn): Promise<Commit | undefined> {
  const { branch, expectedHead, key } = input;
  if (looked.code !== 0) throw new AppError("not_found", { what: "branch" }, { message: `There is no branch ${branch}.` });
  const [first = "", ...text] = looked.out.split("\n");
  const [head = "", parent] = first.split(" ");
  if (head === expectedHead) return undefined;
  if (parent === expectedHead && text.includes(`${trailer}: ${key}`)) return { commit: head, branch, parent: expectedHead };
  const message = `${branch} stands at ${head}, not at ${expectedHead}. Read what came, then commit on top of it.`;
  throw new AppError("conflict", { what: "head", head }, { message });
}
function readModes(listed: ExecResult): Map<string, string> {
  if (listed.code !== 0) throw failure("git ls-tree", listed);
  const entries = listed.out.split("\0").filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf("\t") + 1), entry.slice(0, 6)]));
}

const foldersOf = (path: string): string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, depth, names) => names.slice(0, depth + 1).join("/"));
/** Git would put a file in the place of a whole folder, or a folder in that of a file. */
function requireRoom(path: string, modes: Map<string, string>): void {
  const refuse = (message: string) => new AppError("conflict", { what: "file" }, { message });
  if (["040000", "160000"].includes(modes.get(path) ?? "")) throw refuse(`${path} is a folder.`);
  const file = foldersOf(path).find((folder) => (modes.get(folder) ?? "040000") !== "040000");
  if (file !== undefined) throw refuse(`${file} is a file: nothing can lie below it.`);
}

function formatImport({ branch: _, key, expectedHead, message, author, files }: HostCommitIn, modes: Map<string, string>): Buffer {
  const person = `${plain(author.name) || "Member"} <${plain(author.email)}> ${Math.floor(Date.now() / 1_000)} +0000\n`;
  const parts: (string | Buffer)[] = [`commit refs/growqr/commits/${key}\nmark :1\nauthor ${person}committer ${person}`];
  parts.push(...formatData(Buffer.from(`${message}\n\n${trailer}: ${key}\n`)), `from ${expectedHead}\n`);
  for (const { path, content, encoding, executable } of files) {
    if (content === null) {
      parts.push(`D ${quote(path)}\n`);
      continue;
    }
    const kept = modes.get(path) === "100755" ? "100755" : "100644";
    const mode = executable === undefined ? kept : executable ? "100755" : "100644";
    parts.push(`M ${mode} inline ${quote(path)}\n`, ...formatData(Buffer.from(content, encoding)));
  }
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** What git says of a push that was not taken, as the refusal that it is. */
function refusePush({ out, err, code }: ExecResult, branch: string): AppError {
  if (/^!\t.*\t\[rejected\]|stale info|failed to update ref|cannot lock ref|fetch first/m.test(out + err))
    return new AppError("conflict", { what: "head" }, { message: `Something else was pushed to ${branch} at the same time.` });
  const told = err.split("\n").flatMap((line) => /^remote: (.*\S)\s*$/.exec(line)?.[1] ?? []);
  if (/\[remote rejected\]/.test(out)) {
    const words = told
      .filter((line) => !/^(error|fatal):/.test(line))
      .join(" ")
      .slice(0, 600);
    return new AppError("forbidden", { what: "push" }, { message: words || `Git refused the push to ${branch}.` });
  }
  return new AppError("upstream", { what: "git push", code, err: err.slice(-300) });
}
