import { and, count, eq } from "drizzle-orm";
import { eventTable } from "../../schema/event.table.ts";
import type { ProjectRow } from "../../schema/project/project.table.ts";
import { bodyPart } from "../kernel/event-filter.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { tellGrow } from "../plan/plan-end.ts";
import { requireProject } from "./project-view.ts";
import { findServing, listReleaseRows } from "./release-row.ts";

/** The Grow Agent hears that everybody sees a project from now on. In the caller's transaction. */
async function tellOnline(writer: Writer, { name, address }: ProjectRow): Promise<void> {
  const where = `${name} is online: everybody sees it at ${address ?? "its address"}`;
  const goal = "When that serves a goal of the member, propose its progress with set_goal.";
  await tellGrow(writer, `${where}. The member put it there. ${goal} Tell them in a few words.`, where);
}
/** What serves is published: that is told once, not each time that it is hidden and shown again. */
export async function followFirstPublication(writer: Writer, project: ProjectRow): Promise<void> {
  const ofProject = and(eq(bodyPart("$.projectId"), project.id), eq(bodyPart("$.published"), 1));
  const told = writer.db
    .select({ n: count() })
    .from(eventTable)
    .where(and(eq(eventTable.kind, "project.state"), ofProject));
  const [{ n } = { n: 0 }] = await told;
  if (n === 1 && (await findServing(writer.db, project.name))) await tellOnline(writer, project);
}
/** The first release of a project that everybody may see. */
export async function followFirstRelease(writer: Writer, { id, project, state }: ReactionChange<"release.state">): Promise<void> {
  if (state !== "serving") return;
  const row = await requireProject(writer.db, project);
  const served = (await listReleaseRows(writer.db, project)).filter(({ servedAt }) => servedAt !== null);
  if (row.published && served.every((release) => release.id === id)) await tellOnline(writer, row);
}
