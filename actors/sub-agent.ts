import { desc, eq } from "drizzle-orm";
import { actor } from "rivetkit";
import { subAgentActions } from "../schema/actions.ts";
import { peerOut, type SubAgentInput, subAgentInput, subAgentKind } from "../schema/agent/grow-agent.ts";
import { subAgentStepTable, subAgentTable } from "../schema/agent/sub-agent.table.ts";
import { decideSubAgentStep, newSubState, type SubInput, type SubStatus, subState } from "../schema/agent/sub-agent.ts";
import { AppError } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import type { ErrorClass } from "../schema/work.ts";
import { toPeerError } from "./agent/sub-agent-call.ts";
import { isActorFull, subFullText } from "./budget/storage-limit.ts";
import { type ActionHandlers, registerActions } from "./kernel/action.ts";
import { admitToSubAgent, type ConnectPolicy, connectionEnd } from "./kernel/auth.ts";
import { isLasting, newVars, readSelf, requireSelf, scheduledActions, startActor, toUserError } from "./kernel/context.ts";
import { eraseSelf } from "./kernel/erase.ts";
import { once } from "./kernel/idempotency.ts";
import type { ActorVars, Connection, ConnState, Self, World } from "./kernel/self.ts";
import { requireReadable, startSealed } from "./kernel/start-sealed.ts";
import { actorDatabase } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import { classifyError, type Handlers, startLanes, type WorkItem } from "./kernel/work.ts";
import type { SubWorkKind } from "./kernel/work-kinds.ts";
import type { Writer } from "./kernel/writer.ts";

/**
 * The actor of one sub-agent, key `[member, agent]`: it decides what is done next on its task. All that acts
 * on the world is its parent's.
 */
const mostSteps = 500;

async function requireOwnRow(self: Self) {
  const [row] = await self.db.select().from(subAgentTable).limit(1);
  if (!row) throw new Error("the sub-agent has no row about itself");
  return row;
}

/** Action `tell`: heard once by its key; what follows from it is queued in the same transaction. */
function hearOnce(self: Self, input: SubInput, key: string, requestId: string) {
  return once(self, requestId, `tell:${key}`, peerOut, async (writer) => {
    const text = await hearInput(writer, input);
    return { ok: true, reason: text };
  });
}
async function hearInput(writer: Writer, input: SubInput): Promise<string> {
  const [row] = await writer.db.select().from(subAgentTable).limit(1);
  if (!row) throw new AppError("unavailable", { what: "sub-agent" });
  const { state, commands, text } = decideSubAgentStep(subState.parse(row.state), input);
  await writer.db.update(subAgentTable).set({ state, updatedAt: writer.now }).where(eq(subAgentTable.agent, row.agent));
  await writer.db.insert(subAgentStepTable).values({
    at: writer.now,
    task: state.task,
    heard: input.kind,
    text: text.slice(0, 1_000),
    did: commands.map((command) => command.kind),
  });
  for (const command of commands) await writer.queue(command.kind, { key: `${command.kind}:${command.key}`, payload: command });
  const [oldest] = await writer.db
    .select({ position: subAgentStepTable.position })
    .from(subAgentStepTable)
    .orderBy(desc(subAgentStepTable.position))
    .limit(1)
    .offset(mostSteps);
  if (oldest) await writer.db.delete(subAgentStepTable).where(eq(subAgentStepTable.position, oldest.position));
  return text;
}

/** What ends its work, or tells how that ended, is always heard. */
const alwaysHeard: ReadonlySet<SubInput["kind"]> = new Set(["pause", "cancel", "turn_ended", "refused"] as const);
async function requireSubRoom(self: Self, input: SubInput): Promise<void> {
  const most = self.vars.world.mostBytes;
  if (!alwaysHeard.has(input.kind) && (await isActorFull(self))) throw new AppError("quota_full", { most }, { message: subFullText(most) });
}

/** Carries a command to the parent. What the parent will not do comes back as something heard. */
export const parentWork = {
  async run(self: Self, work: WorkItem<SubWorkKind>): Promise<void> {
    const command = work.payload;
    const row = await requireOwnRow(self);
    const { member, parent, agent } = row;
    const ticket = await self.vars.world.peers.sign({ member, from: agent, to: parent });
    const args = [{ requestId: work.requestId, key: command.key, input: command }];
    const answer = await self
      .client()
      .growAgent.get([member], { params: { ticket } })
      .action({ name: command.kind, args })
      .then(
        (given) => peerOut.parse(given),
        (error: unknown) => {
          throw toPeerError(error);
        },
      );
    if (answer.ok || command.kind !== "execute") return;
    await record(self, work.requestId, (writer) => hearInput(writer, { kind: "refused", key: command.key }));
  },
  async gaveUp(self: Self, work: WorkItem<SubWorkKind>, error: AppError): Promise<void> {
    const command = work.payload;
    self.vars.world.log("error", "the parent was not reached", { requestId: work.requestId, error });
    const { key, requestId } = work;
    if (awayClasses.has(classifyError(error)))
      // it has not heard it: the task would stand still for ever
      await record(self, requestId, (writer) =>
        writer.queue(command.kind, { key, payload: command, again: true, dueAt: writer.now + retryAfterMs }),
      );
    else if (command.kind === "execute")
      await record(self, requestId, (writer) => hearInput(writer, { kind: "refused", key: command.key }));
  },
};
const awayClasses: ReadonlySet<ErrorClass> = new Set(["unreachable", "timeout", "rate_limited", "stale_worker"]);
const retryAfterMs = 60_000;
/** Who does each kind of work of a subAgent. */
export const subAgentWork: Handlers<SubWorkKind> = { execute: parentWork, report: parentWork };

