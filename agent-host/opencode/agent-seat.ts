import { pack } from "tar-stream";
import { box, gitMail, gitUser } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer, runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { environmentFile, serverFolder } from "./opencode-config.ts";
import { agentUser, boxContainer, endServer } from "./server-process.ts";

/**
 * A seat is a uid, a port and a directory. Where the ledger has no row, the agent's directory on the disk
 * tells its seat.
 */
export async function chooseSeat(host: Host, stack: LedgerStackRow, agent: string): Promise<number> {
  const known = host.ledger.agent(stack.member, agent);
  if (known) return known.seat;
  const command = { cmd: ["find", "/workspace/agents", "-mindepth", "1", "-maxdepth", "1", "-printf", "%f %U\n"] };
  const found = (await runInContainer(host.engine, boxContainer(host, stack.member), command)).trim().split("\n").filter(Boolean);
  const seats = new Map(found.map((line) => [line.split(" ")[0], Number(line.split(" ")[1]) - box.uid(0)]));
  const seat = seats.get(agent);
  if (seat !== undefined && seat >= 0) return seat;
  const used = new Set([...seats.values(), ...host.ledger.agents(stack.member).map((row) => row.seat)]);
  for (let seat = 0; seat < box.seats; seat += 1) if (!used.has(seat)) return seat;
  throw new AppError("no_seat", { member: stack.member });
}

/** An agent's `.gitconfig`. */
export const makeGitConfig = (name: string, agent: string): string =>
  [
    "[user]",
    `\tname = ${JSON.stringify(name.replace(/[\r\n\t]+/g, " "))}`,
    `\temail = ${gitMail(agent)}`,
    "[credential]",
    "\thelper = store",
    "[init]",
    "\tdefaultBranch = main",
    "[push]",
    "\tautoSetupRemote = true",
    "[advice]",
    "\tdetachedHead = false",
    "",
  ].join("\n");
/** An agent's `.git-credentials`. */
export const makeGitLogin = (agent: string, token: string): string => `http://${gitUser(agent)}:${token}@${box.gitHost}:${box.giteaPort}\n`;
/**
 * The agent's home, its Git identity and credentials: written while none of its processes runs, so no link of
 * its making is followed.
 */
export async function writeHome(
  host: Pick<Host, "instance" | "engine">,
  stack: Pick<LedgerStackRow, "member">,
  row: Pick<LedgerAgentRow, "agent" | "seat" | "name" | "git_token">,
): Promise<void> {
  const uid = box.uid(row.seat);
  const owner = { uid, gid: uid };
  const home = `agents/${row.agent}`;
  const tar = pack();
  const folder = (name: string, mode: number, as: { uid: number; gid: number }) => tar.entry({ name, type: "directory", mode, ...as });
  const file = (name: string, text: string) => tar.entry({ name: `${home}/${name}`, mode: 0o600, ...owner }, text);
  folder("agents", 0o755, { uid: 0, gid: 0 });
  folder(home, 0o700, owner);
  folder(`${home}/work`, 0o700, owner);
  folder(`${home}/.tmp`, 0o700, owner);
  folder("servers", 0o711, { uid: 0, gid: 0 });
  folder(`servers/${row.agent}`, 0o700, owner);
  file(".gitconfig", makeGitConfig(row.name, row.agent));
  file(".git-credentials", makeGitLogin(row.agent, row.git_token));
  tar.finalize();
  const target = host.engine.docker.getContainer(boxContainer(host, stack.member));
  await host.engine.call("agent home", target.putArchive(tar as unknown as NodeJS.ReadableStream, { path: "/workspace" }));
}

// Removes all that the uid has in the box: its home, and IPC objects, which outlive processes. The seat's
// next agent must find nothing.
const wipeScript = `chmod -R u+rwX "$@"; find "$@" -mindepth 1 -delete; ipcrm --all 2>/dev/null
! { awk -v u="$(id -u)" 'FNR > 1 && ($8 == u || $10 == u)' /proc/sysvipc/shm /proc/sysvipc/msg; awk -v u="$(id -u)" 'FNR > 1 && ($5 == u || $7 == u)' /proc/sysvipc/sem; } | grep -q .`;
export async function emptySeat(host: Host, row: LedgerAgentRow): Promise<void> {
  const name = boxContainer(host, row.member);
  await endServer(host, row);
  await runInContainer(host.engine, name, { cmd: ["rm", "-f", environmentFile(row.agent)], user: "0:0" });
  for (const folder of [box.agentHome(row.agent), serverFolder(row.agent)]) {
    // A removal that was cut off here has left no such folder.
    if ((await execInContainer(host.engine, name, { cmd: ["test", "-e", folder], user: "0:0" })).code !== 0) continue;
    await runInContainer(host.engine, name, { cmd: ["bash", "-c", wipeScript, "wipe", folder], user: agentUser(row), ms: 120_000 });
    await runInContainer(host.engine, name, { cmd: ["rmdir", folder], user: "0:0" }); // fails when anything is left
  }
}
