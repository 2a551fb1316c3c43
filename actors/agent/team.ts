import { and, desc, eq, inArray, isNotNull, isNull, lte, ne, notInArray } from "drizzle-orm";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { type AgentType, mergesWork } from "../../schema/agent/agent-type.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import type { Plan } from "../../schema/plan/plan.ts";
import { type HandOff, nextTasks, type ScheduledTask, type TaskHold } from "../../schema/plan/schedule.ts";
import { agentBranch } from "../../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { activeTaskStates, isTaskOver, taskStates } from "../../schema/task/task.ts";
import type { AppError } from "../../schema/wire/error.ts";
import { newId, siblingId } from "../../schema/wire/id.ts";
import { forgetRecap } from "../conversation/conversation.ts";
import { mainBranch } from "../git/git.ts";
import { queueProof, tellSubAgent } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { endPlans } from "../plan/plan-end.ts";
import * as project from "../project.ts";
import { advanceQuests } from "../quest/quest.ts";
import { lapse } from "../stack/lapse.ts";
import { isLetGo } from "../stack/resume.ts";
import { isHeld } from "../stack/tier.ts";
import { tellAssigned } from "../task/assigned.ts";
import { applyTask } from "../task/task.ts";
import { findAgent } from "./agent.ts";
import { retireServer } from "./agent-server.ts";
import { type AgentTypeMap, readOfferedTypes } from "./agent-type.ts";
import { callSubAgent } from "./sub-agent-call.ts";

/** Who works on what: the one place that gives tasks to agents. */
type TeamRound = { writer: Writer; types: AgentTypeMap; limit: number };
const isMergingType = (types: AgentTypeMap, owner: string) => mergesWork(types.get(owner)); // a type may have gone
function toScheduledTask(types: AgentTypeMap, row: TaskRow): ScheduledTask {
  const lane =
    isMergingType(types, row.spec.owner) && (row.worker !== null || row.state === "created") ? { lane: `main of ${row.project}` } : {};
  return { spec: row.specId, title: row.spec.title, state: row.state, ...(row.dueAt === null ? {} : { dueAt: row.dueAt }), ...lane };
}
const planOneTask = (row: TaskRow): Plan => ({ title: row.spec.title, story: "", tasks: [{ ...row.spec, depends_on: [] }] });

async function runTeamRound(round: TeamRound): Promise<void> {
  const { writer } = round;
  await wakeDue(round);
  const plans = await writer.db.select().from(planTable).where(eq(planTable.state, "accepted")).orderBy(planTable.createdAt);
  for (const { id, body } of plans) {
    const rows = await writer.db.select().from(taskTable).where(eq(taskTable.plan, id));
    await beginTasks(round, body, rows);
  }
  await advanceQuests(writer);
  const lone = await writer.db
    .select()
    .from(taskTable)
    .where(and(isNull(taskTable.plan), eq(taskTable.state, "created")))
    .orderBy(taskTable.createdAt);
  for (const row of lone) await beginTasks(round, planOneTask(row), [row]);
  await endPlans(writer);
  const [next] = await writer.db
    .select({ at: taskTable.dueAt })
    .from(taskTable)
    .where(and(isNotNull(taskTable.dueAt), notInArray(taskTable.state, ["paused", "failed", "cancelled"])))
    .orderBy(taskTable.dueAt)
    .limit(1);
  if (next?.at)
    await writer.queue("team", {
      key: "team:due",
      again: true,
      dueAt: Math.max(next.at, writer.now + 50),
    });
}

/** Tries tasks again whose back-off is over. */
async function wakeDue({ writer }: TeamRound): Promise<void> {
  const rows = await writer.db
    .select()
    .from(taskTable)
    .where(and(isNotNull(taskTable.dueAt), lte(taskTable.dueAt, writer.now), inArray(taskTable.state, [...activeTaskStates, "complete"])));
  for (const row of rows) {
    const done = await applyTask(writer, row.id, { kind: "due" });
    if (!done.ok || !done.row.worker) continue;
    if (done.row.state === "complete") {
      await queueProof(writer, done.row);
      continue;
    }
    const again = { kind: "again", task: row.id } as const;
    await tellSubAgent(writer, done.row.worker, `again:${row.id}:${done.row.rev}`, again);
  }
}