async function readSubStatus(self: Self): Promise<SubStatus> {
  const row = await requireOwnRow(self);
  const state = subState.parse(row.state);
  const log = await self.db.select().from(subAgentStepTable).orderBy(desc(subAgentStepTable.position)).limit(100);
  return {
    agent: row.agent,
    member: id("mem").parse(row.member),
    parent: row.parent,
    type: row.type,
    channel: row.channel,
    workspace: row.workspace,
    tools: row.tools,
    capabilities: row.capabilities,
    phase: state.phase,
    paused: state.paused,
    task: state.task,
    run: state.run,
    progress: state.progress,
    repairs: state.repairs,
    log: log.reverse().map(({ at, heard, text, did }) => ({ at, heard, text, did })),
  };
}

const subAgentHandlers: ActionHandlers<typeof subAgentActions> = {
  tell: async ({ self, input, key, requestId }) => {
    await requireSubRoom(self, input);
    return hearOnce(self, input, key, requestId);
  },
  status: ({ self }) => readSubStatus(self),
  erase: ({ self }) => eraseSelf(self),
};

/**
 * From now on the actor does what stands in its queue. `life` ends when it sleeps, moves or its runner stops.
 */
export async function wakeSubAgent(self: Self, input: SubAgentInput, life: AbortSignal): Promise<void> {
  const { vars } = self;
  vars.life = life;
  vars.self = self;
  const known = await startSealed(self, life, async () => {
    const [row] = await self.db.select({ type: subAgentTable.type }).from(subAgentTable);
    return row?.type;
  });
  if (!known) return;
  vars.kick = () => startLanes(self, subAgentWork);
  const now = Date.now();
  const { kind, ...ids } = input;
  if (kind !== undefined)
    await self.db
      .insert(subAgentTable)
      .values({ ...ids, ...subAgentKind.parse(JSON.parse(known.seal.open(kind))), state: newSubState, createdAt: now, updatedAt: now })
      .onConflictDoNothing();
  vars.kick();
}
async function scheduleExpiry(self: Self, { state }: Connection): Promise<void> {
  if (state.stays) await self.schedule.at(connectionEnd(state), "expire");
}

/** The actions of a subAgent as Rivet Kit registers them. */
export const registerSubAgentActions = (world: World) =>
  registerActions(subAgentActions, subAgentHandlers, {
    world,
    self: requireSelf,
    admit: (name, self) => requireReadable(self, name),
  });

export function subAgent(world: World) {
  const connectPolicy = (key: readonly string[]): ConnectPolicy => ({ key, agent: key[1], keys: world.keys, peers: world.peers });
  const admitted = (params: unknown, key: readonly string[]) =>
    admitToSubAgent(params, connectPolicy(key)).catch((error) => Promise.reject(toUserError(world, error, "", "connect")));
  return actor({
    options: { sleepTimeout: 10_000, actionTimeout: 30_000 },
    db: actorDatabase((id) => world.seals.ofActor(id)),
    createState: (_c: unknown, input: unknown): SubAgentInput => subAgentInput.parse(input),
    // biome-ignore lint/suspicious/noExplicitAny: Rivet Kit's types collapse when this parameter is inferred
    createVars: (c: any): ActorVars => {
      world.seals.bind(c.actorId, c.key[0]);
      return newVars(world, c.key);
    },
    onBeforeConnect: async (c, params: unknown) => {
      await admitted(params, c.key);
    },
    createConnState: async (c, params: unknown): Promise<ConnState> => ({ ...(await admitted(params, c.key)), stays: isLasting(c) }),
    onWake: (c) => startActor(world, wakeSubAgent(readSelf(c), subAgentInput.parse(c.state), c.abortSignal)),
    onConnect: (c, connection) => scheduleExpiry(readSelf(c), connection as unknown as Connection), // its type has collapsed as well
    actions: { ...registerSubAgentActions(world), ...scheduledActions(world) },
  });
}
