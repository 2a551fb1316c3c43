import { and, isNotNull } from "drizzle-orm";
import type { z } from "zod";
import { changeGoal, type Goal, type GoalIn, goalFile, goalPath, goalProgress, readGoal } from "../schema/goal.ts";
import { type GoalView, goalOut, type goalsOut } from "../schema/memory/memory-api.ts";
import type { MemoryChange } from "../schema/memory/memory-change.ts";
import { memoryFileTable } from "../schema/memory/memory-file.table.ts";
import { likeSealed } from "../schema/seal/sealed-column.ts";
import { AppError } from "../schema/wire/error.ts";
import { newId } from "../schema/wire/id.ts";
import { tellGoal } from "./goal-event.ts";
import { once } from "./kernel/idempotency.ts";
import { me, type Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { waitForEffect } from "./kernel/work.ts";
import { findOutboxRow, queueFiles } from "./memory/outbox.ts";
import { listProposals } from "./proposal.ts";

/** The member's goals: files in memory, of which the actor has the texts at hand. */
export async function readGoals(db: Db): Promise<GoalView[]> {
  const rows = await db
    .select()
    .from(memoryFileTable)
    .where(and(likeSealed(memoryFileTable.path, "goals/%"), isNotNull(memoryFileTable.content)));
  return rows
    .flatMap((row) => {
      const read = readGoal(row.content ?? "");
      return read.ok ? [{ ...read.value, path: row.path, done: goalProgress(read.value) ?? null, hash: row.hash }] : [];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
/** Action `goals`, with the changes that agents propose. */
export async function listGoals(db: Db): Promise<z.infer<typeof goalsOut>> {
  const { proposals: waiting } = await listProposals(db, { limit: 100, state: "pending" });
  return { goals: await readGoals(db), proposed: waiting.filter((proposal) => proposal.kind === "goal") };
}

/** The file that holds a goal after a change; a goal that is not there is not found. */
export async function prepareGoalChange(
  db: Db,
  input: GoalIn,
  now: number,
): Promise<{ goal: Goal; file: MemoryChange & { content: string } }> {
  const before = input.id === undefined ? undefined : (await readGoals(db)).find((goal) => goal.id === input.id);
  if (input.id !== undefined && !before) throw new AppError("not_found", { what: "goal" });
  const { path, done: _done, hash: _hash, ...was } = before ?? { path: undefined, done: null, hash: null };
  const next = changeGoal(before ? (was as Goal) : undefined, input, newId("gol", now), new Date(now).toISOString().slice(0, 10));
  if (!next.ok) throw new AppError("invalid", { issues: next.issues });
  return { goal: next.value, file: goalFile(next.value, path ?? goalPath(next.value)) };
}

/** Action `goalPut`: the member's own goal, or a change of it. */
export async function saveGoal(self: Self, input: GoalIn, key: string, requestId: string): Promise<z.infer<typeof goalOut>> {
  const made = await once(self, requestId, `goal:${key}`, goalOut, async (writer) => {
    const { goal, file } = await prepareGoalChange(writer.db, input, writer.now);
    const { agent } = await me(writer.db);
    await queueFiles(writer, { key: `goal:${key}`, kind: "goal", title: goal.title, files: [file], agent });
    await tellGoal(writer, file);
    return { goal: { ...goal, path: file.path, done: goalProgress(goal) ?? null, hash: null }, hash: null };
  });
  const hash = await waitForEffect(
    self,
    `outbox:goal:${key}`,
    3_000,
    async () => (await findOutboxRow(self, `goal:${key}`))?.hash ?? undefined,
  );
  return { ...made, hash: hash ?? null };
}
