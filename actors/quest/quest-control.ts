import { and, count, eq, inArray } from "drizzle-orm";
import type { z } from "zod";
import { memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import type { Plan } from "../../schema/plan/plan.ts";
import { type QuestRow, questTable } from "../../schema/quest/quest.table.ts";
import {
  type questActIn,
  type questLibraryOut,
  questOut,
  type questPackage,
  type questPreviewIn,
  type questPreviewOut,
  type questStartIn,
} from "../../schema/quest/quest-api.ts";
import { sampleValues } from "../../schema/quest/quest-fill.ts";
import { questMemoryTexts, questTaskSteps } from "../../schema/quest/quest-next.ts";
import { computeQuestPreview, nextQuestState, type QuestRun } from "../../schema/quest/quest-run.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { isTaskOver } from "../../schema/task/task.ts";
import { AppError, invalidIssues } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { prepareGoalChange } from "../goal.ts";
import { tellGoal } from "../goal-event.ts";
import { once } from "../kernel/idempotency.ts";
import { queueReminder, queueTeam } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { keepPlan, tellPlan } from "../plan/plan.ts";
import { applyTask, createTask, projectOfPlan } from "../task/task.ts";
import { cancelTask, pauseTask, resumeTask } from "../task/task-control.ts";
import { abortStopped } from "../turn/stop-turns.ts";
import { advanceQuests, keepQuest, openStates, packageOf, requireQuest, stepsOf, tasksOf, tellQuest, viewOf, writeQuest } from "./quest.ts";
import { libraryIds, type Package, readPackage } from "./quest-source.ts";

/** The member's hand on quests: look, preview, start, pause, resume, cancel. */
const usualPlaces = 4;
/** Open at once, proposed ones too: an agent must not be able to bury the member. */
const mostOpen = 50;

function shown({ source, quest }: Package): z.infer<typeof questPackage> {
  const { id, version, title, summary, inputs, permissions } = quest;
  const steps = questTaskSteps(quest, sampleValues(quest));
  const seen = computeQuestPreview(quest, sampleValues(quest), usualPlaces);
  if (!steps.ok) throw invalidIssues(steps.issues);
  if (!seen.ok) throw invalidIssues(seen.issues);
  return { source, id, version, title, summary, inputs, steps: seen.value.steps, touches: seen.value.touches, permissions };
}
/** Action `questLibrary`. */
export async function questLibrary(self: Self, requestId: string): Promise<z.infer<typeof questLibraryOut>> {
  const packages = await Promise.all(libraryIds.map((id) => readPackage(self, id, requestId)));
  return { quests: packages.map(shown) };
}
/**
 * Action `questPreview`: what it is, what it may touch, what it would cost with these inputs. Nothing is
 * changed by looking.
 */
export async function previewQuest(
  self: Self,
  input: z.infer<typeof questPreviewIn>,
  requestId: string,
): Promise<z.infer<typeof questPreviewOut>> {
  const pack = await readPackage(self, input.quest, requestId);
  const steps = questTaskSteps(pack.quest, input.inputs);
  const seen = steps.ok ? computeQuestPreview(pack.quest, input.inputs, usualPlaces) : steps;
  if (!seen.ok) return { package: shown(pack), preview: null, issues: seen.issues.slice(0, 30) };
  const { budgetMicros, ...rest } = seen.value;
  return { package: shown(pack), preview: { ...rest, budgetMicros: budgetMicros ?? null }, issues: [] };
}

/**
 * A quest that is ready to start, in the caller's transaction: its values fit. Throws `invalid` with each
 * fault by its path.
 */
async function ready(writer: Writer, pack: Package, inputs: Record<string, unknown>, goal: Id<"gol"> | undefined): Promise<QuestRow> {
  const filled = questTaskSteps(pack.quest, inputs);
  if (!filled.ok) throw invalidIssues(filled.issues);
  const open = inArray(questTable.state, ["ready", ...openStates]);
  const [waiting] = await writer.db.select({ n: count() }).from(questTable).where(open);
  if ((waiting?.n ?? 0) >= mostOpen)
    throw new AppError("conflict", { what: "quests" }, { message: `${mostOpen} quests are open already; end or cancel some first.` });
  const id = newId("qst", writer.now);
  const { id: quest, version, title } = pack.quest;
  const run: QuestRun = {
    id,
    quest,
    version,
    source: pack.source,
    title,
    values: filled.value.values,
    state: "ready",
    ...(goal ? { goal } : {}),
    startedAt: writer.now,
    since: {},
    skipped: {},
    steps: [],
  };
  const row: QuestRow = {
    id,
    state: "ready",
    body: run,
    files: questMemoryTexts(pack.quest, pack.texts),
    dueAt: null,
    rev: 1,
    updatedAt: writer.now,
  };
  await writer.db.insert(questTable).values(row);
  return row;
}

/**
 * Starts it, in the caller's transaction: tasks of all steps that do not repeat, as an accepted plan; the
 * package and its seeds go into memory.
 */
async function beginQuest(writer: Writer, row: QuestRow): Promise<QuestRow> {
  const quest = packageOf(row);
  const specs = stepsOf(quest, row.body).flatMap((step) => (step.repeat === undefined ? [step.spec] : []));
  const body: Plan = { title: row.body.title, story: quest.summary, tasks: specs };
  const plan = specs.length > 0 ? await accepted(writer, body) : undefined;
  const project = await projectOfPlan(writer.db, plan ?? row.id, row.body.title);
  const steps: QuestRun["steps"] = [];
  for (const spec of specs) {
    const made = await createTask(writer, {
      spec,
      ...(plan ? { plan } : {}),
      project: spec.project ?? project,
    });
    steps.push({ step: spec.id, task: made.id });
  }
  const run: QuestRun = { ...row.body, state: "running", startedAt: writer.now, steps, ...(plan ? { plan } : {}) };
  const more = [...packageFiles(row), ...(await seeds(writer, quest.memory))];
  const next = await writeQuest(writer, row, run, { more });
  if (run.goal) await serve(writer, run.goal, run.id);
  await queueTeam(writer);
  return next;
}
async function accepted(writer: Writer, body: Plan): Promise<Id<"pln">> {
  const id = newId("pln", writer.now);
  const row = {
    id,
    state: "accepted",
    revision: 1,
    body,
    turnId: null,
    price: null,
    createdAt: writer.now,
    updatedAt: writer.now,
  } as const;
  await writer.db.insert(planTable).values(row);
  await tellPlan(writer, row);
  await keepPlan(writer, row);
  return id;
}
/** The pinned package beside the quest's progress: what an actor without state goes on by. */
function packageFiles(row: QuestRow): { path: string; content: string }[] {
  return Object.entries(row.files).map(([path, content]) => ({ path: `quests/${row.id}/package/${path}`, content }));
}
/** A file that is there stays as the member has it. */
async function seeds(writer: Writer, memory: readonly { path: string; text: string }[]): Promise<{ path: string; content: string }[]> {
  const paths = memory.map(({ path }) => path);
  const there =
    paths.length === 0
      ? []
      : await writer.db.select({ path: memoryFileTable.path }).from(memoryFileTable).where(inArray(memoryFileTable.path, paths));
  return memory.filter(({ path }) => !there.some((each) => each.path === path)).map(({ path, text }) => ({ path, content: text }));
}
/** Writes into the goal that the quest serves it. */
async function serve(writer: Writer, goal: Id<"gol">, quest: Id<"qst">): Promise<void> {
  const { goal: now } = await prepareGoalChange(writer.db, { id: goal }, writer.now);
  const quests = [...new Set([...now.quests, quest])].slice(-20);
  const { goal: next, file } = await prepareGoalChange(writer.db, { id: goal, quests }, writer.now);
  const { agent } = await me(writer.db);
  await queueFiles(writer, { key: `goal:${goal}:${quest}`, kind: "goal", title: next.title, files: [file], agent });
  await tellGoal(writer, file);
}

/** Action `questStart`. */
export async function startQuest(self: Self, input: z.infer<typeof questStartIn>, key: string, requestId: string) {
  const pack = await readPackage(self, input.quest, requestId);
  const out = await once(self, requestId, `quest:${key}`, questOut, async (writer) => {
    const row = await beginQuest(writer, await ready(writer, pack, input.inputs, input.goal));
    return { quest: await viewOf(writer.db, row) };
  });
  return out;
}
/** What tool `start_quest` does: the member sees it and starts it; nothing runs before. */
export async function proposeQuest(writer: Writer, pack: Package, inputs: Record<string, unknown>): Promise<QuestRow> {
  const row = await ready(writer, pack, inputs, undefined);
  await tellQuest(writer, row);
  await keepQuest(writer, row, packageFiles(row));
  await queueReminder(writer, row.id);
  return row;
}

const resumable = (row: TaskRow, failed: boolean) => row.state === "paused" || (failed && row.state === "failed");
async function resumeTasks(writer: Writer, rows: readonly TaskRow[], failed: boolean): Promise<void> {
  for (const row of rows.filter((each) => resumable(each, failed))) {
    if (row.state === "paused") await resumeTask(writer, row);
    else await applyTask(writer, row.id, { kind: "retry" });
  }
}
async function stopTasks(writer: Writer, rows: readonly TaskRow[], act: "pause" | "cancel"): Promise<void> {
  for (const row of rows) {
    if (isTaskOver(row.state) && !(act === "cancel" && row.state === "failed")) continue;
    if (act === "pause" && row.state !== "paused") await pauseTask(writer, row, "its quest was paused");
    if (act === "cancel") await cancelTask(writer, row, "its quest was cancelled");
  }
}
async function endPlan(writer: Writer, id: Id<"pln"> | undefined): Promise<void> {
  if (id === undefined) return;
  const [row] = await writer.db
    .update(planTable)
    .set({ state: "cancelled", updatedAt: writer.now })
    .where(and(eq(planTable.id, id), eq(planTable.state, "accepted")))
    .returning();
  if (!row) return;
  await tellPlan(writer, row, { reason: "its quest was cancelled" });
  await keepPlan(writer, row);
}

const targets = { start: "running", pause: "paused", resume: "running", cancel: "cancelled" } as const;
/**
 * Action `questAct`. What its state does not take is a conflict that says so; the same again is answered as
 * it is.
 */
export async function actOnQuest(self: Self, { questId, act }: z.infer<typeof questActIn>, key: string, requestId: string) {
  const out = await once(self, requestId, `quest:${key}`, questOut, async (writer) => {
    const row = await requireQuest(writer.db, questId);
    const to = targets[act];
    if (row.state === to && act !== "start") return { quest: await viewOf(writer.db, row) };
    const fits = act === "start" ? row.state === "ready" : act !== "resume" || row.state !== "ready";
    if (!fits || nextQuestState(row.state, to) === undefined)
      throw new AppError("conflict", { what: "quest" }, { message: `The quest is ${row.state}; it can't be ${words[act]}.` });
    const next = act === "start" ? await beginQuest(writer, row) : await move(writer, row, act);
    return { quest: await viewOf(writer.db, next) };
  });
  await abortStopped(self);
  return out;
}
const words = { start: "started", pause: "paused", resume: "resumed", cancel: "cancelled" } as const;
async function move(writer: Writer, row: QuestRow, act: "pause" | "resume" | "cancel"): Promise<QuestRow> {
  const { run, rows } = await tasksOf(writer.db, row.body);
  const list = [...rows.values()];
  if (act === "resume" && list.some((each) => each.state === "cancelled"))
    throw new AppError("conflict", { what: "quest" }, { message: "One of its steps was cancelled, so it can't go on; start it anew." });
  const next = await writeQuest(writer, row, { ...run, state: targets[act] }, { reason: `${words[act]} by the member` });
  if (act === "resume") await resumeTasks(writer, list, row.state === "failed");
  else await stopTasks(writer, list, act);
  if (act === "cancel") await endPlan(writer, run.plan);
  if (act === "resume") await advanceQuests(writer);
  await queueTeam(writer);
  return act === "resume" ? requireQuest(writer.db, next.id) : next;
}
