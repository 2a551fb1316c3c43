import { and, asc, desc, eq, gt, inArray, min, type SQL, sql } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { conversationLimits, isOverlong, summaryPath, summaryPrompt, summaryText } from "../../schema/conversation/conversation.ts";
import { eventTable } from "../../schema/event.table.ts";
import type { EventKind, StoredEvent } from "../../schema/event.ts";
import { type ConversationRow, conversationTable } from "../../schema/memory/memory-file.table.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { isTurnOver, type TurnState } from "../../schema/turn.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { findAgent, forgetSession, isGrowAgent } from "../agent/agent.ts";
import { eventColumns, readBodies, readEvent, readLastSeq } from "../kernel/event.ts";
import { bodyPart } from "../kernel/event-filter.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { loseSession } from "../opencode/session-row.ts";
import { beginTurn } from "../turn/begin-turn.ts";
import { tooLong } from "../turn/ending.ts";

/**
 * The Grow Agent's conversation: when it has grown long it is shortened to a file in memory, and goes on from
 * that in a new session.
 */

export async function readConversation(db: Db, agent: Id<"agt">): Promise<ConversationRow> {
  const [row] = await db.select().from(conversationTable).where(eq(conversationTable.agent, agent));
  return row ?? { agent, since: 0, number: 0, summary: "", path: null, turn: null, updatedAt: 0 };
}
export async function keepConversation(db: Db, row: ConversationRow): Promise<void> {
  await db.insert(conversationTable).values(row).onConflictDoUpdate({ target: conversationTable.agent, set: row });
}

/** What was said in a channel, without the sessions that the member has made beside the agent's own. */
const ownWords = (channel: Id<"chn">) =>
  and(
    eq(eventTable.channel, channel),
    sql`(${eventTable.session} is null or ${eventTable.session} not in (select "id" from "opencode_session" where "made_by" = 'member'))`,
  );
async function measureConversation(db: Db, channel: Id<"chn">, since: number): Promise<{ chars: number; turns: number }> {
  const said = and(ownWords(channel), gt(eventTable.seq, since), inArray(eventTable.kind, ["message.sent", "message.text"]));
  const rows = await db.select({ body: eventColumns.body, turn: eventTable.turnId }).from(eventTable).where(said);
  const chars = rows.reduce((sum, { body }) => sum + (typeof body === "string" ? body.length : 0), 0);
  return { chars, turns: new Set(rows.flatMap(({ turn }) => turn ?? [])).size };
}
/**
 * After a turn of a long conversation: asks for its summary, and after that begins a new session. In the
 * caller's transaction.
 */
export async function shortenConversation(writer: Writer, { before: row, to }: ReactionChanges["turn.state"]): Promise<void> {
  if (!isTurnOver(to)) return;
  const agent = await findAgent(writer.db, row.agent);
  if (!agent || !isGrowAgent(agent)) return;
  const now = await readConversation(writer.db, agent.id);
  if (now.turn === row.id) return finishSummary(writer, agent, now, row, to);
  if (now.turn !== null || to !== "done") return;
  if (!isOverlong(await measureConversation(writer.db, agent.channel, now.since))) return;
  const turnId = newId("trn", writer.now);
  await keepConversation(writer.db, { ...now, turn: turnId, updatedAt: writer.now });
  await beginTurn(writer, { turnId, agent, prompt: summaryPrompt(now.summary), need: "work" });
}

/**
 * Keeps the summary and ends the session. Without a usable summary the session goes on until as much was said
 * again.
 */
