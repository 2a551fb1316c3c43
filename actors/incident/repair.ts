import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { type IncidentRow, incidentTable } from "../../schema/incident/incident.table.ts";
import { type IncidentDetail, incidentOut, isRepairable } from "../../schema/incident/incident.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { mainBranch } from "../git/git.ts";
import { once } from "../kernel/idempotency.ts";
import { queueDeployment, queueIncident } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { judgeMain } from "../release/standing.ts";
import { findIncidentOfPlan, moveIncident, requireIncident, viewIncidentDetail } from "./incident-row.ts";
import { failRepair } from "./incident-watch.ts";
import { withdrawRepairQuestion } from "./repair-question.ts";

/** Action `incident`. */
export const viewIncidentById = async (self: Self, id: Id<"inc">): Promise<{ incident: IncidentDetail }> => ({
  incident: viewIncidentDetail(await requireIncident(self.db, id)),
});

/** Action `repair`: the member's own word. While a repair goes on nothing happens. */
export function repairIncident(self: Self, id: Id<"inc">, key: string, requestId: string): Promise<z.infer<typeof incidentOut>> {
  return once(self, requestId, `repair:${key}`, incidentOut, async (writer) => {
    const row = await requireIncident(writer.db, id);
    if (row.state === "closed") throw new AppError("conflict", { what: "incident" }, { message: "It is over: the app is well." });
    if (!isRepairable(row.state)) return { incident: viewIncidentDetail(row) };
    await moveIncident(writer, row, { kind: "agree", reason: "You wanted it repaired.", anew: row.state === "handed_over" });
    await withdrawRepairQuestion(writer, row, "you had it repaired");
    await queueIncident(writer, id);
    return { incident: viewIncidentDetail(await requireIncident(writer.db, id)) };
  });
}

/** A repair's tasks: a merge that is proven goes on to its deployment, one that fails ends the repair. */
export async function followRepairTask(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (row.plan === null || before?.state === row.state) return;
  const incident = row.state === "failed" || row.state === "verified" ? await findIncidentOfPlan(writer.db, row.plan) : undefined;
  if (incident?.state !== "repairing") return;
  if (row.state === "failed") return failRepair(writer, incident, `“${row.spec.title}” failed: ${row.facts.reason}`);
  if (row.branch === mainBranch)
    await moveIncident(writer, incident, {
      kind: "prove",
      reason: `The repair is proven and merged at ${row.facts.commit?.slice(0, 10)}.`,
    });
}
/** A repair whose plan ends without a merge is over. */
export async function followRepairPlan(writer: Writer, { planId, state, reason }: ReactionChange<"plan.state">): Promise<void> {
  const incident = state === "cancelled" || state === "done" ? await findIncidentOfPlan(writer.db, planId) : undefined;
  if (incident?.state !== "repairing") return;
  if (state === "cancelled") await moveIncident(writer, incident, { kind: "stop", reason: "The repair was cancelled." });
  else await failRepair(writer, incident, `The plan ended without a merge: ${reason ?? "nothing is left to do"}.`);
}
/** The task that merged the repair. */
async function findRepairMerge(writer: Writer, incident: IncidentRow): Promise<TaskRow | undefined> {
  if (incident.plan === null) return undefined;
  const merged = and(eq(taskTable.plan, incident.plan), eq(taskTable.branch, mainBranch), eq(taskTable.state, "verified"));
  return (await writer.db.select().from(taskTable).where(merged))[0];
}
/**
 * How the release of a repair goes. One that never began because main had moved on is no failure: what is on
 * main now holds the repair, and goes online in its place.
 */
export async function followRepairRelease(writer: Writer, release: ReactionChange<"release.state">): Promise<void> {
  const { id, project, commit, state, step, reason = "" } = release;
  const [incident] = await writer.db.select().from(incidentTable).where(eq(incidentTable.repair, id));
  if (!incident) return;
  if (state === "serving") await moveIncident(writer, incident, { kind: "deploy", release: id });
  if (state === "rolled_back") await failRepair(writer, incident, `The repaired release was taken back: ${reason}`);
  if (state === "cancelled") await moveIncident(writer, incident, { kind: "stop", reason: "The release of the repair was cancelled." });
  if (state !== "failed") return;
  const isStale = step === undefined && (await judgeMain(writer.db, project)).commit !== commit;
  const merge = isStale && incident.state === "deploying" ? await findRepairMerge(writer, incident) : undefined;
  if (merge) await queueDeployment(writer, merge.id);
  else await failRepair(writer, incident, `The repaired release did not start: ${reason}`);
}
