import { readFileSync } from "node:fs";
import { AppError } from "../../../schema/wire/error.ts";
import { makeGitConfig } from "../../opencode/agent-seat.ts";
import { toServerClock } from "./later-clock.ts";
import type { RoomProgram } from "./room-spawner.ts";
import { execInRoom, roomFolders, roomUsers } from "./run-room.ts";
import { agentOf, checksFolder, type ProofRoom } from "./workplace.ts";

// As the place's user: all of its own goes, whatever rights it has left on it, and what it hung on its home
// (listxattr and removexattr: no program of the image does that).
const clearScript = `home=$1 parent=$2 me=$3; cd /
perl -e 'chmod oct $ARGV[1], $ARGV[0]; $h = "$ARGV[0]\\0"; $b = " " x 65536; $n = syscall(194, $h, $b, 65536);
  if ($n > 0) { for (split /\\0/, substr($b, 0, $n)) { $a = "$_\\0"; syscall(197, $h, $a) } }' "$home" "$4"
each() { [ -d "$parent" ] || parent=$home; find "$parent" "$home" /tmp /dev/shm /dev/mqueue -xdev "$@"; }
empty() { each -mindepth 1 -user "$me" -delete; }
empty 2>/dev/null || { each -type d -user "$me" -exec chmod u+rwx {} \\; 2>/dev/null; empty; } || exit
for kind in shm sem msg; do if { read -r; read -r; } </proc/sysvipc/$kind; then ipcrm --all; fi; done 2>/dev/null; true`;
// In their order: `make` compares them.
const makeOlder = `import os, sys
for folder, folders, files in os.walk(sys.argv[1], topdown=False):
  for path in [os.path.join(folder, name) for name in files + folders] + ([folder] if folder == sys.argv[1] else []):
    at = os.lstat(path)
    os.utime(path, ns=(at.st_atime_ns - int(sys.argv[2]) * 10**9, at.st_mtime_ns - int(sys.argv[2]) * 10**9), follow_symlinks=False)`;
/** The two steps in which a copy is laid out. */
const copyProgram = readFileSync(new URL("./fresh-copy.pl", import.meta.url), "utf8");

/**
 * What is otherwise in a copy than in the commit (`way`: a folder of `prepareWays`); the clock of the checks
 * to come, for its services; kept files that are executable in it.
 */
export type CopyWish = { way?: string; clock?: readonly string[]; executable?: readonly string[] };
const treeOf = ({ layout }: ProofRoom, way = "") => (way === "" ? layout.plain : `${way}/tree`);
const parentOf = ({ place }: ProofRoom) => place.work.slice(0, place.work.lastIndexOf("/"));
// Git takes a checkout of another user's for one to be wary of.
const settingsOf = ({ place }: ProofRoom) => `${makeGitConfig("Agent", agentOf(place))}${place.keeps ? "[safe]\n\tdirectory = *\n" : ""}`;
const asReader = ({ place }: ProofRoom) => ({ uid: place.uid, groups: [roomUsers.clone], env: [`HOME=${place.home}`] });
/**
 * Makes a fresh copy of the commit in the room's place, in which checks may write but in what is kept. No
 * file of it has been read, its services are empty, and nothing of what ran in the place before is there.
 * Answers when that was, for `readTraces`.
 */
export async function makeFreshCopy(room: ProofRoom, { way = "", clock = [], executable = [] }: CopyWish = {}): Promise<string> {
  const { place, layout, kept = [], installed } = room;
  const emptied = room.services?.beFresh(toServerClock(clock));
  emptied?.catch(() => undefined); // awaited below
  const tree = treeOf(room, way);
  await clearPlace(room);
  const installing = [layout.packages, roomFolders.work, `${checksFolder}/tool`];
  const { work, umask, temporary, login = "", age } = place;
  if (place.keeps) {
    const as = { uid: roomUsers.clone, groups: [place.uid], input: Buffer.from(kept.map((path) => `${path}\0`).join("")) };
    await runStep(room, ["keep", layout.plain, way, work, ...installing, String(executable.length), ...executable, ...installed], as);
  }
  const settings = [umask, temporary, settingsOf(room), login, makeOlder, age === undefined ? "" : String(age)];
  const since = await runStep(room, ["lay", tree, work, ...installing, ...settings, ...(place.keeps ? [] : installed)], asReader(room));
  await emptied;
  return since;
}
/** Ends all that is there of what ran in the room's place. */
export async function clearPlace(room: ProofRoom): Promise<void> {
  const { home, uid, keeps } = room.place;
  await copyStep(room, ["bash", "-c", clearScript, "clear", home, parentOf(room), String(uid), keeps ? "0710" : "0700"], { uid });
}
const runStep = (room: ProofRoom, given: string[], as: Omit<RoomProgram, "cmd">) =>
  copyStep(room, ["perl", "-e", copyProgram, ...given], as);