async function finishSummary(writer: Writer, agent: AgentRow, now: ConversationRow, row: TurnRow, to: TurnState): Promise<void> {
  const since = await readLastSeq(writer.db);
  const text = to === "done" ? summaryText(await readTurnAnswer(writer.db, row.id)) : undefined;
  if (text === undefined) return keepConversation(writer.db, { ...now, turn: null, since, updatedAt: writer.now });
  const number = now.number + 1;
  const outboxId = newId("out", writer.now);
  const title = `Conversation ${number}`;
  const path = summaryPath(number, new Date(writer.now), outboxId);
  const size = await measureConversation(writer.db, agent.channel, now.since);
  await queueFiles(writer, {
    id: outboxId,
    key: `summary:${row.id}`,
    kind: "summary",
    title,
    files: [{ path, content: `# ${title}\n\n${text}\n` }],
    agent: agent.id,
    turnId: row.id,
  });
  await keepConversation(writer.db, { agent: agent.id, since, number, summary: text, path, turn: null, updatedAt: writer.now });
  await forgetSession(writer.db, agent.id);
  await writer.append("conversation.summary", {
    ref: `summary:${row.id}`,
    turnId: row.id,
    channel: agent.channel,
    body: { number, path, ...size },
  });
}
async function readTurnAnswer(db: Db, turnId: Id<"trn">): Promise<string> {
  const rows = await db
    .select(eventColumns)
    .from(eventTable)
    .where(and(eq(eventTable.turnId, turnId), eq(eventTable.kind, "message.text")))
    .orderBy(asc(eventTable.seq));
  return readBodies("message.text", rows)
    .map(({ text }) => text)
    .join("\n\n");
}

const messageKinds = ["message.sent", "message.text"] as const satisfies EventKind[];
const recapKinds = [...messageKinds, "tool.call"] as const satisfies EventKind[];
const flattenText = (text: string, most: number) => text.replace(/\s+/g, " ").slice(0, most);
/** A stored event as a line of a recap; undefined where it says nothing. */
function toRecapLine(told: StoredEvent): string | undefined {
  if (told.kind === "message.sent") return `- The person: ${flattenText(told.body.text, 2_000)}`;
  if (told.kind === "message.text") return `- You: ${flattenText(told.body.text, 2_000)}`;
  if (told.kind !== "tool.call" || told.body.call.state === "running") return undefined;
  const { verb, command, target, state, result } = told.body.call;
  return `- You did: ${flattenText(`${verb} ${command ?? target}`, 500)} (${state === "failed" ? "failed" : flattenText(result ?? "done", 200)})`;
}
/** What was said (and done) last, word for word, newest last, within the length of a summary. */
async function readLastLines(db: Db, kinds: readonly EventKind[], place: SQL | undefined, since: number): Promise<string[]> {
  const said = and(place, gt(eventTable.seq, since), inArray(eventTable.kind, [...kinds]));
  const rows = await db.select(eventColumns).from(eventTable).where(said).orderBy(desc(eventTable.seq)).limit(200);
  const lines: string[] = [];
  let left: number = conversationLimits.summary;
  for (const row of rows) {
    const line = toRecapLine(readEvent(row));
    if (line === undefined) continue;
    left -= line.length;
    if (left < 0) break;
    lines.unshift(line);
  }
  return lines;
}
const lostTexts = {
  grow: "This conversation goes on from its last summary and from what was said since, which the next answer begins with.",
  sub: "It goes on with its task from what stands in Git and from what it had said and done, which its next answer begins with.",
};
const overlongTitle = "Your session had grown longer than the model takes. What was said last, word for word:";
const growRecapTitle = "Your working session was lost. What was said last, word for word:";
const subRecapTitle =
  "Your working session and your files were lost; only what was pushed is left. Look at what is there before you go on. What was said and done last:";
