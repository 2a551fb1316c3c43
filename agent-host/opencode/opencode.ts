import { randomBytes, randomUUID } from "node:crypto";
import { pack } from "tar-stream";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { type AgentPut, type AgentSeen, box, gitMail, gitUser } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { openLanes, waitUntil } from "../deadline.ts";
import { execInContainer, ifFound, runInContainer } from "../docker.ts";
import { ensureGiteaUser, removeGiteaUser } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { wallServers } from "../network/network.ts";
import { boxMemoryMb } from "../stack/apply.ts";
import type { Stacks } from "../stack/stack.ts";
import { ownsPort } from "./box-process.ts";
import { confineProcess, type RunningContainer, shareOfAgent } from "./cgroup.ts";
import { endProcesses } from "./end-processes.ts";
import { makeServerEnv, serverFolder } from "./opencode-config.ts";
import { lockServerState, unlockServerState } from "./server-state.ts";

const boxContainer = (host: Host, member: string) => dockerName(host.instance, "opencode", member);
const agentUser = (row: LedgerAgentRow) => `${box.uid(row.seat)}:${box.uid(row.seat)}`;

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
  const info = await host.engine.call("exec inspect", ifFound(host.engine.docker.getExec(row.exec).inspect()));
  return info?.Running === true && info.Pid > 0 ? info.Pid : undefined;
}
/**
 * Logs with which code a server ended that should run. The end of its log is in `log.before` once the next
 * server has begun.
 */
async function logServerEnd(host: Host, row: LedgerAgentRow): Promise<void> {
  const info = await host.engine.call("exec inspect", ifFound(host.engine.docker.getExec(row.exec).inspect()));
  host.log("warn", "an agent's server had ended", { member: row.member, agent: row.agent, code: info?.ExitCode ?? null });
}
export async function isServerRunning(host: Host, row: LedgerAgentRow): Promise<boolean> {
  return (await findServerPid(host, row)) !== undefined;
}
export async function findBox(host: Host, member: string): Promise<RunningContainer> {
  const { Id: id, State } = await host.engine.call("inspect", host.engine.docker.getContainer(boxContainer(host, member)).inspect());
  if (!(State.Pid > 0)) throw new AppError("unavailable", { what: "stack is not running" });
  return { id, pid: State.Pid };
}

export function describeAgent(row: LedgerAgentRow, running: boolean): AgentSeen {
  return { agent: row.agent, running, directory: box.agentDirectory(row.agent), boot: row.boot, gitUser: gitUser(row.agent) };
}

/**
 * A seat is a uid, a port and a directory. Where the ledger has no row, the agent's directory on the disk
 * tells its seat.
 */
async function chooseSeat(host: Host, stack: LedgerStackRow, agent: string): Promise<number> {
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

/**
 * The agent's home, its Git identity and credentials: written while none of its processes runs, so no link of
 * its making is followed.
 */
async function writeHome(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): Promise<void> {
  const uid = box.uid(row.seat);
  const owner = { uid, gid: uid };
  const home = `agents/${row.agent}`;
  const mail = gitMail(row.agent);
  const tar = pack();
  const folder = (name: string, mode: number, as: { uid: number; gid: number }) => tar.entry({ name, type: "directory", mode, ...as });
  const file = (name: string, text: string) => tar.entry({ name: `${home}/${name}`, mode: 0o600, ...owner }, text);
  folder("agents", 0o755, { uid: 0, gid: 0 });
  folder(home, 0o700, owner);
  folder(`${home}/work`, 0o700, owner);
  folder(`${home}/.tmp`, 0o700, owner);
  folder("servers", 0o711, { uid: 0, gid: 0 });
  folder(`servers/${row.agent}`, 0o700, owner);
  file(
    ".gitconfig",
    [
      "[user]",
      `\tname = ${JSON.stringify(row.name.replace(/[\r\n\t]+/g, " "))}`,
      `\temail = ${mail}`,
      "[credential]",
      "\thelper = store",
      "[init]",
      "\tdefaultBranch = main",
      "[push]",
      "\tautoSetupRemote = true",
      "[advice]",
      "\tdetachedHead = false",
      "",
    ].join("\n"),
  );
  file(".git-credentials", `http://${gitUser(row.agent)}:${row.git_token}@${box.gitHost}:${box.giteaPort}\n`);
  tar.finalize();
  const target = host.engine.docker.getContainer(boxContainer(host, stack.member));
  await host.engine.call("agent home", target.putArchive(tar as unknown as NodeJS.ReadableStream, { path: "/workspace" }));
}

/**
 * Ends all that runs under the agent's uid, its server included unless that is kept. Answers how many
 * processes.
 */
async function endAgentProcesses(host: Host, row: LedgerAgentRow, kept: "server" | "nothing"): Promise<number> {
  const keep = kept === "server" ? await findServerPid(host, row) : undefined;
  const agent = { container: await findBox(host, row.member), seat: row.seat, uid: box.uid(row.seat) };
  return endProcesses(agent, keep ?? 0);
}

const serverStateOf = async (host: Host, row: LedgerAgentRow) => ({
  containerPid: (await findBox(host, row.member)).pid,
  agent: row.agent,
  uid: box.uid(row.seat),
});
/** Ends the server and all that runs under its agent's uid; the server's state is the agent's again. */
async function endServer(host: Host, row: LedgerAgentRow): Promise<void> {
  await endAgentProcesses(host, row, "nothing");
  await unlockServerState(await serverStateOf(host, row));
}

// Removes all that the uid has in the box: its home, and IPC objects, which outlive processes. The seat's
// next agent must find nothing.
const wipeScript = `chmod -R u+rwX "$@"; find "$@" -mindepth 1 -delete; ipcrm --all 2>/dev/null
! { awk -v u="$(id -u)" 'FNR > 1 && ($8 == u || $10 == u)' /proc/sysvipc/shm /proc/sysvipc/msg; awk -v u="$(id -u)" 'FNR > 1 && ($5 == u || $7 == u)' /proc/sysvipc/sem; } | grep -q .`;
async function emptySeat(host: Host, row: LedgerAgentRow): Promise<void> {
  const name = boxContainer(host, row.member);
  await endServer(host, row);
  for (const folder of [box.agentHome(row.agent), serverFolder(row.agent)]) {
    // A removal that was cut off here has left no such folder.
    if ((await execInContainer(host.engine, name, { cmd: ["test", "-e", folder], user: "0:0" })).code !== 0) continue;
    await runInContainer(host.engine, name, { cmd: ["bash", "-c", wipeScript, "wipe", folder], user: agentUser(row), ms: 120_000 });
    await runInContainer(host.engine, name, { cmd: ["rmdir", folder], user: "0:0" }); // fails when anything is left
  }
}

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
  await waitUntil(check, { deadline: 60_000, every: 60, what: "opencode server", signal: () => !stacks.wanted(row.member) });
  return pid;
}

