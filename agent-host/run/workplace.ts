import { randomBytes, randomInt } from "node:crypto";
import { box, gitMail } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { Host } from "../host.ts";
import { authorityEnv } from "../network/box-authorities.ts";
import { proxyEnv, serverFolder } from "../opencode/opencode-config.ts";
import { runProgram } from "../program.ts";
import type { RoomServices } from "../service/room-services.ts";
import type { RoomDoor } from "./room-door.ts";
import { type CleanRoom, execInRoom, roomFolders, roomTmp, roomUsers } from "./run-room.ts";

/**
 * Where checks run looks like a box where an agent works: same kind of folder, user, host name and
 * environment, and a clone with the commit alone. There are two such places, which differ in all of that, so
 * that work which behaves for one of them is found by the other.
 */
export type Workplace = {
  uid: number;
  home: string;
  work: string;
  hostname: string;
  /** Octal. */
  umask: string;
  env: readonly string[];
};
export type RoomLayout = {
  source: string;
  /** The commit alone, as checks get it; its folder opens to the group of the clone's user. */
  plain: string;
  /** Where what was installed lies, read-only. */
  packages: string;
  branch: string;
  remote: string;
  places: readonly [Workplace, Workplace];
  hostname: string;
  tmpfs: Record<string, string>;
  hosts: Record<string, string>;
};

