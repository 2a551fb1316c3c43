import type { z } from "zod";
import type { Price } from "../../schema/billing/price.ts";
import { pusherOut } from "../../schema/git/repository.ts";
import { portsSeen } from "../../schema/preview/preview.ts";
import { secretPrintsOut } from "../../schema/project/secret-prints.ts";
import { type ReachPut, reachPut } from "../../schema/stack/egress-refusal.ts";
import {
  type AgentPut,
  type AgentSeen,
  agentSeen,
  type StackLine,
  type StackPut,
  type StackSeen,
  type StackTicketOut,
  type StackWait,
  stackLine,
  stackSeen,
  sweepOut,
} from "../../schema/stack/stack.ts";
import { type TerminalsSeen, terminalsSeen } from "../../schema/terminal/terminal.ts";
import { AppError, errorCode } from "../../schema/wire/error.ts";
import { parseForeignJson } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import { runnerTraces } from "../kernel/runner-traces.ts";
import type { Edge } from "../runner/edge.ts";
import { type HostAnswer, type HostCall, type Hosts, lines, readJson, refusal } from "../runner/host.ts";

/**
 * One member's stack through its host: the stack ticket is fetched, kept until shortly before its end, and
 * put on every call.
 */
export class Stack {
  readonly #edge: Pick<Edge, "stackTicket" | "startTicket">;
  readonly #hosts: Hosts;
  readonly #member: string;
  #held: Promise<StackTicketOut> | undefined;
  #heldUntil = 0; // by this process' clock
  #price: Price = { input: 0, output: 0 };

  constructor(edge: Pick<Edge, "stackTicket" | "startTicket">, hosts: Hosts, member: string) {
    this.#edge = edge;
    this.#hosts = hosts;
    this.#member = member;
  }

  async ticket(requestId: string, fresh = false): Promise<StackTicketOut> {
    if (this.#held && !fresh && performance.now() <= this.#heldUntil) return this.#held;
    return this.#hold(this.#edge.stackTicket(this.#member, requestId));
  }
  #hold(asked: Promise<StackTicketOut>): Promise<StackTicketOut> {
    const from = performance.now(); // how long it has been held: this clock and the edge's may differ
    this.#held = asked;
    this.#heldUntil = Number.POSITIVE_INFINITY; // callers in the meantime share the one that was asked for
    asked.then(
      (ticket) => {
        this.#heldUntil = from + (limits.stackTicket - 30) * 1000;
        this.#price = ticket.price;
      },
      () => {
        this.#held = undefined;
      },
    );
    return asked;
  }
  /** A slot for the start by the command of this generation, or the stack's place in line for one. */
  async askSlot(requestId: string, generation: number): Promise<StackTicketOut | StackWait> {
    const answer = await this.#edge.startTicket(this.#member, generation, requestId);
    return "waiting" in answer ? answer : this.#hold(Promise.resolve(answer));
  }
  /** As the newest ticket told it: whoever has talked to the host has had one. */
  price(): Price {
    return this.#price;
  }

