import { packagesFolder } from "../../../schema/environment/install.ts";
import type { CheckFailure } from "../../../schema/proof/proof.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type CleanRoom, execInRoom, roomFolders, roomUsers } from "../room/run-room.ts";
import { failSetup } from "./failure.ts";
import type { LedgerSnapshotRow } from "./snapshot-ledger.ts";

export const mostInstalledMb = 3 * 1024;

/** What stands in these folders afterwards: their names, a hash over all that is in them, and its size. */
export type Installed = { digest: string; folders: string[]; mb: number };

/** How much lies in the room's volume. A room in which that can't be asked has used up something else. */
export async function readWrittenMb(room: CleanRoom): Promise<number> {
  const asked = execInRoom(room, { cmd: ["du", "-sm", roomFolders.work], uid: roomUsers.setup });
  const { out } = await asked.catch(() => ({ out: "" }));
  return Number(out.split("\t")[0]) || 0;
}

// Names, kinds, modes, links and contents. Hashes are written to a file by each process of its own, for lines
// of several in one pipe could be torn.
const digestScript = `digest() { hashes=$(mktemp -d); find . -type f -print0 | xargs -0 -r -n 100 -P 2 sh -c 'sha256sum -- "$@" >>"$0/$$"' "$hashes" &&
{ find . -mindepth 1 -printf '%y %m %p -> %l\\0' | sort -z; cat "$hashes"/* 2>/dev/null | sort; } | sha256sum; rm -r "$hashes"; }`;
const keepScript = `set -e -o pipefail; cd "$1"; ${digestScript}
[ "$(du -sm . | cut -f1)" -le ${mostInstalledMb} ] || exit 45
find . \\( -name node_modules -o -name .venv -o -path ./${packagesFolder} \\) -type d -prune -print0 >"$2/folders"
mkdir .kept; while IFS= read -r -d '' at; do mkdir -p ".kept/$(dirname "$at")"; mv "$at" ".kept/$at"; done <"$2/folders"
find . -mindepth 1 -maxdepth 1 ! -name .kept -exec rm -rf {} +
find .kept -mindepth 1 -maxdepth 1 -exec mv -t . {} +
rmdir .kept; find . -mindepth 1 -maxdepth 1 -exec chmod -R u+rwX,go+rX,go-w {} +
cat "$2/folders"; printf '\\0\\0'; digest`;
const plainEnvironment = ["LC_ALL=C", "PATH=/usr/bin:/bin", "TMPDIR=/tmp"];
/** Leaves nothing of a setup but what it has installed. */
export async function keepInstalled(room: CleanRoom): Promise<CheckFailure | Installed> {
  const { code, out, err } = await execInRoom(room, {
    cmd: ["bash", "-c", keepScript, "keep", roomFolders.work, roomFolders.home],
    uid: roomUsers.setup,
    env: plainEnvironment,
    ms: 300_000,
  });
  if (code === 45) return failSetup(`What was installed is more than ${mostInstalledMb / 1024} GB.`);
  if (code !== 0) return failSetup(`What was installed could not be kept: ${err.slice(-300)}`);
  const [folders = "", digest = ""] = out.split("\0\0");
  return {
    folders: folders
      .split("\0")
      .filter(Boolean)
      .map((at) => at.replace(/^\.\//, "")),
    digest: digest.replace("\0", "").slice(0, 64),
    mb: await readWrittenMb(room),
  };
}

/**
 * That a snapshot is what its setup has left, down to each byte; `folder`: where it lies in the room. Another
 * one is not used again: it is made anew at the next try, which this asks for.
 */
export async function requireIntact(room: CleanRoom, folder: string, snapshot: LedgerSnapshotRow): Promise<void> {
  const { host } = room;
  const { code, out } = await execInRoom(room, {
    cmd: ["bash", "-c", `set -e -o pipefail; cd "$1"; ${digestScript}; digest`, "intact", folder],
    uid: roomUsers.probe,
    env: plainEnvironment,
    ms: 300_000,
  });
  if (code === 0 && out.slice(0, 64) === snapshot.seen.snapshot) return;
  host.log("error", "installed packages are not as they were installed", { member: snapshot.member, volume: snapshot.volume });
  host.ledger.snapshots.remove(snapshot.member, snapshot.key);
  throw new AppError("unavailable", { what: "installed packages" });
}
