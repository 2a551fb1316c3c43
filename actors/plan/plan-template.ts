import { and, eq } from "drizzle-orm";
import { slug } from "../../schema/memory/memory.ts";
import type { PlanRow } from "../../schema/plan/plan.table.ts";
import { type Plan, printPlan, readPlan } from "../../schema/plan/plan.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { keptText } from "../memory/memory-files.ts";
import { queueFiles } from "../memory/outbox.ts";

/** Plans that worked, kept as memory so that they can be proposed again: `patterns/<title>-<plan>.yaml`. */
export async function keepPattern(writer: Writer, row: PlanRow): Promise<void> {
  const left = await writer.db
    .select({ id: taskTable.id })
    .from(taskTable)
    .where(and(eq(taskTable.plan, row.id), eq(taskTable.state, "cancelled")));
  const why = row.state !== "done" ? `The plan is ${row.state}` : left.length > 0 ? "Tasks of the plan were cancelled" : undefined;
  if (why) throw new AppError("conflict", { what: "plan" }, { message: `${why}; one whose tasks are all verified can be kept.` });
  const path = `patterns/${slug(row.body.title)}-${row.id.slice(-6).toLowerCase()}.yaml`;
  await queueFiles(writer, {
    id: newId("out", writer.now),
    key: `pattern:${row.id}`,
    kind: "pattern",
    title: row.body.title.replace(/\s+/g, " "),
    files: [{ path, content: `# A plan that worked: ${row.id}\n${printPlan(row.body)}` }],
    agent: (await requireGrowAgent(writer.db)).id,
  });
}
/**
 * The plan that a pattern holds; throws `not_found` without one, and `invalid` by path when a hand has made
 * it wrong.
 */
export async function readPattern(db: Db, path: string): Promise<Plan> {
  const text = path.startsWith("patterns/") ? await keptText(db, path) : undefined;
  if (text === undefined) throw new AppError("not_found", { what: "pattern" });
  const read = readPlan(text);
  if (!read.ok)
    throw new AppError("invalid", { issues: read.issues.slice(0, 30).map((issue) => ({ ...issue, path: `pattern.${issue.path}` })) });
  return read.value;
}
