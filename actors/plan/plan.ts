import { and, desc, eq, lt } from "drizzle-orm";
import type { z } from "zod";
import type { PlanView, planActIn, planEditIn, planProposeIn, plansIn, plansOut } from "../../schema/agent/team.ts";
import { planOut } from "../../schema/agent/team.ts";
import { type PlanRow, planTable } from "../../schema/plan/plan.table.ts";
import { applyPlanEdits, checkPlan, nextPlanState, type Plan, printPlan } from "../../schema/plan/plan.ts";
import { replacedReason } from "../../schema/plan/replaced-plan.ts";
import { estimatePlan, nextTasks, type UsualUse } from "../../schema/plan/schedule.ts";
import type { Covered } from "../../schema/proof/coverage.ts";
import { withHandOffs } from "../../schema/task/hand-off.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { isTaskChangeable, isTaskOver } from "../../schema/task/task.ts";
import { readTaskLog } from "../../schema/task/task-file.ts";
import { AppError, invalidIssues } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { readOfferedTypes } from "../agent/agent-type.ts";
import { once } from "../kernel/idempotency.ts";
import { dropReminder, queueReminder, queueTeam } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { applyTask, createTask, projectOfPlan } from "../task/task.ts";
import { cancelTask, costsOf, holdsOf } from "../task/task-control.ts";
import { keepPattern, readPattern } from "./plan-template.ts";
import { readModelLevel, readUsualUse } from "./usual-use.ts";

/** Estimates count on this many at once; the subscription decides. */
const usualPlaces = 4;

export async function requirePlan(db: Db, id: Id<"pln">): Promise<PlanRow> {
  const [row] = await db.select().from(planTable).where(eq(planTable.id, id));
  if (!row) throw new AppError("not_found", { what: "plan" });
  return row;
}
const ownersIn = async (self: Self, db: Db): Promise<ReadonlySet<string>> =>
  new Set((await readOfferedTypes(db, self.vars.world.types)).keys());

export async function tellPlan(
  writer: Writer,
  row: PlanRow,
  { reason, at = writer.now, proven }: { reason?: string | undefined; at?: number; proven?: Covered | undefined } = {},
): Promise<void> {
  const { tasks, title, concurrency = usualPlaces } = row.body;
  await writer.append("plan.state", {
    at,
    ...(row.turnId ? { turnId: row.turnId } : {}),
    body: {
      planId: row.id,
      title,
      state: row.state,
      revision: row.revision,
      tasks: tasks.map(({ id, title, owner, depends_on }) => ({ name: id, title, owner, dependsOn: depends_on })),
      ...estimatePlan(tasks, concurrency, await readUsualUse(writer.db), await readModelLevel(writer.db, row)),
      ...(reason ? { reason } : {}),
      ...(proven ? { covered: { checked: proven.checked, asked: proven.asked } } : {}),
      ...(row.turnId ? { turnId: row.turnId } : {}),
    },
  });
}

/**
 * The plan with testing, review and merge after what is built; throws `invalid` with every fault by its path.
 */
function whole(value: unknown, owners: ReadonlySet<string>): Plan {
  const read = checkPlan(value, owners);
  if (!read.ok) throw invalidIssues(read.issues);
  const full = checkPlan({ ...read.value, tasks: withHandOffs(read.value.tasks) }, owners);
  if (!full.ok) throw invalidIssues(full.issues);
  return full.value;
}
/** A plan that is shown and waits for the member's word, in the caller's transaction. */
export async function insertProposedPlan(self: Self, writer: Writer, value: unknown, turnId: Id<"trn"> | undefined): Promise<PlanRow> {
  const at = { createdAt: writer.now, updatedAt: writer.now };
  const row: PlanRow = {
    id: newId("pln", writer.now),
    state: "proposed",
    revision: 1,
    body: whole(value, await ownersIn(self, writer.db)),
    turnId: turnId ?? null,
    price: self.vars.stack.price(),
    ...at,
  };
  await writer.db.insert(planTable).values(row);
  await tellPlan(writer, row);
  await keepPlan(writer, row);
  await queueReminder(writer, row.id);
  return row;
}
/** `plans/<id>.yaml` in memory. */
export async function keepPlan(writer: Writer, row: PlanRow): Promise<void> {
  await queueFiles(writer, {
    id: newId("out", writer.now),
    key: `plan:${row.id}:${row.revision}:${row.state}`,
    kind: "plan",
    title: `${row.state}: ${row.body.title}`.replace(/\s+/g, " "),
    files: [{ path: `plans/${row.id}.yaml`, content: `# ${row.state}, revision ${row.revision}\n${printPlan(row.body)}` }],
    agent: (await requireGrowAgent(writer.db)).id,
  });
}
/** Moves a plan by compare-and-set on its state and revision; who was late gets `conflict`. */
async function move(writer: Writer, row: PlanRow, set: Partial<PlanRow>, reason?: string): Promise<PlanRow> {
  const [next] = await writer.db
    .update(planTable)
    .set({ ...set, updatedAt: writer.now })
    .where(and(eq(planTable.id, row.id), eq(planTable.state, row.state), eq(planTable.revision, row.revision)))
    .returning();
  if (!next) throw new AppError("conflict", { what: "plan" });
  if (next.state !== "proposed") await dropReminder(writer, next.id);
  await tellPlan(writer, next, { reason });
  await keepPlan(writer, next);
  return next;
}
const older = () => new AppError("conflict", { what: "revision" }, { message: "The plan was changed since you saw it." });

