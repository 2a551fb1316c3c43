import { and, count, desc, eq, like, lt } from "drizzle-orm";
import type { z } from "zod";
import { approval } from "../../schema/approval/approval.table.ts";
import {
  type Approval,
  allowedBy,
  approvalIn,
  type approvalOut,
  type approvalsIn,
  type approvalsOut,
  type DecideIn,
  type DecideOut,
  decide,
  decideOut,
  deniedBy,
  expired,
  expiry,
  type Outcome,
  type Scope,
  type Subject,
  viewOf,
  withdrawn,
} from "../../schema/approval/approval.ts";
import type { Effect } from "../../schema/approval/effect.ts";
import { type Always, covered } from "../../schema/approval/permission.ts";
import { task } from "../../schema/task/task.table.ts";
import type { TaskState } from "../../schema/task/task.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { turn } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { type AgentRow, findAgent, setAgent } from "../agent/agent.ts";
import { tellSub } from "../agent/team.ts";
import { afterBudget } from "../conversation/message.ts";
import { mainBranch, queueRight } from "../git/push-permission.ts";
import { record, type Writer } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { drop, enqueue, type WorkRow } from "../kernel/work.ts";
import { allowAlways, rulesFor } from "../policy.ts";
import { dropReminder, queueReminder } from "../reminder.ts";
import { applyTask } from "../task/task.ts";
import { repetitionAnswered } from "../turn/repetition.ts";
import { closed, keepQuestion } from "./open-questions.ts";
import { tellAgent } from "./question.ts";

export type ApprovalRow = typeof approval.$inferSelect;

/** What an agent or the platform asks the member. `key` makes it once-only. */
export type Question = {
  key: string;
  agent: AgentRow;
  turn?: Id<"trn"> | undefined;
  subject: Subject;
  title: string;
  why: string;
  /** What a yes may cost, where that is known. */
  costMicros?: number;
  reach: string;
  /** What a yes brings about; a no holds for it in the whole task. */
  effects?: Effect[];
  scopes: Scope[];
  goesOn: boolean;
  expiresAt?: number;
  opencode?: Approval["opencode"];
  always?: Always | undefined;
  requestId: string;
};

/** Asks, in the caller's transaction: from its commit on the question outlives every restart. The same key again is the same question. */
export async function askMember(writer: Writer, of: Question): Promise<Approval> {
  const [known] = await writer.db.select().from(approval).where(eq(approval.key, of.key));
  if (known) return known.body;
  const { agent, subject, title, why, reach, scopes, goesOn, opencode, always = null } = of;
  const [id, who] = [newId("apr", writer.now), await me(writer.db)];
  const body: Approval = {
    ...{ id, member: who.member as Id<"mem">, agent: agent.id as Id<"agt">, subject, title, why, reach, scopes, goesOn },
    ...(agent.task ? { task: agent.task as Id<"tsk"> } : {}),
    ...(of.turn ? { turn: of.turn } : {}),
    ...(of.effects?.length ? { effects: of.effects } : {}),
    ...(opencode ? { opencode } : {}),
    ...(of.costMicros === undefined ? {} : { costMicros: of.costMicros }),
    ...{ state: "pending", createdAt: writer.now, expiresAt: of.expiresAt ?? expiry(subject.kind, writer.now) },
  };
  const { task: taskId = null, turn: turnId = null, expiresAt } = body;
  const copies = { task: taskId, turn: turnId, session: opencode?.session ?? null, state: body.state, expiresAt };
  await writer.db.insert(approval).values({ id, key: of.key, agent: agent.id, ...copies, body, always });
  await writer.append("approval.asked", { ref: `asked:${id}`, channel: agent.channel, ...(turnId ? { turnId } : {}), body: viewOf(body) });
  await enqueue(writer, { kind: "expire", key: `expire:${id}`, payload: { approvalId: id }, requestId: of.requestId, dueAt: expiresAt });
  await queueReminder(writer, id, of.requestId);
  await keepQuestion(writer, body, agent, of.requestId);
  if (opencode || !goesOn) await waits(writer, agent, body, of.requestId);
  await followPushes(writer, body, of.requestId);
  return body;
}
/** While a push is asked about, and after a no, Gitea takes it from nobody: whatever command tries it. */
async function followPushes(writer: Writer, asked: Approval, requestId: string): Promise<void> {
  if (!asked.task || !asked.effects?.some((effect) => effect.startsWith("push:"))) return;
  const [row] = await writer.db.select({ project: task.project, branch: task.branch }).from(task).where(eq(task.id, asked.task));
  if (row?.branch === mainBranch) await queueRight(writer, row.project, requestId);
}
/** A no is about what would have been brought about: it is kept with the task, and answers what else waits for the same. */
async function declineEffects(writer: Writer, decided: Approval, requestId: string): Promise<void> {
  if (!decided.task || !decided.effects?.length || (decided.state !== "denied" && decided.state !== "expired")) return;
  const note = decided.decided?.note?.trim();
  const command: TaskCommand = {
    kind: "decline",
    approval: decided.id,
    effects: decided.effects,
    ...(note ? { note } : {}),
    ...(decided.state === "expired" ? { unanswered: true } : {}),
  };
  if (!(await applyTask(writer, decided.task, command, requestId)).ok) return; // over: nobody asks in it any more
  const waiting = and(eq(approval.task, decided.task), eq(approval.state, "pending"));
  for (const row of await writer.db.select().from(approval).where(waiting).orderBy(approval.id)) {
    const after = row.body.effects?.some((effect) => decided.effects?.includes(effect))
      ? deniedBy(row.body, decided, writer.now)
      : undefined;
    if (after) await settle(writer, after, requestId);
  }
}