async function copyStep(room: ProofRoom, cmd: string[], as: Omit<RoomProgram, "cmd">): Promise<string> {
  const { code, out, err } = await execInRoom(room, { cmd, ms: 60_000, ...as });
  if (code === 0) return out.trim();
  if (/No space left on device/.test(err)) throw new AppError("too_large", { what: "clean checkout", err: err.slice(-300) });
  throw new AppError("internal", { what: `a fresh copy: ${cmd[3]}`, err: err.slice(-300) });
}

// Who writes by a shared mapping leaves no time of it: contents are compared too.
const lookScript = `export LC_ALL=C; tree=$1 work=$2 since=$3 settings=$4 login=$5
[ -z "$(find "$HOME" "\${work%/*}" /tmp /dev/shm /dev/mqueue -newerct "@$since" -print -quit 2>&1)" ] &&
  [ "$(cat /proc/sysvipc/* | wc -l)" = 3 ] && printf %s "$settings" | cmp -s - "$HOME/.gitconfig" &&
  { [ -z "$login" ] || printf %s "$login" | cmp -s - "$HOME/.git-credentials"; } &&
  ! diff -rq --no-dereference "$tree" "$work" 2>&1 | grep -qv "^Only in $work"`;
/** Whether all in the place is as `makeFreshCopy` left it then, so that nothing there is of a check. */
export async function isUntouched(room: ProofRoom, since: string, { way = "" }: CopyWish): Promise<boolean> {
  if (room.services !== undefined) return false;
  const cmd = ["bash", "-c", lookScript, "look", treeOf(room, way), room.place.work, since, settingsOf(room), room.place.login ?? ""];
  return (await execInRoom(room, { cmd, ms: 60_000, ...asReader(room) })).code === 0;
}

const mostTraceBytes = 12 * 1024 * 1024;
const traceScript = `cd "$1" || exit 0; exec 2>/dev/null
find . -name .git -prune -o '(' -type f -o -type l ')' ! -newerct "@$2" -printf '%A@ %P\\0' | head -c ${mostTraceBytes}`;
/** What checks did to files of the commit. */
export type Traces = { read: ReadonlySet<string>; written: ReadonlySet<string> };
/**
 * The files of the commit that were read or run in the place since then, and those that were written,
 * replaced or removed, which count as read. A program may set the time of reading back, but not the time of
 * its doing so: then the file counts as written. So do all where a check has left no folder that can be
 * looked through. Who writes by a shared mapping leaves no trace.
 */
export async function readTraces(room: ProofRoom, since: string, { entries }: { entries: ReadonlyMap<string, unknown> }): Promise<Traces> {
  const cmd = ["bash", "-c", traceScript, "traces", room.place.work, since];
  const { out } = await execInRoom(room, { cmd, uid: room.place.uid, ms: 60_000 });
  const whole = Buffer.byteLength(out) < mostTraceBytes ? out.split("\0") : [];
  const readAt = new Map(whole.map((line) => [line.slice(line.indexOf(" ") + 1), Number(line.slice(0, line.indexOf(" ")))]));
  const paths = [...entries.keys()];
  return {
    read: new Set(paths.filter((path) => (readAt.get(path) ?? Infinity) > 172_800)),
    written: new Set(paths.filter((path) => !readAt.has(path))),
  };
}
