import { and, eq, notInArray } from "drizzle-orm";
import type { z } from "zod";
import { projectTable } from "../../schema/project/project.table.ts";
import type { projectOut, projectRemoveIn } from "../../schema/project/project.ts";
import { releaseTable } from "../../schema/release/release.table.ts";
import { isReleaseUnderWay } from "../../schema/release/release.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { isTaskActive, isTaskOver, taskStates } from "../../schema/task/task.ts";
import { AppError } from "../../schema/wire/error.ts";
import { Git } from "../git/git.ts";
import { adoptionKey, dropAppWatch, queueDeregistration, queueRemoval, removalKey } from "../kernel/queue.ts";
import { member, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { type Handler, isQueued } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueProject } from "../project.ts";
import { leaveEndedCommand } from "../project-command/command-row.ts";
import { dropBeginning } from "../project-step.ts";
import { ensureReady } from "../stack/provision.ts";
import { removeApp } from "./app-host.ts";
import { requireProject, viewProject } from "./project-view.ts";
import { tellProject } from "./release-control.ts";
import { findServing, listReleaseRows, moveRelease } from "./release-row.ts";

/**
 * A project that its member takes offline, or deletes: one row of work, whose every step may be done again.
 * Its repository is archived at most, never removed: receipts speak of its commits, and whoever has one may
 * ask for them.
 */
type Repository = z.infer<typeof projectRemoveIn>["repository"];
const refuseRemoval = (message: string) => new AppError("conflict", { what: "project" }, { message });

/** A task that works in a project; where it is to be archived, one that may come to it as well. */
async function findOpenTask(db: Db, project: string, repository: Repository): Promise<TaskRow | undefined> {
  const open = notInArray(taskTable.state, taskStates.filter(isTaskOver));
  const tasks = await db
    .select()
    .from(taskTable)
    .where(and(eq(taskTable.project, project), open));
  return tasks.find(({ state }) => repository === "archive" || isTaskActive(state));
}
/** Whether what the member made, and is proven, is on its way to `main`. */
async function isComingToMain(db: Db, project: string): Promise<boolean> {
  const proven = and(eq(taskTable.project, project), eq(taskTable.state, "verified"));
  for (const row of await db.select().from(taskTable).where(proven)) if (await isQueued(db, adoptionKey(row))) return true;
  return false;
}
/** Why a project can't be taken away just now, in words. */
async function findHindrance(db: Db, project: string, repository: Repository): Promise<string | undefined> {
  const [newest] = await listReleaseRows(db, project);
  if (newest && isReleaseUnderWay(newest.state)) return `A release of ${project} is being started. Wait until it serves or has failed.`;
  if (await isComingToMain(db, project)) return `A change of yours is just coming to ${project}. Wait until it is there.`;
  const task = await findOpenTask(db, project, repository);
  if (!task) return undefined;
  return isTaskActive(task.state)
    ? `The task “${task.spec.title}” works in ${project}. Wait for its end, or cancel it.`
    : `The task “${task.spec.title}” of ${project} is not over. Cancel it, or its plan.`;
}

/** Action `projectRemove`. What is being taken away already is not taken away twice. */
export async function removeProject(
  self: Self,
  input: z.infer<typeof projectRemoveIn>,
  requestId: string,
): Promise<z.infer<typeof projectOut>> {
  const removed = await record(self, requestId, async (writer) => {
    const row = await requireProject(writer.db, input.project);
    if (input.confirm !== row.name)
      throw new AppError(
        "invalid",
        { issues: [{ path: "confirm", message: `must be ${row.name}` }] },
        { message: `Write ${row.name} to confirm.` },
      );
    if (!(await isQueued(writer.db, removalKey(row.name)))) {
      if (row.readyAt === null) throw refuseRemoval(`The repository of ${row.name} is being made. Wait until it is there.`);
      const hindrance = await findHindrance(writer.db, row.name, input.repository);
      if (hindrance !== undefined) throw refuseRemoval(hindrance);
      await dropBeginning(writer, row);
      await queueRemoval(writer, row, input.repository);
      await writer.append("project.removed", { body: { projectId: row.id, name: row.name, repository: input.repository, state: "begun" } });
    }
    return { project: await viewProject(writer.db, row) };
  });
  await leaveEndedCommand(self);
  return removed;
}

/** What nobody looks at any more: no release serves, and its address is nothing. */
async function noteRemoved(writer: Writer, name: string, asked: Repository): Promise<void> {
  // A task that came meanwhile goes on: its repository is opened again.
  const worked = asked === "archive" && (await findOpenTask(writer.db, name, asked)) !== undefined;
  const repository = worked ? "keep" : asked;
  if (worked) await queueProject(writer, name, undefined);
  const row = await requireProject(writer.db, name);
  const serving = await findServing(writer.db, name);
  const reason = repository === "archive" ? "The project was deleted." : "The project was taken offline.";
  if (serving) await moveRelease(writer, serving, "rolled_back", { reason, log: null, endedAt: writer.now });
  await dropAppWatch(writer, name);
  if (repository === "archive") {
    await writer.db.delete(releaseTable).where(eq(releaseTable.project, name));
    await writer.db.delete(projectTable).where(eq(projectTable.name, name));
    await queueDeregistration(writer, row);
  } else {
    const none = { address: null, published: false, app: null, appReason: null, appSince: null, incidentAt: null, error: null };
    const [kept] = await writer.db.update(projectTable).set(none).where(eq(projectTable.name, name)).returning();
    await tellProject(writer, kept!);
  }
  await writer.append("project.removed", { body: { projectId: row.id, name, repository, state: "done" } });
}

export const removalWork: Handler<"removal"> = {
  endless: ["unreachable", "timeout", "exhausted", "rate_limited", "stale_worker"],
  async run(self, { payload: { name, id, repository }, requestId }) {
    const [row] = await self.db.select().from(projectTable).where(eq(projectTable.id, id));
    if (!row) return; // it was deleted, and its work not forgotten yet
    await self.vars.world.edge.removeProject(member(self), name, requestId); // first: nobody is let in any more
    if ((await listReleaseRows(self.db, name)).length > 0) await removeApp(self.vars.stack, requestId, name);
    if (repository === "archive") {
      if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
      await new Git(self.vars.stack, requestId).setArchived(row.repo, true);
    }
    await self.vars.world.edge.removeProject(member(self), name, requestId); // what was on its way when it began
    await record(self, requestId, (writer) => noteRemoved(writer, name, repository));
  },
  async gaveUp(self, { payload: { name }, requestId }, error) {
    await record(self, requestId, async (writer) => {
      const text = `${name} could not be taken away: ${error.message} Try it again.`;
      await writer.db.update(projectTable).set({ error: text }).where(eq(projectTable.name, name));
      await writer.append("notice", { body: { level: "error", code: error.code, text } });
    });
  },
};
