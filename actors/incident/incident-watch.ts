import { and, desc, eq } from "drizzle-orm";
import { type AppSight, findFault, isFlapping, isOff } from "../../schema/incident/app-sight.ts";
import { type IncidentRow, incidentTable } from "../../schema/incident/incident.table.ts";
import type { IncidentCause } from "../../schema/incident/incident.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import { watchSeconds } from "../../schema/release/release.ts";
import { newId } from "../../schema/wire/id.ts";
import { queueIncident } from "../kernel/queue.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueAppNotice } from "../release/app-notice.ts";
import { findServing } from "../release/release-row.ts";
import { findOpenIncident, listIncidentRows, moveIncident, tellIncident } from "./incident-row.ts";
import { withdrawRepairQuestion } from "./repair-question.ts";

/**
 * Opens an incident, lets it go on or closes it, by what was seen of the app; in the caller's transaction.
 * One of a project is open at most, so what is seen twice opens none twice.
 */
export async function followSight(writer: Writer, project: string, sight: AppSight): Promise<void> {
  const serving = await findServing(writer.db, project);
  const open = await findOpenIncident(writer.db, project);
  const found = findFault(sight, writer.now);
  if (!open) return void (found && serving && (await openIncident(writer, serving, found)));
  if (open.state === "watching" && found) return failRepair(writer, open, `The repaired release is not well either: ${found.reason}`);
  if (isWellAgain(open, sight, serving, writer.now)) await closeIncident(writer, open, describeRecovery(open, serving, sight));
}

function isWellAgain(open: IncidentRow, sight: AppSight, serving: ProjectReleaseRow | undefined, now: number): boolean {
  const { state, bad, rate } = sight;
  if (bad || isFlapping(sight) || open.state === "rolling_back") return false;
  const other = serving !== undefined && serving.id !== open.release;
  const watched = other && now - (serving.servedAt ?? now) >= watchSeconds * 1_000;
  if (open.state === "watching" && !watched) return false;
  if (open.cause === "health" || isOff(state)) return true;
  return rate.verdict === "good" || (watched && rate.verdict !== "bad");
}
function describeRecovery(open: IncidentRow, serving: ProjectReleaseRow | undefined, { state }: AppSight): string {
  if (isOff(state)) return state === "stopped" ? "The app was stopped." : "The plan does not let the app run.";
  if (open.state === "watching") return "The repaired release is well.";
  return serving && serving.id !== open.release ? "Another release serves, and is well." : "The app is well again.";
}

async function openIncident(
  writer: Writer,
  serving: ProjectReleaseRow,
  { cause, reason }: { cause: IncidentCause; reason: string },
): Promise<void> {
  const { project } = serving;
  const said = reason.slice(0, 1_000);
  const id = newId("inc", writer.now);
  const values = { id, project, release: serving.id, state: "open", cause, reason: said, openedAt: writer.now, steps: [] } as const;
  const steps = [{ at: writer.now, kind: "opened", text: said, release: serving.id } as const];
  const [row] = await writer.db
    .insert(incidentTable)
    .values({ ...values, steps })
    .returning();
  await tellIncident(writer, row!);
  const text = `${project} is not well: ${said} Its page says more.`;
  await writer.append("notice", { ref: `incident:${id}`, body: { level: "error", code: "app_unwell", text } });
  const about = { at: writer.now, kind: "app_unwell", project } as const;
  await queueAppNotice(writer, { ...about, release: serving.id, number: Math.floor(writer.now / 1_000) });
  await takeOverRepair(writer, row!);
  await queueIncident(writer, id);
}
/** A repair that has outlived the incident before goes on as this one's. */
async function takeOverRepair(writer: Writer, row: IncidentRow): Promise<void> {
  const [, before] = await listIncidentRows(writer.db, row.project);
  if (!before?.plan) return;
  const [plan] = await writer.db
    .select()
    .from(planTable)
    .where(and(eq(planTable.id, before.plan), eq(planTable.state, "accepted")))
    .orderBy(desc(planTable.id));
  if (!plan) return;
  const agreed = await moveIncident(writer, row, { kind: "agree", reason: "A repair of it is under way already." });
  if (agreed) await moveIncident(writer, agreed, { kind: "begin", plan: plan.id });
}
async function closeIncident(writer: Writer, row: IncidentRow, reason: string): Promise<void> {
  const closed = await moveIncident(writer, row, { kind: "close", reason });
  if (closed) await withdrawRepairQuestion(writer, closed, "the app is well again");
}

/** A repair has failed: the next one begins, or the release before is gone back to; in its transaction. */
export async function failRepair(writer: Writer, row: IncidentRow, reason: string): Promise<void> {
  if (await moveIncident(writer, row, { kind: "fail", reason })) await queueIncident(writer, row.id);
}