/** A merge asks before its agent's first step; what waits already waits for one answer more. */
const asking: readonly TaskState[] = ["assigned", "in_progress", "waiting"];
/** The agent, and its task, wait for the answer. */
async function waits(writer: Writer, agent: AgentRow, of: Approval, requestId: string): Promise<void> {
  if (!of.task) return void (await setAgent(writer, agent, "waiting", agent.task));
  const [row] = await writer.db.select({ facts: task.facts }).from(task).where(eq(task.id, of.task));
  if (row && asking.includes(row.facts.state))
    await applyTask(writer, of.task, { kind: "ask", worker: of.agent, run: row.facts.run, approval: of.id }, requestId);
}
/** Why a task ends with a no to these. */
const endedBy: Partial<Record<Subject["kind"], string>> = { budget: "its budget is used up", repetition: "it went in circles" };
async function goesOn(writer: Writer, of: Approval, requestId: string): Promise<void> {
  const { state } = of;
  if (state === "pending") return;
  if (of.task) {
    const goesOn = of.goesOn || state === "allowed" || state === "withdrawn";
    const about = endedBy[of.subject.kind] === undefined ? {} : { about: endedBy[of.subject.kind] };
    await applyTask(writer, of.task, { kind: "answer", approval: of.id, outcome: state, goesOn, ...about }, requestId); // refused by one that does not wait for it
    return;
  }
  if (of.goesOn && !of.opencode) return;
  const agent = await findAgent(writer.db, of.agent);
  if (agent?.state !== "waiting" || (await waitingFor(writer.db, of.agent)) > 0) return;
  const [busy] = await writer.db
    .select({ id: turn.id })
    .from(turn)
    .where(and(eq(turn.agent, of.agent), eq(turn.state, "running")));
  await setAgent(writer, agent, busy ? "working" : "idle", agent.task);
}

export async function findApproval(db: Db, id: string): Promise<ApprovalRow | undefined> {
  return (await db.select().from(approval).where(eq(approval.id, id)))[0];
}
/** All that was asked under keys that begin so. */
export function askedUnder(db: Db, prefix: string): Promise<ApprovalRow[]> {
  return db
    .select()
    .from(approval)
    .where(like(approval.key, `${prefix}%`));
}
/** How many answers an agent (or, without one, the member's agents together) waits for. */
export async function waitingFor(db: Db, agent?: string): Promise<number> {
  const pending = eq(approval.state, "pending");
  const [row] = await db
    .select({ n: count() })
    .from(approval)
    .where(agent === undefined ? pending : and(pending, eq(approval.agent, agent)));
  return row?.n ?? 0;
}

