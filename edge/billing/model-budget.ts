import { and, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { modelReservationTable } from "../../schema/billing/budget.table.ts";
import { describeNoModelTime } from "../../schema/billing/limit-reached.ts";
import { costMicros } from "../../schema/billing/price.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { type modelSessionTable, usageTable } from "../../schema/billing/usage.table.ts";
import type { AgentClaims } from "../../schema/machine/machine.ts";
import type { ModelAlias } from "../../schema/model.ts";
import { modelChoiceTable, providerKeyTable } from "../../schema/provider/provider.table.ts";
import { nameUtcDay } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { periodAllowance } from "./entitlement.ts";
import { estimateUsage, type ModelUsage } from "./model-usage.ts";

/**
 * The tree of budgets at the gateway: a member's plan, below it the Grow Agent with all that it does, then a
 * quest, a task, and the agent at work on it. A call takes what it may cost from all of them in one write
 * before it runs, and leaves what it did cost when it has run. So calls at the same time never spend together
 * what only one of them may; the last one may go over by what it cost more than was left.
 */
export type ModelSessionRow = typeof modelSessionTable.$inferSelect;
export type BudgetedCall = {
  agent: AgentClaims;
  session: ModelSessionRow;
  subscription: SubscriptionRow;
  requestId: string;
  model: string;
  alias: ModelAlias;
  /** Its member pays the provider. */
  byMember: boolean;
  requestBytes: number;
  /** The most that the call lets the model say, in tokens; a usual limit where it says none. */
  mostOutput: number | undefined;
  /** How long it may take, milliseconds. */
  longest: number;
};

/** More than any budget, in millionths of a dollar, and still a whole number everywhere. */
const unlimited = 9_000_000_000_000_000;
const usualOutput = 32_000;
/** A token is rarely shorter than two bytes. */
const mostTokens = (bytes: number) => Math.ceil(bytes / 2);

const total = (query: SQL) => sql`coalesce((${query}), 0)`;
type Node = { of: "plan" | "quest" | "task"; limit: number; spent: SQL; reserved: SQL };
function nodesOf({ session, subscription, byMember }: BudgetedCall): Node[] {
  const { member, task, taskMicros, quest, questMicros } = session;
  const node = (level: Node["of"], limit: number | null, spent: SQL, reserved: SQL): Node => ({
    of: level,
    limit: limit ?? unlimited,
    spent,
    reserved,
  });
  const both = sql`sum(cost_micros + own_micros)`;
  return [
    node(
      "plan",
      byMember ? null : periodAllowance(subscription),
      total(sql`select sum(cost_micros) from usage where member = ${member} and at >= ${subscription.periodStart}`),
      total(sql`select sum(micros) from model_reservation where member = ${member} and own = 0`),
    ),
    node(
      "quest",
      quest === null ? null : questMicros,
      total(sql`select ${both} from usage where member = ${member} and quest = ${quest}`),
      total(sql`select sum(micros) from model_reservation where member = ${member} and quest = ${quest}`),
    ),
    node(
      "task",
      task === null ? null : taskMicros,
      total(sql`select ${both} from usage where member = ${member} and task = ${task}`),
      total(sql`select sum(micros) from model_reservation where member = ${member} and task = ${task}`),
    ),
  ].filter(({ limit }) => limit !== unlimited);
}

/**
 * Settles what no Worker has settled in time. Each statement stands alone: whoever dies between them, or does
 * it at the same time, leaves a row that is settled already.
 */
export async function settleExpiredCalls(db: Database, now: number): Promise<void> {
  await db.run(sql`insert into usage (id, member, agent, session, request_id, model, alias, input_tokens, output_tokens, cost_micros, own_micros, task, quest, project, unknown, at)
    select id, member, agent, session, request_id, model, alias, input_tokens, 0, iif(own, 0, input_micros), iif(own, input_micros, 0), task, quest, project, 1, ${now}
    from model_reservation where expires_at < ${now} and began = 1 on conflict (id) do nothing`);
  await db.run(sql`delete from model_reservation where expires_at < ${now}`);
}
/** Whether there are such calls of this member's. */
export function findExpiredCall(db: Database, member: Id<"mem">, now: number) {
  return db
    .select({ id: modelReservationTable.id })
    .from(modelReservationTable)
    .where(and(eq(modelReservationTable.member, member), lt(modelReservationTable.expiresAt, now)))
    .limit(1);
}

const taken = z.array(z.object({ micros: z.number() }));
/** Takes what the call may cost from each budget above it, or refuses with the one that is used up. */
export async function reserveBudget(db: Database, call: BudgetedCall, now: number): Promise<Id<"usg">> {
  const { agent, session, model, alias, byMember, requestBytes } = call;
  const usage = newId("usg");
  const bound = Math.max(1, costMicros(model, mostTokens(requestBytes), Math.min(call.mostOutput ?? usualOutput, 128_000)));
  const { inputTokens } = estimateUsage(requestBytes, 0);
  const inputMicros = costMicros(model, inputTokens, 0);
  const nodes = nodesOf(call);
  const left = nodes.map(({ limit, spent, reserved }) => sql`${limit} - ${spent} - ${reserved}`);
  const micros = left.length === 0 ? sql`${bound}` : sql`min(${sql.join([sql`${bound}`, ...left], sql`, `)})`;
  // One statement, no transaction: the database takes hundreds of these at the same time.
  const rows = await db.all(sql`insert into model_reservation
    (id, member, agent, session, request_id, task, quest, project, model, alias, own, micros, input_tokens, input_micros, began, created_at, expires_at)
    select ${usage}, ${agent.member}, ${agent.agent}, ${session.session}, ${call.requestId}, ${session.task}, ${session.quest}, ${session.project}, ${model}, ${alias},
      ${byMember ? 1 : 0}, micros, ${inputTokens}, ${inputMicros}, 0, ${now}, ${now + call.longest}
    from (select ${micros} as micros) where micros > 0 returning micros`);
  if (taken.parse(rows).length > 0) return usage;
  throw await explainRefusal(db, nodes, call);
}
const budgetTexts: Readonly<Record<Node["of"], (call: BudgetedCall) => string>> = {
  plan: ({ subscription }) => describeNoModelTime(subscription, nameUtcDay),
  quest: () => "The budget of the quest is used up.",
  task: () => "The budget of the task is used up.",
};
/** Used up, or only taken by calls that are under way: those may leave some of it. */
async function explainRefusal(db: Database, nodes: readonly Node[], call: BudgetedCall): Promise<AppError> {
  for (const { of: level, limit, spent } of nodes) {
    const [row] = z.array(z.object({ spent: z.number() })).parse(await db.all(sql`select ${spent} as spent`));
    if ((row?.spent ?? 0) >= limit) return new AppError("budget_exhausted", { of: level }, { message: budgetTexts[level](call) });
  }
  const message = "Calls that are under way may use up the budget. The next try is in 3 s.";
  return new AppError("rate_limited", { what: "budget", retryAfter: 3 }, { message });
}

/** The provider has begun to answer: from now on the call costs, whatever becomes of this Worker. */
export async function noteCallBegan(db: Database, usage: Id<"usg">): Promise<void> {
  await db.update(modelReservationTable).set({ began: true }).where(eq(modelReservationTable.id, usage));
}
/** The call came to nothing: what was taken for it goes back. */
export async function releaseBudget(db: Database, usage: Id<"usg">): Promise<void> {
  await db.delete(modelReservationTable).where(eq(modelReservationTable.id, usage));
}
/**
 * One ledger row a call, in place of what was taken for it; `unknown` marks what the provider did not say.
 * `used` is absent when it answered badly: that costs nothing.
 */
export async function settleCall(
  db: Database,
  usage: Id<"usg">,
  {
    agent,
    session,
    requestId,
    model,
    alias,
    byMember,
  }: Pick<BudgetedCall, "agent" | "session" | "requestId" | "model" | "alias" | "byMember">,
  used: ModelUsage | undefined,
): Promise<void> {
  const { inputTokens, outputTokens } = used ?? { inputTokens: 0, outputTokens: 0 };
  const micros = costMicros(model, inputTokens, outputTokens);
  const { member, session: name, task, quest, project } = session;
  await db
    .insert(usageTable)
    .values({
      ...{ id: usage, member, agent: agent.agent, session: name, requestId, model, alias, inputTokens, outputTokens, task, quest, project },
      ...{ costMicros: byMember ? 0 : micros, ownMicros: byMember ? micros : 0 },
      ...{ unknown: used && !used.estimated ? 0 : 1, at: Date.now() },
    })
    .onConflictDoNothing();
  await releaseBudget(db, usage); // until then the call counts twice, never not at all
}
/** What a task's or a quest's model calls have cost by the ledger. */
export async function readSpent(db: Database, member: Id<"mem">, level: "task" | "quest", name: string): Promise<number> {
  const column = level === "task" ? usageTable.task : usageTable.quest;
  const row = await db
    .select({ micros: sql<number>`coalesce(sum(${usageTable.costMicros} + ${usageTable.ownMicros}), 0)` })
    .from(usageTable)
    .where(and(eq(usageTable.member, member), eq(column, name)))
    .get();
  return Number(row?.micros ?? 0);
}

/**
 * Whether the plan has model time left for agents of this type. Those that a key of the member's own pays for
 * ask nothing of the plan; of an account without a plan other refusals speak.
 */
export async function hasModelTime(db: Database, member: Id<"mem">, agentType: string): Promise<boolean> {
  const ownKey = db
    .select({ type: modelChoiceTable.type })
    .from(modelChoiceTable)
    .innerJoin(
      providerKeyTable,
      and(eq(providerKeyTable.owner, modelChoiceTable.member), eq(providerKeyTable.provider, modelChoiceTable.provider)),
    )
    .where(and(eq(modelChoiceTable.member, member), eq(modelChoiceTable.type, agentType), eq(modelChoiceTable.paidBy, "member")));
  const [subscription] = await db.select().from(subscriptionTable).where(eq(subscriptionTable.member, member));
  if (!subscription || (await ownKey.get()) !== undefined) return true;
  const row = await db
    .select({ micros: sql<number>`coalesce(sum(${usageTable.costMicros}), 0)` })
    .from(usageTable)
    .where(and(eq(usageTable.member, member), gte(usageTable.at, subscription.periodStart)))
    .get();
  return Number(row?.micros ?? 0) < periodAllowance(subscription);
}
