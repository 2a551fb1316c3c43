import { eq } from "drizzle-orm";
import { z } from "zod";
import { approval } from "../schema/approval.table.ts";
import type { Approval } from "../schema/approval.ts";
import { AppError } from "../schema/error.ts";
import { nextReminder, outsideTitle, type Reminder, type ReminderIn } from "../schema/reminder.ts";
import { task } from "../schema/task.table.ts";
import { findAgent } from "./agent.ts";
import { record, type Writer } from "./event.ts";
import { me, type Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { drop, enqueue, type WorkRow } from "./work.ts";

/** A question that nobody answers is told of outside the app, by the edge. Its row is due at once, and then finds its time: the runner's setting says when. */
const payload = z.strictObject({ approvalId: z.string(), sent: z.number().int().default(0) });
const key = (approvalId: string) => `remind:${approvalId}`;

export async function queueReminder(writer: Writer, approvalId: string, requestId: string): Promise<void> {
  await enqueue(writer, { kind: "remind", key: key(approvalId), payload: { approvalId }, requestId });
}
export async function dropReminder(writer: Writer, approvalId: string): Promise<void> {
  await drop(writer.db, key(approvalId));
}

async function pending(db: Db, id: string): Promise<Approval | undefined> {
  const [row] = await db.select().from(approval).where(eq(approval.id, id));
  return row?.state === "pending" ? row.body : undefined;
}
/** The row waits for what comes next after `sent` reminders, while the question does. */
async function again(self: Self, { approvalId, sent }: z.infer<typeof payload>, requestId: string): Promise<void> {
  await record(self, async (writer) => {
    const of = await pending(writer.db, approvalId);
    const next = of && nextReminder(of, sent, writer.now, self.vars.world.remindAfter);
    if (next)
      await enqueue(writer, {
        ...{ kind: "remind", key: key(approvalId), payload: { approvalId, sent }, requestId },
        ...{ again: true, dueAt: next.at },
      });
  });
}

async function told(db: Db, of: Approval, { number, at }: Reminder): Promise<ReminderIn> {
  const agent = await findAgent(db, of.agent);
  const [row] = of.task ? await db.select({ spec: task.spec }).from(task).where(eq(task.id, of.task)) : [];
  const { id, subject, expiresAt } = of;
  const about = { agent: agent?.title ?? "An agent", ...(row ? { task: row.spec.title } : {}) };
  return { approval: id, number, at, kind: subject.kind, title: outsideTitle(of), expiresAt, ...about };
}

export const remindWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const { approvalId, sent } = payload.parse(work.payload);
    const of = await pending(self.db, approvalId);
    const now = Date.now();
    const next = of && nextReminder(of, sent, now, self.vars.world.remindAfter);
    if (!of || !next) return;
    if (next.at > now) return again(self, { approvalId, sent }, work.requestId);
    const { member } = await me(self.db);
    const unheard = await self.vars.world.edge.remind(member, await told(self.db, of, next), work.requestId);
    if (unheard) throw new AppError("rate_limited", { what: "reminder" }); // somebody's service does not take it just now: back off
    await again(self, { approvalId, sent: next.number }, work.requestId);
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    const { approvalId, sent } = payload.parse(work.payload);
    self.vars.world.log("warn", "a reminder was not delivered", { approvalId, requestId: work.requestId, error });
    const of = await pending(self.db, approvalId);
    const next = of && nextReminder(of, sent, Date.now(), self.vars.world.remindAfter);
    if (next) await again(self, { approvalId, sent: next.number }, work.requestId);
  },
};
