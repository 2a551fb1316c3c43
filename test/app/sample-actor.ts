import type { Socket } from "../../edge/app/live/live-link.ts";
import {
  actions,
  type ContractActorInput,
  type ContractActorOutput,
  type GrowActions,
  type LiveAction,
  type OutputOf,
} from "../../schema/actions.ts";
import type { AgentTypeView } from "../../schema/agent/agent-type-api.ts";
import type { SendIn, Snapshot } from "../../schema/agent/grow-agent.ts";
import type { AgentView, ChannelView, TaskView } from "../../schema/agent/team.ts";
import type { Delta, EventBody, EventKind } from "../../schema/event.ts";
import { provisionSteps } from "../../schema/stack/stack.ts";
import { type Id, newId, siblingId } from "../../schema/wire/id.ts";

type Stored = { seq: number; at: number; channel: string; kind: string; body: unknown };
type Handlers = { [A in LiveAction]?: (input: ContractActorInput<GrowActions[A]>) => ContractActorOutput<GrowActions[A]> };
type Answers = { [A in LiveAction]?: ContractActorOutput<GrowActions[A]> | Handlers[A] };
const isAction = (name: string): name is LiveAction => name in actions;
export const agent = newId("agt", 1);

/**
 * An actor as a browser sees it: a log, what runs, and connections. The contract types it, and it checks by
 * the contract what it takes and answers.
 */
export class SampleActor {
  readonly events: Stored[] = [];
  readonly channel: Id<"chn"> = siblingId("chn", agent);
  readonly calls: LiveAction[] = [];
  at: number;
  running: Snapshot["turn"] = null;
  stack: Snapshot["stack"] = { tier: "running", observed: "running", provisioning: false, ready: true };
  /** Actions of these names never get an answer. */
  silent = new Set<LiveAction>();
  ticketEnds = 300;
  /** So many events at most come in a page of what was missed, whatever is asked. */
  shortPages = Number.POSITIVE_INFINITY;
  types: AgentTypeView[] = [];
  tasks: TaskView[] = [];
  repos: OutputOf<"repos">["repos"] = [];
  agents: AgentView[] = [];
  channels: ChannelView[] = [];
  /** What other actions answer, by name; a function makes it of the input. */
  answers: Answers = {};
  /** An action of such a name answers once this is done. */
  gates: Partial<Record<LiveAction, Promise<unknown>>> = {};
  /** What each action was called with, by name. */
  readonly inputs: Partial<Record<LiveAction, unknown[]>> = {};
  #sockets = new Set<Map<string, (payload: unknown) => void>>();

  constructor(at = Date.parse("2026-11-20T09:12:00")) {
    this.at = at;
  }

