import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { ifFound } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import type { RunningContainer } from "./cgroup.ts";
import { endProcesses } from "./end-processes.ts";
import { unlockServerState } from "./server-state.ts";

export const boxContainer = (host: Pick<Host, "instance">, member: string) => dockerName(host.instance, "opencode", member);
export const agentUser = (row: LedgerAgentRow) => `${box.uid(row.seat)}:${box.uid(row.seat)}`;

/** Where this agent's server answers, and the header that opens it. */
export function serverAddress(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): { url: string; authorization: string } {
  return {
    url: `http://${pairAddresses(host.instance, stack.slot).opencode}:${box.opencodePort(row.seat)}`,
    authorization: `Basic ${Buffer.from(`opencode:${row.password}`).toString("base64")}`,
  };
}

/**
 * The server process of the last start, by this machine's process id; undefined when it has ended. Docker
 * knows it by its exec.
 */
export async function findServerPid(host: Host, row: Pick<LedgerAgentRow, "exec">): Promise<number | undefined> {
  if (!row.exec) return undefined;
  const found = await host.servers.find(row.exec, async () => {
    const info = await host.engine.call("exec inspect", ifFound(host.engine.docker.getExec(row.exec).inspect()));
    return info?.Running === true && info.Pid > 0 ? { pid: info.Pid } : undefined;
  });
  return found?.pid;
}
/**
 * Logs with which code a server ended that should run. The end of its log is in `log.before` once the next
 * server has begun.
 */
export async function logServerEnd(host: Host, row: LedgerAgentRow): Promise<void> {
  const info = await host.engine.call("exec inspect", ifFound(host.engine.docker.getExec(row.exec).inspect()));
  host.log("warn", "an agent's server had ended", { member: row.member, agent: row.agent, code: info?.ExitCode ?? null });
}
export async function isServerRunning(host: Host, row: LedgerAgentRow): Promise<boolean> {
  return (await findServerPid(host, row)) !== undefined;
}
export async function findBox(host: Host, member: string): Promise<RunningContainer> {
  const name = boxContainer(host, member);
  const found = await host.boxes.find(name, async () => {
    const { Id: id, State } = await host.engine.call("inspect", host.engine.docker.getContainer(name).inspect());
    return State.Pid > 0 ? { id, pid: State.Pid } : undefined;
  });
  if (!found) throw new AppError("unavailable", { what: "stack is not running" });
  return found;
}

/**
 * Ends all that runs under the agent's uid, its server included unless that is kept. Answers how many
 * processes.
 */
export async function endAgentProcesses(host: Host, row: LedgerAgentRow, kept: "server" | "nothing"): Promise<number> {
  const keep = kept === "server" ? await findServerPid(host, row) : undefined;
  const agent = { container: await findBox(host, row.member), seat: row.seat, uid: box.uid(row.seat) };
  return endProcesses(agent, keep ?? 0);
}

export const serverStateOf = async (host: Host, row: LedgerAgentRow) => ({
  containerPid: (await findBox(host, row.member)).pid,
  agent: row.agent,
  uid: box.uid(row.seat),
});
/** Ends the server and all that runs under its agent's uid; the server's state is the agent's again. */
export async function endServer(host: Host, row: LedgerAgentRow): Promise<void> {
  await endAgentProcesses(host, row, "nothing");
  await unlockServerState(await serverStateOf(host, row));
}