/** Launches and answers the server's process; undefined where it could not have its port. */
async function beginServer(host: Host, stacks: Stacks, stack: LedgerStackRow, row: LedgerAgentRow): Promise<number | undefined> {
  row.exec = await launchServer(host, stack, row);
  host.ledger.saveAgent(row);
  return waitForPort(host, stacks, row);
}

/** Starts the server anew with fresh secrets, whatever was left of an earlier one gone first. */
async function startAgentServer(
  host: Host,
  stacks: Stacks,
  stack: LedgerStackRow,
  before: LedgerAgentRow,
  sweep: SweepAgent,
): Promise<LedgerAgentRow> {
  const git_token = await ensureGiteaUser(host, stack, before.agent, before.git_token);
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

/** The OpenCode servers inside the boxes, one per agent. Calls for one agent follow one another. */
export class AgentServers {
  private readonly host: Host;
  private readonly stacks: Stacks;
  private readonly serial = openLanes();
  /** Servers that are starting: two that start at once must not share a seat or take the same last place. */
  private readonly starting = new Set<string>();
  /**
   * Sweeps under way. A start waits for its agent's own: one that began before would take the new server for
   * something that the agent runs.
   */
  private readonly sweeps = new Map<string, Promise<number>>();

  constructor(host: Host, stacks: Stacks) {
    this.host = host;
    this.stacks = stacks;
  }
  /**
   * Places that other agents take. An agent's own server that never became healthy is started again in its
   * own place.
   */
  private async othersRunning(member: string, agent: string): Promise<number> {
    const others = this.host.ledger.agents(member).filter((row) => row.agent !== agent);
    // The first seat is the Grow Agent's. Its place is kept while its server is down, so that the Grow Agent
    // can always answer.
    const states = await Promise.all(
      others.map(async (row) => row.seat === 0 || this.starting.has(`${member} ${row.agent}`) || (await isServerRunning(this.host, row))),
    );
    return states.filter(Boolean).length;
  }
  private claim(stack: LedgerStackRow, agent: Id<"agt">): Promise<LedgerAgentRow> {
    const { host } = this;
    return this.serial(`${stack.member} places`, async () => {
      if ((await this.othersRunning(stack.member, agent)) >= stack.limits.agents)
        throw new AppError("no_capacity", { what: "agents", limit: stack.limits.agents });
      const known = host.ledger.agent(stack.member, agent);
      if (!known && host.full()) throw new AppError("storage_full", { what: "host" });
      const row = known ?? newAgentRow(stack, agent, await chooseSeat(host, stack, agent));
      host.ledger.saveAgent(row);
      this.starting.add(`${stack.member} ${agent}`);
      return row;
    });
  }

  /** Starts the agent's server, or leaves one that runs as it is wanted. */
  put(stack: LedgerStackRow, agent: Id<"agt">, body: AgentPut): Promise<AgentSeen> {
    const { host } = this;
    return this.serial(`${stack.member} ${agent}`, async () => {
      if (!this.stacks.running(stack.member)) throw new AppError("unavailable", { what: "stack is not running" });
      const known = host.ledger.agent(stack.member, agent);
      const bounds = JSON.stringify({ tools: body.tools, permission: body.permission });
      const same = known !== undefined && known.name === body.name && known.prompt === body.prompt && known.bounds === bounds;
      if (known && body.generation < known.generation) throw new AppError("generation_stale", { generation: known.generation });
      const up = known !== undefined && known.pid > 0 && (await isServerRunning(host, known));
      // The same generation with another prompt comes from newer code of ours, not from a new wish: it waits
      // for the next start.
      if (known && up && (same || body.generation === known.generation)) {
        host.ledger.saveAgent({ ...known, generation: body.generation });
        return describeAgent(known, true);
      }
      if (known?.wanted && known.exec && !up) await logServerEnd(host, known);
      return this.start(stack, agent, { generation: body.generation, name: body.name, prompt: body.prompt, bounds });
    });
  }
  private async start(
    stack: LedgerStackRow,
    agent: Id<"agt">,
    wanted: Pick<LedgerAgentRow, "generation" | "name" | "prompt" | "bounds">,
  ): Promise<AgentSeen> {
    const key = `${stack.member} ${agent}`;
    const claimed = await this.claim(stack, agent);
    try {
      await this.sweeps.get(key)?.catch(() => undefined); // whoever asked for it is told
      return describeAgent(
        await startAgentServer(this.host, this.stacks, stack, { ...claimed, ...wanted }, (row) => this.sweepOf(row)),
        true,
      );
    } finally {
      this.starting.delete(key);
    }
  }

  stop(stack: LedgerStackRow, agent: Id<"agt">): Promise<AgentSeen> {
    const { host } = this;
    return this.serial(`${stack.member} ${agent}`, async () => {
      const row = host.ledger.agent(stack.member, agent);
      if (!row) throw new AppError("not_found");
      // The box token ends with the process it was made for.
      const after = { ...row, wanted: 0, box_token: "", password: "", exec: "", pid: 0 };
      if (this.stacks.running(stack.member)) await endServer(host, row);
      host.ledger.saveAgent(after);
      return describeAgent(after, false);
    });
  }

  /**
   * Retires the agent: its processes, home and Gitea user go, then its seat is free. What it pushed stays.
   */
  leave(stack: LedgerStackRow, agent: Id<"agt">): Promise<void> {
    const { host } = this;
    return this.serial(`${stack.member} ${agent}`, async () => {
      const row = host.ledger.agent(stack.member, agent);
      if (!row) throw new AppError("not_found");
      if (!this.stacks.running(stack.member)) throw new AppError("unavailable", { what: "stack is not running" });
      host.ledger.saveAgent({ ...row, wanted: 0, box_token: "", password: "", exec: "", pid: 0 });
      await removeGiteaUser(host, stack, agent);
      await emptySeat(host, row);
      host.ledger.dropAgent(row);
    });
  }

  /**
   * Not in the agent's lane: a sweep must not wait for a start, which ends all that the agent runs anyway.
   */
  private async sweepOf(row: LedgerAgentRow): Promise<number> {
    const key = `${row.member} ${row.agent}`;
    if (this.starting.has(key)) return 0;
    const before = this.sweeps.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return endAgentProcesses(this.host, row, "server");
    })();
    this.sweeps.set(key, mine);
    return mine.finally(() => this.sweeps.get(key) === mine && this.sweeps.delete(key));
  }
  async sweep(stack: LedgerStackRow, agent: Id<"agt">): Promise<number> {
    const row = this.host.ledger.agent(stack.member, agent);
    if (!row) throw new AppError("not_found");
    if (!this.stacks.running(stack.member) || row.pid === 0) return 0;
    return this.sweepOf(row);
  }

  async list(member: string): Promise<{ agent: Id<"agt">; running: boolean; since: number; home: boolean }[]> {
    return Promise.all(
      this.host.ledger.agents(member).map(async (row) => ({
        agent: row.agent,
        running: await isServerRunning(this.host, row),
        since: row.started_at,
        home: row.boot !== "",
      })),
    );
  }

  /** The end of each agent's server log, for people. */
  async logs(stack: LedgerStackRow, lines: number): Promise<string> {
    const { host } = this;
    if (!this.stacks.running(stack.member)) return "";
    const parts = host.ledger.agents(stack.member).map(async (row) => {
      const file = `${serverFolder(row.agent)}/log`;
      const { out } = await execInContainer(host.engine, boxContainer(host, row.member), {
        cmd: ["tail", "-n", String(lines), file],
        user: agentUser(row),
      });
      return `== ${row.agent}\n${out}`;
    });
    return (await Promise.all(parts)).join("\n");
  }
}

function newAgentRow(stack: LedgerStackRow, agent: Id<"agt">, seat: number): LedgerAgentRow {
  const empty = { password: "", box_token: "", git_token: "", boot: "", exec: "", pid: 0, started_at: 0 };
  return { member: stack.member, agent, seat, generation: 0, name: "", prompt: "", bounds: "{}", wanted: 1, ...empty };
}
