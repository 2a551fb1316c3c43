import { findPackageIssues, packageLimits } from "../../schema/quest/quest.ts";
import type { PackageIn, PackageOut } from "../../schema/quest/quest-package.ts";
import { AppError } from "../../schema/wire/error.ts";
import { exec } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { allowed } from "../network/egress.ts";
import type { Runs } from "../run/run.ts";
import { entriesIn, environment } from "../run/run-clone.ts";
import { as, at, type Room, users } from "../run/run-room.ts";
import { fetchPack } from "./upload-pack.ts";

const refuse = (message: string) => new AppError("invalid", { issues: [{ path: "quest", message }] }, { message });

// The pack comes on the standard input, of a known length. Its objects are checked, and whole as far as one commit goes.
const unpack = `set -e; git init -q --bare --object-format="$4" "$1"; cd "$1"; printf '%s\\n' "$3" >shallow
head -c "$2" >/room/pack; git index-pack --stdin --strict --max-input-size=${packageLimits.packBytes} </room/pack >/dev/null
[ "$(git cat-file -t "$3")" = commit ]`;
// A few folders that hold each other list without end: no more is read than the files that are taken can need.
const listBytes = packageLimits.listed * 1_024;
const list = `set -o pipefail; cd "$1" && git ls-tree -r -z -l "$2" | head -c ${listBytes}`;
const read =
  'set -e -o pipefail; cd "$1"; under=$2; shift 2; for path in "$@"; do git cat-file blob "$under$path" | base64 -w0; echo; done';

async function inside(room: Room, script: string, args: string[], input?: Buffer) {
  const cmd = ["bash", "-c", script, "package", at.source, ...args];
  return exec(room.host.engine, room.name, { cmd, user: as(users.clone), env: environment(), ms: 60_000, ...(input ? { input } : {}) });
}

async function look(room: Room, of: PackageIn, pack: Buffer): Promise<PackageOut> {
  const format = of.commit.length === 64 ? "sha256" : "sha1";
  const made = await inside(room, unpack, [String(pack.length), of.commit, format], pack);
  if (made.code !== 0) {
    room.host.log("warn", "package refused", { url: of.url, commit: of.commit, err: made.err.slice(-300) });
    throw refuse("What the address gave is no sound Git commit.");
  }
  const tree = `${of.commit}${of.folder === undefined ? "^{tree}" : `:${of.folder}`}`;
  const listed = await inside(room, list, [tree]);
  const endless = Buffer.byteLength(listed.out) >= listBytes;
  if (!endless && listed.code !== 0) throw refuse(`The commit has no folder ${of.folder ?? ""}.`);
  const files = [...entriesIn(listed.out)].map(([path, { mode, bytes }]) => ({ path, mode, bytes }));
  if (endless || files.length > packageLimits.listed) throw refuse(`The repository holds more than ${packageLimits.listed} files.`);
  if (findPackageIssues(files).length > 0) return { files, texts: {} };
  const paths = files.map(({ path }) => path).filter((path) => path === "quest.yaml" || path.endsWith(".md"));
  const { code, out, err } = await inside(room, read, [`${of.commit}:${of.folder === undefined ? "" : `${of.folder}/`}`, ...paths]);
  if (code !== 0) throw new AppError("internal", { what: "reading a package", code, err: err.slice(-300) });
  const texts = out
    .split("\n")
    .slice(0, paths.length)
    .map((line) => Buffer.from(line, "base64").toString("utf8"));
  return { files, texts: Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? ""])) };
}

/** Quests' packages from addresses that the operator allows boxes to reach. */
export function openPackages(host: Host, runs: Runs, list: readonly string[]) {
  const take = async (row: LedgerStackRow, of: PackageIn): Promise<PackageOut> => {
    const { hostname } = new URL(of.url);
    if (!allowed(list, hostname))
      throw refuse(
        `${hostname} is not among the addresses that boxes on this machine may reach. Push that repository into a project of yours and name it projects/<name>@<commit>.`,
      );
    const pack = await fetchPack(of.url, of.commit);
    return runs.apart(row, of.id, (room) => look(room, of, pack));
  };
  return { take };
}
export type Packages = ReturnType<typeof openPackages>;
