import { randomBytes, randomUUID } from "node:crypto";
import { pack } from "tar-stream";
import { dockerName, pairAddresses } from "../../schema/machine/instance.ts";
import { type AgentPut, type AgentSeen, box, gitMail, gitUser } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { openLanes, until } from "../deadline.ts";
import { exec, maybe, run } from "../docker.ts";
import { ensureAgentUser, removeAgentUser } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import { wallServers } from "../network/network.ts";
import { boxMemoryMb } from "../stack/apply.ts";
import type { Stacks } from "../stack/stack.ts";
import { ownsPort } from "./box-process.ts";
import { type Container, confine, share } from "./cgroup.ts";
import { endProcesses } from "./end-processes.ts";
import { serverEnv, serverFolder } from "./opencode-config.ts";
import { closeState, openState } from "./server-state.ts";

const container = (host: Host, member: string) => dockerName(host.instance, "opencode", member);
const user = (row: LedgerAgentRow) => `${box.uid(row.seat)}:${box.uid(row.seat)}`;

/** Where this agent's server answers, and the header that opens it. */
export function serverOf(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): { url: string; authorization: string } {
  return {
    url: `http://${pairAddresses(host.instance, stack.slot).opencode}:${box.opencodePort(row.seat)}`,
    authorization: `Basic ${Buffer.from(`opencode:${row.password}`).toString("base64")}`,
  };
}

/** The server process of the last start, by this machine's process id; undefined when it has ended. Docker knows it by its exec. */
export async function serverPid(host: Host, row: Pick<LedgerAgentRow, "exec">): Promise<number | undefined> {
  if (!row.exec) return undefined;
  const info = await host.engine.call("exec inspect", maybe(host.engine.docker.getExec(row.exec).inspect()));
  return info?.Running === true && info.Pid > 0 ? info.Pid : undefined;
}
/** A server that should run and does not: with what code it ended. Its last words are in `log.before` once the next has begun. */
async function tellEnd(host: Host, row: LedgerAgentRow): Promise<void> {
  const info = await host.engine.call("exec inspect", maybe(host.engine.docker.getExec(row.exec).inspect()));
  host.log("warn", "an agent's server had ended", { member: row.member, agent: row.agent, code: info?.ExitCode ?? null });
}
export async function isRunning(host: Host, row: LedgerAgentRow): Promise<boolean> {
  return (await serverPid(host, row)) !== undefined;
}
async function boxOf(host: Host, member: string): Promise<Container> {
  const { Id: id, State } = await host.engine.call("inspect", host.engine.docker.getContainer(container(host, member)).inspect());
  if (!(State.Pid > 0)) throw new AppError("unavailable", { what: "stack is not running" });
  return { id, pid: State.Pid };
}

export function seenOf(row: LedgerAgentRow, running: boolean): AgentSeen {
  return { agent: row.agent, running, directory: box.agentDirectory(row.agent), boot: row.boot, gitUser: gitUser(row.agent) };
}

/** A seat is an uid, a port and a directory. An agent's directory on the disk remembers its seat when the ledger does not. */
async function seatOf(host: Host, stack: LedgerStackRow, agent: string): Promise<number> {
  const known = host.ledger.agent(stack.member, agent);
  if (known) return known.seat;
  const command = { cmd: ["find", "/workspace/agents", "-mindepth", "1", "-maxdepth", "1", "-printf", "%f %U\n"] };
  const found = (await run(host.engine, container(host, stack.member), command)).trim().split("\n").filter(Boolean);
  const seats = new Map(found.map((line) => [line.split(" ")[0], Number(line.split(" ")[1]) - box.uid(0)]));
  const own = seats.get(agent);
  if (own !== undefined && own >= 0) return own;
  const used = new Set([...seats.values(), ...host.ledger.agents(stack.member).map((row) => row.seat)]);
  for (let seat = 0; seat < box.seats; seat += 1) if (!used.has(seat)) return seat;
  throw new AppError("no_seat", { member: stack.member });
}

/** The agent's home, its Git identity and credentials: written while none of its processes runs, so no link of its making is followed. */
async function putHome(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): Promise<void> {
  const uid = box.uid(row.seat);
  const own = { uid, gid: uid };
  const home = `agents/${row.agent}`;
  const mail = gitMail(row.agent);
  const tar = pack();
  const folder = (name: string, mode: number, as: { uid: number; gid: number }) => tar.entry({ name, type: "directory", mode, ...as });
  const file = (name: string, text: string) => tar.entry({ name: `${home}/${name}`, mode: 0o600, ...own }, text);
  folder("agents", 0o755, { uid: 0, gid: 0 });
  folder(home, 0o700, own);
  folder(`${home}/work`, 0o700, own);
  folder(`${home}/.tmp`, 0o700, own);
  folder("servers", 0o711, { uid: 0, gid: 0 });
  folder(`servers/${row.agent}`, 0o700, own);
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
  const target = host.engine.docker.getContainer(container(host, stack.member));
  await host.engine.call("agent home", target.putArchive(tar as unknown as NodeJS.ReadableStream, { path: "/workspace" }));
}

