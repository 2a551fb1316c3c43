import { and, eq, inArray, isNotNull, like } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../schema/error.ts";
import { project } from "../schema/project.table.ts";
import { box, gitUser } from "../schema/stack.ts";
import { task } from "../schema/task.table.ts";
import { turn } from "../schema/turn.table.ts";
import type { AgentRow } from "./agent.ts";
import { record, type Writer } from "./event.ts";
import { gitClient } from "./git.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { effect, enqueue, type WorkRow, waits } from "./work.ts";

/** Who may push to a project's `main` beside the platform: the agent of the one task that merges just now, as long as it works on it. */
export const mainBranch = "main";
const rightKey = (name: string) => `right:${name}`;

/** Whether the agent of a task has been given its first step of this run. */
export async function begun(db: Db, of: { id: string; facts: { run: number } }): Promise<boolean> {
  const steps = like(turn.key, `${of.id}:${of.facts.run}:%`);
  return (await db.select({ id: turn.id }).from(turn).where(steps).limit(1)).length > 0;
}
/** Who should be able to push. While it waits for an answer in the middle of a step it keeps the right: the step goes on from there. */
async function wanted(db: Db, name: string): Promise<string | null> {
  const here = and(
    eq(task.project, name),
    eq(task.branch, mainBranch),
    isNotNull(task.worker),
    inArray(task.state, ["in_progress", "waiting"]),
  );
  for (const row of await db.select().from(task).where(here)) if (await begun(db, row)) return row.worker;
  return null;
}

/** Call in the transaction that changes who should have it. */
export async function queueRight(writer: Writer, name: string, requestId: string): Promise<void> {
  await enqueue(writer, { kind: "right", key: rightKey(name), payload: { name }, requestId, again: true });
}
/** After a wake: what could not be taken back while the stack was down. */
export async function queueRights(writer: Writer, requestId: string): Promise<void> {
  for (const { name } of await writer.db.select({ name: project.name }).from(project).where(isNotNull(project.merger)))
    await queueRight(writer, name, requestId);
}

const payload = z.object({ name: z.string() });
export const rightWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const { name } = payload.parse(work.payload);
    const [of] = await self.db.select().from(project).where(eq(project.name, name));
    const to = await wanted(self.db, name);
    if (!of?.readyAt || (to === null && of.merger === null)) return;
    if (to !== null) await self.db.update(project).set({ merger: to }).where(eq(project.name, name));
    const pushers = [...(to === null ? [] : [gitUser(to)]), box.memoryRepo.owner];
    const git = gitClient(self.vars.stack, work.requestId);
    await git.setPushers(of.repo, mainBranch, pushers, 2);
    await git.setTaggers(of.repo, pushers);
    if (to === null) await self.db.update(project).set({ merger: null }).where(eq(project.name, name));
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    const { name } = payload.parse(work.payload);
    self.vars.world.log("error", "the right to merge was not set; the next wake will", { project: name, requestId: work.requestId, error });
  },
};

/** Before a step of an agent that merges: the right is there when it begins. Throws `unavailable` when Gitea did not take it in time. */
export async function allowMerge(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  const [of] = agent.task
    ? await self.db.select({ project: task.project, branch: task.branch }).from(task).where(eq(task.id, agent.task))
    : [];
  if (of?.branch !== mainBranch) return;
  const key = rightKey(of.project);
  await record(self, (writer) => queueRight(writer, of.project, requestId));
  self.vars.kick();
  const done = await effect(self, key, 20_000, async () => ((await waits(self.db, key)) ? undefined : true));
  if (!done) throw new AppError("unavailable", { what: "right to merge", project: of.project });
}