/** The one writer of an approval's end: compare-and-set, event, and what the end sets in motion. False when somebody else was first. */
async function settle(writer: Writer, after: Approval, requestId: string): Promise<boolean> {
  const won = await writer.db
    .update(approval)
    .set({ state: after.state, body: after, scope: after.decided?.scope ?? null })
    .where(and(eq(approval.id, after.id), eq(approval.state, "pending")))
    .returning({ always: approval.always });
  if (!won[0]) return false;
  const { id, agent, task: taskId, turn: turnId, title, state, decided } = after;
  const channel = (await findAgent(writer.db, agent))?.channel;
  const body = {
    id,
    agent,
    ...(taskId ? { task: taskId } : {}),
    ...(turnId ? { turn: turnId } : {}),
    title,
    state,
    ...(decided ? { decided } : {}),
  };
  await writer.append("approval.decided", { ref: `decided:${id}`, ...(channel ? { channel } : {}), ...(turnId ? { turnId } : {}), body });
  await drop(writer.db, `expire:${id}`);
  await dropReminder(writer, id);
  if (!after.opencode) await closed(writer, after, requestId);
  if (decided?.scope === "always" && won[0].always) await allowAlways(writer, after, won[0].always, requestId);
  await declineEffects(writer, after, requestId);
  await goesOn(writer, after, requestId);
  await followPushes(writer, after, requestId);
  if (after.opencode) await queueReplies(writer, after.opencode.session, requestId);
  else if (after.subject.kind === "budget") await budgetAnswered(writer, after, requestId);
  else if (after.subject.kind === "repetition") await repetitionAnswered(writer, after, requestId);
  else if (after.state !== "withdrawn") await tellAgent(writer, after, requestId);
  return true;
}
/** What was decided in a session goes to OpenCode. */
export async function queueReplies(writer: Writer, session: string, requestId: string): Promise<void> {
  await enqueue(writer, { kind: "approval", key: `approval:${session}`, payload: { session }, requestId, again: true });
}

/** Action `decide`: the first answer counts; a later one learns who gave it, and changes nothing. */
export function decideApproval(self: Self, input: DecideIn, key: string, requestId: string): Promise<DecideOut> {
  return once(self, `decide:${key}`, decideOut, async (writer) => {
    const { approvalId, ...answer } = input;
    const row = await findApproval(writer.db, approvalId);
    if (!row) throw new AppError("not_found");
    const outcome = decide(row.body, answer, writer.now);
    if (!outcome.ok && outcome.code === "expired" && row.state === "pending") await settle(writer, outcome.approval, requestId);
    if (!outcome.ok) return refused(outcome);
    if (await settle(writer, outcome.approval, requestId)) {
      if (outcome.grant) await settleCovered(self, writer, outcome.approval, requestId);
      return { counted: true, text: `Answered: ${outcome.approval.state}.`, approval: viewOf(outcome.approval) };
    }
    const now = (await findApproval(writer.db, approvalId))?.body ?? row.body;
    const second = decide(now, answer, writer.now);
    if (second.ok) throw new AppError("conflict", { what: "approval" });
    return refused(second);
  });
}
/** What else waits and is allowed by an answer for more than once needs no answer of its own. */
async function settleCovered(self: Self, writer: Writer, by: Approval, requestId: string): Promise<void> {
  for (const row of await writer.db.select().from(approval).where(eq(approval.state, "pending")).orderBy(approval.id)) {
    const agent = await findAgent(writer.db, row.agent);
    if (!agent || agent.retiredAt || !covered(row.body.subject, await rulesFor(writer.db, self.vars.world.types, agent))) continue;
    const after = allowedBy(row.body, by, writer.now);
    if (after) await settle(writer, after, requestId);
  }
}
const refused = ({ code, text, approval: now }: Extract<Outcome, { ok: false }>): DecideOut => ({
  counted: false,
  code,
  text,
  approval: viewOf(now),
});

/** Questions of OpenCode's own end with the turn that asked them: nobody waits there any more. In the caller's transaction. */
export async function withdrawTurn(writer: Writer, turnId: string, reason: string, requestId: string): Promise<void> {
  const rows = await writer.db
    .select()
    .from(approval)
    .where(and(eq(approval.turn, turnId), eq(approval.state, "pending")));
  for (const row of rows) if (row.body.opencode) await withdraw(writer, row, reason, requestId);
}
/** A task that is over waits for nothing. In the caller's transaction. */
export async function withdrawTask(writer: Writer, taskId: string, reason: string, requestId: string): Promise<void> {
  const rows = await writer.db
    .select()
    .from(approval)
    .where(and(eq(approval.task, taskId), eq(approval.state, "pending")));
  for (const row of rows) await withdraw(writer, row, reason, requestId);
}
export async function withdraw(writer: Writer, row: ApprovalRow, reason: string, requestId: string): Promise<void> {
  const after = withdrawn(row.body, reason, writer.now);
  if (after) await settle(writer, after, requestId);
}

