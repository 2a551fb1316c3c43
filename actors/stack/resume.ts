import { and, eq, inArray, isNull } from "drizzle-orm";
import { projectTable } from "../../schema/project/project.table.ts";
import { releaseTable } from "../../schema/release/release.table.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { newId } from "../../schema/wire/id.ts";
import { listOpenStatuses, queueUntoldStatuses } from "../git/commit-status.ts";
import { mainBranch } from "../git/git.ts";
import {
  queueAdoption,
  queueAppWatch,
  queueChecks,
  queueCommand,
  queueMerge,
  queueProof,
  queueRelease,
  queueTeam,
} from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import type { WorkKind } from "../kernel/work-kinds.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueProject } from "../project.ts";
import { listOpenCommands } from "../project-command/command-row.ts";
import { resumeBeginnings } from "../project-step.ts";
import { questOf } from "../quest/quest.ts";
import { queueReceipts } from "../receipt/receipt-restore.ts";
import { resumeTask } from "../task/task-control.ts";
import { stackStopped } from "../turn/stop-turns.ts";
import { raiseTier } from "./raise.ts";
import { isHeld } from "./tier.ts";

/**
 * The stack is up: what a stop had paused goes on, and what waited for it meanwhile is queued again. In the
 * caller's transaction.
 */
export async function resumeStopped(writer: Writer): Promise<void> {
  const { db } = writer;
  for (const row of await db.select().from(taskTable).where(eq(taskTable.state, "paused"))) await resume(writer, row);
  for (const row of await db.select().from(taskTable).where(eq(taskTable.state, "complete"))) await queueProof(writer, row);
  for (const { name } of await db.select({ name: projectTable.name }).from(projectTable).where(isNull(projectTable.readyAt)))
    await queueProject(writer, name, undefined);
  await resumeBeginnings(writer);
  for (const row of await db.select().from(taskTable).where(eq(taskTable.state, "verified"))) await queueAdoption(writer, row);
  const merges = and(eq(taskTable.branch, mainBranch), inArray(taskTable.state, ["assigned", "in_progress"]));
  for (const row of await db.select().from(taskTable).where(merges)) await queueMerge(writer, row);
  for (const row of await db
    .select()
    .from(releaseTable)
    .where(inArray(releaseTable.state, ["queued", "starting"])))
    await queueRelease(writer, row);
  for (const row of await db.select().from(releaseTable).where(eq(releaseTable.state, "serving")))
    await queueAppWatch(writer, row.project, writer.now);
  for (const row of await listOpenCommands(db)) await queueCommand(writer, row);
  for (const row of await listOpenStatuses(db)) if (row.source === "checks") await queueChecks(writer, row);
  await queueUntoldStatuses(writer);
  await queueTeam(writer);
  await queueReceipts(writer);
}
/**
 * Whether the stack is down, so that work on it is let go until it is up and queues it again. A stack that
 * sleeps is woken for it, except where it would find no memory.
 */
export async function isLetGo(self: Self, requestId: string): Promise<boolean> {
  const actor = await me(self.db);
  if (actor.tier !== "stopped") return isHeld(actor);
  if (!isHeld(actor) && actor.trouble !== "memory_missing")
    await record(self, requestId, async (writer) => raiseTier(writer, await me(writer.db), "work", newId("req", writer.now)));
  return true;
}
/** Work that a stop holds back: it is let go, and queued again when the stack is up. */
export function whileUp<K extends WorkKind>(handler: Handler<K>): Handler<K> {
  return {
    ...handler,
    async run(self, row) {
      if (!(await isLetGo(self, row.requestId))) await handler.run(self, row);
    },
  };
}
/** What the member paused by hand, alone or with its quest, stays paused. */
async function resume(writer: Writer, row: TaskRow): Promise<void> {
  if (row.facts.reason !== stackStopped || (await questOf(writer.db, row.id))?.state === "paused") return;
  await resumeTask(writer, row);
}
