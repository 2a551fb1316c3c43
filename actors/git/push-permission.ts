import { and, eq, inArray, isNotNull } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import type { Approval } from "../../schema/approval/approval.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { box, gitUser } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { pushPermissionKey, queuePushPermission } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { isQueued, type WorkItem, waitForEffect } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { Git, mainBranch } from "./git.ts";

/**
 * Who may push to a project's `main` beside the platform: the agent of the one task that merges just now, as
 * long as it works on it.
 */

/** Whether the agent of a task has been given its first step of this run. */
export async function hasTaskBegun(db: Db, task: { id: string; facts: { run: number } }): Promise<boolean> {
  const steps = likeSealed(turnTable.key, `${task.id}:${task.facts.run}:%`);
  return (await db.select({ id: turnTable.id }).from(turnTable).where(steps).limit(1)).length > 0;
}
/** What the agent of the task that merges may push. */
type PushPermission = { agent: string; main: boolean; tags: boolean };
/**
 * Who should be able to push, and what. While it waits for an answer in the middle of a step it keeps the
 * right, for the step goes on from there; not while a push itself is asked about, and no longer what the
 * member declined.
 */
async function readWantedPermission(db: Db, name: string): Promise<PushPermission | null> {
  const here = and(
    eq(taskTable.project, name),
    eq(taskTable.branch, mainBranch),
    isNotNull(taskTable.worker),
    inArray(taskTable.state, ["in_progress", "waiting"]),
  );
  for (const row of await db.select().from(taskTable).where(here))
    if (row.worker !== null && (await hasTaskBegun(db, row))) {
      const asked = await db
        .select({ body: approvalTable.body })
        .from(approvalTable)
        .where(and(eq(approvalTable.task, row.id), eq(approvalTable.state, "pending")));
      const pending = asked.some(({ body }) => body.effects?.some((effect) => effect.startsWith("push:")));
      const said = new Set(row.facts.declined?.map(({ effect }) => effect));
      const main = !pending && !said.has("push:main");
      return { agent: row.worker, main, tags: main && !said.has("push:tags") };
    }
  return null;
}

/** After a wake: what could not be taken back while the stack was down. */
export async function queuePushPermissions(writer: Writer): Promise<void> {
  for (const { name } of await writer.db.select({ name: projectTable.name }).from(projectTable).where(isNotNull(projectTable.merger)))
    await queuePushPermission(writer, name);
}

export const pushPermissionWork = {
  async run(self: Self, work: WorkItem<"right">): Promise<void> {
    const { name } = work.payload;
    const [project] = await self.db.select().from(projectTable).where(eq(projectTable.name, name));
    const to = await readWantedPermission(self.db, name);
    if (!project?.readyAt || (to === null && project.merger === null)) return;
    if (to !== null) await self.db.update(projectTable).set({ merger: to.agent }).where(eq(projectTable.name, name));
    const pushers = (may: boolean | undefined) => [...(to !== null && may ? [gitUser(to.agent)] : []), box.memoryRepo.owner];
    const git = new Git(self.vars.stack, work.requestId);
    await git.setPushers(project.repo, mainBranch, pushers(to?.main), 2);
    await git.setTaggers(project.repo, pushers(to?.tags));
    if (to === null) await self.db.update(projectTable).set({ merger: null }).where(eq(projectTable.name, name));
  },
  async gaveUp(self: Self, work: WorkItem<"right">, error: AppError): Promise<void> {
    const { name } = work.payload;
    self.vars.world.log("error", "the right to merge was not set; the next wake will", { project: name, requestId: work.requestId, error });
  },
};

/**
 * Before the answer to a question about a push is brought to its agent: Gitea has it already. Throws
 * `unavailable` when it did not take it in time.
 */
export async function requirePushSettled(self: Self, approval: Approval): Promise<void> {
  if (!approval.task || !approval.effects?.some((effect) => effect.startsWith("push:"))) return;
  const [row] = await self.db.select({ project: taskTable.project }).from(taskTable).where(eq(taskTable.id, approval.task));
  if (row) await requirePermissionSettled(self, row.project);
}
async function requirePermissionSettled(self: Self, name: string): Promise<void> {
  const key = pushPermissionKey(name);
  const done = await waitForEffect(self, key, 20_000, async () => ((await isQueued(self.db, key)) ? undefined : true));
  if (!done) throw new AppError("unavailable", { what: "right to merge", project: name });
}
/**
 * Before a step of an agent that merges: the right is there when it begins. Throws `unavailable` when Gitea
 * did not take it in time.
 */
export async function requireMergePermission(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  const [task] = agent.task
    ? await self.db.select({ project: taskTable.project, branch: taskTable.branch }).from(taskTable).where(eq(taskTable.id, agent.task))
    : [];
  if (task?.branch !== mainBranch) return;
  await record(self, requestId, (writer) => queuePushPermission(writer, task.project));
  await requirePermissionSettled(self, task.project);
}
