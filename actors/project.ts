import { eq } from "drizzle-orm";
import { z } from "zod";
import type { AppError } from "../schema/error.ts";
import { newId } from "../schema/id.ts";
import { project } from "../schema/project.table.ts";
import { agentBranch, box, gitUser } from "../schema/stack.ts";
import { moveHead } from "./commit.ts";
import { record, type Writer } from "./event.ts";
import { gitClient } from "./git.ts";
import { me, type Self } from "./self.ts";
import { enqueue, type WorkRow } from "./work.ts";

type Row = typeof project.$inferSelect;

/** Queues the opening of a project, in the caller's transaction; a known name is only opened again. Answers its work key. */
export async function open(writer: Writer, name: string, turnId: string | undefined, requestId: string): Promise<string> {
  const repo = `${box.projectOwner}/${name}`;
  const row = { name, id: newId("prj", writer.now), repo, turnId: turnId ?? null, createdAt: writer.now };
  await writer.db.insert(project).values(row).onConflictDoNothing();
  await enqueue(writer, { kind: "project", key: `project:${name}`, payload: { name }, requestId });
  return `project:${name}`;
}
export async function find(self: Self, name: string): Promise<Row | undefined> {
  const [row] = await self.db.select().from(project).where(eq(project.name, name));
  return row;
}
/** What the agent is told of an open project. */
export function address(name: string, agent: string): string {
  const url = `http://${box.gitHost}:${box.giteaPort}/${box.projectOwner}/${name}.git`;
  return `Project ${name} is open.\nClone: ${url}\nPush only to: ${agentBranch(agent, name)}`;
}

/** Repository, walls and collaborator, each only where it is missing. The agent's rule comes before the one for all branches. */
async function create(self: Self, row: Row, requestId: string): Promise<string> {
  const git = gitClient(self.vars.stack, requestId);
  const { agent } = await me(self.db);
  const user = gitUser(agent);
  if (!(await git.repository(row.repo))) {
    await git.ensureOrganisation(box.projectOwner);
    await git.ensureRepository(row.name, box.projectOwner);
  }
  await git.ensureCollaborator(row.repo, user, "write"); // first: a rule leaves out users who may not write yet
  await git.ensureProtection(row.repo, `agent/${agent}/**`, [user, box.memoryRepo.owner], 1);
  await git.ensureProtection(row.repo, "**", [box.memoryRepo.owner], 1_000);
  const main = (await git.branches(row.repo)).find((branch) => branch.name === "main");
  return main?.commit.id ?? "";
}

const payload = z.object({ name: z.string() });
export const projectWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const row = await find(self, payload.parse(work.payload).name);
    if (!row) return;
    const main = await create(self, row, work.requestId);
    await record(self, async (writer) => {
      await writer.db.update(project).set({ readyAt: writer.now, error: null }).where(eq(project.name, row.name));
      const turn = row.turnId ? { turnId: row.turnId as `trn_${string}` } : {};
      const body = { projectId: row.id as `prj_${string}`, name: row.name, repo: row.repo, ...turn };
      await writer.append("project.created", { ref: `project:${row.name}`, ...turn, body });
      if (!row.readyAt && main) await moveHead(writer, row.repo, "main", main);
    });
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    const { name } = payload.parse(work.payload);
    await self.db.update(project).set({ error: error.message }).where(eq(project.name, name));
  },
};
