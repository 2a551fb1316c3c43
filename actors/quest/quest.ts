import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { z } from "zod";
import { describeCapability, intersectCapabilities } from "../../schema/agent/capability.ts";
import type { GrowPromptState } from "../../schema/agent/prompt.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { type QuestRow, questTable } from "../../schema/quest/quest.table.ts";
import { type Quest, readQuest } from "../../schema/quest/quest.ts";
import type { QuestView, questDetail, questsIn, questsOut } from "../../schema/quest/quest-api.ts";
import type { FilledStep } from "../../schema/quest/quest-fill.ts";
import { nextQuestRun, type QuestNext, type QuestTask, questTaskOccurrence, questTaskSteps } from "../../schema/quest/quest-next.ts";
import {
  countSteps,
  type QuestRun,
  type QuestState,
  type QuestTaskStanding,
  questFile,
  questProgress,
} from "../../schema/quest/quest-run.ts";
import type { Budget } from "../../schema/task/spec.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { dropReminder } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { createTask, projectOfPlan } from "../task/task.ts";
import { isForOnline, readOnline } from "./step-online.ts";

/**
 * Quests that were proposed or started: how they go on with their tasks, what is told of them, and what the
 * member sees.
 */
export const openStates = ["running", "paused", "failed"] as const satisfies readonly QuestState[];

export async function requireQuest(db: Db, id: Id<"qst">): Promise<QuestRow> {
  const [row] = await db.select().from(questTable).where(eq(questTable.id, id));
  if (!row) throw new AppError("not_found", { what: "quest" });
  return row;
}
const readQuestRow = (row: QuestRow) => readQuest(new Map(Object.entries(row.files)));
const unreadable = (row: QuestRow) => `The package of the quest “${row.body.title}” can't be read by this version; start it anew.`;
/**
 * The package a quest runs by. It could be read when it was kept; a later version of the platform may refuse
 * it.
 */
export function packageOf(row: QuestRow): Quest {
  const found = readQuestRow(row);
  if (!found.ok) throw new AppError("conflict", { what: "quest", issues: found.issues.slice(0, 5) }, { message: unreadable(row) });
  return found.value;
}
export function stepsOf(quest: Quest, run: QuestRun): FilledStep[] {
  const filled = questTaskSteps(quest, run.values);
  if (!filled.ok) throw new Error(`the values of ${run.id} do not fit its package: ${filled.issues[0]?.path} ${filled.issues[0]?.message}`);
  return filled.value.steps;
}

/** Its tasks; a step whose task was replaced when its plan was edited goes by the newer one. */
export async function tasksOf(db: Db, run: QuestRun): Promise<{ run: QuestRun; rows: Map<Id<"tsk">, TaskRow> }> {
  const named = run.steps.map((step) => step.task);
  const rows = new Map(
    (named.length === 0 ? [] : await db.select().from(taskTable).where(inArray(taskTable.id, named))).map((row) => [row.id, row]),
  );
  const planned = run.plan ? await db.select().from(taskTable).where(eq(taskTable.plan, run.plan)) : [];
  const steps = run.steps.map((step) => {
    if (step.n !== undefined || rows.get(step.task)?.state !== "cancelled") return step;
    const newer = planned.find((row) => row.specId === step.step && row.state !== "cancelled");
    if (!newer) return step;
    rows.set(newer.id, newer);
    return { step: step.step, task: newer.id };
  });
  return { run: { ...run, steps }, rows };
}
const standingOf = (row: TaskRow): QuestTaskStanding => ({ state: row.state, covered: row.facts.covered, goesOnline: isForOnline(row) });
const standingsOf = (rows: ReadonlyMap<Id<"tsk">, TaskRow>) => new Map([...rows].map(([id, row]) => [id, standingOf(row)]));
/** What its tasks have become, as the quest takes it in. */
async function readQuestTasks(db: Db, { run, rows }: Awaited<ReturnType<typeof tasksOf>>): Promise<Map<Id<"tsk">, QuestTask>> {
  const ids = [...rows.keys()];
  const { id, commit, task } = proofTable;
  const proofs =
    ids.length === 0 ? [] : await db.select({ id, commit, task }).from(proofTable).where(inArray(task, ids)).orderBy(proofTable.at);
  const newest = new Map(proofs.map((each) => [each.task, { id: each.id, commit: each.commit }]));
  const tasks = new Map<Id<"tsk">, QuestTask>();
  for (const [key, row] of rows) {
    const before = run.steps.find((step) => step.task === key)?.online;
    tasks.set(key, { ...standingOf(row), receipt: newest.get(key), online: await readOnline(db, row, before) });
  }
  return tasks;
}

