import { eq } from "drizzle-orm";
import type { AgentRow } from "../schema/agent/agent.table.ts";
import { projectTable } from "../schema/project/project.table.ts";
import { agentBranch, box, gitUser } from "../schema/stack/stack.ts";
import { taskTable } from "../schema/task/task.table.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, newId } from "../schema/wire/id.ts";
import { requireGrowAgent } from "./agent/agent.ts";
import { moveBranchHead } from "./git/branch-head.ts";
import { Git } from "./git/git.ts";
import { readFormerEvents } from "./kernel/event-filter.ts";
import { queueRegistration } from "./kernel/queue.ts";
import type { Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import { type WorkItem, waitForEffect } from "./kernel/work.ts";
import type { Writer } from "./kernel/writer.ts";
import { failStep, findBegun } from "./project-step.ts";

type ProjectRow = typeof projectTable.$inferSelect;

/**
 * Queues the opening of a project, in the caller's transaction; a known name is only opened again. Answers
 * its work key.
 */
export async function queueProject(writer: Writer, name: string, turnId: Id<"trn"> | undefined, template?: string): Promise<string> {
  const repo = `${box.projectOwner}/${name}`;
  const eventsAfter = await readFormerEvents(writer.db, name);
  const row = { name, id: newId("prj", writer.now), repo, turnId: turnId ?? null, createdAt: writer.now, eventsAfter };
  const [made] = await writer.db.insert(projectTable).values(row).onConflictDoNothing().returning();
  if (made) await queueRegistration(writer, made, template);
  await writer.queue("project", { key: `project:${name}`, payload: { name } });
  return `project:${name}`;
}
export async function findProject(self: Self, name: string): Promise<ProjectRow | undefined> {
  const [row] = await self.db.select().from(projectTable).where(eq(projectTable.name, name));
  return row;
}
export function projectCloneUrl(name: string): string {
  return `http://${box.gitHost}:${box.giteaPort}/${box.projectOwner}/${name}.git`;
}
/** What an agent is told about a project that was opened to it. */
export function describeProject(name: string, agent: Id<"agt">): string {
  return `Project ${name} is open.\nClone: ${projectCloneUrl(name)}\nPush only to: ${agentBranch(agent, name)}`;
}

/** How far the clocks of Gitea and of this runner may differ, milliseconds. */
const skew = 60_000;
/**
 * A repository whose making was cut off, by a full disk for one, has no first commit: it is removed, and made
 * anew. Only one that was made for this very opening: nobody has been told its address yet.
 */
async function removeHalfMade(git: Git, row: ProjectRow): Promise<void> {
  const there = row.readyAt === null ? await git.repository(row.repo) : undefined;
  if (!there || Date.parse(there.created_at) < row.createdAt - skew) return;
  const main = await git.head(row.repo, "main").catch((error: unknown) => {
    if (error instanceof AppError && error.code === "upstream") return undefined; // its folder can't be read
    throw error;
  });
  if (main === undefined) await git.removeRepository(row.repo);
}
/** Repository, walls and collaborator, each only where it is missing. */
async function makeProject(self: Self, row: ProjectRow, requestId: string): Promise<string> {
  const git = new Git(self.vars.stack, requestId);
  await removeHalfMade(git, row);
  await protectProject(git, row.name, (await requireGrowAgent(self.db)).id);
  const main = (await git.branches(row.repo)).find((branch) => branch.name === "main");
  if (!main && row.readyAt === null) throw new AppError("upstream", { what: "first commit", repo: row.repo });
  return main?.commit.id ?? "";
}
/** How Gitea and its database say that their disk has no room. */
const noRoom = ["no space left on device", "database or disk is full"];
function asNoRoom(error: unknown): unknown {
  const detail = error instanceof AppError && typeof error.meta.detail === "string" ? error.meta.detail : "";
  return noRoom.some((words) => detail.includes(words)) ? new AppError("storage_full", { what: "Gitea" }, { cause: error }) : error;
}
/** Tells the member once that a project waits, and why. */
async function tellWaits(self: Self, row: ProjectRow, error: AppError, requestId: string): Promise<void> {
  await record(self, requestId, async (writer) => {
    await writer.db.update(projectTable).set({ error: error.message }).where(eq(projectTable.name, row.name));
    const text = `The project ${row.name} could not be made yet: ${error.message} It is tried again by itself.`;
    await writer.append("notice", { ref: `project-waits:${row.id}`, body: { level: "warning", code: error.code, text } });
  });
}
/** A project's repository in which the Grow Agent may push below its own name, and nobody else anything. */
export async function protectProject(git: Git, name: string, growId: Id<"agt">): Promise<void> {
  const repo = `${box.projectOwner}/${name}`;
  const there = await git.repository(repo);
  if (there?.archived) await git.setArchived(repo, false); // of a project that was deleted: its history goes on
  if (!there) {
    await git.ensureOrganisation(box.projectOwner);
    await git.ensureRepository(name, box.projectOwner);
  }
  await git.setTaggers(repo, [box.memoryRepo.owner], true);
  await openRepoTo(git, repo, growId);
  await git.ensureProtection(repo, "**", [box.memoryRepo.owner], 1_000);
}

/**
 * An agent may read the repository and push below its own name. Its rule comes before the one for all
 * branches.
 */
export async function openRepoTo(git: Git, repo: string, agent: Id<"agt">): Promise<void> {
  const user = gitUser(agent);
  await git.ensureCollaborator(repo, user, "write"); // first: a rule leaves out users who may not write yet
  await git.ensureProtection(repo, `agent/${agent}/**`, [user, box.memoryRepo.owner], 1);
}
/** The project of an agent's task. */
export async function findTaskProject(db: Db, agent: AgentRow): Promise<string | undefined> {
  const [found] = agent.task ? await db.select({ project: taskTable.project }).from(taskTable).where(eq(taskTable.id, agent.task)) : [];
  return found?.project;
}
/** Opens the project of an agent's task to the agent, whose Git user must be there. */
export async function admitToTaskProject(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  const project = await findTaskProject(self.db, agent);
  const row = project === undefined ? undefined : await findProject(self, project);
  if (!row) return;
  const key = `project:${row.name}`;
  const made =
    row.readyAt ?? (await waitForEffect(self, key, 25_000, async () => (await findProject(self, row.name))?.readyAt ?? undefined));
  if (!made) throw new AppError("unavailable", { what: "project", project: row.name });
  await admitToProject(self, agent, row.name, requestId);
}
/** Opens a project that is there to an agent. */
export async function admitToProject(self: Self, agent: AgentRow, name: string, requestId: string): Promise<void> {
  await openRepoTo(new Git(self.vars.stack, requestId), `${box.projectOwner}/${name}`, agent.id);
}

export const projectWork = {
  /** A project that was begun is finished as soon as its Gitea and its disk take it, however long that is. */
  endless: ["unreachable", "timeout", "exhausted"] as const,
  async run(self: Self, work: WorkItem<"project">): Promise<void> {
    const row = await findProject(self, work.payload.name);
    if (!row) return;
    const main = await makeProject(self, row, work.requestId).catch(async (cause: unknown) => {
      const error = asNoRoom(cause);
      if (error instanceof AppError && (error.code === "storage_full" || error.code === "upstream"))
        await tellWaits(self, row, error, work.requestId);
      throw error;
    });
    await record(self, work.requestId, async (writer) => {
      await writer.db.update(projectTable).set({ readyAt: writer.now, error: null }).where(eq(projectTable.name, row.name));
      const turn = row.turnId ? { turnId: row.turnId as `trn_${string}` } : {};
      const body = { projectId: row.id as `prj_${string}`, name: row.name, repo: row.repo, ...turn };
      if (row.readyAt) return; // it was only opened again
      await writer.append("project.created", { ref: `project:${row.id}`, ...turn, body });
      if (main) await moveBranchHead(writer, row.repo, "main", main);
    });
  },
  async gaveUp(self: Self, work: WorkItem<"project">, error: AppError): Promise<void> {
    const { name } = work.payload;
    await record(self, work.requestId, async (writer) => {
      await writer.db.update(projectTable).set({ error: error.message }).where(eq(projectTable.name, name));
      const row = await findBegun(writer.db, name);
      if (row?.beginning.step === "repository") await failStep(writer, row, error.message);
    });
  },
};