/** Ends all that runs under the agent's uid, its server included unless that is kept. Answers how many processes. */
async function endAll(host: Host, row: LedgerAgentRow, kept: "server" | "nothing"): Promise<number> {
  const keep = kept === "server" ? await serverPid(host, row) : undefined;
  const agent = { container: await boxOf(host, row.member), seat: row.seat, uid: box.uid(row.seat) };
  return endProcesses(agent, keep ?? 0);
}

const stateOf = async (host: Host, row: LedgerAgentRow) => ({
  containerPid: (await boxOf(host, row.member)).pid,
  agent: row.agent,
  uid: box.uid(row.seat),
});
/** Ends the server and all that runs under its agent's uid; what the server kept is its own again. */
async function endServer(host: Host, row: LedgerAgentRow): Promise<void> {
  await endAll(host, row, "nothing");
  await openState(await stateOf(host, row));
}

// All that the uid has in the box: its home, and what outlives processes without being a file. The next one who sits there must find nothing.
const wipe = `chmod -R u+rwX "$@"; find "$@" -mindepth 1 -delete; ipcrm --all 2>/dev/null
! { awk -v u="$(id -u)" 'FNR > 1 && ($8 == u || $10 == u)' /proc/sysvipc/shm /proc/sysvipc/msg; awk -v u="$(id -u)" 'FNR > 1 && ($5 == u || $7 == u)' /proc/sysvipc/sem; } | grep -q .`;
async function empty(host: Host, row: LedgerAgentRow): Promise<void> {
  const name = container(host, row.member);
  await endServer(host, row);
  for (const folder of [box.agentHome(row.agent), serverFolder(row.agent)]) {
    if ((await exec(host.engine, name, { cmd: ["test", "-e", folder], user: "0:0" })).code !== 0) continue; // it never came to have one, or was cut off here
    await run(host.engine, name, { cmd: ["bash", "-c", wipe, "wipe", folder], user: user(row), ms: 120_000 });
    await run(host.engine, name, { cmd: ["rmdir", folder], user: "0:0" }); // fails when anything is left
  }
}

async function launch(host: Host, stack: LedgerStackRow, row: LedgerAgentRow): Promise<string> {
  const running = await boxOf(host, row.member);
  await wallServers(running.pid, pairAddresses(host.instance, stack.slot));
  const handle = await host.engine.call(
    "exec",
    host.engine.docker.getContainer(container(host, row.member)).exec({
      Cmd: ["/opt/growqr/exec/serve", String(box.opencodePort(row.seat))],
      User: user(row),
      Env: serverEnv(row),
      AttachStdout: false,
      AttachStderr: false,
    }),
  );
  await host.engine.heavy(() => host.engine.call("exec start", handle.start({ Detach: true })));
  const started = await host.engine.call("exec inspect", handle.inspect());
  // It waits for this before it starts anything; one that never gets it ends by itself.
  await confine(running, started.Pid, row.seat, share(stack.limits, boxMemoryMb(stack.limits)));
  return handle.id;
}

/** Polls until the server says it is healthy. A poll that meets it as it begins to listen hangs, so polls overlap and each is short. */
async function waitHealthy(host: Host, stacks: Stacks, stack: LedgerStackRow, row: LedgerAgentRow): Promise<void> {
  const { url, authorization } = serverOf(host, stack, row);
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
  await until(check, { deadline: 30_000, every: 200, what: "opencode server", signal: () => !stacks.wanted(row.member) });
}

type Sweep = (row: LedgerAgentRow) => Promise<number>;
/** An agent's port belongs to its server. The neighbours lose all that they run but their own servers: one of them took it. */
async function evict(host: Host, row: LedgerAgentRow, sweep: Sweep): Promise<void> {
  const neighbours = host.ledger.agents(row.member).filter((other) => other.agent !== row.agent);
  const killed = await Promise.all(neighbours.map(sweep));
  host.log("warn", "an agent's port was taken", { member: row.member, agent: row.agent, killed });
}
/** Waits until the agent's own server listens on its port; undefined when it ended before. Nothing is sent there earlier: another process would get the password. */
async function ownServer(host: Host, stacks: Stacks, row: LedgerAgentRow): Promise<number | undefined> {
  let pid: number | undefined;
  const check = async () => {
    pid = await serverPid(host, row);
    return pid === undefined || (await ownsPort(pid, box.opencodePort(row.seat))) ? true : undefined;
  };
  // On a busy machine a start takes long; given up early, the next would take as long again.
  await until(check, { deadline: 60_000, every: 60, what: "opencode server", signal: () => !stacks.wanted(row.member) });
  return pid;
}

