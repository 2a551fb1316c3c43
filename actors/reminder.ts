import { and, eq, ne } from "drizzle-orm";
import { approvalTable } from "../schema/approval/approval.table.ts";
import { planTable } from "../schema/plan/plan.table.ts";
import { proposalTable } from "../schema/proposal.table.ts";
import { questTable } from "../schema/quest/quest.table.ts";
import { nextReminder, outsideTitle, type QuestionId, type Reminder, type ReminderIn } from "../schema/reminder/reminder.ts";
import { taskTable } from "../schema/task/task.table.ts";
import { cutText, singleLine } from "../schema/wire/cut-text.ts";
import { AppError } from "../schema/wire/error.ts";
import type { Id, Prefix } from "../schema/wire/id.ts";
import { type WorkRow, workTable } from "../schema/work.table.ts";
import { findAgent, requireGrowAgent } from "./agent/agent.ts";
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

/** What waits for the member, in words that may leave the platform. */
type Question = Pick<ReminderIn, "kind" | "title" | "expiresAt"> & { createdAt: number; agent: Id<"agt">; task?: Id<"tsk"> | undefined };
const is = <P extends Prefix>(prefix: P, id: string): id is Id<P> => id.startsWith(`${prefix}_`);
/** Undefined once it is answered. */
async function findQuestion(db: Db, id: QuestionId): Promise<Question | undefined> {
  const mayBegin = (noun: string, title: string) => `May the ${noun} “${cutText(singleLine(title), 150)}” begin?`;
  if (is("pln", id)) {
    const [row] = await db.select().from(planTable).where(eq(planTable.id, id));
    if (row?.state !== "proposed") return undefined;
    const { body, createdAt } = row;
    return { kind: "plan", title: mayBegin("plan", body.title), createdAt, agent: (await requireGrowAgent(db)).id };
  }
  if (is("qst", id)) {
    const [row] = await db.select().from(questTable).where(eq(questTable.id, id));
    if (row?.state !== "ready") return undefined;
    const { title, startedAt } = row.body; // until it is started: when it was proposed
    return { kind: "quest", title: mayBegin("quest", title), createdAt: startedAt, agent: (await requireGrowAgent(db)).id };
  }
  if (is("prp", id)) {
    const [row] = await db.select().from(proposalTable).where(eq(proposalTable.id, id));
    if (row?.state !== "pending") return undefined;
    const title = row.kind === "goal" ? "May it keep a goal of yours?" : "May it remember something about you?"; // which one is read in the app
    return { kind: row.kind, title, createdAt: row.at, agent: row.agent };
  }
  const [row] = await db.select().from(approvalTable).where(eq(approvalTable.id, id));
  if (row?.state !== "pending") return undefined;
  const { subject, createdAt, expiresAt, agent, task } = row.body;
  return { kind: subject.kind, title: outsideTitle(row.body), createdAt, expiresAt, agent, task };
}
/**
 * The row waits for what comes next after `sent` reminders, while the question does; in the caller's
 * transaction.
 */
async function queueNextReminder(writer: Writer, { question, sent }: Reminding, after: number): Promise<void> {
  const found = await findQuestion(writer.db, question);
  const next = found && nextReminder(found, sent, writer.now, after);
  if (!next) return dropReminder(writer, question);
  await writer.queue("remind", { key: reminderKey(question), payload: { question, sent }, again: true, dueAt: next.at });
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
      const found = other.more === undefined && (await findQuestion(writer.db, other.question));
      const next = found && nextReminder(found, other.sent, writer.now, after);
      if (!next || next.at > writer.now + after / 2) continue;
      more += 1;
      await queueNextReminder(writer, { ...other, sent: next.number }, after);
    }
    const kept = { ...reminding, more };
    await writer.db.update(workTable).set({ payload: kept }).where(eq(workTable.id, row.id));
    return more;
  });
}

async function composeReminder(db: Db, id: QuestionId, asked: Question, { number, at }: Reminder, more: number): Promise<ReminderIn> {
  const { agent, task, createdAt: _, ...told } = asked;
  const by = await findAgent(db, agent);
  const [row] = task ? await db.select({ spec: taskTable.spec }).from(taskTable).where(eq(taskTable.id, task)) : [];
  const about = { agent: by?.title ?? "An agent", ...(row ? { task: row.spec.title } : {}), ...(more > 0 ? { more } : {}) };
  return { question: id, number, at, ...told, ...about };
}

export const remindWork = {
  async run(self: Self, work: WorkItem<"remind">): Promise<void> {
    const known = work.payload;
    const { question, sent } = known;
    const asked = await findQuestion(self.db, question);
    const now = Date.now();
    const next = asked && nextReminder(asked, sent, now, self.vars.world.remindAfter);
    if (!asked || !next) return;
    if (next.at > now) return remindLater(self, { question, sent }, work.requestId);
    const { member } = await me(self.db);
    const reminder = await composeReminder(self.db, question, asked, next, await gatherReminders(self, work, known));
    const unheard = await self.vars.world.edge.remind(member, reminder, work.requestId);
    if (unheard) throw new AppError("rate_limited", { what: "reminder" }); // somebody's service does not take it just now: back off
    await remindLater(self, { question, sent: next.number }, work.requestId);
  },
  async gaveUp(self: Self, work: WorkItem<"remind">, error: AppError): Promise<void> {
    const { question, sent } = work.payload;
    self.vars.world.log("warn", "a reminder was not delivered", { question, requestId: work.requestId, error });
    const asked = await findQuestion(self.db, question);
    const next = asked && nextReminder(asked, sent, Date.now(), self.vars.world.remindAfter);
    if (next) await remindLater(self, { question, sent: next.number }, work.requestId);
  },
};
