import { and, eq, inArray, isNull } from "drizzle-orm";
import type { z } from "zod";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { activeTaskStates, isTaskActive, isTaskOver } from "../../schema/task/task.ts";
import type { tools } from "../../schema/tool/tool.ts";
import { type ToolAnswer, toolAnswer } from "../../schema/tool/tool-call.ts";
import { AppError } from "../../schema/wire/error.ts";
import { once } from "../kernel/idempotency.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { insertProposedPlan, replaceProposedPlan } from "../plan/plan.ts";
import { readPattern } from "../plan/plan-template.ts";
import { questOf } from "../quest/quest.ts";
import { applyTask, createTask, projectOf } from "../task/task.ts";
import { cancelTask, checkLone } from "../task/task-control.ts";
import { findTask } from "../task/task-row.ts";
import { refuseToolCall, type ToolContext } from "../tool-context.ts";
import { isGrowAgent } from "./agent.ts";

type TeamToolInput<N extends keyof typeof tools> = z.infer<(typeof tools)[N]["input"]>;
type Issues = { path: string; message: string }[];
/** Also tells the model what is wrong beyond the shape of its input. */
async function refuseInvalid(self: Self, name: string, context: ToolContext, act: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    return await act();
  } catch (error) {
    const issues = error instanceof AppError && error.code === "invalid" ? (error.meta.issues as Issues | undefined) : undefined;
    if (!issues) throw error;
    return refuseToolCall(self, name, issues, context);
  }
}

export function planTool(self: Self, input: TeamToolInput<"plan">, context: ToolContext): Promise<ToolAnswer> {
  return refuseInvalid(self, "plan", context, () =>
    once(self, context.requestId, `tool:${context.key}`, toolAnswer, async (writer) => {
      const { replaces, ...given } = input;
      const before = replaces === undefined ? undefined : await replaceProposedPlan(writer, replaces);
      if (before !== undefined && before !== "proposed") return { ok: true, text: refuseReplacement(before) }; // the member was quicker: no mistake of the agent's
      const row = await insertProposedPlan(self, writer, await givenPlan(writer.db, given), context.turnId);
      const list = row.body.tasks.map((task) => `- ${task.id} (${task.owner}): ${task.title}`).join("\n");
      const text = `The plan ${row.id} is proposed, with testing, review and merge added where something is built:\n${list}\nThe member sees it, may change it, and accepts it; nothing runs before. Tell them in a few words what it will do.`;
      return { ok: true, text };
    }),
  );
}

const refuseReplacement = (state: string) =>
  `Nothing was proposed: the plan that it replaces does not wait for the member any more, it is ${state}. Leave out replaces to propose one beside it.`;
async function givenPlan(db: Db, { pattern, ...given }: Omit<TeamToolInput<"plan">, "replaces">): Promise<unknown> {
  if (pattern === undefined) return given;
  const { tasks } = await readPattern(db, pattern).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== "not_found") throw error;
    throw new AppError("invalid", { issues: [{ path: "pattern", message: "is no plan in patterns/ of memory" }] });
  });
  return { ...given, tasks: given.tasks.length > 0 ? given.tasks : tasks };
}

/**
 * Open tasks of a name that were delegated alone. Tasks of plans and quests are changed in those; names may
 * repeat.
 */
async function findReplacedTasks(db: Db, name: string | undefined): Promise<TaskRow[]> {
  if (name === undefined) return [];
  const named = await db
    .select()
    .from(taskTable)
    .where(and(eq(taskTable.specId, name), isNull(taskTable.plan)));
  const rows: TaskRow[] = [];
  for (const row of named.filter(({ facts }) => facts.by !== "member"))
    if ((row.state === "failed" || !isTaskOver(row.state)) && (await questOf(db, row.id)) === undefined) rows.push(row);
  if (rows.length > 0) return rows;
  throw new AppError("invalid", { issues: [{ path: "replaces", message: "is no open task that was delegated" }] });
}

export function delegateTool(self: Self, input: TeamToolInput<"delegate">, context: ToolContext): Promise<ToolAnswer> {
  return refuseInvalid(self, "delegate", context, async () => {
    const out = await once(self, context.requestId, `tool:${context.key}`, toolAnswer, async (writer) => {
      await checkLone(self, writer.db, input.task);
      for (const row of await findReplacedTasks(writer.db, input.replaces)) await cancelTask(writer, row, "replaced by another task");
      const row = await createTask(writer, {
        spec: input.task,
        project: projectOf(input.task),
        delegated: true,
      });
      const text = `Task ${row.id} is given to a ${input.task.owner} agent as soon as a place is free. You will be told how it ends; do not wait for it.`;
      return { ok: true, text };
    });
    return out;
  });
}

/**
 * An agent's report on its own task. A report on another agent's task is refused; one on an ended task
 * changes nothing.
 */
export async function reportTool(self: Self, input: TeamToolInput<"report_progress">, context: ToolContext): Promise<ToolAnswer> {
  const row = await findTask(self.db, input.task);
  const allowed = row && (row.worker === context.agent || isGrowAgent(context.row));
  if (!row || !allowed) return refuseToolCall(self, "report_progress", [{ path: "task", message: "is not a task of yours" }], context);
  if (!isTaskActive(row.state)) return { ok: false, text: `The task is ${row.state}; nothing was changed.` };
  const { state, text, step, of: steps, commit } = input;
  const out = await once(self, context.requestId, `tool:${context.key}`, toolAnswer, async (writer) => {
    const declared = (input.outputs ?? []).filter((path) => !row.spec.outputs.includes(path));
    if (input.outputs !== undefined) await applyTask(writer, row.id, { kind: "declare", outputs: declared });
    const where = and(eq(taskTable.id, row.id), inArray(taskTable.state, activeTaskStates));
    await writer.db.update(taskTable).set({ progress: text, updatedAt: writer.now }).where(where);
    const ids = { agentId: context.agent, taskId: row.id };
    const more = { ...(step === undefined ? {} : { step }), ...(steps === undefined ? {} : { of: steps }) };
    await writer.append("agent.progress", {
      ...(context.turnId ? { turnId: context.turnId } : {}),
      body: { ...ids, state, text, ...more },
    });
    const heard = { kind: "reported", task: ids.taskId, state, text, ...(commit ? { commit } : {}) } as const;
    if (row.worker) await tellSubAgent(writer, row.worker, `reported:${context.key}`, heard);
    return { ok: true, text: state === "working" ? "Noted." : "Noted. End your turn now; what follows comes as a message." };
  });
  return out;
}
