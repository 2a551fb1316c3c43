import { eq } from "drizzle-orm";
import { createClient } from "rivetkit/client";
import { z } from "zod";
import { type ActionName, actions, type InputOf, needsEntitlement, type OutputOf, subAgentActions } from "../../schema/actions.ts";
import { type GrowAgentInput, growAgentKey, subAgentKey } from "../../schema/agent/grow-agent.ts";
import type { SubStatus } from "../../schema/agent/sub-agent.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { AppError, type ErrorCode, errorCode } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { isEntitled } from "../billing/entitlement.ts";
import type { EdgeConfig } from "../env.ts";
import { openDatabase } from "../kernel/db.ts";
import { ingressHeaders } from "../kernel/ingress.ts";
import {
  noteEngineFull,
  noteEngineRoom,
  requireDatabaseRoom,
  requireDatabaseRoomAgain,
  requireEngineRoom,
} from "../kernel/storage-full.ts";
import { issueTicket } from "../kernel/ticket.ts";
import { traceSpan } from "../kernel/trace.ts";
import { creationInput } from "./actor-registry.ts";

/** How long an action may take before the caller is told that the part behind is not reachable. */
export const actionDeadline = 10_000;

const clientFailure = z.object({
  group: z.string(),
  code: z.string(),
  message: z.string().optional().catch(undefined),
  metadata: z
    .object({
      issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      retryAfter: z.coerce.number().optional(), // seconds
    })
    .optional()
    .catch(undefined),
});

/** An actor's own refusal keeps its code; everything else is about reaching it. */
export function asAppError(error: unknown, action: string): AppError {
  if (error instanceof AppError) return error;
  const known = clientFailure.safeParse(error);
  if (!known.success) return new AppError("unavailable", { action }, { cause: error });
  const { group, code } = known.data;
  const actorCode = errorCode.safeParse(code);
  if (group === "user" && actorCode.success) {
    const { message, metadata } = known.data; // the actor's own words are for people
    const { issues, retryAfter } = metadata ?? {};
    const meta = { action, ...(issues ? { issues } : {}), ...(retryAfter ? { retryAfter } : {}) };
    return new AppError(actorCode.data, meta, { cause: error, ...(message ? { message } : {}) });
  }
  if (group === "actor" && code === "action_timed_out") return new AppError("timeout", { action }, { cause: error });
  // the client says `internal_error` of a refused connection too, so nothing finer can be told
  return new AppError("unavailable", { action, group, code }, { cause: error });
}

