import { and, eq } from "drizzle-orm";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import { deployPrefix, seenBy } from "../../schema/approval/approval.ts";
import type { IncidentRow } from "../../schema/incident/incident.table.ts";
import type { ProjectRow } from "../../schema/project/project.table.ts";
import { describePart } from "../../schema/proof/coverage.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import { isReleaseUnderWay } from "../../schema/release/release.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { askMember, withdrawQuestion } from "../approval/approval.ts";
import { mainBranch } from "../git/git.ts";
import { findIncidentOfPlan, moveIncident } from "../incident/incident-row.ts";
import { failRepair } from "../incident/incident-watch.ts";
import { queueDeployment, queueTeam } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { failOnline, goesOnline } from "../project-step.ts";
import { newestReceipts, provenBy } from "../receipt/receipt.ts";
import { findTask } from "../task/task-row.ts";
import { takeRelease } from "./deploy.ts";
import { requireProject } from "./project-view.ts";
import { findServing, handOffRef, listReleaseRows } from "./release-row.ts";
import { judgeMain, type Standing } from "./standing.ts";

/**
 * What is merged and proven goes on to its deployment by itself: a repair that was agreed to, what its spec
 * says goes online, and newer versions where the member lets them. The first release of a project is asked.
 */
type Wish = "agreed" | "begun" | "ask" | undefined;
async function chooseWish(db: Db, task: TaskRow): Promise<Wish> {
  const incident = task.plan === null ? undefined : await findIncidentOfPlan(db, task.plan);
  if (incident) return "agreed"; // closed since, it was agreed to all the same
  const project = await findKnown(db, task.project);
  if (!project) return undefined;
  const served = (await listReleaseRows(db, project.name)).some(({ servedAt }) => servedAt !== null);
  if (served && project.deploys === "auto") return "agreed";
  if (goesOnline(project, task)) return "begun"; // its member said so when they began it
  const edits = served && task.facts.by === "member";
  return edits || task.spec.deploy || (await listReleaseQuestions(db, project.name)).length > 0 ? "ask" : undefined;
}
const findKnown = (db: Db, name: string): Promise<ProjectRow | undefined> =>
  requireProject(db, name).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  });

/** A merge that is proven is handed on where it is meant to go online. In the caller's transaction. */
export async function handOffMerge(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (row.state !== "verified" || before?.state === "verified" || before?.state === "deployed" || row.branch !== mainBranch) return;
  await handOff(writer, row);
}
/** What the member made and has come to `main`, likewise. */
export const handOffEdit = (writer: Writer, row: TaskRow): Promise<void> => handOff(writer, row);
async function handOff(writer: Writer, row: TaskRow): Promise<void> {
  if ((await chooseWish(writer.db, row)) === undefined) return;
  const body = { project: row.project, from: "merge", to: "deployment", taskId: row.id } as const;
  await writer.append("release.handoff", { ref: handOffRef(row.id, row.facts.commit), body });
  await queueDeployment(writer, row.id);
}
/** A pull request has made a proven commit the head of `main`. */
export async function handOffPullRequest(writer: Writer, project: string, commit: string): Promise<void> {
  const main = await judgeMain(writer.db, project);
  if (!main.can || main.commit !== commit || !main.proof || main.proof.branch === mainBranch) return;
  const task = await findTask(writer.db, main.proof.task);
  if (task) await handOff(writer, task);
}
/** What serves is handed on to who watches it, once. */
export async function handOffRelease(writer: Writer, { id, project, state }: ReactionChange<"release.state">): Promise<void> {
  if (state !== "serving") return;
  const body = { project, from: "deployment", to: "monitoring", releaseId: id } as const;
  await writer.append("release.handoff", { ref: `handoff:${id}:monitoring`, body });
}

const askKey = (project: string, commit: string) => `${deployPrefix}${project}:${commit}`;
/** The member's one yes. One such question of a project waits at most: a newer commit takes its place. */
async function askForRelease(writer: Writer, task: TaskRow, commit: string, first: boolean): Promise<void> {
  const receipt = (await newestReceipts(writer.db, [task.id])).get(task.id);
  const part = describePart(receipt && provenBy(receipt));
  const { name, address, published } = await requireProject(writer.db, task.project);
  await withdrawReleaseQuestions(writer, name, "main has moved on", askKey(name, commit));
  const detail = `Commit ${commit} of main, with its receipt.\n${published ? seenBy.everybody : seenBy.member}`;
  await askMember(writer, {
    key: askKey(name, commit),
    agent: await requireGrowAgent(writer.db),
    subject: { kind: "operation", operation: `${deployPrefix}${name}`, detail },
    title: first ? `Put ${name} online?` : `Put the new version of ${name} online?`,
    why: `“${task.spec.title}” is done${part === "" ? " and proven" : `: ${part}`}. ${first ? "It runs at an address of its own then, which you alone see until you publish it." : "Until then the version before stays online."}`,
    reach: address ?? `an address of ${name}'s own`,
    scopes: ["once"],
    effects: [`${deployPrefix}${name}`],
    goesOn: true,
  });
  await queueTeam(writer); // its quest says so
}
async function listReleaseQuestions(db: Db, project: string): Promise<ApprovalRow[]> {
  const waiting = and(likeSealed(approvalTable.key, `${deployPrefix}${project}:%`), eq(approvalTable.state, "pending"));
  return db.select().from(approvalTable).where(waiting);
}
async function withdrawReleaseQuestions(writer: Writer, project: string, reason: string, but?: string): Promise<void> {
  for (const row of await listReleaseQuestions(writer.db, project)) if (row.key !== but) await withdrawQuestion(writer, row, reason);
}

