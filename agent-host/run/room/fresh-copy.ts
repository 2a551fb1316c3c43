import { AppError } from "../../../schema/wire/error.ts";
import { makeGitConfig } from "../../opencode/agent-seat.ts";
import { toServerClock } from "./later-clock.ts";
import type { RoomProgram } from "./room-spawner.ts";
import { execInRoom, roomFolders, roomUsers } from "./run-room.ts";
import { agentOf, checksFolder, type ProofRoom } from "./workplace.ts";

// As the place's user: all of its own goes, whatever rights it has left on it, and what it hung on its home
// (listxattr and removexattr: no program of the image does that).
const clearScript = `home=$1 parent=$2 me=$3; cd /; chmod "$4" "$home"
perl -e '$h = "$ARGV[0]\\0"; $b = " " x 65536; $n = syscall(194, $h, $b, 65536);
  if ($n > 0) { for (split /\\0/, substr($b, 0, $n)) { $a = "$_\\0"; syscall(197, $h, $a) } }' "$home"
each() { [ -d "$parent" ] || parent=$home; find "$parent" "$home" /tmp /dev/shm /dev/mqueue -xdev "$@"; }
empty() { each -mindepth 1 -user "$me" -delete; }
empty 2>/dev/null || { each -type d -user "$me" -exec chmod u+rwx {} \\; 2>/dev/null; empty; } || exit
for kind in shm sem msg; do if { read -r; read -r; } </proc/sysvipc/$kind; then ipcrm --all; fi; done 2>/dev/null; true`;
// A file's times are as old as can be: the kernel sets the time of reading once, until they are old again.
const age = `find "$work" -name .git -prune -o -type f -user "$(id -u)" -exec touch -a -d @86400 {} +`;
// In their order: `make` compares them.
const makeOlder = `import os, sys
for folder, folders, files in os.walk(sys.argv[1], topdown=False):
  for path in [os.path.join(folder, name) for name in files + folders] + ([folder] if folder == sys.argv[1] else []):
    at = os.lstat(path)
    os.utime(path, ns=(at.st_atime_ns - int(sys.argv[2]) * 10**9, at.st_mtime_ns - int(sys.argv[2]) * 10**9), follow_symlinks=False)`;
