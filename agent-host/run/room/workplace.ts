import { randomBytes, randomInt } from "node:crypto";
import { box } from "../../../schema/stack/stack.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Host } from "../../host.ts";
import { makeGitLogin } from "../../opencode/agent-seat.ts";
import { commandTools, makeCommandEnv, serverFolder, serverTitle } from "../../opencode/opencode-config.ts";
import type { RoomServices } from "../../service/room-services.ts";
import type { RoomDoor } from "./room-door.ts";
import { type ProgramTitle, sleepTitle } from "./room-spawner.ts";
import { type CleanRoom, roomTmp, roomUsers } from "./run-room.ts";

/**
 * Where checks run. There are two such places. The second is in all as a box is where an agent works: work
 * that tells it from one has to look at what no room can have (README, "What stays"). The first differs from
 * it in folders, user, home, host name, environment, locale, shell, umask, times and owner of files, in what
 * the room says of processors, memory and boot, and in the processes above.
 */
export type Workplace = {
  uid: number;
  home: string;
  work: string;
  temporary: string;
  /**
   * Whether what was there before is another user's (`ProofRoom.kept`), so that what runs in a check can't
   * change it. In the other place all is the place's own, as all is an agent's in a box.
   */
  keeps: boolean;
  hostname: string;
  /** Octal. */
  umask: string;
  env: readonly string[];
  shell: string;
  /** What starts its checks there, in the list of processes. */
  above: ProgramTitle;
  /** The processors that its checks may use, as the kernel lists them; undefined: all. */
  cpus?: string;
  /** What Git keeps to log in with; undefined: nothing. */
  login?: string;
  /** Seconds since its files seem to have been written; undefined: as they came. */
  age?: number;
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

/** The agent whose home a place seems to be. */
export const agentOf = ({ home }: Pick<Workplace, "home">): string => home.slice(home.lastIndexOf("/") + 1);
/**
 * The first place is no box's: its home, its user and the folder of its projects are others. The users are
 * Debian's, with a group of the same number, for services that hardly a machine has.
 */
const strangers = { lp: 7, news: 9, uucp: 10, list: 38 } as const;
const strangersHomes = ["/home", "/srv", "/mnt", "/media"] as const;
const strangersFolders = ["code", "projects", "src", "checkouts"] as const;
const drawOf = <T>(all: readonly T[]): T => all[randomInt(all.length)]!;
/** Names of a box that no other machine has. */
const ofBoxes = /^(?:GIT_CONFIG_|BASH_ENV$|AGENT$|XDG_)/;
const secondSeats = { from: 24, to: 48 } as const;
/** What checks are run with (`images/opencode/checks`). */
export const checksFolder = commandTools;
/** There is no use in asking again. */
const withoutNetwork = {
  ...{ UV_NO_SYNC: "1", UV_HTTP_RETRIES: "0", UV_PYTHON_DOWNLOADS: "never" },
  ...{ PIP_RETRIES: "0", PIP_DEFAULT_TIMEOUT: "3", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
  npm_config_fetch_retries: "0",
  PYTHONDONTWRITEBYTECODE: "1", // a copy that a check has left as it was serves again
};
const asList = (env: Record<string, string>) => Object.entries(env).map(([name, value]) => `${name}=${value}`);

type Drawn = Pick<Workplace, "uid" | "home" | "work" | "temporary" | "hostname" | "env">;
/** `projects`: the folder that holds the work. */
function drawStranger(host: Host, project: string): Drawn & { projects: string } {
  const [user, uid] = drawOf(Object.entries(strangers));
  const home = `${drawOf(strangersHomes)}/${drawOf(["k", "m", "s"])}${randomBytes(4).toString("hex")}`;
  const projects = `${home}/${drawOf(strangersFolders)}`;
  const hostname = randomBytes(6).toString("hex");
  const temporary = `${projects}/.tmp`; // on the file system of the project, as in a box
  const usual = Object.entries(makeCommandEnv(newId("agt"), 0, host.authorities)).filter(([name]) => !ofBoxes.test(name));
  const names = { HOME: home, USER: user, HOSTNAME: hostname, TMPDIR: temporary, GRADLE_USER_HOME: `${home}/.gradle` };
  const other = { SHELL: "/bin/sh", LANG: "en_US.UTF-8", LC_ALL: "C.UTF-8", CI: "1" };
  const env = asList({ ...Object.fromEntries(usual), ...withoutNetwork, ...names, ...other });
  return { uid, home, work: `${projects}/${project}-${randomBytes(2).toString("hex")}`, temporary, hostname, env, projects };
}
function drawBox(host: Host, project: string): Drawn & { seat: number } {
  const [seat, agent] = [randomInt(secondSeats.from, secondSeats.to), newId("agt")];
  const home = box.agentHome(agent);
  const hostname = "opencode";
  const env = asList({ ...makeCommandEnv(agent, seat, host.authorities), HOSTNAME: hostname });
  return { uid: box.uid(seat), home, work: `${home}/work/${project}`, temporary: `${home}/.tmp`, hostname, env, seat };
}

/** The layout of a proof's room. Names are drawn anew for each, as those of agents are. */
export function drawRoomLayout(host: Host, repo: string, branch: string): RoomLayout {
  const platform = serverFolder(newId("agt"));
  const project = repo.slice(repo.indexOf("/") + 1);
  const folder = (uid: number, mode: string) => `rw,nosuid,nodev,exec,size=1g,mode=${mode},uid=${uid},gid=${uid}`;
  const { projects, ...first } = drawStranger(host, project);
  const { seat, ...second } = drawBox(host, project);
  return {
    source: `${platform}/source`,
    plain: `${platform}/plain`,
    packages: serverFolder(newId("agt")),
    branch,
    remote: `http://${box.gitHost}:${box.giteaPort}/${repo}.git`,
    places: [
      { ...first, keeps: true, umask: "022", shell: "sh", above: sleepTitle },
      {
        ...second,
        ...{ keeps: false, umask: "077", shell: "/bin/bash", above: serverTitle(box.opencodePort(seat)) },
        login: makeGitLogin(agentOf(second), randomBytes(20).toString("hex")), // opens nothing
        age: randomInt(3_600, 3 * 86_400),
      },
    ],
    tmpfs: {
      "/tmp": roomTmp,
      [platform]: folder(roomUsers.clone, "0750"),
      [first.home]: folder(first.uid, "0710"),
      // A mount: who owns the home can't put another in its place, and the other place's user can't get in.
      [projects]: `rw,nosuid,nodev,exec,size=1g,mode=1770,uid=${roomUsers.clone},gid=${first.uid}`,
      [second.home]: folder(second.uid, "0700"),
      // A box has a folder by that name, closed to the agent's commands.
      [serverFolder(agentOf(second))]: `ro,size=4k,mode=0700,uid=${second.uid},gid=${second.uid}`,
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
