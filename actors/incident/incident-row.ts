import { and, desc, eq, isNull } from "drizzle-orm";
import type { z } from "zod";
import { type IncidentRow, incidentTable } from "../../schema/incident/incident.table.ts";
import {
  type IncidentCommand,
  type IncidentDetail,
  type IncidentStep,
  type IncidentView,
  incidentDetail,
  type incidentsOut,
  incidentView,
  mostIncidentSteps,
  mostIncidents,
  nextIncident,
} from "../../schema/incident/incident.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

const known = (row: IncidentRow) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
export const viewIncident = (row: IncidentRow): IncidentView => incidentView.parse(known(row));
export const viewIncidentDetail = (row: IncidentRow): IncidentDetail => incidentDetail.parse(known(row));

export async function requireIncident(db: Db, id: Id<"inc">): Promise<IncidentRow> {
  const [row] = await db.select().from(incidentTable).where(eq(incidentTable.id, id));
  if (!row) throw new AppError("not_found", { what: "incident" });
  return row;
}
/** The one of a project that is not closed. */
export async function findOpenIncident(db: Db, project: string): Promise<IncidentRow | undefined> {
  const open = and(eq(incidentTable.project, project), isNull(incidentTable.closedAt));
  return (await db.select().from(incidentTable).where(open))[0];
}
/** The newest whose repair a plan is: one that goes on after its incident may have passed to the next. */
export async function findIncidentOfPlan(db: Db, plan: Id<"pln">): Promise<IncidentRow | undefined> {
  const ofPlan = eq(incidentTable.plan, plan);
  return (await db.select().from(incidentTable).where(ofPlan).orderBy(desc(incidentTable.id)).limit(1))[0];
}
export function listIncidentRows(db: Db, project: string): Promise<IncidentRow[]> {
  const ofProject = eq(incidentTable.project, project);
  return db.select().from(incidentTable).where(ofProject).orderBy(desc(incidentTable.id)).limit(mostIncidents);
}
/** Action `incidents`: newest first. */
export async function listIncidents(db: Db, project: string): Promise<z.infer<typeof incidentsOut>> {
  return { incidents: (await listIncidentRows(db, project)).map(viewIncident) };
}

/** The first, and the newest of the others. */
export function addSteps(all: readonly IncidentStep[], more: readonly IncidentStep[]): IncidentStep[] {
  const steps = [...all, ...more].map((step) => ({ ...step, text: step.text.slice(0, 1_000) }));
  return steps.length <= mostIncidentSteps ? steps : [...steps.slice(0, 1), ...steps.slice(1 - mostIncidentSteps)];
}
export async function tellIncident(writer: Writer, row: IncidentRow): Promise<void> {
  const { id, project, state, cause, reason } = row;
  await writer.append("incident.state", { body: { id, project, state, cause, reason } });
}
/** A line of its timeline beside what changes it. */
export async function noteIncident(writer: Writer, row: IncidentRow, step: Omit<IncidentStep, "at">): Promise<void> {
  const steps = addSteps(row.steps, [{ ...step, at: writer.now }]);
  await writer.db.update(incidentTable).set({ steps }).where(eq(incidentTable.id, row.id));
  await tellIncident(writer, { ...row, steps });
}

/**
 * The one way in which an incident changes, in the caller's transaction: the table decides. Undefined: its
 * state does not take the command, and nothing was written.
 */
export async function moveIncident(writer: Writer, before: IncidentRow, command: IncidentCommand): Promise<IncidentRow | undefined> {
  const next = nextIncident(before, command);
  if (!next) return undefined;
  const { state, failures, plan, approval, repair } = next.facts;
  const closedAt = state === "closed" ? writer.now : null;
  const steps = addSteps(
    before.steps,
    next.steps.map((step) => ({ ...step, at: writer.now })),
  );
  const [row] = await writer.db
    .update(incidentTable)
    .set({ state, failures, plan, approval, repair, closedAt, steps })
    .where(and(eq(incidentTable.id, before.id), eq(incidentTable.state, before.state)))
    .returning();
  if (row) await tellIncident(writer, row);
  return row;
}
