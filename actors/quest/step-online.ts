import { desc, eq } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { deployPrefix } from "../../schema/approval/approval.ts";
import { eventTable } from "../../schema/event.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import type { StepOnline } from "../../schema/quest/quest-run.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { mainBranch } from "../git/git.ts";
import { queueTeam } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { findServing, handOffRef } from "../release/release-row.ts";

/** Whether a task says that it goes online, by its commit on `main`. */
export const isForOnline = ({ spec, branch }: TaskRow): boolean => spec.deploy === true && branch === mainBranch;
/**
 * Where a task that says it goes online is with that, once it is verified on `main`: what serves now is its
 * commit, or was released after it was handed on; else what became of the newest question since then. All by
 * the clock of the actor. After a restore, which brings neither, it stays as it was known (`before`).
 */
export async function readOnline(db: Db, row: TaskRow, before: StepOnline | undefined): Promise<StepOnline | undefined> {
  const { id, state, project, facts } = row;
  if (!isForOnline(row) || (state !== "verified" && state !== "deployed")) return undefined;
  const ref = handOffRef(id, facts.commit);
  const [handed] = await db.select({ at: eventTable.at }).from(eventTable).where(eq(eventTable.ref, ref));
  const serving = await findServing(db, project);
  if (serving && (serving.commit === facts.commit || (handed && serving.createdAt >= handed.at))) return "serves";
  if ((await db.$count(projectTable, eq(projectTable.name, project))) === 0) return "declined"; // the member removed it
  if (!handed) return before ?? "waits";
  const ofProject = likeSealed(approvalTable.key, `${deployPrefix}${project}:%`);
  const [asked] = await db.select().from(approvalTable).where(ofProject).orderBy(desc(approvalTable.id)).limit(1);
  const said = asked && asked.body.createdAt >= handed.at ? asked.state : undefined;
  return said === "pending" ? "asked" : said === "denied" ? "declined" : "waits";
}

/** What a quest waits for before it goes on: a release that serves or does not, the member's word. */
export async function followOnline(writer: Writer, { state }: ReactionChange<"release.state">): Promise<void> {
  if (state !== "queued" && state !== "starting") await queueTeam(writer);
}
export async function followOnlineAnswer(writer: Writer, { approval: { subject } }: ReactionChange<"approval.decided">): Promise<void> {
  if (subject.kind === "operation" && subject.operation.startsWith(deployPrefix)) await queueTeam(writer);
}
