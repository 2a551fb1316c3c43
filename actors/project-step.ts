import { eq } from "drizzle-orm";
import { type ProjectRow, projectTable } from "../schema/project/project.table.ts";
import { type Beginning, type BeginStep, beginSteps } from "../schema/project/template.ts";
import type { TaskRow } from "../schema/task/task.table.ts";
import type { Id } from "../schema/wire/id.ts";
import { queueDeployment } from "./kernel/queue.ts";
import type { Db } from "./kernel/tables.ts";
import type { Writer } from "./kernel/writer.ts";

/**
 * How far a project from a template is (project-begin.ts): its row says it, and each change of that is told
 * by `project.step` in the same transaction.
 */
export type BegunProject = ProjectRow & { beginning: Beginning };
export const isBegun = (row: ProjectRow | undefined): row is BegunProject => row?.beginning != null;
export async function findBegun(db: Db, name: string): Promise<BegunProject | undefined> {
  const [row] = await db.select().from(projectTable).where(eq(projectTable.name, name));
  return isBegun(row) ? row : undefined;
}
export async function findBegunById(db: Db, project: Id<"prj">): Promise<BegunProject | undefined> {
  const [row] = await db.select().from(projectTable).where(eq(projectTable.id, project));
  return isBegun(row) ? row : undefined;
}

type StepTold = { state: "running" | "done" | "failed"; ms?: number; reason?: string };
async function tellStep(writer: Writer, { id, name }: ProjectRow, step: BeginStep | "ready", told: StepTold): Promise<void> {
  await writer.append("project.step", { body: { projectId: id, name, step, ...told } });
}
const setBeginning = (writer: Writer, { id }: ProjectRow, beginning: Beginning | null) =>
  writer.db.update(projectTable).set({ beginning }).where(eq(projectTable.id, id));

export async function beginStep(writer: Writer, row: ProjectRow, beginning: Omit<Beginning, "since" | "reason">): Promise<void> {
  await setBeginning(writer, row, { ...beginning, since: writer.now });
  await tellStep(writer, row, beginning.step, { state: "running" });
}
/** This step is done, and the next one begins; after the last it is ready. */
export async function finishStep(writer: Writer, row: BegunProject, more: Partial<Beginning> = {}): Promise<void> {
  const { reason: _reason, ...began } = row.beginning;
  const { step, since, online } = began;
  await tellStep(writer, row, step, { state: "done", ms: writer.now - since });
  const next = beginSteps[beginSteps.indexOf(step) + 1];
  if (next !== undefined && (next !== "online" || online)) return beginStep(writer, row, { ...began, ...more, step: next });
  await endBeginning(writer, row);
}
export async function failStep(writer: Writer, row: BegunProject, reason: string): Promise<void> {
  const { step, since } = row.beginning;
  await setBeginning(writer, row, { ...row.beginning, reason });
  await tellStep(writer, row, step, { state: "failed", ms: writer.now - since, reason });
}
/** It is a project as others are from now on. */
export async function endBeginning(writer: Writer, row: BegunProject): Promise<void> {
  await setBeginning(writer, row, null);
  await tellStep(writer, row, "ready", { state: "done", ms: writer.now - row.createdAt });
}
/** It is being taken away: nothing of it begins any more. */
export const dropBeginning = (writer: Writer, row: ProjectRow): Promise<unknown> => setBeginning(writer, row, null);

/** Whether this task is what the project begins with, and goes online by itself: its member said so. */
export const goesOnline = ({ beginning }: ProjectRow, { id }: TaskRow): boolean =>
  beginning?.step === "online" && beginning.reason === undefined && beginning.task === id;
/** What should have put it online can't. */
export async function failOnline(writer: Writer, task: TaskRow, reason: string): Promise<void> {
  const row = await findBegun(writer.db, task.project);
  if (row && goesOnline(row, task)) await failStep(writer, row, `It was not put online: ${reason}`);
}

/** The stack is up again: what a stop has let go of is queued again. */
export async function resumeBeginnings(writer: Writer): Promise<void> {
  for (const row of (await writer.db.select().from(projectTable)).filter(isBegun)) {
    const { step, reason, task } = row.beginning;
    if (reason !== undefined) continue;
    if (step === "files") await queueBegin(writer, row);
    if (step === "online" && task) await queueDeployment(writer, task);
  }
}
export const queueBegin = (writer: Writer, { id }: ProjectRow): Promise<void> =>
  writer.queue("begin", { key: `begin:${id}`, payload: { id }, again: true });
