import { randomBytes, randomInt } from "node:crypto";
import { box } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Host } from "../../host.ts";
import { authorityEnv } from "../../network/box-authorities.ts";
import { proxyEnv, serverFolder } from "../../opencode/opencode-config.ts";
import type { RoomServices } from "../../service/room-services.ts";
import type { RoomDoor } from "./room-door.ts";
import { type CleanRoom, roomTmp, roomUsers } from "./run-room.ts";

/**
 * Where checks run looks like a box where an agent works: same kind of folder, user, host name and
 * environment, and a clone with the commit alone. There are two such places, which differ in all of that, so
 * that work which behaves for one of them is found by the other.
 */
export type Workplace = {
  uid: number;
  home: string;
  work: string;
  /**
   * Whether what was there before is another user's (`ProofRoom.kept`), so that what runs in a check can't
   * change it. In the other place all is the place's own, as all is an agent's in a box.
   */
  keeps: boolean;
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
const worksIn = (home: string) => `${home}/work`;
const firstSeats = { from: 0, to: 24 } as const;
const secondSeats = { from: 24, to: 48 } as const;
const agentEnvironment = (host: Host, home: string, uid: number, hostname: string) => ({
  HOME: home,
  USER: `agent${uid - box.uid(0)}`,
  HOSTNAME: hostname,
  PATH: `${checksFolder}:/usr/local/bin:/usr/bin:/bin`,
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TMPDIR: `${worksIn(home)}/.tmp`, // on the file system of the project, as in a box
  XDG_CONFIG_HOME: "/opt/growqr/xdg",
  XDG_DATA_HOME: `${home}/.local/share`,
  XDG_STATE_HOME: `${home}/.local/state`,
  XDG_CACHE_HOME: `${home}/.cache`,
  GRADLE_USER_HOME: `${home}/.gradle`,
  ...proxyEnv,
  ...authorityEnv(host.authorities),
  ...withoutNetwork,
  ...gitTrusts,
});
/** Package managers that find what was installed before (`images/opencode/checks`). */
export const checksFolder = "/opt/growqr/checks";
/** Git takes a checkout of another user's for one to be wary of. */
const gitTrusts = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
/** There is no use in asking again. */
const withoutNetwork = {
  ...{ UV_NO_SYNC: "1", UV_HTTP_RETRIES: "0", UV_PYTHON_DOWNLOADS: "never" },
  ...{ PIP_RETRIES: "0", PIP_DEFAULT_TIMEOUT: "3", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
  npm_config_fetch_retries: "0",
  PYTHONDONTWRITEBYTECODE: "1", // a copy that a check has left as it was serves again
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
    return { uid, home, work: `${worksIn(home)}/${name}`, hostname, env: agentEnvironment(host, home, uid, hostname) };
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
      { ...first, keeps: true, umask: "077", env: [...asList(first.env), "CI=1", "GIT_EDITOR=:", "GIT_TERMINAL_PROMPT=0"] },
      { ...second, keeps: false, umask: "022", env: asList(other) },
    ],
    tmpfs: {
      "/tmp": roomTmp,
      [platform]: folder(roomUsers.clone, "0750"),
      [first.home]: folder(first.uid, "0710"),
      // A mount: who owns the home can't put another in its place, and the other place's user can't get in.
      [worksIn(first.home)]: `rw,nosuid,nodev,exec,size=1g,mode=1770,uid=${roomUsers.clone},gid=${first.uid}`,
      [second.home]: folder(second.uid, "0700"),
    },
    hostname: first.hostname,
    hosts: { [second.hostname]: "127.0.0.1" },
  };
}

/**
 * A room with the place in which its checks run just now. `kept`: files that nothing in a check may change.
 */
export type ProofRoom = CleanRoom & {
  layout: RoomLayout;
  place: Workplace;
  kept?: readonly string[];
  /** Lines of the project's own scripts that checks may run. */
  scripts?: readonly string[];
  services?: RoomServices;
  door?: RoomDoor;
};
