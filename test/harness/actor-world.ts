import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { World } from "../../actors/kernel/self.ts";
import { Edge, type HostAddress } from "../../actors/runner/edge.ts";
import { type HostAnswer, type HostCall, Hosts } from "../../actors/runner/host.ts";
import type { Machine } from "../../actors/runner/machine.ts";
import { peerTickets } from "../../actors/runner/peer.ts";
import { Services } from "../../actors/service/service.ts";
import { idleStopMs, type StackLine, type StackSeen, type StackTicketOut, type StackWait, stackPut } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits as wireLimits } from "../../schema/wire/limits.ts";
import { testSeals } from "./actor-database.ts";
import { newRunnerIdentity } from "./machine-identity.ts";

/**
 * The outside of an actor in a test: the edge and the member's machine, as far as the test says what they
 * answer.
 */
/** `open`: after its body the answer goes on until the caller leaves, or until it is told to end. */
export type HostReply = { status: number; body?: unknown; open?: (more: (text: string | null) => void) => void };
/**
 * What the machine answers to a call below `/stacks/<member>`; undefined where this part of it has no answer.
 */
export type AnswerHost = (call: HostCall) => HostReply | undefined | Promise<HostReply | undefined>;

const nowhere: HostAddress = { id: newId("hst"), address: "127.0.0.1", port: 9 };
const silently = async (): Promise<undefined> => undefined;

/** The edge as the actor's own client sees it. What is not answered here is not reached. */
export class TestEdge extends Edge {
  readonly #ticket: StackTicketOut;
  /** `places`: agents that may work beside the Grow Agent. */
  constructor(runner: Machine, places: number, host: HostAddress = nowhere) {
    super(runner);
    const limits = {
      cpus: 1,
      memoryMb: 1_024,
      pids: 256,
      agents: places + 1,
      egressMb: 20_480,
      apps: 10,
      appDataMb: 1_024,
      appsAwake: true,
    };
    this.#ticket = {
      ...{ ticket: "ticket", expiresAt: Number.MAX_SAFE_INTEGER, stack: newId("stk"), host, epoch: 1 },
      ...{ ceiling: "running", ceilingRev: 1, limits, keeps: false, price: { input: 1, output: 10 } },
    };
  }
  override stackTicket = async () => this.#ticket;
  override startTicket = async (): Promise<StackTicketOut | StackWait> => this.#ticket;
  override status = silently;
  override session = async () => ({ spent: {}, modelTime: true });
  override subAgent = silently;
  override secret = silently;
  override remind = async () => false;
  override audit = silently;
  override registerProject = silently;
}

const bodyOf = ({ body }: HostReply): string => {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
};
function streamOf(text: string, open?: HostReply["open"]): IncomingMessage {
  const stream = new IncomingMessage(new Socket());
  if (text) stream.push(text);
  if (open) open((more) => stream.destroyed || stream.push(more));
  else stream.push(null);
  return stream;
}
/**
 * The member's machine: what the test says first, then what every machine does. To all else it does not
 * answer.
 */
export class TestHost extends Hosts {
  /** The commits that branches of projects stand at. */
  readonly branches = new Map<string, string>();
  answer: AnswerHost;
  stack: StackSeen;
  readonly #member: Id<"mem">;
  constructor(runner: Machine, member: Id<"mem">, answer: AnswerHost = () => undefined) {
    super(runner);
    this.#member = member;
    this.answer = answer;
    this.stack = {
      ...{ member, stackId: newId("stk"), epoch: 1, generation: 1, tier: "running", ceiling: "running", observed: "running" },
      ...{ used: {}, memoryMissing: false, containers: { gitea: "gitea", opencode: "opencode" }, agents: [] },
    };
  }
  override async open(_host: HostAddress, call: HostCall): Promise<HostAnswer> {
    const below = { ...call, path: call.path.slice(`/stacks/${this.#member}`.length) };
    const reply = (await this.answer(below)) ?? this.#always(below);
    if (!reply) throw new AppError("unavailable", { what: "host", path: call.path });
    const body = streamOf(bodyOf(reply), reply.open);
    call.signal?.addEventListener("abort", () => body.destroy(new AppError("unavailable", { what: "host" })), { once: true });
    return { status: reply.status, headers: {}, body };
  }
  #always({ method, path, body }: HostCall): HostReply | undefined {
    if (method === "DELETE" && path.endsWith("/processes")) return { status: 200, body: { killed: 0 } };
    if (method === "PUT" && path === "") {
      const { tier, generation } = stackPut.parse(JSON.parse(String(body)));
      this.stack = { ...this.stack, tier, generation, observed: tier };
      const line: StackLine = { type: "observed", stack: this.stack };
      return { status: 200, body: `${JSON.stringify(line)}\n` };
    }
    const branch = /\/branches\/([^?]+)$/.exec(path)?.[1];
    if (method !== "GET" || branch === undefined) return undefined;
    const name = decodeURIComponent(branch);
    const commit = this.branches.get(name);
    return commit ? { status: 200, body: { name, commit: { id: commit } } } : { status: 404, body: {} };
  }
}

let runner: Promise<Machine> | undefined;
/** The runner of a test file, which has joined nothing. */
export function testRunner(): Promise<Machine> {
  runner ??= newRunnerIdentity();
  return runner;
}
/** What a runner gives to its actors, with these clients. Its tickets between actors are real. */
export async function newTestWorld(given: Partial<World> & Pick<World, "edge" | "hosts" | "types" | "mostBytes">): Promise<World> {
  return {
    keys: () => Promise.reject(new AppError("unauthenticated")),
    peers: peerTickets(await testRunner()),
    services: new Services([]),
    seals: testSeals,
    remindAfter: 120_000,
    hostPatience: wireLimits.hostPatience,
    idleAfter: idleStopMs,
    full: () => false,
    log: () => undefined,
    ...given,
  };
}