/** Once a release of the project is on its way, nobody is asked for one. */
export async function settleReleaseQuestions(writer: Writer, { project, state }: ReactionChange<"release.state">): Promise<void> {
  if (state === "queued") await withdrawReleaseQuestions(writer, project, "a release is on its way");
}
/** The member's yes to what was merged. Main that has moved on meanwhile is told, and starts nothing. */
export async function followReleaseQuestion(writer: Writer, { approval }: ReactionChange<"approval.decided">): Promise<void> {
  const { subject, opencode, state } = approval;
  if (opencode || state !== "allowed" || subject.kind !== "operation" || !subject.operation.startsWith(deployPrefix)) return;
  const project = subject.operation.slice(deployPrefix.length);
  const commit = /\b[0-9a-f]{40,64}\b/.exec(subject.detail ?? "")?.[0];
  try {
    await takeRelease(writer, { project, commit, by: "member" });
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== "conflict" && error.code !== "not_found")) throw error;
    await writer.append("notice", { ref: `deploy:${approval.id}`, body: { level: "warning", code: "not_deployed", text: error.message } });
  }
}

/** Its own merge, the member's own work that came to it, or what a pull request has made its head. */
const isOnMain = ({ branch, facts }: TaskRow, { commit }: Standing) =>
  branch === mainBranch || facts.adopted !== undefined || facts.commit === commit;
/**
 * Whether there is still something to hand on, and how. Throws `unavailable` while that can't be said. A
 * repair goes online with what was merged after it, once that is proven: it is in there.
 */
async function judgeHandOff(
  db: Db,
  task: TaskRow | undefined,
  { main, serving, isRepair }: { main: Standing | undefined; serving: ProjectReleaseRow | undefined; isRepair: boolean },
): Promise<{ wish: Wish; commit: string } | { wish?: never; why: string }> {
  if (task?.state !== "verified" || !main || !isOnMain(task, main)) return { why: "its task moved on" };
  const [newest] = await listReleaseRows(db, task.project);
  if (main.commit === undefined) throw new AppError("unavailable", { what: "main" }); // not looked at yet
  const { commit } = main;
  const hasMovedOn = commit !== task.facts.commit;
  if (hasMovedOn && !isRepair) return { why: "main has moved on" };
  if (hasMovedOn && !main.can) throw new AppError("unavailable", { what: "main" }); // being proven
  if (!main.can) return { why: main.reason };
  if (serving?.commit === commit) return { why: "it serves already" };
  if (newest && isReleaseUnderWay(newest.state) && newest.commit !== commit) throw new AppError("unavailable", { what: "release" });
  return { wish: await chooseWish(db, task), commit };
}
async function noteRepairServes(writer: Writer, incident: IncidentRow, { id: release }: ProjectReleaseRow): Promise<void> {
  const taken = await moveIncident(writer, incident, { kind: "take_release", release });
  if (taken) await moveIncident(writer, taken, { kind: "deploy", release });
}
async function handOn(writer: Writer, taskId: TaskRow["id"]): Promise<void> {
  const task = await findTask(writer.db, taskId);
  const incident = task?.plan ? await findIncidentOfPlan(writer.db, task.plan) : undefined;
  const serving = task && (await findServing(writer.db, task.project));
  const main = task && (await judgeMain(writer.db, task.project));
  const repaired = [task?.facts.commit, main?.commit];
  if (incident && serving && serving.id !== incident.release && repaired.includes(serving.commit))
    return noteRepairServes(writer, incident, serving); // the member pressed first
  const judged = await judgeHandOff(writer.db, task, { main, serving, isRepair: incident !== undefined });
  if (judged.wish === undefined || !task) {
    if (incident?.state === "deploying" && incident.repair === null && "why" in judged)
      await failRepair(writer, incident, `The repair was not deployed: ${judged.why}`);
    if (task && "why" in judged) await failOnline(writer, task, judged.why);
    return;
  }
  const { wish, commit } = judged;
  if (wish === "ask") {
    const first = !(await listReleaseRows(writer.db, task.project)).some(({ servedAt }) => servedAt !== null);
    return askForRelease(writer, task, commit, first);
  }
  const release: ProjectReleaseRow = await takeRelease(writer, {
    project: task.project,
    commit,
    by: wish === "begun" ? "member" : "platform",
  });
  if (incident) await moveIncident(writer, incident, { kind: "take_release", release: release.id });
}
export const deploymentWork: Handler<"deployment"> = {
  endless: ["unreachable"],
  run: (self, work) => record(self, work.requestId, (writer) => handOn(writer, work.payload.taskId)),
  async gaveUp(self, work, error) {
    await record(self, work.requestId, async (writer) => {
      const task = await findTask(writer.db, work.payload.taskId);
      const incident = task?.plan ? await findIncidentOfPlan(writer.db, task.plan) : undefined;
      const reason = `It was not deployed: ${error.message}`;
      if (incident?.state === "deploying") return failRepair(writer, incident, reason);
      if (task) await failOnline(writer, task, error.message);
      await writer.append("notice", { ref: `deployment:${work.id}`, body: { level: "error", code: "not_deployed", text: reason } });
    });
  },
};
