import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type TerminalSize, type TerminalsSeen, terminalLimits, terminalProtocol } from "../../schema/terminal/terminal.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { openLanes } from "../deadline.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { TerminalSession } from "./terminal-session.ts";
import { endMemberProcesses, endShellSession, startShell } from "./terminal-shell.ts";

/** So many that have ended are remembered for each stack, until their end was asked for. */
const keptEnded = 20;
export type AskedTerminal = { row: LedgerStackRow; id: Id<"trm">; size: TerminalSize };

/** The terminals of all stacks of this machine. They end with the daemon. */
export class Terminals {
  private readonly host: Host;
  private readonly serial = openLanes();
  private readonly stacks = new Map<string, Map<Id<"trm">, TerminalSession>>();
  private readonly ended = new Map<string, TerminalsSeen["terminals"]>();
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: terminalLimits.messageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(terminalProtocol) ? terminalProtocol : false),
  });

  constructor(host: Host) {
    this.host = host;
  }
  private sessions(member: string): Map<Id<"trm">, TerminalSession> {
    const known = this.stacks.get(member) ?? new Map<Id<"trm">, TerminalSession>();
    this.stacks.set(member, known);
    return known;
  }
  /** Those that run, and for a while those that have ended. */
  list(member: string): TerminalsSeen {
    const running = [...(this.stacks.get(member)?.values() ?? [])].map(({ id, startedAt }) => ({ id, startedAt }));
    return { terminals: [...running, ...(this.ended.get(member) ?? [])] };
  }

  /** Whether a program of the member's runs in a terminal, besides its shell. */
  isAtWork(member: string): boolean {
    return [...(this.stacks.get(member)?.values() ?? [])].some((session) => session.hasProgram());
  }
  /** The session of this id, begun where there is none. */
  private open({ row, id, size }: AskedTerminal): Promise<TerminalSession> {
    const { host } = this;
    return this.serial(row.member, async () => {
      const sessions = this.sessions(row.member);
      const known = sessions.get(id);
      if (known) return known;
      if (this.ended.get(row.member)?.some((each) => each.id === id)) throw new AppError("not_found", { what: "this terminal has ended" });
      if (sessions.size >= terminalLimits.most)
        throw new AppError(
          "conflict",
          { what: "terminals" },
          { message: `${terminalLimits.most} terminals are open already. End one first.` },
        );
      // What an earlier daemon or an earlier terminal has left behind.
      if (sessions.size === 0) await endMemberProcesses(host, row.member);
      const shell = await startShell(host, row, size);
      const session = new TerminalSession(id, shell, host.now(), {
        ended: () => void this.close(row.member, session),
        used: (use) => host.use.note(row.member, use),
      });
      sessions.set(id, session);
      host.log("info", "terminal started", { member: row.member, terminal: id });
      return session;
    });
  }
  private close(member: string, session: TerminalSession): Promise<void> {
    return this.serial(member, async () => {
      const sessions = this.sessions(member);
      sessions.delete(session.id);
      const { id, startedAt } = session;
      this.ended.set(member, [{ id, startedAt, endedAt: this.host.now() }, ...(this.ended.get(member) ?? [])].slice(0, keptEnded));
      if (sessions.size === 0) this.stacks.delete(member);
      this.host.log("info", "terminal ended", { member, terminal: session.id, ms: this.host.now() - session.startedAt });
      await endShellSession(session.pid);
      if (sessions.size === 0) await endMemberProcesses(this.host, member);
    }).catch((error: unknown) => {
      this.host.log("info", "a terminal's processes ended with its box", { member, terminal: session.id, error });
    });
  }
  /** Ends one at its member's word; one that is not there has ended. */
  async end(member: string, id: Id<"trm">): Promise<void> {
    this.stacks.get(member)?.get(id)?.end();
    await this.serial(member, async () => undefined); // until its processes have ended
  }

  /** Makes a connection a viewer of its session. Throws before anything was answered. */
  async view(asked: AskedTerminal, call: { incoming: IncomingMessage; socket: Duplex; head: Buffer }): Promise<void> {
    const session = await this.open(asked);
    const { incoming, socket, head } = call;
    this.sockets.handleUpgrade(incoming, socket, head, (viewer: WebSocket) => session.attach(viewer));
  }
  /** The daemon ends: shells go with it. */
  async stop(): Promise<void> {
    const members = [...this.stacks.keys()];
    for (const sessions of this.stacks.values()) for (const session of sessions.values()) session.end();
    await Promise.all(members.map((member) => this.serial(member, async () => undefined)));
    this.sockets.close();
  }
}