/** Action `planEdit`: what has begun stays as it is; the rest of an accepted plan follows the edit. */
export function editPlan(self: Self, input: z.infer<typeof planEditIn>, key: string, requestId: string) {
  return once(self, requestId, `plan:${key}`, planOut, async (writer) => {
    const row = await requirePlan(writer.db, input.planId);
    if (row.revision !== input.revision) throw older();
    if (row.state !== "proposed" && row.state !== "accepted")
      throw new AppError("conflict", { what: "plan" }, { message: `The plan is ${row.state}.` });
    const tasks = await tasksOf(writer.db, row.id);
    const begun = new Set(tasks.filter((each) => !isTaskChangeable(each.state)).map((each) => each.specId));
    const owners = await ownersIn(self, writer.db);
    const body = applyPlanEdits(row.body, input.edits, begun, owners);
    if (!body.ok) throw invalidIssues(body.issues);
    const next = await move(writer, row, { body: body.value, revision: row.revision + 1 });
    const named = new Set(input.edits.flatMap((edit) => (edit.kind === "change" ? [edit.id] : edit.kind === "add" ? [edit.task.id] : [])));
    if (row.state === "accepted") await match(writer, next, tasks, named);
    return { plan: await viewPlan(writer.db, next) };
  });
}
/**
 * Tasks of an accepted plan as it reads now. What the member cancelled stays cancelled until it is changed
 * itself.
 */
async function match(writer: Writer, row: PlanRow, tasks: TaskRow[], named: ReadonlySet<string>): Promise<void> {
  const project = await projectOfPlan(writer.db, row.id, row.body.title); // by the tasks of before
  for (const old of tasks) {
    const now = row.body.tasks.find((spec) => spec.id === old.specId);
    if (old.state === "cancelled" && now && !named.has(old.specId)) continue;
    const as = old.state === "cancelled" && now ? { ...now, depends_on: old.spec.depends_on } : now; // what it comes after brings none back
    if (!isTaskChangeable(old.state) || (as && JSON.stringify(as) === JSON.stringify(old.spec))) continue;
    if (old.state !== "cancelled")
      await applyTask(writer, old.id, { kind: "cancel", reason: now ? "the plan was changed" : "taken out of the plan" });
    await writer.db.update(taskTable).set({ plan: null }).where(eq(taskTable.id, old.id));
  }
  const left = await tasksOf(writer.db, row.id);
  for (const spec of row.body.tasks)
    if (!left.some((each) => each.specId === spec.id)) await createTask(writer, { spec, plan: row.id, project: spec.project ?? project });
}
const tasksOf = (db: Db, id: Id<"pln">): Promise<TaskRow[]> =>
  db.select().from(taskTable).where(eq(taskTable.plan, id)).orderBy(taskTable.createdAt, taskTable.id);

/** Action `planAct`. Accepting makes the tasks; nothing runs before. */
export async function actOnPlan(self: Self, input: z.infer<typeof planActIn>, key: string, requestId: string) {
  if (input.act === "keep") return keepPlanAs(self, input.planId, key, requestId);
  const to = ({ accept: "accepted", reject: "rejected", cancel: "cancelled" } as const)[input.act];
  const out = await once(self, requestId, `plan:${key}`, planOut, async (writer) => {
    const row = await requirePlan(writer.db, input.planId);
    if (row.state === to) return { plan: await viewPlan(writer.db, row) };
    if (input.act === "accept" && input.revision === undefined)
      throw new AppError("invalid", { issues: [{ path: "revision", message: "say which revision you saw" }] });
    if (input.revision !== undefined && input.revision !== row.revision) throw older();
    if (nextPlanState(row.state, to) === undefined)
      throw new AppError("conflict", { what: "plan" }, { message: `The plan is ${row.state}.` });
    const whole = to === "accepted" ? checkPlan(row.body, await ownersIn(self, writer.db)) : undefined; // a type of the member's may have gone since
    if (whole && !whole.ok) throw invalidIssues(whole.issues);
    return { plan: await viewPlan(writer.db, await movePlan(writer, row, to)) };
  });
  return out;
}
/** What was accepted begins, and what was cancelled ends, in the caller's transaction. */
async function movePlan(writer: Writer, row: PlanRow, to: "accepted" | "rejected" | "cancelled"): Promise<PlanRow> {
  const next = await move(writer, row, { state: to });
  const project = await projectOfPlan(writer.db, row.id, row.body.title);
  if (to === "accepted")
    for (const [nth, spec] of row.body.tasks.entries())
      await createTask(writer, {
        spec,
        plan: row.id,
        project: spec.project ?? project,
        nth: row.body.tasks.length - nth,
      });
  if (to === "cancelled")
    for (const each of await tasksOf(writer.db, row.id))
      if (!isTaskOver(each.state)) await cancelTask(writer, each, "its plan was cancelled");
  await queueTeam(writer);
  return next;
}
/** A plan that the member agreed to before it was made: it begins at once. In the caller's transaction. */
export async function beginAgreedPlan(self: Self, writer: Writer, value: unknown): Promise<PlanRow> {
  return movePlan(writer, await insertProposedPlan(self, writer, value, undefined), "accepted");
}
/**
 * A plan that waits for the member's yes is declined for the newer one that takes its place. Answers whether
 * it waited; throws `invalid` where there is no such plan.
 */
