import { and, eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { type TurnRow, turnTable } from "../../schema/turn.table.ts";
import { findAgent, requireAgent } from "../agent/agent.ts";
import { promptAgent } from "../agent/prompt-agent.ts";
import { askMember, withdrawQuestion } from "../approval/approval.ts";
import { queueStop, tellSubAgent } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { findTask } from "../task/task-row.ts";
import { lastCall } from "./tool-calls.ts";
import { turnId } from "./turn-row.ts";

/**
 * An agent that makes the same calls again and again gets nowhere and costs money: it is stopped, and the
 * member says whether it goes on.
 */
const mostEqual = 10;
const longestRound = 3;

/**
 * How many calls the newest round of the same calls has lasted: one call, or up to three in turn, ten times.
 * Undefined when they differ.
 */
export function countRepetition(calls: readonly string[]): number | undefined {
  for (let round = 1; round <= longestRound; round++) {
    const newest = calls.slice(-mostEqual * round);
    if (newest.length === mostEqual * round && newest.every((call, at) => call === newest[at % round])) return newest.length;
  }
  return undefined;
}

/**
 * After a step of a turn: when its calls repeat themselves, it is stopped and the member is asked. True when
 * it is.
 */
export async function stopsRepetition(self: Self, row: TurnRow, calls: readonly string[], requestId: string): Promise<boolean> {
  const times = countRepetition(calls);
  if (times === undefined) return false;
  const call = await lastCall(self.db, row.id);
  await record(self, requestId, async (writer) => {
    const agent = await requireAgent(writer.db, row.agent);
    const title = `${call?.verb ?? "Call"} ${call?.command ?? call?.target ?? ""}`.trim().slice(0, 4_000);
    await askMember(writer, {
      key: `repetition:${row.id}`,
      agent,
      turn: turnId(row),
      subject: { kind: "repetition", call: title, times },
      title: `${agent.title} has made the same calls ${times} times in a row. Go on?`.slice(0, 200),
      why: "It may be going in circles, which costs money and brings nothing. It is stopped. With a yes it goes on; with a no it ends here.",
      reach: "this turn",
      scopes: ["once"],
      goesOn: false,
    });
    await queueStop(writer, row.id);
  });
  return true;
}

/**
 * The member writes to an agent that was stopped in circles: that is their answer, and what was asked is
 * withdrawn. Answers the key of the step that goes on with the message, null where there is none to go on
 * with.
 */
export async function withdrawRepetition(writer: Writer, to: AgentRow): Promise<string | null> {
  const pending = and(eq(approvalTable.agent, to.id), eq(approvalTable.state, "pending"));
  const asked = (await writer.db.select().from(approvalTable).where(pending)).filter(({ body }) => body.subject.kind === "repetition");
  let key: string | null = null;
  for (const row of asked) {
    await withdrawQuestion(writer, row, "you wrote to the agent");
    const { task, turn: turnOf } = row.body;
    if (!task || task !== to.task || !turnOf) continue;
    const [stopped] = await writer.db
      .select({ key: turnTable.key })
      .from(turnTable)
      .where(and(eq(turnTable.id, turnOf), eq(turnTable.agent, to.id)));
    if ((await findTask(writer.db, task))?.state !== "paused") key = stopped?.key ?? key;
    else if (stopped?.key)
      await tellSubAgent(writer, to.id, `later:${row.id}`, { kind: "turn_ended", key: stopped.key, end: "stopped", reason: "paused" });
  }
  return key;
}

const goOn = "Go on, but not by the same call again: find another way, or say what is missing.";
/** The member's word: with a yes the agent goes on where it was stopped, with a no its task ends. */
export async function repetitionAnswered(writer: Writer, { approval }: ReactionChanges["approval.decided"]): Promise<void> {
  const agent = await findAgent(writer.db, approval.agent);
  if (!agent || agent.retiredAt || approval.subject.kind !== "repetition" || approval.state === "withdrawn") return;
  if (approval.state !== "allowed") {
    if (approval.task) await tellSubAgent(writer, agent.id, `circles:${approval.id}`, { kind: "cancel", task: approval.task });
    return;
  }
  if (approval.task && agent.task !== approval.task) return; // the task is over, or another's by now
  const [stopped] = approval.turn
    ? await writer.db
        .select()
        .from(turnTable)
        .where(and(eq(turnTable.id, approval.turn), eq(turnTable.agent, agent.id)))
    : [];
  const key = stopped?.key ?? null;
  if (key !== null && approval.task && (await findTask(writer.db, approval.task))?.state === "paused")
    return tellSubAgent(writer, agent.id, `later:${approval.id}`, { kind: "turn_ended", key, end: "stopped", reason: "paused" });
  const note = approval.decided?.note ? ` They add: ${approval.decided.note}` : "";
  const text = `You had made the same calls ${approval.subject.times} times in a row, so the member was asked. They say that you may go on.${note}\n\n${goOn}`;
  const about = { ...(key === null ? {} : { key }), ...(approval.task ? { taskId: approval.task } : {}) };
  await promptAgent(writer, { agent, text, ...about });
}
