import { eq } from "drizzle-orm";
import type { z } from "zod";
import { type taskCreateIn, taskOut } from "../../schema/agent/team.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { namedScripts } from "../../schema/proof/check.ts";
import { builderTypes, managerOwner } from "../../schema/task/hand-off.ts";
import { checksOf, type Spec } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { isWithin } from "../../schema/wire/path.ts";
import { once } from "../kernel/idempotency.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { projectOf } from "../task/task.ts";
import { checkLone, newTaskOf, viewTask } from "../task/task-control.ts";
import { beginAgreedPlan } from "./plan.ts";

/**
 * Action `taskCreate`: a task that the member has written. What goes online, and what the manager is to see
 * to, is tested, reviewed and merged as well: it is the first task of a plan, which begins at once.
 */
export function takePostedTask(self: Self, input: z.infer<typeof taskCreateIn>, key: string, requestId: string) {
  const { owner, deploy } = input.spec;
  const hasStages = owner === managerOwner || (deploy === true && builderTypes.includes(owner));
  return hasStages ? beginPostedPlan(self, input.spec, key, requestId) : newTaskOf(self, input, key, requestId);
}

function beginPostedPlan(self: Self, posted: Spec, key: string, requestId: string): Promise<z.infer<typeof taskOut>> {
  return once(self, requestId, `task:${key}`, taskOut, async (writer) => {
    const owner = posted.owner === managerOwner ? "coding" : posted.owner;
    await checkLone(self, writer.db, { ...posted, owner, deploy: undefined });
    const spec = { ...posted, owner, project: projectOf(posted) };
    const outputs = [...spec.outputs, ...(await listNewScripts(writer.db, spec))];
    const task = { ...spec, outputs };
    const plan = await beginAgreedPlan(self, writer, { title: spec.title, story: spec.description ?? "", tasks: [task] });
    const rows = await writer.db.select().from(taskTable).where(eq(taskTable.plan, plan.id));
    const row = rows.find(({ specId }) => specId === spec.id);
    if (!row) throw new AppError("internal", { what: "a plan without its task" });
    return { task: await viewTask(writer.db, row) };
  });
}
/**
 * Scripts of the project that its checks run, where the project is made for it: nobody else can write them.
 * In one that is there they are its checks, and the spec says whether they may be changed.
 */
async function listNewScripts(db: Db, spec: Spec & { project: string }): Promise<string[]> {
  const known = await db.select({ name: projectTable.name }).from(projectTable).where(eq(projectTable.name, spec.project));
  if (known.length > 0) return [];
  const scripts = checksOf(spec).flatMap(namedScripts);
  return [...new Set(scripts)].filter((path) => !spec.outputs.some((output) => isWithin(output, path)));
}
