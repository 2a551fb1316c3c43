import type { AgentRow } from "../../schema/agent/agent.table.ts";
import type { ApprovalSubject } from "../../schema/approval/approval.ts";
import {
  type BudgetLimits,
  type BudgetUsage,
  budgetLimits,
  findReachedLimit,
  formatAmount,
  noUsage,
  type ReachedLimit,
  raiseLimits,
  sumUsage,
} from "../../schema/budget.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findAgent } from "../agent/agent.ts";
import { readAgentTypes } from "../agent/agent-type.ts";
import { askMember } from "../approval/approval.ts";
import { listApprovalsUnder } from "../approval/approval-row.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { questBudget } from "../quest/quest.ts";
import { findTask } from "../task/task-row.ts";
import type { Follow } from "../turn/follow.ts";
import { stopTurns } from "../turn/stop-turns.ts";
import { readTurnUsage } from "../turn/translation.ts";
import { turnId } from "../turn/turn-row.ts";
import { endQueued, moveTurn } from "../turn/turn-state.ts";
import { budgetKey, readRaises, readTaskUsage, sumTaskUsage } from "./usage.ts";

/**
 * Budgets of tasks, their agents' types and their quests: at a limit the work stops, and the member is asked
 * once whether it goes on.
 */
export type Bound = { of: "task" | "quest"; id: string; title: string; limits: BudgetLimits; spent: BudgetUsage };
type BudgetSubject = Extract<ApprovalSubject, { kind: "budget" }>;

/** The budgets that a task is bound by, its own first, with what was used of each. */
export async function listBounds(self: Self, db: Db, task: TaskRow, now: number): Promise<Bound[]> {
  const type = (await readAgentTypes(db, self.vars.world.types)).get(task.spec.owner);
  const { raised: more, ...spent } = await readTaskUsage(db, task.id, now);
  const limits = raiseLimits(budgetLimits(task.spec.budget, ...(type ? [type.budget] : [])), more);
  const bounds: Bound[] = [{ of: "task", id: task.id, title: task.spec.title, limits, spent }];
  const quest = await questBudget(db, task.id);
  if (!quest) return bounds;
  const all = raiseLimits(budgetLimits(quest.budget), await readRaises(db, { of: "quest", id: quest.id }));
  return [...bounds, { of: "quest", id: quest.id, title: quest.title, limits: all, spent: await sumTaskUsage(db, quest.tasks, now) }];
}
/**
 * The first budget of a task that is used up, with what its running turn has used and no record holds yet.
 * The ledger knows of calls that no turn tells of, such as one that was hung up on.
 */
async function findExceededBudget(
  self: Self,
  db: Db,
  task: TaskRow,
  live: BudgetUsage,
  now: number,
): Promise<(Bound & ReachedLimit) | undefined> {
  for (const bound of await listBounds(self, db, task, now)) {
    const used = sumUsage(bound.spent, live);
    const costMicros = Math.max(used.costMicros, self.vars.ledger.get(bound.id) ?? 0);
    const found = findReachedLimit(bound.limits, { ...used, costMicros });
    if (found) return { ...bound, ...found };
  }
  return undefined;
}

/** Asks for more of a used-up budget; again only after an answer. */
async function askForBudget(writer: Writer, agent: AgentRow, limit: Bound & ReachedLimit, turnId: Id<"trn">): Promise<void> {
  const before = await listApprovalsUnder(writer.db, budgetKey(limit));
  const n = before.filter((row) => row.state !== "pending").length;
  const raise = (limit.limits[limit.what] ?? limit.limit) + limit.used - limit.limit; // as much again as it had at first, after what it is over by now
  const subject: BudgetSubject = {
    kind: "budget",
    of: limit.of,
    id: limit.id,
    what: limit.what,
    used: limit.used,
    limit: limit.limit,
    raise,
  };
  const has = `${formatAmount(limit.what, limit.used)} of ${formatAmount(limit.what, limit.limit)}`;
  await askMember(writer, {
    key: `${budgetKey(limit)}${agent.task}:${n}`,
    agent,
    turn: turnId,
    subject,
    title: `Raise the budget of “${limit.title.replace(/\s+/g, " ").slice(0, 120)}” by ${formatAmount(limit.what, raise)}?`,
    why: `The ${limit.of} has used ${has}. Its work is stopped and kept. With a yes it goes on with ${formatAmount(limit.what, raise)} more; with a no it ends here.`,
    ...(limit.what === "cost" ? { costMicros: raise } : {}),
    reach: `this ${limit.of}`,
    scopes: ["once"],
    goesOn: false,
  });
}

async function findWorkingTask(db: Db, agent: AgentRow): Promise<TaskRow | undefined> {
  return agent.task === null ? undefined : findTask(db, agent.task);
}
/** Before a turn: stops it and asks the member when its task's budget is used up. */
export async function refuseTurnOverBudget(self: Self, agentRow: AgentRow, row: TurnRow, requestId: string): Promise<boolean> {
  const working = row.state === "queued" ? await findWorkingTask(self.db, agentRow) : undefined;
  if (!working || !(await findExceededBudget(self, self.db, working, noUsage, Date.now()))) return false;
  return record(self, requestId, async (writer) => {
    const agent = await findAgent(writer.db, agentRow.id);
    const now = agent && (await findWorkingTask(writer.db, agent));
    const found = now && (await findExceededBudget(self, writer.db, now, noUsage, writer.now));
    if (!agent || !found) return false;
    await askForBudget(writer, agent, found, turnId(row));
    return moveTurn(writer, row, "stopped", { reason: "budget" });
  });
}
/**
 * After each step of a turn: stops it and asks the member when its task's budget is used up. True when it
 * did.
 */
export async function stopTurnOverBudget(follow: Follow): Promise<boolean> {
  const { self, row, requestId } = follow;
  const agent = await findAgent(self.db, follow.agent.id);
  const working = agent && (await findWorkingTask(self.db, agent));
  if (!agent || !working) return false;
  const cost = readTurnUsage(follow.view, self.vars.stack.price());
  const live: BudgetUsage = cost ? { costMicros: cost.costMicros, tokens: cost.inputTokens + cost.outputTokens, workMs: 0 } : noUsage;
  const found = await findExceededBudget(self, self.db, working, live, Date.now());
  if (!found) return false;
  await record(self, requestId, async (writer) => {
    await askForBudget(writer, agent, found, turnId(row));
    await endQueued(writer, "stopped", "budget", agent.id); // what the member said to it waits for their answer as well
    await stopTurns(writer, agent.id);
  });
  return true;
}