/** Writes what a quest has become, by compare-and-set: its row, an event, a commit. */
export async function writeQuest(
  writer: Writer,
  row: QuestRow,
  run: QuestRun,
  change: { dueAt?: number | null; reason?: string; more?: MemoryFiles },
): Promise<QuestRow> {
  const set = { state: run.state, body: run, dueAt: change.dueAt ?? null, rev: row.rev + 1, updatedAt: writer.now };
  const [next] = await writer.db
    .update(questTable)
    .set(set)
    .where(and(eq(questTable.id, row.id), eq(questTable.rev, row.rev)))
    .returning();
  if (!next) throw new AppError("conflict", { what: "quest" });
  if (next.state !== "ready") await dropReminder(writer, next.id);
  await tellQuest(writer, next, change.reason);
  await keepQuest(writer, next, change.more);
  return next;
}
type MemoryFiles = readonly { path: string; content: string }[];
export async function tellQuest(writer: Writer, row: QuestRow, reason?: string): Promise<void> {
  const { title, state, proven, of: total, current, nextAt, plan } = await viewOf(writer.db, row);
  const body = { questId: row.id, title, state, proven, of: total, current, nextAt };
  await writer.append("quest.state", { body: { ...body, ...(plan ? { planId: plan } : {}), ...(reason ? { reason } : {}) } });
}
export async function keepQuest(writer: Writer, row: QuestRow, more: MemoryFiles = []): Promise<void> {
  const title = `${row.state}: ${row.body.title.replace(/\s+/g, " ")}`;
  const { id: agent } = await requireGrowAgent(writer.db);
  const files = [questFile(row.body), ...more];
  await queueFiles(writer, { key: `quest:${row.id}:${row.rev}`, kind: "quest", title, files, agent });
}

/**
 * Takes every open quest as far as it goes now, in the caller's transaction: receipts, times that are due,
 * its end. Asked after each change of a task.
 */
export async function advanceQuests(writer: Writer): Promise<void> {
  const rows = await writer.db
    .select()
    .from(questTable)
    .where(inArray(questTable.state, [...openStates]))
    .orderBy(questTable.id);
  for (const row of rows) {
    if (readQuestRow(row).ok) await advanceQuest(writer, row);
    else
      await writer.append("notice", { ref: `unread:${row.id}`, body: { level: "error", code: "quest_unreadable", text: unreadable(row) } });
  }
}
async function advanceQuest(writer: Writer, row: QuestRow): Promise<void> {
  const quest = packageOf(row);
  const steps = stepsOf(quest, row.body);
  const now = await tasksOf(writer.db, row.body);
  const next = nextQuestRun(now.run, steps, await readQuestTasks(writer.db, now), writer.now);
  const run = await withTimes(writer, quest, next, now.rows);
  const dueAt = run.state === "running" ? (next.nextAt ?? null) : null;
  if (dueAt !== null) await writer.queue("team", { key: `team:${row.id}`, again: true, dueAt });
  if (JSON.stringify(run) === JSON.stringify(row.body) && dueAt === row.dueAt) return;
  await writeQuest(writer, row, run, { dueAt });
}
/**
 * Makes the times of its steps that are due: tasks without a plan, each going on from the last one that was
 * proven.
 */
async function withTimes(writer: Writer, quest: Quest, next: QuestNext, rows: ReadonlyMap<string, TaskRow>): Promise<QuestRun> {
  const steps = [...next.run.steps];
  const before = [...rows.values()].find((each) => each.spec.project === undefined);
  const project = before?.project ?? (await projectOfPlan(writer.db, next.run.plan ?? next.run.id, next.run.title));
  for (const { step, n } of next.make) {
    const proven = steps.filter((each) => each.step === step && each.receipt !== undefined).at(-1);
    const spec = questTaskOccurrence(quest, step, next.run.values, n, proven ? rows.get(proven.task)?.specId : undefined);
    if (!spec.ok) throw new Error(`step ${step} can't be made again: ${spec.issues[0]?.path} ${spec.issues[0]?.message}`);
    const made = await createTask(writer, { spec: spec.value, project: spec.value.project ?? project });
    steps.push({ step, task: made.id, n });
  }
  return { ...next.run, steps };
}