  /** One call below /stacks/:member. A ticket the host no longer takes is replaced once. */
  async open(requestId: string, call: HostCall): Promise<HostAnswer> {
    for (let fresh = false; ; fresh = true) {
      const { ticket, host } = await this.ticket(requestId, fresh);
      const headers = { ...call.headers, authorization: `Bearer ${ticket}`, "x-request-id": requestId, ...runnerTraces.header() };
      const path = `/stacks/${this.#member}${call.path}`;
      const answer = await this.#hosts.open(host, { ...call, path, headers }).catch((error: unknown) => {
        this.#held = undefined; // the stack may have been placed elsewhere since
        throw error;
      });
      if (answer.status !== 401 || fresh || typeof call.body === "object") return answer;
      answer.body.destroy();
    }
  }
  async json<T>(requestId: string, shape: z.ZodType<T>, call: Omit<HostCall, "body"> & { body?: unknown }): Promise<T> {
    const { body, ...rest } = call;
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...call.headers, "content-type": "application/json" } };
    return readJson(await this.open(requestId, { ...rest, ...sent }), call.path, shape);
  }

  /**
   * Brings the stack to a tier, a start after `askSlot`; `onLine` hears each step. Returns what the host saw
   * at the end.
   */
  async put(requestId: string, body: StackPut, onLine: (line: StackLine) => Promise<void>, signal: AbortSignal): Promise<StackSeen> {
    // The newest ceiling and place. Those of a start came with its slot; what is stopped waits for none.
    if (body.tier !== "running")
      await this.#hold(this.#edge.stackTicket(this.#member, requestId, body.tier === "stopped" ? "stopped" : undefined));
    const headers = { "content-type": "application/json" };
    const answer = await this.open(requestId, { method: "PUT", path: "", body: JSON.stringify(body), headers, signal, firstByte: 30_000 });
    if (answer.status !== 200) throw await refusal(answer, `/stacks/${this.#member}`);
    for await (const text of lines(answer.body)) {
      if (!text.trim()) continue;
      const line = stackLine.parse(parseForeignJson(text));
      if (line.type === "observed") return line.stack;
      if (line.type === "error") {
        const code = errorCode.safeParse(line.code);
        throw new AppError(code.success ? code.data : "upstream", { what: "stack", code: line.code }, { message: line.message });
      }
      await onLine(line);
    }
    throw new AppError("unavailable", { what: "stack", reason: "the host's answer ended early" });
  }
  seen(requestId: string): Promise<StackSeen> {
    return this.json(requestId, stackSeen, { method: "GET", path: "" });
  }

  startAgent(requestId: string, agent: string, body: AgentPut, signal?: AbortSignal): Promise<AgentSeen> {
    const call = { method: "PUT", path: `/agents/${agent}`, body, firstByte: 30_000, ...(signal ? { signal } : {}) };
    return this.json(requestId, agentSeen, call);
  }
  /** An agent the host does not know has no server to stop. */
  async stopAgent(requestId: string, agent: string): Promise<void> {
    await this.#remove(requestId, { path: `/agents/${agent}` });
  }
  /**
   * Gives the seat of a retired agent to another, with all that it had. False when the host does not know the
   * agent.
   */
  leaveSeat(requestId: string, agent: string): Promise<boolean> {
    return this.#remove(requestId, { path: `/agents/${agent}/seat`, firstByte: 150_000 });
  }
  async #remove(requestId: string, call: { path: string; firstByte?: number }): Promise<boolean> {
    const answer = await this.open(requestId, { method: "DELETE", ...call });
    if (answer.status > 299 && answer.status !== 404) throw await refusal(answer, call.path);
    answer.body.resume();
    return answer.status !== 404;
  }
  /** Names that the agent may reach beside those of every box, in place of those of before. */
  async setReach(requestId: string, agent: string, names: string[]): Promise<void> {
    await this.json(requestId, reachPut, { method: "PUT", path: `/agents/${agent}/reach`, body: { names } satisfies ReachPut });
  }
  /** By what pushes to the member's projects are looked through, in place of what was known before. */
  async setSecretPrints(requestId: string, text: string): Promise<void> {
    await this.json(requestId, secretPrintsOut, { method: "PUT", path: "/secret-prints", body: { text } });
  }
  /** Gitea's user for the member's own pushes; answers its name. */
  async ensurePusher(requestId: string): Promise<string> {
    return (await this.json(requestId, pusherOut, { method: "PUT", path: "/pusher" })).user;
  }
  /** The ports on which the agent's own programs listen. */
  async listPorts(requestId: string, agent: string): Promise<number[]> {
    return (await this.json(requestId, portsSeen, { method: "GET", path: `/agents/${agent}/ports` })).ports;
  }
  /** The member's own terminals, those that ended last among them. */
  async listTerminals(requestId: string): Promise<TerminalsSeen["terminals"]> {
    return (await this.json(requestId, terminalsSeen, { method: "GET", path: "/terminals" })).terminals;
  }
  async endTerminal(requestId: string, terminal: string): Promise<void> {
    await this.#remove(requestId, { path: `/terminals/${terminal}` });
  }
  /** Ends what people have open of a preview or an app that they may not see since `at`. */
  async endViews(requestId: string, key: string, at: number): Promise<void> {
    await this.#remove(requestId, { path: `/views/${key}?at=${at}` });
  }
  /** Ends the processes that an agent's turn has left. Returns how many. */
  async sweep(requestId: string, agent: string, signal: AbortSignal): Promise<number> {
    return (await this.json(requestId, sweepOut, { method: "DELETE", path: `/agents/${agent}/processes`, signal })).killed;
  }
}