/** Settles within `ms`: the client's own retries may go on longer than anyone waits. */
async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AppError("unavailable", { what: `no answer in ${ms} ms` }));
      stop.abort();
    }, ms);
  });
  try {
    return await Promise.race([work(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function clientOf(config: EdgeConfig) {
  return createClient({
    endpoint: config.RIVET_URL,
    namespace: "default",
    token: config.RIVET_TOKEN,
    poolName: "default",
    disableMetadataLookup: true,
    encoding: "json",
    headers: ingressHeaders(config),
  });
}
type Client = ReturnType<typeof clientOf>;
type Handle = { action(call: { name: string; args: unknown[]; signal: AbortSignal }): Promise<unknown> };
/** One action by a client of its own, its answer parsed, any failure as an AppError. */
async function callActor<T extends z.ZodType>(
  config: EdgeConfig,
  request: { name: string; envelope: unknown; deadline: number; handle: (client: Client) => Handle },
  out: T,
): Promise<z.infer<T>> {
  const client = clientOf(config);
  const action = request.name;
  try {
    const answer = await withDeadline(request.deadline, (signal) =>
      request.handle(client).action({ name: action, args: [request.envelope], signal }),
    );
    const parsed = out.safeParse(answer);
    if (!parsed.success) throw new AppError("upstream", { action, what: "not the shape it promised" }, { cause: parsed.error });
    return parsed.data;
  } catch (error) {
    throw asAppError(error, action);
  } finally {
    void client.dispose();
  }
}

/** Whom a call is for, in which request, by which sign-in or access token; the edge's own has none. */
export type Caller = { config: EdgeConfig; member: Id<"mem">; requestId: string; signIn?: string };
/**
 * `key` makes a call once-only; with `create` the actor is made when it is not there; `deadline` in
 * milliseconds. With `revive: false` one that the engine has lost stays lost: the call is `not_found`.
 */
type Options = { key?: string; create?: GrowAgentInput; deadline?: number; revive?: false };

async function callGrowAgent<A extends ActionName>(caller: Caller, action: A, input: InputOf<A>, options: Options): Promise<OutputOf<A>> {
  const { config, member, requestId, signIn } = caller;
  const entitled = needsEntitlement(action) ? await isEntitled(openDatabase(config), member, Date.now()) : undefined;
  const params = { ticket: (await issueTicket(config, "actor", { member, entitled, signIn })).ticket };
  const key = growAgentKey(member);
  const envelope = { requestId, key: options.key ?? `${action}:${requestId}`, input, ...traceSpan(requestId) };
  const handle = (client: Client): Handle =>
    options.create
      ? client.getOrCreate("growAgent", key, { params, createWithInput: options.create })
      : client.get("growAgent", key, { params });
  const answer = await callActor(
    config,
    { name: action, envelope, deadline: options.deadline ?? actionDeadline, handle },
    actions[action].out,
  );
  return answer as OutputOf<A>;
}

/**
 * Whether the engine knows no such actor. The registry may
 * know its member all the same: then the engine has lost it.
 */
const isLost = (error: unknown): boolean => error instanceof AppError && error.meta.group === "actor" && error.meta.code === "not_found";

/**
 * Makes a Grow Agent that the engine has lost anew, from the registry. One whose stack was up, or slept, is
 * told to bring it up: it reads its past from the memory repository there. False for a member who has none.
 */
export async function reviveActor(config: EdgeConfig, member: Id<"mem">): Promise<boolean> {
  const db = openDatabase(config);
  const create = await creationInput(db, member);
  if (!create) return false;
  const [row] = await db
    .select({ status: registryAgentTable.status, asleep: registryAgentTable.asleep })
    .from(registryAgentTable)
    .where(eq(registryAgentTable.member, member));
  const caller = { config, member, requestId: newId("req") };
  await callGrowAgent(caller, "snapshot", {}, { create });
  await db.update(registryAgentTable).set({ statusSeq: -1 }).where(eq(registryAgentTable.member, member)); // its log begins anew
  if ((row?.status !== "stopped" || row.asleep) && (await isEntitled(db, member, Date.now()))) await callGrowAgent(caller, "start", {}, {});
  return true;
}

/**
 * The one way in which the edge asks a member's growAgent: as the edge, with a service ticket for this
 * one call. An actor that the engine has lost is made anew first. A member who has none gets `not_found`.
 */
export async function askActor<A extends ActionName>(
  caller: Caller,
  action: A,
  input: InputOf<A>,
  options: Options = {},
): Promise<OutputOf<A>> {
  const db = openDatabase(caller.config);
  const keeping = actions[action].needs?.keeping === true;
  if (keeping) await requireDatabaseRoomAgain(db);
  try {
    const answer = await callGrowAgent(caller, action, input, options);
    if (keeping) noteEngineRoom();
    return answer;
  } catch (error) {
    if (error instanceof AppError && error.code === "storage_full") noteEngineFull(Date.now());
    if (keeping && error instanceof AppError && unclear.has(error.code)) {
      await requireDatabaseRoom(db);
      requireEngineRoom(Date.now());
    }
    if (!isLost(error)) throw error;
    if (options.revive === false || !(await reviveActor(caller.config, caller.member)))
      throw new AppError("not_found", {}, { cause: error });
    return callGrowAgent(caller, action, input, options);
  }
}
/** How a call fails when the engine's disk is full, and by many other reasons. */
const unclear: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["internal", "unavailable", "timeout"]);

/** What one of the member's subAgents says of itself; asked briefly. */
export async function askSubAgentStatus({ config, member, requestId }: Caller, agent: Id<"agt">): Promise<SubStatus> {
  const params = { ticket: (await issueTicket(config, "actor", { member })).ticket };
  const envelope = { requestId, key: `status:${requestId}`, input: {}, ...traceSpan(requestId) };
  const handle = (client: Client): Handle => client.get("subAgent", subAgentKey(member, agent), { params });
  return callActor(config, { name: "status", envelope, deadline: 3_000, handle }, subAgentActions.status.out);
}

/** Erases all that a member's actors hold. One that the engine does not know is erased already. */
export async function eraseActors(config: EdgeConfig, member: Id<"mem">, agents: readonly Id<"agt">[]): Promise<void> {
  const params = { ticket: (await issueTicket(config, "actor", { member })).ticket };
  const requestId = newId("req");
  const erase = (deadline: number, handle: (client: Client) => Handle) => {
    const call = { name: "erase", envelope: { requestId, key: `erase:${requestId}`, input: {} }, deadline, handle };
    return callActor(config, call, actions.erase.out).catch((error: unknown) => {
      if (!isLost(error)) throw error;
    });
  };
  for (const agent of agents) await erase(actionDeadline, (client) => client.get("subAgent", subAgentKey(member, agent), { params }));
  await erase(3 * actionDeadline, (client) => client.get("growAgent", growAgentKey(member), { params }));
}
