import { readdir, readFile, stat } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import type { TerminalSize } from "../../schema/terminal/terminal.ts";
import { waitUntil } from "../deadline.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { authorityEnv } from "../network/box-authorities.ts";
import { wallServers } from "../network/network.ts";
import { ifAlive } from "../opencode/box-process.ts";
import { confineProcess, groupName, shareOfAgent } from "../opencode/cgroup.ts";
import { endProcesses } from "../opencode/end-processes.ts";
import { proxyEnv } from "../opencode/opencode-config.ts";
import { findBox } from "../opencode/server-process.ts";
import { boxMemoryMb } from "../stack/apply.ts";

const uid = box.uid(box.memberSeat);

/** The shell waits until the daemon has put it into its control group, and only then becomes the member's. */
const beginScript = `
umask 077
for ((i = 0; i < 400; i += 1)); do
  IFS= read -rd '' groups </proc/self/cgroup
  [[ $groups == *"/${groupName(box.memberSeat)}"* ]] && break
  sleep 0.05
done
[[ $groups == *"/${groupName(box.memberSeat)}"* ]] || exit 1
unset groups i
mkdir -p ~/.tmp && cd ~ || exit 1
[ -e .bashrc ] || printf '%s\\n' 'PS1="\\w \\$ "' "alias ls='ls --color=auto'" >.bashrc
[ -e .bash_profile ] || printf '%s\\n' '. ~/.bashrc' >.bash_profile
exec bash -l
`;

function makeShellEnv(authorities: string | undefined): string[] {
  const env: Record<string, string> = {
    HOME: box.memberHome,
    USER: "member",
    LOGNAME: "member",
    SHELL: "/bin/bash",
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    LANG: "C.UTF-8",
    TMPDIR: `${box.memberHome}/.tmp`,
    GRADLE_USER_HOME: `${box.memberHome}/.gradle`,
    ...proxyEnv,
    ...authorityEnv(authorities),
  };
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** The member's home: its folder stands in one that only root writes, so no link of theirs is followed. */
async function writeMemberHome(host: Host, container: Docker.Container): Promise<void> {
  const tar = pack();
  tar.entry({ name: box.memberHome.slice("/workspace/".length), type: "directory", mode: 0o700, uid, gid: uid });
  tar.finalize();
  await host.engine.call("member home", container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: "/workspace" }));
}

/**
 * Docker gives the terminal before the process: until then its id is 0, which to the kernel is the daemon.
 */
function waitForPid(host: Host, exec: Docker.Exec): Promise<number> {
  const check = async () => {
    const { Pid: pid, Running: runs } = await host.engine.call("terminal inspect", exec.inspect());
    return runs && pid > 0 ? pid : undefined;
  };
  return waitUntil(check, { deadline: 10_000, every: 20, what: "terminal" });
}

/** A shell on a terminal of its own. `pid` is this machine's id of its process, and of its session. */
export type Shell = { exec: Pick<Docker.Exec, "resize">; stream: Duplex; pid: number };
export async function startShell(host: Host, stack: LedgerStackRow, { columns, rows }: TerminalSize): Promise<Shell> {
  const running = await findBox(host, stack.member);
  const container = host.engine.docker.getContainer(dockerName(host.instance, "opencode", stack.member));
  await wallServers(running.pid, pairAddresses(host.instance, stack.slot));
  await writeMemberHome(host, container);
  const options = {
    Cmd: ["/bin/bash", "-c", beginScript],
    User: `${uid}:${uid}`,
    Env: makeShellEnv(host.authorities),
    ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true },
    DetachKeys: Array(6).fill("ctrl-^").join(","), // Docker's own ones are keys that people press
  };
  const exec = await host.engine.call("terminal", container.exec(options));
  const stream = await host.engine.call("terminal start", exec.start({ hijack: true, stdin: true, Tty: true }));
  try {
    const pid = await waitForPid(host, exec);
    // One seat more than the agents have: what the member runs takes no more than one agent's part.
    const share = shareOfAgent({ ...stack.limits, agents: stack.limits.agents + 1 }, boxMemoryMb(stack.limits));
    await confineProcess(running, pid, box.memberSeat, share);
    await host.engine.call("terminal size", exec.resize({ w: columns, h: rows }));
    return { exec, stream, pid };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** The session that a process belongs to, by its /proc/<pid>/stat: its name may hold spaces and brackets. */
export const readSession = (stat: string): number => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);

/** Ends what one shell runs. What has left its session, as a service does, ends with the last terminal. */
export async function endShellSession(session: number): Promise<void> {
  for (const name of (await readdir("/proc")).filter((each) => /^\d+$/.test(each))) {
    if ((await ifAlive(stat(`/proc/${name}`)))?.uid !== uid) continue;
    const text = await ifAlive(readFile(`/proc/${name}/stat`, "utf8"));
    if (text === undefined || readSession(text) !== session) continue;
    try {
      process.kill(Number(name), "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
/** Ends all that runs in the box under the member's user. */
export async function endMemberProcesses(host: Host, member: string): Promise<number> {
  return endProcesses({ container: await findBox(host, member), seat: box.memberSeat, uid }, 0);
}
