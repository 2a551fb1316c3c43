import { and, desc, eq, lt } from "drizzle-orm";
import type { z } from "zod";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import {
  type Approval,
  type ApprovalOutcome,
  type ApprovalScope,
  type ApprovalSubject,
  allowLikeApproval,
  answerApproval,
  approvalExpiry,
  expireApproval,
  withdrawApproval,
} from "../../schema/approval/approval.ts";
import {
  type ApprovalDecideIn,
  type ApprovalDecideOut,
  approvalDecideOut,
  type approvalOut,
  type approvalsIn,
  type approvalsOut,
  viewApproval,
} from "../../schema/approval/approval-api.ts";
import type { Effect } from "../../schema/approval/effect.ts";
import { type AlwaysRule, isAllowedByRules } from "../../schema/approval/permission.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { findAgent } from "../agent/agent.ts";
import { once } from "../kernel/idempotency.ts";
import { dropExpiry, dropReminder, queueExpiry, queueReminder } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { readPermissionRules } from "../policy.ts";
import { countPendingApprovals, findApproval } from "./approval-row.ts";
import { keepQuestion, removeOpenItem } from "./open-questions.ts";
/** What an agent or the platform asks the member. `key` makes it once-only. */
export type MemberQuestion = {
  key: string;
  agent: AgentRow;
  turn?: Id<"trn"> | undefined;
  subject: ApprovalSubject;
  title: string;
  why: string;
  /** What a yes may cost, where that is known. */
  costMicros?: number;
  reach: string;
  /** What a yes brings about; a no holds for it in the whole task. */
  effects?: Effect[];
  scopes: ApprovalScope[];
  goesOn: boolean;
  expiresAt?: number;
  opencode?: Approval["opencode"];
  always?: AlwaysRule | undefined;
};

/**
 * Asks, in the caller's transaction: from its commit on the question outlives every restart. The same key
 * again is the same question.
 */
export async function askMember(writer: Writer, question: MemberQuestion): Promise<Approval> {
  const [known] = await writer.db.select().from(approvalTable).where(eq(approvalTable.key, question.key));
  if (known) return known.body;
  const { agent, subject, title, why, reach, scopes, goesOn, opencode, always = null } = question;
  const [id, actor] = [newId("apr", writer.now), await me(writer.db)];
  const body: Approval = {
    ...{ id, member: actor.member, agent: agent.id, subject, title, why, reach, scopes, goesOn },
    ...(agent.task ? { task: agent.task } : {}),
    ...(question.turn ? { turn: question.turn } : {}),
    ...(question.effects?.length ? { effects: question.effects } : {}),
    ...(opencode ? { opencode } : {}),
    ...(question.costMicros === undefined ? {} : { costMicros: question.costMicros }),
    ...{ state: "pending", createdAt: writer.now, expiresAt: question.expiresAt ?? approvalExpiry(subject.kind, writer.now) },
  };
  const { task: taskId = null, turn: turnId = null, expiresAt } = body;
  const copies = { task: taskId, turn: turnId, session: opencode?.session ?? null, state: body.state, expiresAt };
  await writer.db.insert(approvalTable).values({ id, key: question.key, agent: agent.id, ...copies, body, always });
  await queueExpiry(writer, id, expiresAt);
  await queueReminder(writer, id);
  await keepQuestion(writer, body, agent);
  const entry = { ref: `asked:${id}`, channel: agent.channel, ...(turnId ? { turnId } : {}), body: viewApproval(body) };
  await writer.append("approval.asked", entry, { approval: body, agent });
  return body;
}
/**
 * The one writer of an approval's end, by compare-and-set; the rest follows from its event. False when
 * another was first.
 */