// What is installed is linked, entry by entry, so that its folder itself can be written in: tools keep caches
// there. Links within it (workspaces, pnpm, programs) are made anew, for they lead to the project. What a
// virtual environment starts names the folder in which that was made.
const link = `put() { if [ -L "$1" ]; then cp -P "$1" "$2"; else ln -s "$1" "$2"; fi; }
for folder in "$@"; do
  mkdir -p "$work/$folder"
  find "$packages/$folder" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' at; do
    name=\${at##*/}
    case $folder/$name in
      *.venv/bin) cp -rP "$at" "$work/$folder/bin"; for each in "$work/$folder"/bin/pip "$work/$folder"/bin/pip3 "$work/$folder"/bin/pip3.[0-9]*; do [ ! -e "$each" ] || ln -sf ${checksFolder}/tool "$each"; done; { grep -rlIF "$made/" "$work/$folder/bin" || true; } | xargs -r sed -i "s|$made/|$work/|g" ;;
      *.venv/*) put "$at" "$work/$folder/$name" ;;
      */@*|*/.bin) mkdir "$work/$folder/$name"; find "$at" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' in; do put "$in" "$work/$folder/$name/\${in##*/}"; done ;;
      *) put "$at" "$work/$folder/$name" ;;
    esac
  done
done`;
// As the user that owns the tree: names of what it keeps come by standard input, sorted. Its folders take
// files of others and let go of none. A script of its is executable where a check would make it so, and may
// not. A way's tree is made when it is used first: nothing is copied but what it changes.
const keeperScript = `exec 3<&0; set -e -o pipefail; export LC_ALL=C; plain=$1 way=$2 work=$3 packages=$4 made=$5; shift 5
tree=$plain; [ -z "$way" ] || tree=$way/tree
if [ ! -d "$tree" ]; then
  cp -al "$plain" "$way/new"; cd "$way/new"
  cat "$way/gone" "$way/restored" | sed -z 's|^|./|' >"$way/paths"; xargs -0 -r rm -rf -- <"$way/paths"
  sed -z 's|/[^/]*$||' "$way/paths" | sort -zu | xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2>/dev/null || true
  cp -rP --preserve=mode,timestamps --remove-destination "$way/files/." .; mv "$way/new" "$tree"
fi
find "\${work%/*}" -mindepth 1 -delete; mkdir -p "$work"; cd "$tree"
find . -name .git -prune -o '(' -type f -o -type l ')' -printf '%P\\0' | sort -z | comm -z -12 - <(cat <&3) |
  tar -c --null --no-recursion -T - | tar -x -p -C "$work"
cd "$work"
while [ "$1" != -- ]; do [ ! -f "./$1" ] || [ -L "./$1" ] || chmod a+x "./$1"; shift; done; shift
${link}
find . -type d -exec chmod 1777 {} +
${age}`;
// As the place's user, who may read the tree as long as this runs: all that is not there yet.
const layScript = `set -e -o pipefail; export LC_ALL=C; tree=$1 work=$2 settings=$3 packages=$4 made=$5; umask "$6"; temporary=$7 age=$8 login=$9; shift 9; cd /
parent=\${work%/*}; mkdir -p -m 0700 "$parent" "$temporary"; [ -d "$work" ] || mkdir "$work"
entries() { cd "$1" && find . -mindepth 1 -printf '%P\\0' | sort -z >"$temporary/$2"; }
entries "$tree" all; entries "$work" there; cd "$temporary"
comm -z -23 all there | tar -c -C "$tree" --null --no-recursion -T - | tar -x -C "$work"; rm all there
printf %s "$settings" >"$HOME/.gitconfig"
[ -z "$login" ] || (umask 077 && printf %s "$login" >"$HOME/.git-credentials")
${link}
if [ -z "$age" ]; then ${age}; else /usr/bin/python3 -I -c '${makeOlder}' "$work" "$age"; fi
touch "$temporary"; sleep 0.012; stat -c %.9Z "$temporary"`; // the kernel's time for files goes by up to 10 ms

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
  if (place.keeps) {
    const as = { uid: roomUsers.clone, groups: [place.uid], input: joinSorted(kept) };
    const places = [layout.plain, way, place.work, layout.packages, roomFolders.work];
    await copyStep(room, "keep", [keeperScript, ...places, ...executable, "--", ...installed], as);
  }
  const { work, umask, temporary } = place;
  const places = [
    tree,
    work,
    settingsOf(room),
    layout.packages,
    roomFolders.work,
    umask,
    temporary,
    String(place.age ?? ""),
    place.login ?? "",
  ];
  const since = await copyStep(room, "lay", [layScript, ...places, ...(place.keeps ? [] : installed)], asReader(room));
  await emptied;
  return since;
}
/** By bytes, as `sort -z` does. */
const joinSorted = (paths: readonly string[]) => {
  const all = [...new Set(paths)].map((path) => Buffer.from(`${path}\0`));
  return Buffer.concat(all.sort((a, b) => Buffer.compare(a.subarray(0, -1), b.subarray(0, -1))));
};
/** Ends all that is there of what ran in the room's place. */
export async function clearPlace(room: ProofRoom): Promise<void> {
  const { home, uid, keeps } = room.place;
  await copyStep(room, "clear", [clearScript, home, parentOf(room), String(uid), keeps ? "0710" : "0700"], { uid });
}
async function copyStep(room: ProofRoom, name: string, [script = "", ...args]: string[], as: Omit<RoomProgram, "cmd">): Promise<string> {
  const { code, out, err } = await execInRoom(room, { cmd: ["bash", "-c", script, name, ...args], ms: 60_000, ...as });
  if (code === 0) return out.trim();
  if (/No space left on device/.test(err)) throw new AppError("too_large", { what: "clean checkout", err: err.slice(-300) });
  throw new AppError("internal", { what: `a fresh copy: ${name}`, err: err.slice(-300) });
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