/** Days by which the clock of the second place is ahead. */
export const placeDays = 33;
const firstSeats = { from: 0, to: 24 } as const;
const secondSeats = { from: 24, to: 48 } as const;
const agentEnvironment = (host: Host, home: string, uid: number, hostname: string) => ({
  HOME: home,
  USER: `agent${uid - box.uid(0)}`,
  HOSTNAME: hostname,
  PATH: `${checksFolder}:/usr/local/bin:/usr/bin:/bin`,
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TMPDIR: `${home}/.tmp`,
  XDG_CONFIG_HOME: "/opt/growqr/xdg",
  XDG_DATA_HOME: `${home}/.local/share`,
  XDG_STATE_HOME: `${home}/.local/state`,
  XDG_CACHE_HOME: `${home}/.cache`,
  GRADLE_USER_HOME: `${home}/.gradle`,
  ...proxyEnv,
  ...authorityEnv(host.authorities),
  ...withoutNetwork,
});
/** Package managers that find what was installed before (`images/opencode/checks`). */
const checksFolder = "/opt/growqr/checks";
/** There is no use in asking again. */
const withoutNetwork = {
  ...{ UV_NO_SYNC: "1", UV_HTTP_RETRIES: "0", UV_PYTHON_DOWNLOADS: "never" },
  ...{ PIP_RETRIES: "0", PIP_DEFAULT_TIMEOUT: "3", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
  npm_config_fetch_retries: "0",
};
const asList = (env: Record<string, string>) => Object.entries(env).map(([name, value]) => `${name}=${value}`);

/** The layout of a proof's room. Names are drawn anew for each, as those of agents are. */
export function drawRoomLayout(host: Host, repo: string, branch: string): RoomLayout {
  const project = repo.slice(repo.indexOf("/") + 1);
  const platform = serverFolder(newId("agt"));
  const folder = (uid: number, mode: string) => `rw,nosuid,nodev,exec,size=1g,mode=${mode},uid=${uid},gid=${uid}`;
  const place = (seats: { from: number; to: number }, hostname: string, name: string) => {
    const uid = box.uid(randomInt(seats.from, seats.to));
    const home = box.agentHome(newId("agt"));
    return { uid, home, work: `${home}/work/${name}`, hostname, env: agentEnvironment(host, home, uid, hostname) };
  };
  const first = place(firstSeats, "opencode", project);
  const second = place(secondSeats, randomBytes(6).toString("hex"), `${project}-${randomBytes(2).toString("hex")}`);
  const other = { ...second.env, SHELL: "/bin/sh", LANG: "en_US.UTF-8", LC_ALL: "C.UTF-8" };
  return {
    source: `${platform}/source`,
    plain: `${platform}/plain`,
    packages: serverFolder(newId("agt")),
    branch,
    remote: `http://${box.gitHost}:${box.giteaPort}/${repo}.git`,
    places: [
      { ...first, umask: "077", env: [...asList(first.env), "CI=1", "GIT_EDITOR=:", "GIT_TERMINAL_PROMPT=0"] },
      { ...second, umask: "022", env: asList(other) },
    ],
    tmpfs: {
      "/tmp": roomTmp,
      [platform]: folder(roomUsers.clone, "0750"),
      [first.home]: folder(first.uid, "0700"),
      [second.home]: folder(second.uid, "0700"),
    },
    hostname: first.hostname,
    hosts: { [second.hostname]: "127.0.0.1" },
  };
}

/** A room with the place in which its checks run just now. */
export type ProofRoom = CleanRoom & { layout: RoomLayout; place: Workplace; services?: RoomServices; door?: RoomDoor };
/** The same room, seen from its second place. */
export async function enterSecondPlace(room: ProofRoom): Promise<ProofRoom> {
  const [first, place] = room.layout.places;
  await clearShared(room, first);
  await nameRoom(room, place.hostname);
  return { ...room, place };
}
export async function leaveSecondPlace(room: ProofRoom): Promise<void> {
  const [first, second] = room.layout.places;
  await clearShared(room, second);
  await nameRoom(room, first.hostname);
}
/** The next place finds nothing of this one's in the folders that both may write in. */
async function clearShared(room: ProofRoom, { uid }: Workplace): Promise<void> {
  const cmd = ["find", "/tmp", "/dev/shm", "-mindepth", "1", "-user", String(uid), "-delete"];
  await execInRoom(room, { cmd, uid: uid, ms: 30_000 });
}
async function nameRoom({ host, name }: ProofRoom, hostname: string): Promise<void> {
  const { State } = await host.engine.call("run inspect", host.engine.docker.getContainer(name).inspect());
  await runProgram("nsenter", [`--uts=/proc/${State.Pid}/ns/uts`, "hostname", hostname], { timeout: 10_000 });
}

// First as the place's user with the group of the clone's, which may read the plain clone, then with its own.
const copyScript = `home=$1 work=$2 plain=$3 way=$4; umask "$5"
empty() { find "$home" -mindepth 1 -delete; }
empty 2>/dev/null || { chmod -R u+rwX "$home"; empty; }
find /tmp /dev/shm -mindepth 1 -user "$(id -u)" -delete 2>/dev/null
mkdir -m 0700 "$home/.tmp" "$home/work" && cp -rP --preserve=mode,timestamps,links "$plain" "$work" || exit 1
[ -n "$way" ] || exit 0
cd "$work" || exit 1
cat "$way/gone" "$way/restored" | while IFS= read -r -d '' path; do rm -rf -- "./$path"; done
cp -rP --preserve=mode --remove-destination "$way/files/." .`;
// A file's times are as old as can be: the kernel sets the time of reading once, until they are old again.
const age = (folder: string) => `find ${folder} -name .git -prune -o -type f -exec touch -a -d @86400 {} +; date +%s.%N`;
// What is installed is linked, entry by entry, so that its folder itself can be written in: tools keep caches
// there. Links within it (workspaces, pnpm, programs) are made anew, for they lead to the project. What a
// virtual environment starts names the folder in which that was made.
const readyScript = `set -e; home=$1 into=$2 mail=$3 packages=$4 made=$5; umask "$6"; shift 6; gid=$(id -g)
find "$home" ! -gid "$gid" -exec chgrp -h "$gid" {} +
printf '[user]\\n\\tname = Agent\\n\\temail = %s\\n[init]\\n\\tdefaultBranch = main\\n' "$mail" >"$home/.gitconfig"
put() { if [ -L "$1" ]; then cp -P "$1" "$2"; else ln -s "$1" "$2"; fi; }
for folder in "$@"; do
  mkdir -p "$into/$folder"
  find "$packages/$folder" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' at; do
    name=\${at##*/}
    case $folder/$name in
      *.venv/bin) cp -rP "$at" "$into/$folder/bin"; for each in "$into/$folder"/bin/pip "$into/$folder"/bin/pip3 "$into/$folder"/bin/pip3.[0-9]*; do [ ! -e "$each" ] || ln -sf ${checksFolder}/tool "$each"; done; grep -rlIF "$made/" "$into/$folder/bin" | xargs -r sed -i "s|$made/|$into/|g" ;;
      *.venv/*) put "$at" "$into/$folder/$name" ;;
      */@*|*/.bin) mkdir "$into/$folder/$name"; find "$at" -mindepth 1 -maxdepth 1 -print0 | while IFS= read -r -d '' in; do put "$in" "$into/$folder/$name/\${in##*/}"; done ;;
      *) put "$at" "$into/$folder/$name" ;;
    esac
  done
done
${age('"$into"')}`;

/**
 * Makes a fresh copy of the commit in the room's place, in which checks may write; `way`: a folder with what
 * is otherwise in it; `clock`: that of the checks to come. No file of it has been read, and its services are
 * empty. Answers when that was, for `takeReadFiles`.
 */
export async function makeFreshCopy(room: ProofRoom, way = "", clock: readonly string[] = []): Promise<string> {
  const { place, layout } = room;
  const emptied = room.services?.beFresh(clock);
  emptied?.catch(() => undefined); // awaited below
  const copy = ["bash", "-c", copyScript, "copy", place.home, place.work, layout.plain, way, place.umask];
  const made = await execInRoom(room, {
    ...{ cmd: copy, uid: place.uid, gid: roomUsers.clone, ms: 60_000 },
  });
  if (made.code !== 0) throw new AppError("too_large", { what: "clean checkout", err: made.err.slice(-300) });
  const mail = gitMail(place.home.slice(place.home.lastIndexOf("/") + 1));
  const places = [place.home, place.work, mail, layout.packages, roomFolders.work, place.umask];
  const ready = await execInRoom(room, {
    ...{ cmd: ["bash", "-c", readyScript, "ready", ...places, ...room.installed], uid: place.uid, ms: 60_000 },
  });
  if (ready.code !== 0) throw new AppError("internal", { what: "a fresh copy", err: ready.err.slice(-300) });
  await emptied;
  return ready.out.trim();
}

const unreadBytes = 12 * 1024 * 1024;
const unreadScript = `cd "$1" || exit 0; exec 2>/dev/null
find . -name .git -prune -o -type f ! -newerat @172800 ! -newerct "@$2" -printf '%P\\0' | head -c ${unreadBytes}; printf '\\0'
${age(".")}`;
/**
 * Those of the paths that were read, run or replaced in the place since then; and the time from which on it
 * can be asked again. A program may set the time of reading back, but not the time of its doing so: then the
 * file counts as read. So do all where a check has left no folder that can be looked through.
 */
export async function takeReadFiles(
  room: ProofRoom,
  since: string,
  paths: readonly string[],
): Promise<{ read: Set<string>; since: string }> {
  const cmd = ["bash", "-c", unreadScript, "unread", room.place.work, since];
  const { out } = await execInRoom(room, { cmd, uid: room.place.uid, ms: 60_000 });
  const unread = out.split("\0");
  const now = unread.pop()?.trim() || since;
  const kept = new Set(Buffer.byteLength(out) < unreadBytes ? unread : []);
  return { read: new Set(paths.filter((path) => !kept.has(path))), since: now };
}
