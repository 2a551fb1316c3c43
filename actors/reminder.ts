import { and, eq, ne } from "drizzle-orm";
import { approvalTable } from "../schema/approval/approval.table.ts";
import type { Approval } from "../schema/approval/approval.ts";
import { nextReminder, outsideTitle, type Reminder, type ReminderIn } from "../schema/reminder/reminder.ts";
import { taskTable } from "../schema/task/task.table.ts";
import { AppError } from "../schema/wire/error.ts";
import type { Id } from "../schema/wire/id.ts";
import { type WorkRow, workTable } from "../schema/work.table.ts";
import { findAgent } from "./agent/agent.ts";
import { dropReminder, reminderKey } from "./kernel/queue.ts";
import { me, type Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import type { WorkItem } from "./kernel/work.ts";
import { type Payload, workKinds } from "./kernel/work-kinds.ts";
import type { Writer } from "./kernel/writer.ts";

/**
 * A question that nobody answers is told of outside the app, by the edge. Its row is due at once, and then
 * finds its time: the runner's setting says when.
 */
type Reminding = Payload<"remind">;

async function findPendingApproval(db: Db, id: Id<"apr">): Promise<Approval | undefined> {
  const [row] = await db.select().from(approvalTable).where(eq(approvalTable.id, id));
  return row?.state === "pending" ? row.body : undefined;
}
/**
 * The row waits for what comes next after `sent` reminders, while the question does; in the caller's
 * transaction.
 */
async function queueNextReminder(writer: Writer, { approvalId, sent }: Reminding, after: number): Promise<void> {
  const approval = await findPendingApproval(writer.db, approvalId);
  const next = approval && nextReminder(approval, sent, writer.now, after);
  if (!next) return dropReminder(writer, approvalId);
  await writer.queue("remind", { key: reminderKey(approvalId), payload: { approvalId, sent }, again: true, dueAt: next.at });
}
async function remindLater(self: Self, reminding: Reminding, requestId: string): Promise<void> {
  await record(self, requestId, (writer) => queueNextReminder(writer, reminding, self.vars.world.remindAfter));
}
/**
 * One reminder for all that are due in the same minutes: those others count as told. Kept with the row, so
 * that a second try says the same.
 */
async function gatherReminders(self: Self, row: WorkRow, reminding: Reminding): Promise<number> {
  if (reminding.more !== undefined) return reminding.more;
  const after = self.vars.world.remindAfter;
  return record(self, row.requestId, async (writer) => {
    const others = await writer.db
      .select()
      .from(workTable)
      .where(and(eq(workTable.kind, "remind"), ne(workTable.id, row.id)));
    let more = 0;
    for (const other of others.map((each) => workKinds.remind.payload.parse(each.payload))) {
      const question = other.more === undefined && (await findPendingApproval(writer.db, other.approvalId));
      const next = question && nextReminder(question, other.sent, writer.now, after);
      if (!next || next.at > writer.now + after / 2) continue;
      more += 1;
      await queueNextReminder(writer, { ...other, sent: next.number }, after);
    }
    const kept = { ...reminding, more };
    await writer.db.update(workTable).set({ payload: kept }).where(eq(workTable.id, row.id));
    return more;
  });
}

async function composeReminder(db: Db, approval: Approval, { number, at }: Reminder, more: number): Promise<ReminderIn> {
  const agent = await findAgent(db, approval.agent);
  const [row] = approval.task ? await db.select({ spec: taskTable.spec }).from(taskTable).where(eq(taskTable.id, approval.task)) : [];
  const { id, subject, expiresAt } = approval;
  const about = { agent: agent?.title ?? "An agent", ...(row ? { task: row.spec.title } : {}), ...(more > 0 ? { more } : {}) };
  return { approval: id, number, at, kind: subject.kind, title: outsideTitle(approval), expiresAt, ...about };
}

export const remindWork = {
  async run(self: Self, work: WorkItem<"remind">): Promise<void> {
    const known = work.payload;
    const { approvalId, sent } = known;
    const approval = await findPendingApproval(self.db, approvalId);
    const now = Date.now();
    const next = approval && nextReminder(approval, sent, now, self.vars.world.remindAfter);
    if (!approval || !next) return;
    if (next.at > now) return remindLater(self, { approvalId, sent }, work.requestId);
    const { member } = await me(self.db);
    const reminder = await composeReminder(self.db, approval, next, await gatherReminders(self, work, known));
    const unheard = await self.vars.world.edge.remind(member, reminder, work.requestId);
    if (unheard) throw new AppError("rate_limited", { what: "reminder" }); // somebody's service does not take it just now: back off
    await remindLater(self, { approvalId, sent: next.number }, work.requestId);
  },
  async gaveUp(self: Self, work: WorkItem<"remind">, error: AppError): Promise<void> {
    const { approvalId, sent } = work.payload;
    self.vars.world.log("warn", "a reminder was not delivered", { approvalId, requestId: work.requestId, error });
    const approval = await findPendingApproval(self.db, approvalId);
    const next = approval && nextReminder(approval, sent, Date.now(), self.vars.world.remindAfter);
    if (next) await remindLater(self, { approvalId, sent: next.number }, work.requestId);
  },
};
