import { and, asc, eq } from "drizzle-orm";
import { event } from "../../schema/event.table.ts";
import type { ToolView } from "../../schema/event.ts";
import { scan } from "../git/commit.ts";
import { bodiesOf, columns, count, record } from "../kernel/event.ts";
import type { Db } from "../kernel/tables.ts";
import { enqueue } from "../kernel/work.ts";
import { queueStatus } from "../stack/status.ts";
import { flush } from "./stream.ts";
import { type Ending, unfinished, usage } from "./translation.ts";
import { type Follow, pause, writeText, writeTool } from "./turn-events.ts";
import { findTurn, move, turnId } from "./turn-state.ts";

const reasons: Record<string, string> = {
  agent_restarted: "The agent's process ended in the middle of this. What it had done is kept; send the message again to go on.",
  host_unreachable: "The machine that runs your stack could not be reached. What was done is kept.",
  empty: "The model answered with nothing at all. Send the message again, or put it in other words.",
  silent: "The model said nothing for five minutes, so it is not waited for any longer. What was done is kept.",
  aborted: "The agent stopped before it was done. What it had done is kept.",
};

function kept(texts: number, tools: number, commits: number): string {
  const parts = [
    texts ? "the text so far" : "",
    tools ? `${tools} tool call${tools > 1 ? "s" : ""}` : "",
    commits ? `${commits} commit${commits > 1 ? "s" : ""}` : "",
  ];
  const some = parts.filter(Boolean);
  return some.length ? `Kept: ${some.join(", ")}.` : "Nothing had been done yet.";
}

/** Ends the turn in the log: open blocks and calls are closed as they stand, cost and commits are written, then the state. */
export async function conclude(of: Follow, how: Ending | { state: "stopped"; reason: string }): Promise<void> {
  const { self, row, view: seen, running, requestId } = of;
  const { channel } = of.agent;
  flush(self, running);
  for (const open of unfinished(seen)) await writeText(of, open.partId, open.text);
  await closeCalls(of, how.state === "stopped" ? "stopped" : "interrupted");
  const looked = await Promise.race([
    scan(self, requestId, turnId(row)).then(() => true),
    pause(how.state === "stopped" ? 200 : 5_000, self.vars.life),
  ]).catch(() => false);
  await record(self, async (writer) => {
    const cost = usage(seen, self.vars.stack.price());
    if (cost) await writer.append("usage", { ref: `usage:${row.id}`, turnId: row.id, channel, body: { turnId: turnId(row), ...cost } });
    if (looked !== true) await enqueue(writer, { kind: "scan", key: "scan", payload: { turnId: row.id }, requestId, again: true });
    const [texts, tools, commits] = [
      await count(writer.db, row.id, "message.text"),
      seen.tools.size,
      await count(writer.db, row.id, "commit"),
    ];
    const failed = how.state === "failed" ? { errorClass: how.errorClass } : {};
    const more = how.state === "done" ? {} : { reason: how.reason, kept: kept(texts, tools, commits), ...failed };
    const now = await findTurn(writer.db, row.id);
    if (!now || !(await move(writer, now, how.state, more))) return;
    if (how.state === "interrupted" || how.state === "failed") {
      const text = reasons[how.reason] ?? `The agent could not finish: ${how.reason}`;
      await writer.append("notice", {
        turnId: row.id,
        channel,
        body: { level: how.state === "failed" ? "error" : "warning", code: how.state, text, turnId: turnId(row) },
      });
    }
    await queueStatus(writer, requestId);
  });
  self.vars.kick();
}
/** Calls of this turn that the log still shows as running end here. */
async function closeCalls(of: Follow, result: string): Promise<void> {
  for (const call of await callsOf(of.self.db, of.row.id))
    if (call.state === "running") await writeTool(of, { ...call, state: "failed", result });
}
/** A turn's calls as they stand, in the order in which they began. */
async function callsOf(db: Db, turnId: string): Promise<ToolView[]> {
  const rows = await db
    .select(columns)
    .from(event)
    .where(and(eq(event.turnId, turnId), eq(event.kind, "tool.call")))
    .orderBy(asc(event.seq));
  const calls = bodiesOf("tool.call", rows).map(({ call }) => call);
  return [...new Map(calls.map((call) => [call.callId, call])).values()];
}
export const lastCall = async (db: Db, turnId: string): Promise<ToolView | undefined> => (await callsOf(db, turnId)).at(-1);
