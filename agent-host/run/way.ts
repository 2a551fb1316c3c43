import { randomBytes } from "node:crypto";
import { AppError } from "../../schema/wire/error.ts";
import { type PackedFile, packFiles } from "./pack-files.ts";
import { execInRoom, roomUsers } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";

/**
 * Another way than the commit for its files to be: `gone` are not there, `restored` are as they were before
 * the task, `texts` say something else.
 */
export type Way = { gone: readonly string[]; restored: readonly string[]; texts: Readonly<Record<string, WayText>> };
/** `old`: older than all files of the commit. */
export type WayText = { text: string; executable: boolean; old?: true };
/** Ways in which a check of the proof was seen to fail: nobody needs to run them again for that. */
export class FailingWays {
  private readonly keys = new Set<string>();

  add(way: Way): void {
    this.keys.add(wayKey(way));
  }
  has(way: Way): boolean {
    return this.keys.has(wayKey(way));
  }
}
const wayKey = ({ gone, restored, texts }: Way) => JSON.stringify([gone.toSorted(), restored.toSorted(), Object.entries(texts).sort()]);

// Blobs are written as they are: no attribute of the commit bends what was there before.
const unpackScript = `set -e; mkdir "$2" && cd "$2" && head -c "$3" | tar -x
for way in */; do
  while IFS= read -r -d '' path; do
    [ "$path" = "\${path%/*}" ] || mkdir -p "$way/files/\${path%/*}"
    entry=$(git -C "$1" ls-tree "$4" -- ":(literal)$path")
    case $entry in
      120000*) ln -sfn "$(git -C "$1" cat-file blob "$4:$path")" "$way/files/$path" ;;
      100*) git -C "$1" cat-file blob "$4:$path" >"$way/files/$path"; case $entry in 100755*) chmod 0755 "$way/files/$path" ;; esac ;;
    esac
  done <"$way/restored"
done`;
/** Writes what makes each way. Answers their folders, which `makeFreshCopy` takes. */
export async function prepareWays(room: ProofRoom, base: string, ways: readonly Way[]): Promise<string[]> {
  const folder = `${room.layout.source}-ways-${randomBytes(6).toString("hex")}`;
  const list = (name: string, paths: readonly string[]): PackedFile => ({ name, text: paths.map((path) => `${path}\0`).join("") });
  const input = await packFiles(
    ways.flatMap(({ gone, restored, texts }, index) => [
      { name: `${index}` },
      { name: `${index}/files` },
      list(`${index}/gone`, gone),
      list(`${index}/restored`, restored),
      ...Object.entries(texts).map(([path, { text, executable, old }]) => ({
        name: `${index}/files/${path}`,
        text,
        mode: executable ? 0o755 : 0o644,
        ...(old ? { mtime: new Date("2000-01-01") } : {}),
      })),
    ]),
  );
  const cmd = ["bash", "-c", unpackScript, "ways", room.source, folder, String(input.length), base];
  const env = ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "HOME=/nonexistent", "LC_ALL=C.UTF-8"];
  const made = await execInRoom(room, { cmd, input, env, uid: roomUsers.clone, ms: 120_000 });
  if (made.code !== 0) throw new AppError("internal", { what: "ways of a commit", err: made.err.slice(-300) });
  return ways.map((_, index) => `${folder}/${index}`);
}