/** Before the first event of the task that an agent is at. */
async function findTaskBegin(db: Db, { channel, task }: Pick<AgentRow, "channel" | "task">): Promise<number> {
  const about = and(eq(eventTable.channel, channel), eq(eventTable.kind, "agent.prompt"), sql`${bodyPart("$.taskId")} = ${task}`);
  const [row] =
    task === null
      ? []
      : await db
          .select({ seq: min(eventTable.seq) })
          .from(eventTable)
          .where(about);
  return row?.seq ? row.seq - 1 : 0;
}
async function keepGrowRecap(writer: Writer, agent: AgentRow, title: string): Promise<void> {
  const now = await readConversation(writer.db, agent.id);
  const lines = await readLastLines(writer.db, messageKinds, ownWords(agent.channel), now.since);
  const summary = [now.summary, ...(lines.length > 0 ? [title, ...lines] : [])].filter(Boolean).join("\n");
  await keepConversation(writer.db, { ...now, summary, turn: null, since: await readLastSeq(writer.db), updatedAt: writer.now });
}
/** A sub-agent's recap is of its task alone; the next loss begins it anew, from the log. */
async function keepSubRecap(writer: Writer, agent: AgentRow, title: string): Promise<void> {
  const lines = await readLastLines(writer.db, recapKinds, ownWords(agent.channel), await findTaskBegin(writer.db, agent));
  const summary = [title, ...(lines.length > 0 ? lines : ["- nothing yet"])].join("\n");
  await keepConversation(writer.db, { ...(await readConversation(writer.db, agent.id)), summary, updatedAt: writer.now });
}
/** What a sub-agent's turns begin with after it lost its session; empty when it did not. */
export async function readRecap(db: Db, agent: Id<"agt">): Promise<string> {
  return (await readConversation(db, agent)).summary;
}
/** Drops the recap: another task has another session. */
export async function forgetRecap(db: Db, agent: Id<"agt">): Promise<void> {
  await db.delete(conversationTable).where(eq(conversationTable.agent, agent));
}
/**
 * OpenCode no longer has an agent's session: its volume was lost. What the agent knew of the conversation is
 * given to its next turn, and the channel says what is safe and what is not. In the caller's transaction.
 */
export async function recoverLostContext(writer: Writer, agent: AgentRow): Promise<void> {
  if (isGrowAgent(agent)) await keepGrowRecap(writer, agent, growRecapTitle);
  else await keepSubRecap(writer, agent, subRecapTitle);
  const text = `The box of ${agent.title} has lost its working session and its files. Safe: your memory, this log, and all that was pushed to Git. Missing: files that were not pushed. ${isGrowAgent(agent) ? lostTexts.grow : lostTexts.sub}`;
  await writer.append("notice", {
    ref: `context:${agent.session}`,
    channel: agent.channel,
    body: { level: "warning", code: "context_lost", text },
  });
}

/**
 * The model does not take an agent's session any more, shortened or not: the next turn begins a new one with
 * what was said last. In the caller's transaction.
 */
export async function renewOverlongSession(writer: Writer, { before: row, to, reason }: ReactionChanges["turn.state"]): Promise<void> {
  if (to !== "failed" || reason !== tooLong) return;
  const agent = await findAgent(writer.db, row.agent);
  if (!agent) return;
  if (agent.session !== row.session) return renewNamedSession(writer, row);
  if (isGrowAgent(agent)) await keepGrowRecap(writer, agent, overlongTitle);
  else await keepSubRecap(writer, agent, overlongTitle);
  await forgetSession(writer.db, agent.id);
}

/** Of a session that the agent does not work in by itself: the same, in that session alone. */
async function renewNamedSession(writer: Writer, row: TurnRow): Promise<void> {
  if (!row.sessionId || !row.sessionNamed) return;
  await loseSession(writer.db, row.sessionId, await composeSessionRecap(writer.db, row.sessionId, overlongTitle));
}
/** What was said last in a session, word for word, for one that goes on in a new session of OpenCode's. */
export async function composeSessionRecap(db: Db, session: Id<"ses">, title = growRecapTitle): Promise<string> {
  const lines = await readLastLines(db, messageKinds, eq(eventTable.session, session), 0);
  return lines.length > 0 ? [title, ...lines].join("\n") : "";
}

/** The conversation as it is restored from a summary in memory. */
export function restoreConversation(
  agent: Id<"agt">,
  keptSummary: { path: string; number: number; text: string },
  now: number,
): ConversationRow {
  const summary = keptSummary.text.replace(/^# .*\n+/, "").trim();
  return { agent, since: 0, number: keptSummary.number, summary, path: keptSummary.path, turn: null, updatedAt: now };
}
