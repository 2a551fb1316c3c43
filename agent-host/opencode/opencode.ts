import { limitReached } from "../../schema/billing/limit-reached.ts";
import { type AgentPut, type AgentSeen, box, gitUser } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { openLanes } from "../deadline.ts";
import { execInContainer } from "../docker.ts";
import { removeGiteaUser } from "../gitea/gitea.ts";
import type { Host } from "../host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "../ledger.ts";
import type { DiskUse } from "../stack/disk-use.ts";
import type { Stacks } from "../stack/stack.ts";
import { chooseSeat, emptySeat } from "./agent-seat.ts";
import { serverFolder } from "./opencode-config.ts";
import { agentUser, boxContainer, endAgentProcesses, endServer, isServerRunning, logServerEnd } from "./server-process.ts";
import { startAgentServer } from "./server-start.ts";

export function describeAgent(row: LedgerAgentRow, running: boolean): AgentSeen {
  return { agent: row.agent, running, directory: box.agentDirectory(row.agent), boot: row.boot, gitUser: gitUser(row.agent) };
}

/** The OpenCode servers inside the boxes, one per agent. Calls for one agent follow one another. */
export class AgentServers {
  private readonly host: Host;
  private readonly stacks: Stacks;
  private readonly disk: Pick<DiskUse, "isOver">;
  private readonly serial = openLanes();
  /** Servers that are starting: two that start at once must not share a seat or take the same last place. */
  private readonly starting = new Set<string>();
  /**
   * Sweeps under way. A start waits for its agent's own: one that began before would take the new server for
   * something that the agent runs.
   */
  private readonly sweeps = new Map<string, Promise<number>>();

  constructor(host: Host, stacks: Stacks, disk: Pick<DiskUse, "isOver">) {
    this.host = host;
    this.stacks = stacks;
    this.disk = disk;
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
  /** The Grow Agent always begins: it is who can tidy up. */
  private async refuseWhenOver(stack: LedgerStackRow, agent: Id<"agt">): Promise<void> {
    if (!this.disk.isOver(stack.member) || (await chooseSeat(this.host, stack, agent)) === 0) return;
    throw new AppError("storage_full", { what: "plan" }, { message: limitReached.disk });
  }
  private claim(stack: LedgerStackRow, agent: Id<"agt">): Promise<LedgerAgentRow> {
    const { host } = this;
    return this.serial(`${stack.member} places`, async () => {
      if ((await this.othersRunning(stack.member, agent)) >= stack.limits.agents)
        throw new AppError("no_capacity", { what: "agents", limit: stack.limits.agents }, { message: limitReached.agents });
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
      if (!up) await this.refuseWhenOver(stack, agent);
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