/** The quest a task belongs to, while it is open. */
export async function questOf(db: Db, taskId: Id<"tsk">): Promise<QuestRow | undefined> {
  const rows = await db
    .select()
    .from(questTable)
    .where(inArray(questTable.state, [...openStates]));
  return rows.find((row) => row.body.steps.some((step) => step.task === taskId));
}
/** Tasks a repeating step builds on: the specs it names, among the tasks of its quest. */
export async function questTasksBefore(db: Db, row: TaskRow): Promise<TaskRow[]> {
  const found = row.plan === null && row.spec.depends_on.length > 0 ? await questOf(db, row.id) : undefined;
  if (!found) return [];
  const { rows } = await tasksOf(db, found.body);
  return [...rows.values()].filter((each) => row.spec.depends_on.includes(each.specId));
}
/** What a task's quest may use in all, and by which tasks. */
export async function questBudget(
  db: Db,
  taskId: Id<"tsk">,
): Promise<{ id: string; title: string; budget: Budget; tasks: Id<"tsk">[] } | undefined> {
  const found = await questOf(db, taskId);
  const parsed = found && readQuestRow(found);
  if (!parsed?.ok) return undefined;
  const { rows } = await tasksOf(db, found!.body);
  return { id: found!.id, title: found!.body.title, budget: parsed.value.budget, tasks: [...rows.keys()] };
}
/**
 * What an agent holds while it works for a quest: no more than the quest was allowed when the member started
 * it.
 */
export async function questBound(db: Db, taskId: Id<"tsk"> | null, held: readonly string[]): Promise<readonly string[]> {
  const found = taskId === null ? undefined : await questOf(db, taskId);
  if (!found) return held;
  const parsed = readQuestRow(found);
  return parsed.ok ? intersectCapabilities(held, parsed.value.permissions) : [];
}

// ── what the member sees
// ────────────────────────────────────────────────────────────────────────────────────────────

export async function viewOf(db: Db, row: QuestRow): Promise<QuestView> {
  const { id, quest, version, source, title, state, goal, plan, startedAt } = row.body;
  const found = readQuestRow(row);
  const steps = found.ok ? stepsOf(found.value, row.body) : [];
  const { run, rows } = await tasksOf(db, row.body);
  const { proven, of: total, current } = questProgress(run, countSteps({ values: run.values, steps }), standingsOf(rows));
  const times = { startedAt, nextAt: row.dueAt, updatedAt: row.updatedAt };
  return { id, quest, version, source, title, state, goal: goal ?? null, plan: plan ?? null, proven, of: total, current, ...times };
}
/** The quest that went on last, for the Grow Agent's prompt. */
export async function currentQuest(db: Db): Promise<GrowPromptState["quest"]> {
  const [row] = await db.select().from(questTable).where(eq(questTable.state, "running")).orderBy(desc(questTable.updatedAt)).limit(1);
  if (!row) return undefined;
  const { title, proven, of: total, current, nextAt } = await viewOf(db, row);
  const later = nextAt === null ? "waits for its next step" : `its next step comes on ${new Date(nextAt).toISOString().slice(0, 10)}`;
  const asked = row.body.steps.filter(({ online }) => online === "asked").map(({ step }) => step);
  const now = current.map((step) => (asked.includes(step) ? `${step} waits for their yes to go online` : `${step} is under way`));
  return { title, step: Math.min(total, proven + 1), of: total, next: now.length > 0 ? now.join(", ") : later };
}
/** Action `quests`: newest first. */
export async function listQuests(db: Db, { cursor, limit, state }: z.infer<typeof questsIn>): Promise<z.infer<typeof questsOut>> {
  const rows = await db
    .select()
    .from(questTable)
    .where(and(cursor ? lt(questTable.id, cursor) : undefined, state ? eq(questTable.state, state) : undefined))
    .orderBy(desc(questTable.id))
    .limit(limit + 1);
  const quests: QuestView[] = [];
  for (const row of rows.slice(0, limit)) quests.push(await viewOf(db, row));
  return { quests, next: rows.length > limit ? (quests.at(-1)?.id ?? null) : null };
}
/** Action `quest`. */
export async function questDetailOf(db: Db, id: Id<"qst">): Promise<z.infer<typeof questDetail>> {
  const row = await requireQuest(db, id);
  const quest = packageOf(row);
  const { run, rows } = await tasksOf(db, row.body);
  const steps = stepsOf(quest, run).map((step) => ({
    step: step.spec.id,
    title: step.spec.title,
    owner: step.spec.owner,
    repeats: countSteps({ values: run.values, steps: [step] }),
    tasks: run.steps
      .filter((each) => each.step === step.spec.id)
      .map(({ step: _step, ...each }) => ({ ...each, state: rows.get(each.task)?.state ?? ("created" as const) })),
  }));
  const { values, skipped } = run;
  return { quest: { ...(await viewOf(db, row)), values, skipped, touches: quest.permissions.map(describeCapability) }, steps };
}