/** Whether a turn that has ended waits for a budget or a service, without which its agent can't go on: its end then tells nobody anything yet. */
export async function holds(db: Db, turnId: string): Promise<boolean> {
  const rows = await db
    .select({ body: approval.body })
    .from(approval)
    .where(and(eq(approval.turn, turnId), eq(approval.state, "pending")));
  return rows.some(({ body }) => !body.opencode && !body.goesOn && body.subject.kind !== "question");
}
/** More of it: the agent goes on where it was stopped. A no has ended its task. A turn that is not stopped yet tells of its end itself. */
async function budgetAnswered(writer: Writer, of: Approval, requestId: string): Promise<void> {
  if (of.subject.kind !== "budget" || of.task === undefined) return;
  const agent = await findAgent(writer.db, of.agent);
  const more = agent?.task === of.task && (of.state === "allowed" || of.state === "withdrawn");
  if (agent) await afterBudget(writer, { agent, more }, requestId);
  if (of.state === "denied" || of.state === "expired") {
    await tellSub(writer, of.agent, `spent:${of.id}`, { kind: "cancel", task: of.task }, requestId);
    return;
  }
  if (of.state === "allowed" && of.subject.of === "quest") await raisedForAll(writer, of, requestId);
  const stopped = and(eq(turn.agent, of.agent), like(turn.key, `${of.task}:%`), eq(turn.state, "stopped"));
  for (const { key } of await writer.db.select({ key: turn.key }).from(turn).where(stopped))
    if (key !== null)
      // it knows which one it waits for
      await tellSub(writer, of.agent, `raised:${of.id}:${key}`, { kind: "turn_ended", key, end: "stopped", reason: "raised" }, requestId);
}
/** Each task of a quest asks for itself; what was added is there for all. */
async function raisedForAll(writer: Writer, of: Approval, requestId: string): Promise<void> {
  if (of.subject.kind !== "budget") return;
  const same = and(like(approval.key, `budget:quest:${of.subject.id}:%`), eq(approval.state, "pending"));
  for (const row of await writer.db.select().from(approval).where(same))
    await withdraw(writer, row, "you raised the quest's budget", requestId);
}

type List = z.infer<typeof approvalsIn>;
/** Action `approvals`: newest first. */
export async function listApprovals(db: Db, of: List): Promise<z.infer<typeof approvalsOut>> {
  const rows = await db
    .select({ body: approval.body })
    .from(approval)
    .where(
      and(
        of.cursor ? lt(approval.id, of.cursor) : undefined,
        of.state ? eq(approval.state, of.state) : undefined,
        of.agent ? eq(approval.agent, of.agent) : undefined,
        of.task ? eq(approval.task, of.task) : undefined,
      ),
    )
    .orderBy(desc(approval.id))
    .limit(of.limit + 1);
  const page = rows.slice(0, of.limit).map((row) => viewOf(row.body));
  const next = rows.length > of.limit ? (page.at(-1)?.id ?? null) : null;
  return { approvals: page, next, waiting: await waitingFor(db) };
}
/** Action `approval`. */
export async function oneApproval(db: Db, id: string): Promise<z.infer<typeof approvalOut>> {
  const row = await findApproval(db, id);
  if (!row) throw new AppError("not_found");
  return { approval: viewOf(row.body) };
}

/** Nobody answered in time: that is a no, and it is said. */
export const expireWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const { approvalId } = approvalIn.parse(work.payload);
    await record(self, async (writer) => {
      const row = await findApproval(writer.db, approvalId);
      const over = row ? expired(row.body, writer.now) : undefined;
      if (over) await settle(writer, over, work.requestId);
    });
    self.vars.kick();
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    self.vars.world.log("error", "an approval did not expire", { requestId: work.requestId, error });
  },
};