  append<K extends EventKind>(kind: K, body: EventBody<K>, after = 1_000): Stored {
    return this.appendRaw(kind, body, after);
  }
  appendRaw(kind: string, body: unknown, after = 1_000): Stored {
    this.at += after;
    const event = { seq: this.events.length + 1, at: this.at, channel: this.channel, kind, body };
    this.events.push(event);
    this.push("event", event);
    return event;
  }
  delta(delta: Delta): void {
    this.push("delta", delta);
  }
  push(name: string, payload: unknown): void {
    for (const handlers of this.#sockets) handlers.get(name)?.(structuredClone(payload));
  }
  provision(last: (typeof provisionSteps)[number] = "ready"): void {
    for (const step of provisionSteps) {
      this.append("provision.step", { run: "run1", step, state: "started" }, 20);
      if (step === last && last !== "ready") break;
      this.append("provision.step", { run: "run1", step, state: "done", ms: 400 + step.length * 220 }, 400 + step.length * 220);
    }
  }

  snapshot(): Snapshot {
    const { channel, stack, running, ticketEnds, agents } = this;
    return {
      agent,
      channel,
      name: "Grow Agent",
      lastSeq: this.events.length,
      stack,
      queued: 0,
      waiting: 0,
      turn: running,
      ...(agents.length > 0 ? { agents } : {}),
      now: this.at,
      ticketEnds,
    };
  }

  readonly #handlers: Handlers = {
    snapshot: () => this.snapshot(),
    before: ({ seq, limit }) => this.#page(this.events.filter((event) => event.seq < seq).slice(-limit)),
    since: ({ seq, limit }) => this.#page(this.events.filter((event) => event.seq > seq).slice(0, Math.min(limit, this.shortPages))),
    channelEvents: ({ before = this.events.length + 1, limit }) =>
      this.#page(this.events.slice(Math.max(0, before - 1 - limit), before - 1)),
    find: ({ text }) => ({ found: this.#find(text).slice(0, 100), next: null }),
    tasks: () => ({ tasks: this.tasks, next: null }),
    channels: () => ({ channels: this.channels, last: this.events.length }),
    read: ({ channel, task, seq }) => ({ channel, task, read: seq }),
    changes: () => ({ total: 0, files: [], commits: [] }),
    approvals: () => ({ approvals: [], next: null, waiting: 0 }),
    agentTypes: () => ({ types: this.types }),
    repos: () => ({ repos: this.repos }),
    proposals: () => ({ proposals: [], next: null }),
    send: (input) => this.#send(input),
    renew: () => ({ ticketEnds: this.ticketEnds }),
  };
  #answer(name: LiveAction, given: unknown): unknown {
    const { in: input, out } = actions[name];
    const parsed = input.safeParse(given);
    if (!parsed.success) throw Object.assign(new Error(parsed.error.message), { group: "user", code: "invalid" });
    const set: unknown = this.answers[name] ?? this.#handlers[name];
    if (set === undefined) throw Object.assign(new Error(`${name} has no answer`), { group: "actor", code: "not_found" });
    const answer: unknown = typeof set === "function" ? set(parsed.data) : set;
    const fits = out.safeParse(answer);
    if (!fits.success) throw new Error(`the sample actor's answer to ${name} is not what the contract says: ${fits.error.message}`);
    return answer;
  }
  #find(text: string): number[] {
    const said = this.events.filter(({ kind, body }) => kind.startsWith("message.") && JSON.stringify(body).includes(text));
    return said.map(({ seq }) => seq).reverse();
  }
  /** With kinds that this version does not know, as a newer actor has them. */
  #page(some: Stored[]): ContractActorOutput<GrowActions["since"]> {
    const events = some as ContractActorOutput<GrowActions["since"]>["events"];
    return { events, first: events[0]?.seq ?? 0, last: this.events.length };
  }
  #send({ clientId, text, task, attachments }: SendIn) {
    const known = this.events.find((event) => event.kind === "message.sent" && (event.body as { clientId: string }).clientId === clientId);
    const turnId = newId("trn");
    const messageId = newId("msg");
    const { seq } = known ?? this.append("message.sent", { messageId, clientId, text, turnId, taskId: task, attachments });
    return { messageId, turnId, seq, repeated: known !== undefined };
  }

  /** A connection as the stock client gives it. */
  connect(): Socket & { cut: () => void } {
    const handlers = new Map<string, (payload: unknown) => void>();
    this.#sockets.add(handlers);
    const cut = () => this.#sockets.delete(handlers);
    return {
      action: async ({ name, args }) => {
        if (!isAction(name)) throw Object.assign(new Error("no such action"), { group: "actor", code: "not_found" });
        this.calls.push(name);
        if (this.silent.has(name) || !this.#sockets.has(handlers)) return new Promise(() => undefined);
        const { input } = args[0] as { input: unknown };
        this.inputs[name] = [...(this.inputs[name] ?? []), structuredClone(input)];
        await this.gates[name];
        return structuredClone(this.#answer(name, input));
      },
      on: (name, handler) => {
        handlers.set(name, handler);
        return () => handlers.delete(name);
      },
      dispose: async () => void cut(),
      cut,
    };
  }
}