/** Launches and answers the server's process; undefined where it could not have its port. */
async function begin(host: Host, stacks: Stacks, stack: LedgerStackRow, row: LedgerAgentRow): Promise<number | undefined> {
  row.exec = await launch(host, stack, row);
  host.ledger.saveAgent(row);
  return ownServer(host, stacks, row);
}

/** Starts the server anew with fresh secrets, whatever was left of an earlier one gone first. */
async function startServer(
  host: Host,
  stacks: Stacks,
  stack: LedgerStackRow,
  before: LedgerAgentRow,
  sweep: Sweep,
): Promise<LedgerAgentRow> {
  const git_token = await ensureAgentUser(host, stack, before.agent, before.git_token);
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
  await putHome(host, stack, row);
  let pid = await begin(host, stacks, stack, row);
  if (pid === undefined) {
    await evict(host, row, sweep);
    await endServer(host, row);
    pid = await begin(host, stacks, stack, row);
  }
  if (pid === undefined) throw new AppError("conflict", { what: "another process holds the port", member: row.member, agent: row.agent });
  await waitHealthy(host, stacks, stack, row);
  await closeState(await stateOf(host, row));
  row.pid = pid;
  host.ledger.saveAgent(row);
  return row;
}

/** The OpenCode servers inside the boxes, one per agent. Calls for one agent follow one another. */
export class Agents {
  private readonly host: Host;
  private readonly stacks: Stacks;
  private readonly serial = openLanes();
  /** Servers on their way: several that start at once must neither share a seat nor all take the last place. */
  private readonly starting = new Set<string>();
  /** Sweeps under way. A start waits for its agent's own: one that began before would take the new server for something that the agent runs. */
  private readonly sweeps = new Map<string, Promise<number>>();

  constructor(host: Host, stacks: Stacks) {
    this.host = host;
    this.stacks = stacks;
  }
  /** Places that others take: a server of its own that never became healthy is started anew in its own place. */
  private async othersRunning(member: string, agent: string): Promise<number> {
    const others = this.host.ledger.agents(member).filter((row) => row.agent !== agent);
    // The first seat is the Grow Agent's: its place is kept while its server is down, or others would keep the member's own agent from answering.
    const states = await Promise.all(
      others.map(async (row) => row.seat === 0 || this.starting.has(`${member} ${row.agent}`) || (await isRunning(this.host, row))),
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
      const row = known ?? blank(stack, agent, await seatOf(host, stack, agent));
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
      const up = known !== undefined && known.pid > 0 && (await isRunning(host, known));
      // Another prompt by the number in force comes from newer code of ours, not from a newer wish: it waits for the next start.
      if (known && up && (same || body.generation === known.generation)) {
        host.ledger.saveAgent({ ...known, generation: body.generation });
        return seenOf(known, true);
      }
      if (known?.wanted && known.exec && !up) await tellEnd(host, known);
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
      return seenOf(await startServer(this.host, this.stacks, stack, { ...claimed, ...wanted }, (row) => this.sweepOf(row)), true);
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
      return seenOf(after, false);
    });
  }

  /** The agent is no more: its processes, home and Gitea user go, and then its seat is another's. What it pushed stays. */
  leave(stack: LedgerStackRow, agent: Id<"agt">): Promise<void> {
    const { host } = this;
    return this.serial(`${stack.member} ${agent}`, async () => {
      const row = host.ledger.agent(stack.member, agent);
      if (!row) throw new AppError("not_found");
      if (!this.stacks.running(stack.member)) throw new AppError("unavailable", { what: "stack is not running" });
      host.ledger.saveAgent({ ...row, wanted: 0, box_token: "", password: "", exec: "", pid: 0 });
      await removeAgentUser(host, stack, agent);
      await empty(host, row);
      host.ledger.dropAgent(row);
    });
  }

  /** Not in the lane: a sweep must not wait behind a start, which ends all that the agent runs anyway. */
  private async sweepOf(row: LedgerAgentRow): Promise<number> {
    const key = `${row.member} ${row.agent}`;
    if (this.starting.has(key)) return 0;
    const before = this.sweeps.get(key);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return endAll(this.host, row, "server");
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
        running: await isRunning(this.host, row),
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
      const { out } = await exec(host.engine, container(host, row.member), { cmd: ["tail", "-n", String(lines), file], user: user(row) });
      return `== ${row.agent}\n${out}`;
    });
    return (await Promise.all(parts)).join("\n");
  }
}

function blank(stack: LedgerStackRow, agent: Id<"agt">, seat: number): LedgerAgentRow {
  const empty = { password: "", box_token: "", git_token: "", boot: "", exec: "", pid: 0, started_at: 0 };
  return { member: stack.member, agent, seat, generation: 0, name: "", prompt: "", bounds: "{}", wanted: 1, ...empty };
}
