import { randomBytes, randomUUID } from "node:crypto";
import { pairAddresses } from "../../schema/machine/instance.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { waitUntil } from "../deadline.ts";
import { agentGiteaUser, ensureGiteaUser } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { wallServers } from "../network/network.ts";
import { boxMemoryMb } from "../stack/apply.ts";
import type { Stacks } from "../stack/stack.ts";
import { writeHome } from "./agent-seat.ts";
import { ownsPort } from "./box-process.ts";
import { confineProcess, shareOfAgent } from "./cgroup.ts";
import { makeServerEnv } from "./opencode-config.ts";
import { agentUser, boxContainer, endServer, findBox, findServerPid, serverAddress, serverStateOf } from "./server-process.ts";
import { lockServerState } from "./server-state.ts";

async function launchServer(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): Promise<string> {
  const running = await findBox(host, row.member);
  await wallServers(running.pid, pairAddresses(host.instance, stack.slot));
  const handle = await host.engine.call(
    "exec",
    host.engine.docker.getContainer(boxContainer(host, row.member)).exec({
      Cmd: ["/opt/growqr/exec/serve", String(box.opencodePort(row.seat))],
      User: agentUser(row),
      Env: makeServerEnv(row, host.authorities),
      AttachStdout: false,
      AttachStderr: false,
    }),
  );
  await host.engine.heavy(() => host.engine.call("exec start", handle.start({ Detach: true })));
  const started = await host.engine.call("exec inspect", handle.inspect());
  // It waits for this before it starts anything; one that never gets it ends by itself.
  await confineProcess(running, started.Pid, row.seat, shareOfAgent(stack.limits, boxMemoryMb(stack.limits)));
  return handle.id;
}

/**
 * Polls until the server says it is healthy. A poll that meets it as it begins to listen hangs, so polls
 * overlap and each is short.
 */
async function waitForServer(host: Host, stacks: Stacks, stack: LedgerStackRow, row: LedgerAgentRow): Promise<void> {
  const { url, authorization } = serverAddress(host, stack, row);
  let healthy = false;
  const poll = async () => {
    const response = await fetch(`${url}/global/health`, {
      headers: { authorization },
      redirect: "manual",
      signal: AbortSignal.timeout(1_000),
    });
    await response.body?.cancel();
    if (response.ok) healthy = true;
  };
  const check = async () => {
    poll().catch(() => undefined); // not there yet; the next poll or the deadline says more
    return healthy ? true : undefined;
  };
  await waitUntil(check, { deadline: 30_000, every: 200, what: "opencode server", signal: () => !stacks.wanted(row.member) });
}

type SweepAgent = (row: LedgerAgentRow) => Promise<number>;
/** An agent's port was taken by a neighbour. All neighbours lose what they run except their servers. */
async function sweepNeighbours(host: Host, row: LedgerAgentRow, sweep: SweepAgent): Promise<void> {
  const neighbours = host.ledger.agents(row.member).filter((other) => other.agent !== row.agent);
  const killed = await Promise.all(neighbours.map(sweep));
  host.log("warn", "an agent's port was taken", { member: row.member, agent: row.agent, killed });
}
/**
 * Waits until the agent's own server listens on its port; undefined when it ended before. Nothing is sent
 * there earlier: another process would get the password.
 */
async function waitForPort(host: Host, stacks: Stacks, row: LedgerAgentRow): Promise<number | undefined> {
  let pid: number | undefined;
  const check = async () => {
    pid = await findServerPid(host, row);
    return pid === undefined || (await ownsPort(pid, box.opencodePort(row.seat))) ? true : undefined;
  };
  // On a busy machine a start takes long, and the next would take as long again.
  await waitUntil(check, { deadline: 60_000, every: 100, what: "opencode server", signal: () => !stacks.wanted(row.member) });
  return pid;
}

/** Launches and answers the server's process; undefined where it could not have its port. */
async function beginServer(host: Host, stacks: Stacks, stack: LedgerStackRow, row: LedgerAgentRow): Promise<number | undefined> {
  row.exec = await launchServer(host, stack, row);
  host.ledger.saveAgent(row);
  return waitForPort(host, stacks, row);
}

/** Starts the server anew with fresh secrets, whatever was left of an earlier one gone first. */
export async function startAgentServer(
  host: Host,
  stacks: Stacks,
  stack: LedgerStackRow,
  before: LedgerAgentRow,
  sweep: SweepAgent,
): Promise<LedgerAgentRow> {
  const git_token = await ensureGiteaUser(host, stack, agentGiteaUser(before.agent), before.git_token);
  const row: LedgerAgentRow = {
    ...before,
    git_token,
    wanted: 1,
    password: randomBytes(24).toString("base64url"),
    box_token: `gqb_${randomBytes(32).toString("base64url")}`,
    boot: randomUUID(),
    exec: "",
    pid: 0,
    started_at: host.now(),
  };
  host.ledger.saveAgent(row);
  await endServer(host, row);
  await writeHome(host, stack, row);
  let pid = await beginServer(host, stacks, stack, row);
  if (pid === undefined) {
    await sweepNeighbours(host, row, sweep);
    await endServer(host, row);
    pid = await beginServer(host, stacks, stack, row);
  }
  if (pid === undefined) throw new AppError("conflict", { what: "another process holds the port", member: row.member, agent: row.agent });
  await waitForServer(host, stacks, stack, row);
  await lockServerState(await serverStateOf(host, row));
  row.pid = pid;
  host.ledger.saveAgent(row);
  return row;
}
