import { findPackageIssues, packageLimits } from "../../schema/quest/quest.ts";
import type { PackageIn, PackageOut } from "../../schema/quest/quest-package.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { type EgressList, isAllowedName } from "../network/egress.ts";
import { type CleanRoom, execInRoom, roomFolders, roomUsers } from "../run/room/run-room.ts";
import type { Runs } from "../run/run.ts";
import { makeGitEnvironment, parseTreeEntries } from "../run/run-clone.ts";
import { fetchPack } from "./upload-pack.ts";

const refusePackage = (message: string) => new AppError("invalid", { issues: [{ path: "quest", message }] }, { message });

// The pack comes on the standard input, of a known length. Its objects are checked, and whole as far as one
// commit goes.
const unpackScript = `set -e; git init -q --bare --object-format="$4" "$1"; cd "$1"; printf '%s\\n' "$3" >shallow
head -c "$2" >/room/pack; git index-pack --stdin --strict --max-input-size=${packageLimits.packBytes} </room/pack >/dev/null
[ "$(git cat-file -t "$3")" = commit ]`;
// A few folders that hold each other list without end: no more is read than the files that are taken can
// need.
const listBytes = packageLimits.listed * 1_024;
const listScript = `set -o pipefail; cd "$1" && git ls-tree -r -z -l "$2" | head -c ${listBytes}`;
const readFilesScript =
  'set -e -o pipefail; cd "$1"; under=$2; shift 2; for path in "$@"; do git cat-file blob "$under$path" | base64 -w0; echo; done';

async function runScript(room: CleanRoom, script: string, args: string[], input?: Buffer) {
  const cmd = ["bash", "-c", script, "package", roomFolders.source, ...args];
  return execInRoom(room, {
    cmd,
    uid: roomUsers.clone,
    env: makeGitEnvironment(),
    ms: 60_000,
    ...(input ? { input } : {}),
  });
}

async function readPackage(room: CleanRoom, input: PackageIn, pack: Buffer): Promise<PackageOut> {
  const format = input.commit.length === 64 ? "sha256" : "sha1";
  const made = await runScript(room, unpackScript, [String(pack.length), input.commit, format], pack);
  if (made.code !== 0) {
    room.host.log("warn", "package refused", { url: input.url, commit: input.commit, err: made.err.slice(-300) });
    throw refusePackage("What the address gave is no sound Git commit.");
  }
  const tree = `${input.commit}${input.folder === undefined ? "^{tree}" : `:${input.folder}`}`;
  const listed = await runScript(room, listScript, [tree]);
  const endless = Buffer.byteLength(listed.out) >= listBytes;
  if (!endless && listed.code !== 0) throw refusePackage(`The commit has no folder ${input.folder ?? ""}.`);
  const files = [...parseTreeEntries(listed.out)].map(([path, { mode, bytes }]) => ({ path, mode, bytes }));
  if (endless || files.length > packageLimits.listed) throw refusePackage(`The repository holds more than ${packageLimits.listed} files.`);
  if (findPackageIssues(files).length > 0) return { files, texts: {} };
  const paths = files.map(({ path }) => path).filter((path) => path === "quest.yaml" || path.endsWith(".md"));
  const { code, out, err } = await runScript(room, readFilesScript, [
    `${input.commit}:${input.folder === undefined ? "" : `${input.folder}/`}`,
    ...paths,
  ]);
  if (code !== 0) throw new AppError("internal", { what: "reading a package", code, err: err.slice(-300) });
  const texts = out
    .split("\n")
    .slice(0, paths.length)
    .map((line) => Buffer.from(line, "base64").toString("utf8"));
  return { files, texts: Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? ""])) };
}

/** Fetches packages of quests from addresses that the operator lets boxes reach. */
export class QuestPackages {
  private readonly runs: Runs;
  private readonly egress: EgressList;

  constructor(runs: Runs, egress: EgressList) {
    this.runs = runs;
    this.egress = egress;
  }
  async fetch(row: LedgerStackRow, input: PackageIn): Promise<PackageOut> {
    const { hostname } = new URL(input.url);
    if (!isAllowedName(this.egress.names, hostname))
      throw refusePackage(
        `${hostname} is not among the addresses that boxes on this machine may reach. Push that repository into a project of yours and name it projects/<name>@<commit>.`,
      );
    const pack = await fetchPack(input.url, input.commit, this.egress.lookup);
    return this.runs.withoutNetwork(row, input.id, (room) => readPackage(room, input, pack));
  }
}
