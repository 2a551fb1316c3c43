import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { composeBoxBriefing } from "../../schema/environment/environment-prompt.ts";
import { type BoxSeen, boxSeen } from "../../schema/stack/box-image.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { readProjectImage } from "../environment.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";

/**
 * Asks for a box with Go, Rust and Java, and answers how it is while it has none of them. Undefined where it
 * has them, and where that can't be said just now.
 */
async function findBoxLack(self: Self, requestId: string): Promise<BoxSeen | undefined> {
  try {
    const seen = await self.vars.stack.json(requestId, boxSeen, { method: "PUT", path: "/box", body: { image: "full" } });
    return seen.image === "full" ? undefined : seen;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
/** What the member is told of the box at a project; nothing where it lacks nothing that the project needs. */
export async function describeProjectBox(self: Self, project: string, requestId: string): Promise<BoxSeen | undefined> {
  if (!(await me(self.db)).ready) return undefined;
  try {
    return (await readProjectImage(self, project, null, requestId)) === "full" ? await findBoxLack(self, requestId) : undefined;
  } catch (error) {
    if (error instanceof AppError && (error.code === "unavailable" || error.code === "timeout")) return undefined;
    throw error;
  }
}
/**
 * What an agent is told whose project needs more than its box has; its member is told once for each start of
 * the box.
 */
export async function briefOnBox(self: Self, agent: AgentRow, project: string, requestId: string): Promise<string | undefined> {
  const [task] = agent.task ? await self.db.select({ branch: taskTable.branch }).from(taskTable).where(eq(taskTable.id, agent.task)) : [];
  if ((await readProjectImage(self, project, task?.branch ?? null, requestId)) !== "full") return undefined;
  const lack = await findBoxLack(self, requestId);
  if (lack === undefined) return undefined;
  const { generation } = await me(self.db);
  const when = lack.next === "full" ? "" : " The machine is still preparing that.";
  const text = `${project} needs Go, Rust or Java, which your agents' box gets when it is started again. Meanwhile clean rooms build and test it.${when} Restart the box on the project's page under Settings, or stop and start your stack, when nobody works.`;
  await record(self, requestId, (writer) =>
    writer.append("notice", { ref: `box:${generation}`, body: { level: "info", code: "box_restart", text } }),
  );
  return composeBoxBriefing(lack.preparing);
}
