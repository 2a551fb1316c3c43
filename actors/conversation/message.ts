import { and, asc, count, eq, isNull, ne } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import type { SendIn, SendOut } from "../../schema/agent/grow-agent.ts";
import { attachmentNote } from "../../schema/conversation/attachment.ts";
import { messageTable } from "../../schema/conversation/message.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import type { OpencodeSessionRow } from "../../schema/opencode/session.table.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { findAgent, requireAgent, requireChannelAgent, requireGrowAgent } from "../agent/agent.ts";
import { eventColumns, readBodies } from "../kernel/event.ts";
import { queueStatus } from "../kernel/queue.ts";
import { requireShortQueue } from "../kernel/quota.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { enterCurrentSession, requireOpenSession } from "../opencode/session-row.ts";
import { requireTask } from "../task/task-row.ts";
import { beginTurn } from "../turn/begin-turn.ts";
import { withdrawRepetition } from "../turn/repetition.ts";

/**
 * Messages that found their agent's budget used up: after a yes they are read, after a no the member is told
 * that they were not.
 */
export async function settleUnreadMessages(writer: Writer, ended: { agent: AgentRow; more: boolean }): Promise<void> {
  const { agent, more } = ended;
  const unread = and(
    eq(turnTable.agent, agent.id),
    eq(turnTable.state, "stopped"),
    eq(turnTable.reason, "budget"),
    isNull(turnTable.key),
    ne(turnTable.messageId, ""),
  );
  for (const row of await writer.db.select().from(turnTable).where(unread).orderBy(asc(turnTable.createdAt), asc(turnTable.id))) {
    await writer.db
      .update(turnTable)
      .set({ reason: more ? "budget raised" : "budget not raised" })
      .where(eq(turnTable.id, row.id)); // once
    const turnId = newId("trn", writer.now);
    const { messageId, prompt, task } = row;
    if (more) await beginTurn(writer, { turnId, agent, task, messageId, prompt, need: "work" });
    else await tellUnread(writer, agent, row.id);
  }
}
async function tellUnread(writer: Writer, agent: AgentRow, turnId: Id<"trn">): Promise<void> {
  const text = `Your message was not read: the budget of ${agent.title}'s task is used up and was not raised.`;
  const body = { level: "warning", code: "budget", text, turnId } as const;
  await writer.append("notice", { ref: `unread:${turnId}`, turnId, channel: agent.channel, body });
}

/** Who reads a message about a task: the agent that has it or had it last, else the Grow Agent. */
async function findTaskListener(db: Db, about: TaskRow): Promise<AgentRow> {
  const worker = about.worker ? await findAgent(db, about.worker) : undefined;
  return worker && !worker.retiredAt ? worker : requireGrowAgent(db);
}
/** Names the task in the message, unless its own agent reads it. */
function composeMessagePrompt(about: TaskRow, to: AgentRow, text: string): string {
  return to.task === about.id ? text : `About the task “${about.spec.title}” (${about.id}, ${about.state}):\n\n${text}`;
}

/** Who reads a message: the agent of its session, of its channel, of what it is about, or the Grow Agent. */
async function findListener(db: Db, input: SendIn, about: TaskRow | undefined, named: OpencodeSessionRow | undefined): Promise<AgentRow> {
  if (!named) return input.channel === undefined && about ? findTaskListener(db, about) : requireChannelAgent(db, input.channel);
  const agent = await requireAgent(db, named.agent);
  if (input.channel !== undefined && input.channel !== agent.channel)
    throw new AppError("invalid", { issues: [{ path: "channel", message: "is not that of the session's agent" }] });
  return agent;
}

const attachmentElsewhere = "The attached file lies with another agent, which can't be read by this one. Attach it again.";
async function countQueuedTurns(db: Db, agent: Id<"agt">): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(turnTable)
    .where(and(eq(turnTable.agent, agent), eq(turnTable.state, "queued")));
  return row?.n ?? 0;
}

/**
 * Whether what comes under a known client id is that message again: the same words, and the same files as far
 * as the log has them.
 */
async function isRepeat(db: Db, known: { text: string; seq: number }, { text, attachments = [] }: SendIn): Promise<boolean> {
  const [sent] = readBodies("message.sent", await db.select(eventColumns).from(eventTable).where(eq(eventTable.seq, known.seq)));
  const named = (files: readonly { name: string }[]) => files.map(({ name }) => name).join("\n");
  return known.text === text && (sent === undefined || named(sent.attachments ?? []) === named(attachments));
}
/**
 * Action `send`: message, events, turn and work in one transaction. From its answer on nothing is lost; the
 * same client id gets the first answer.
 */
export function sendMessage(self: Self, input: SendIn, requestId: string): Promise<SendOut> {
  return record(self, requestId, async (writer) => {
    const { db, now } = writer;
    const [known] = await db.select().from(messageTable).where(eq(messageTable.clientId, input.clientId));
    if (known && !(await isRepeat(db, known, input)))
      throw new AppError("idempotency_mismatch", {}, { message: "Another message was sent with this clientId." });
    if (known) return { messageId: known.id, turnId: known.turnId, seq: known.seq, repeated: true };
    const named = input.session === undefined ? undefined : await requireOpenSession(db, input.session);
    const about = input.task === undefined ? undefined : await requireTask(db, input.task);
    const to = await findListener(db, input, about, named);
    if (to.retiredAt) throw new AppError("conflict", { what: "retired" }, { message: "This agent was retired; talk to another." });
    requireShortQueue(await countQueuedTurns(db, to.id), to.title);
    const [messageId, turnId] = [newId("msg", now), newId("trn", now)];
    const { clientId, text, attachments = [] } = input;
    if (attachments.some((file) => file.agent !== to.id))
      throw new AppError("invalid", { what: "attachment" }, { message: attachmentElsewhere });
    const more = {
      ...(input.task === undefined ? {} : { taskId: input.task }),
      ...(named ? { sessionId: named.id } : {}),
      ...(attachments.length > 0 ? { attachments } : {}),
    };
    const body = { messageId, clientId, text, turnId, ...more };
    const session = named?.id ?? (await enterCurrentSession(writer, to.id));
    const seq = await writer.append("message.sent", { turnId, channel: to.channel, session, body });
    await db.insert(messageTable).values({ id: messageId, clientId, turnId, text, at: now, seq });
    const prompt = (about ? composeMessagePrompt(about, to, text) : text) + attachmentNote(attachments);
    const key = await withdrawRepetition(writer, to);
    const task = input.task ?? to.task;
    await beginTurn(writer, {
      turnId,
      agent: to,
      task,
      messageId,
      prompt,
      ...(key === null ? {} : { key }),
      session: named?.id,
      need: "message",
    });
    await queueStatus(writer);
    return { messageId, turnId, seq, repeated: false };
  });
}
