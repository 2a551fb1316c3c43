import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { findAgent, isGrowAgent } from "../agent/agent.ts";
import { me, type Self } from "../kernel/self.ts";
import { findTask } from "../task/task-row.ts";
import type { Follow } from "../turn/follow.ts";
import { listBounds, stopTurnOverBudget } from "./budget.ts";

/**
 * Tells the model's gateway what an agent's session works for and what that may cost, and hears what it has
 * cost by the ledger, and whether the plan has model time for it. The gateway refuses a call beyond a budget;
 * here the member is asked.
 */
export async function tellBudgets(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  if (!agent.session) return void self.vars.withoutModelTime.delete(agent.id); // nobody was asked
  const task = agent.task === null ? undefined : await findTask(self.db, agent.task);
  const bounds = task ? await listBounds(self, self.db, task, Date.now()) : [];
  const budgets = Object.fromEntries(bounds.map(({ of: node, id, limits }) => [node, { id, limitMicros: limits.cost ?? null }]));
  const { member } = await me(self.db);
  const project = task?.spec.project;
  const works = { ...budgets, ...(project === undefined ? {} : { project }) };
  const { spent, modelTime } = await self.vars.world.edge.session(member, agent.session, agent.id, requestId, works);
  if (modelTime || isGrowAgent(agent)) self.vars.withoutModelTime.delete(agent.id);
  else self.vars.withoutModelTime.add(agent.id);
  for (const { of: node, id } of bounds) self.vars.ledger.set(id, spent[node] ?? 0);
}

/**
 * After the gateway has refused a turn: true where a budget of its task is used up, and the member was asked.
 */
export async function asksForMore(follow: Follow): Promise<boolean> {
  const agent = await findAgent(follow.self.db, follow.agent.id);
  if (!agent || agent.task === null) return false;
  await tellBudgets(follow.self, agent, follow.requestId);
  return stopTurnOverBudget(follow);
}