export async function replaceProposedPlan(writer: Writer, planId: Id<"pln">): Promise<PlanRow["state"]> {
  const [row] = await writer.db.select().from(planTable).where(eq(planTable.id, planId));
  if (!row) throw new AppError("invalid", { issues: [{ path: "replaces", message: "is no plan" }] });
  if (row.state === "proposed") await move(writer, row, { state: "rejected" }, replacedReason);
  return row.state;
}
/** A plan that nobody waits for any more; one that has ended stays as it is. In its transaction. */
export async function cancelPlan(writer: Writer, planId: Id<"pln">): Promise<void> {
  const row = await requirePlan(writer.db, planId);
  if (nextPlanState(row.state, "cancelled") !== undefined) await movePlan(writer, row, "cancelled");
}
/** Action `planPropose`: the member's own plan, shown as any other before it runs. */
export function proposePlan(self: Self, input: z.infer<typeof planProposeIn>, key: string, requestId: string) {
  return once(self, requestId, `plan:${key}`, planOut, async (writer) => {
    const value = "plan" in input ? input.plan : await readPattern(writer.db, input.pattern);
    return { plan: await viewPlan(writer.db, await insertProposedPlan(self, writer, value, undefined)) };
  });
}
async function keepPlanAs(self: Self, planId: Id<"pln">, key: string, requestId: string) {
  const out = await once(self, requestId, `plan:${key}`, planOut, async (writer) => {
    const row = await requirePlan(writer.db, planId);
    await keepPattern(writer, row);
    return { plan: await viewPlan(writer.db, row) };
  });
  return out;
}

export async function viewPlan(db: Db, row: PlanRow, usual?: UsualUse): Promise<PlanView> {
  const place = (each: TaskRow) => row.body.tasks.findIndex((spec) => spec.id === each.specId);
  const tasks = (await tasksOf(db, row.id)).filter((each) => place(each) >= 0).sort((a, b) => place(a) - place(b));
  const seen = tasks.map((each) => ({ spec: each.specId, state: each.state, ...(each.dueAt === null ? {} : { dueAt: each.dueAt }) }));
  const holds = row.state === "accepted" ? nextTasks(row.body, seen, 0, row.updatedAt).hold : []; // what no round of the team has told yet
  const told = await holdsOf(db);
  return {
    id: row.id,
    state: row.state,
    revision: row.revision,
    plan: row.body,
    estimate: estimatePlan(
      row.body.tasks,
      row.body.concurrency ?? usualPlaces,
      usual ?? (await readUsualUse(db)),
      await readModelLevel(db, row),
    ),
    used: await usedOf(db, row, tasks),
    tasks: tasks.map((task) => {
      const hold =
        holds.find((each) => each.spec === task.specId) && (told.get(task.id) ?? holds.find((each) => each.spec === task.specId));
      return {
        name: task.specId,
        id: task.id,
        state: task.state,
        hold: hold ? { why: hold.why, on: hold.on, text: hold.text } : null,
        ...(task.facts.covered ? { covered: task.facts.covered } : {}),
      };
    }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
async function usedOf(db: Db, row: PlanRow, tasks: readonly TaskRow[]): Promise<PlanView["used"]> {
  const costs = await costsOf(
    db,
    tasks.map((each) => each.id),
  );
  const began = tasks.flatMap((each) => readTaskLog(each.log).find(({ state }) => state === "in_progress")?.at ?? []);
  const ended = row.state === "done" || row.state === "cancelled";
  return {
    costMicros: [...costs.values()].reduce((sum, micros) => sum + micros, 0),
    beganAt: began.length > 0 ? Math.min(...began) : null,
    endedAt: ended ? row.updatedAt : null,
  };
}
/** Action `plans`: newest first. */
export async function listPlans(db: Db, { cursor, limit, state }: z.infer<typeof plansIn>): Promise<z.infer<typeof plansOut>> {
  const where = and(cursor ? lt(planTable.id, cursor) : undefined, state ? eq(planTable.state, state) : undefined);
  const rows = await db
    .select()
    .from(planTable)
    .where(where)
    .orderBy(desc(planTable.id))
    .limit(limit + 1);
  const plans: PlanView[] = [];
  const usual = await readUsualUse(db);
  for (const row of rows.slice(0, limit)) plans.push(await viewPlan(db, row, usual));
  return { plans, next: rows.length > limit ? (plans.at(-1)?.id ?? null) : null };
}