export async function settleApproval(writer: Writer, after: Approval): Promise<boolean> {
  const won = await writer.db
    .update(approvalTable)
    .set({ state: after.state, body: after, scope: after.decided?.scope ?? null })
    .where(and(eq(approvalTable.id, after.id), eq(approvalTable.state, "pending")))
    .returning({ always: approvalTable.always });
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
  await dropExpiry(writer, id);
  await dropReminder(writer, id);
  if (!after.opencode) await removeOpenItem(writer, after);
  const entry = { ref: `decided:${id}`, ...(channel ? { channel } : {}), ...(turnId ? { turnId } : {}), body };
  await writer.append("approval.decided", entry, { approval: after, always: won[0].always });
  return true;
}
/** Action `decide`: the first answer counts; a later one learns who gave it, and changes nothing. */
export function decideApproval(self: Self, input: ApprovalDecideIn, key: string, requestId: string): Promise<ApprovalDecideOut> {
  return once(self, requestId, `decide:${key}`, approvalDecideOut, async (writer) => {
    const { approvalId, ...answer } = input;
    const row = await findApproval(writer.db, approvalId);
    if (!row) throw new AppError("not_found");
    const outcome = answerApproval(row.body, answer, writer.now);
    if (!outcome.ok && outcome.code === "expired" && row.state === "pending") await settleApproval(writer, outcome.approval);
    if (!outcome.ok) return refusedDecision(outcome);
    if (await settleApproval(writer, outcome.approval)) {
      if (outcome.grant) await settleCovered(self, writer, outcome.approval);
      return { counted: true, text: `Answered: ${outcome.approval.state}.`, approval: viewApproval(outcome.approval) };
    }
    const now = (await findApproval(writer.db, approvalId))?.body ?? row.body;
    const second = answerApproval(now, answer, writer.now);
    if (second.ok) throw new AppError("conflict", { what: "approval" });
    return refusedDecision(second);
  });
}
/** Settles the other questions that an answer with a wider scope allows. */
async function settleCovered(self: Self, writer: Writer, by: Approval): Promise<void> {
  for (const row of await writer.db.select().from(approvalTable).where(eq(approvalTable.state, "pending")).orderBy(approvalTable.id)) {
    const agent = await findAgent(writer.db, row.agent);
    if (
      !agent ||
      agent.retiredAt ||
      !isAllowedByRules(row.body.subject, await readPermissionRules(writer.db, self.vars.world.types, agent))
    )
      continue;
    const after = allowLikeApproval(row.body, by, writer.now);
    if (after) await settleApproval(writer, after);
  }
}
const refusedDecision = ({ code, text, approval: now }: Extract<ApprovalOutcome, { ok: false }>): ApprovalDecideOut => ({
  counted: false,
  code,
  text,
  approval: viewApproval(now),
});

/** Withdraws the questions that OpenCode asked in a turn that has ended. In the caller's transaction. */
export async function withdrawTurnApprovals(writer: Writer, turnId: Id<"trn">, reason: string): Promise<void> {
  const rows = await writer.db
    .select()
    .from(approvalTable)
    .where(and(eq(approvalTable.turn, turnId), eq(approvalTable.state, "pending")));
  for (const row of rows) if (row.body.opencode) await withdrawQuestion(writer, row, reason);
}
/** Withdraws all questions of a task that is over. In the caller's transaction. */
export async function withdrawTaskApprovals(writer: Writer, taskId: Id<"tsk">, reason: string): Promise<void> {
  const rows = await writer.db
    .select()
    .from(approvalTable)
    .where(and(eq(approvalTable.task, taskId), eq(approvalTable.state, "pending")));
  for (const row of rows) await withdrawQuestion(writer, row, reason);
}
export async function withdrawQuestion(writer: Writer, row: ApprovalRow, reason: string): Promise<void> {
  const after = withdrawApproval(row.body, reason, writer.now);
  if (after) await settleApproval(writer, after);
}

type ApprovalFilter = z.infer<typeof approvalsIn>;
/** Action `approvals`: newest first. */
export async function listApprovals(db: Db, filter: ApprovalFilter): Promise<z.infer<typeof approvalsOut>> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(
      and(
        filter.cursor ? lt(approvalTable.id, filter.cursor) : undefined,
        filter.state ? eq(approvalTable.state, filter.state) : undefined,
        filter.agent ? eq(approvalTable.agent, filter.agent) : undefined,
        filter.task ? eq(approvalTable.task, filter.task) : undefined,
      ),
    )
    .orderBy(desc(approvalTable.id))
    .limit(filter.limit + 1);
  const page = rows.slice(0, filter.limit).map((row) => viewApproval(row.body));
  const next = rows.length > filter.limit ? (page.at(-1)?.id ?? null) : null;
  return { approvals: page, next, waiting: await countPendingApprovals(db) };
}
/** Action `approval`. */
export async function findApprovalView(db: Db, id: Id<"apr">): Promise<z.infer<typeof approvalOut>> {
  const row = await findApproval(db, id);
  if (!row) throw new AppError("not_found");
  return { approval: viewApproval(row.body) };
}

/** Expires a question that nobody answered in time: that counts as a no. */
export const expireWork = {
  async run(self: Self, work: WorkItem<"expire">): Promise<void> {
    const { approvalId } = work.payload;
    await record(self, work.requestId, async (writer) => {
      const row = await findApproval(writer.db, approvalId);
      const over = row ? expireApproval(row.body, writer.now) : undefined;
      if (over) await settleApproval(writer, over);
    });
  },
  async gaveUp(self: Self, work: WorkItem<"expire">, error: AppError): Promise<void> {
    self.vars.world.log("error", "an approval did not expire", { requestId: work.requestId, error });
  },
};