/** Begins those of a plan's tasks that may begin, and tells each of the others what it waits for. */
async function beginTasks(round: TeamRound, plan: Plan, rows: readonly TaskRow[]): Promise<void> {
  const { writer } = round;
  const open = await writer.db
    .select()
    .from(taskTable)
    .where(notInArray(taskTable.state, taskStates.filter(isTaskOver)));
  const others = open.filter((row) => !rows.some((each) => each.id === row.id));
  const seen = (row: TaskRow) => toScheduledTask(round.types, row);
  const next = nextTasks(plan, rows.map(seen), round.limit, writer.now, others.map(seen));
  for (const { spec, handOffs } of next.start) {
    const row = rows.find((each) => each.specId === spec.id);
    if (row?.state === "created") await assignTask(round, row, handOffs, rows);
  }
  for (const hold of next.hold) {
    const row = rows.find((each) => each.specId === hold.spec);
    if (row) await tellHold(writer, row, hold);
  }
}
async function tellHold(writer: Writer, row: TaskRow, { why, on, text }: TaskHold): Promise<void> {
  const ref = `held:${row.id}:${row.rev}:${why}:${on.join(",")}`;
  await writer.append("task.held", { ref, body: { taskId: row.id, hold: { why, on, text } } });
}

/** Gives a task to an agent of its type: a free one that has worked in no other project, or a new one. */
async function assignTask(round: TeamRound, row: TaskRow, handOffs: HandOff[], planRows: readonly TaskRow[]): Promise<void> {
  const { writer, types } = round;
  const type = types.get(row.spec.owner);
  if (!type) return failWithoutType(writer, row);
  const worker = await takeAgent(writer, type, row);
  const branch = isMergingType(types, type.id) ? mainBranch : await chooseBranch(writer, row, worker);
  await writer.db.update(taskTable).set({ branch }).where(eq(taskTable.id, row.id));
  const done = await applyTask(writer, row.id, { kind: "assign", worker: worker.id });
  if (!done.ok) throw new Error(`a task that may begin was refused: ${done.reason}`);
  await project.queueProject(writer, row.project, undefined);
  for (const each of handOffs) await tellHandOff(writer, row, each, planRows, worker);
  if (branch !== mainBranch) await tellAssigned(writer, done.row, undefined, row); // a merge begins when git has tried it
}
/** Fails a task whose agent type no longer exists. All others go on. */
async function failWithoutType(writer: Writer, row: TaskRow): Promise<void> {
  const reason = `there is no agent type ${row.spec.owner} any more; bring it back and try again, or change the plan`;
  await applyTask(writer, row.id, { kind: "error", class: "auth", reason });
}
/** A branch for this task alone: an earlier task of that name keeps the branch that its receipt names. */
async function chooseBranch(writer: Writer, row: TaskRow, worker: AgentRow): Promise<string> {
  const name = agentBranch(worker.id, row.specId.toLowerCase());
  const taken = and(eq(taskTable.project, row.project), eq(taskTable.branch, name), ne(taskTable.id, row.id));
  const [other] = await writer.db.select({ id: taskTable.id }).from(taskTable).where(taken).limit(1);
  return other ? `${name}-${row.id.slice(-6).toLowerCase()}` : name;
}
async function takeAgent(writer: Writer, type: AgentType, row: TaskRow): Promise<AgentRow> {
  const [free] = await writer.db
    .select()
    .from(agentTable)
    .where(and(eq(agentTable.type, type.id), eq(agentTable.project, row.project), isNull(agentTable.task), eq(agentTable.state, "idle")))
    .orderBy(desc(agentTable.usedAt))
    .limit(1);
  if (free) {
    const fresh = { task: row.id, session: null, sessionId: null }; // each task has its own session
    await writer.db
      .update(agentTable)
      .set({ ...fresh, usedAt: writer.now })
      .where(eq(agentTable.id, free.id));
    await forgetRecap(writer.db, free.id);
    return { ...free, ...fresh };
  }
  return makeAgent(writer, type, row);
}
async function makeAgent(writer: Writer, type: AgentType, task: TaskRow): Promise<AgentRow> {
  const key = newId("agt", writer.now);
  const same = await writer.db.select({ id: agentTable.id }).from(agentTable).where(eq(agentTable.type, type.id));
  const title = same.length === 0 ? type.title : `${type.title} ${same.length + 1}`;
  const at = { createdAt: writer.now, usedAt: writer.now };
  const [row] = await writer.db
    .insert(agentTable)
    .values({ id: key, type: type.id, title, channel: siblingId("chn", key), state: "idle", task: task.id, project: task.project, ...at })
    .returning();
  if (!row) throw new Error("an agent was not written");
  return row;
}
async function tellHandOff(writer: Writer, row: TaskRow, handOff: HandOff, planRows: readonly TaskRow[], worker: AgentRow): Promise<void> {
  const from = planRows.find((each) => each.specId === handOff.from);
  if (!from || !row.plan) return;
  const ids = { planId: row.plan, from: from.id, to: row.id };
  await writer.append("task.handoff", {
    ref: `handoff:${from.id}:${row.id}:${row.rev}`,
    body: { ...ids, fromOwner: handOff.fromOwner, toOwner: handOff.toOwner, agentId: worker.id },
  });
}
export const teamWork = {
  async run(self: Self, work: WorkItem<"team">): Promise<void> {
    if (await isLetGo(self, work.requestId)) return; // the stack queues it again when it is up
    const { ceiling } = await self.vars.stack.ticket(work.requestId);
    if (ceiling !== "running" && (await lapse(self, work.requestId)).stopped) return; // the start after a payment queues it again
    const { limits } = await self.vars.stack.ticket(work.requestId);
    const limit = Math.max(0, limits.agents - 1); // the Grow Agent has one place for itself
    await record(self, work.requestId, async (writer) => {
      if (isHeld(await me(writer.db))) return;
      const types = await readOfferedTypes(writer.db, self.vars.world.types);
      await runTeamRound({ writer, types, limit });
    });
  },
  async gaveUp(self: Self, work: WorkItem<"team">, error: AppError): Promise<void> {
    const text = `Tasks could not be given out: ${error.message}`;
    await record(self, work.requestId, (writer) =>
      writer.append("notice", { ref: `team:${work.id}`, body: { level: "error", code: error.code, text } }),
    );
  },
};

export const peerWork = {
  async run(self: Self, work: WorkItem<"peer">): Promise<void> {
    const { agent: to, key, input } = work.payload;
    const row = await findAgent(self.db, to);
    if (row) await callSubAgent(self, row, { key, input, requestId: work.requestId });
  },
  /** The agent can't be told: the task does not wait for it in silence. */
  async gaveUp(self: Self, work: WorkItem<"peer">, error: AppError): Promise<void> {
    const { agent: to } = work.payload;
    await record(self, work.requestId, async (writer) => {
      const row = await findAgent(writer.db, to);
      if (row?.task)
        await applyTask(writer, row.task, { kind: "error", class: "stale_worker", reason: `its agent can't be reached: ${error.message}` });
    });
  },
};

export const retireWork = {
  run: (self: Self, work: WorkItem<"retire">) => retireServer(self, work.payload.agent, work.requestId),
  async gaveUp(self: Self, work: WorkItem<"retire">): Promise<void> {
    self.vars.world.log("warn", "a retired agent's server was not stopped; it is when its place is needed", { requestId: work.requestId });
  },
};
