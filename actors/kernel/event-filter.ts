import { and, desc, eq, gt, max, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { eventTable } from "../../schema/event.table.ts";
import type { EventKind } from "../../schema/event.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { findProjectField } from "../../schema/project/project-events.ts";
import type { PlainField } from "../../schema/seal/sealed-column.ts";
import { box } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "./tables.ts";

/** A field of an event's body that is not sealed; nothing of a body that can't be read. */
export const bodyPart = (path: `$.${PlainField}`) =>
  sql`case when json_valid(${eventTable.body}) then json_extract(${eventTable.body}, ${path}) end`;

/** The name of the project that an event tells of; found when it is written. */
export async function findEventProject(db: Db, kind: EventKind, body: unknown): Promise<string | null> {
  const field = findProjectField(kind);
  if (field === undefined) return null;
  const said = z.record(z.string(), z.unknown()).parse(body)[field];
  if (typeof said !== "string") return null;
  if (field === "repo") return said.startsWith(`${box.projectOwner}/`) ? said.slice(box.projectOwner.length + 1) : null;
  if (field === "project" || field === "name") return said;
  const [row] = await db
    .select({ project: taskTable.project })
    .from(taskTable)
    .where(eq(taskTable.id, said as Id<"tsk">));
  return row?.project ?? null;
}
/** The ends of projects of a name that were deleted, the newest first. */
async function listRemovals(db: Db, name: string, most: number): Promise<number[]> {
  const removed = and(eq(eventTable.project, name), eq(eventTable.kind, "project.removed" satisfies EventKind));
  const deleted = and(eq(bodyPart("$.repository"), "archive"), eq(bodyPart("$.state"), "done"));
  const rows = await db
    .select({ seq: eventTable.seq })
    .from(eventTable)
    .where(and(removed, deleted))
    .orderBy(desc(eventTable.seq))
    .limit(most);
  return rows.map(({ seq }) => seq);
}
/**
 * Up to where the log tells of earlier projects of a name, when another one is made: what the end of one sets
 * in motion, as its tasks that are no longer deployed, is told after it.
 */
export async function readFormerEvents(db: Db, name: string): Promise<number> {
  if ((await listRemovals(db, name, 1)).length === 0) return 0;
  const [row] = await db
    .select({ seq: max(eventTable.seq) })
    .from(eventTable)
    .where(eq(eventTable.project, name));
  return row?.seq ?? 0;
}

/** What is asked for of the log: all of it, what belongs to a session, or what tells of a project. */
export type EventFilter = { session?: Id<"ses"> | undefined; project?: string | undefined };
/** The condition of a filter; undefined for all of the log. */
export async function filterEvents(db: Db, { session, project }: EventFilter): Promise<SQL | undefined> {
  const ofSession = session === undefined ? undefined : eq(eventTable.session, session);
  if (project === undefined) return ofSession;
  const [row] = await db.select({ after: projectTable.eventsAfter }).from(projectTable).where(eq(projectTable.name, project));
  const after = row?.after ?? (await listRemovals(db, project, 2))[1] ?? 0; // of one that was deleted: after the one before
  return and(ofSession, eq(eventTable.project, project), gt(eventTable.seq, after));
}
