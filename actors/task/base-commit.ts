import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { box } from "../../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { isTaskActive } from "../../schema/task/task.ts";
import { Git, mainBranch } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { builtOn } from "./assigned.ts";
import { findTask } from "./task-row.ts";

/**
 * What the work of a task is measured from (`base` in its facts): where main stands before its agent is told
 * the first word of it.
 */

async function unnoted(db: Db, agent: AgentRow): Promise<TaskRow | undefined> {
  const row = agent.task ? await findTask(db, agent.task) : undefined;
  if (!row?.branch || row.branch === mainBranch || row.worker !== agent.id) return undefined; // a merge notes what it merges
  return isTaskActive(row.state) && row.facts.base === undefined ? row : undefined;
}
/**
 * Call before a turn of an agent, when its project is there. It is noted once, and holds for whoever takes
 * the task over.
 */
export async function noteBase(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  const before = await unnoted(self.db, agent);
  if (!before) return;
  const main = await new Git(self.vars.stack, requestId).head(`${box.projectOwner}/${before.project}`, mainBranch);
  if (main === undefined) return;
  await record(self, requestId, async (writer) => {
    const row = await unnoted(writer.db, agent);
    if (!row) return;
    const handed = (await builtOn(writer.db, row)).flatMap(({ branch, facts }) =>
      branch !== mainBranch && facts.commit ? [facts.commit] : [],
    );
    const facts = { ...row.facts, base: { main, handed: [...new Set(handed)].slice(0, 100) } };
    await writer.db.update(taskTable).set({ facts }).where(eq(taskTable.id, row.id));
  });
}
