import { scanBranches } from "../git/scan.ts";
import { countTurnEvents } from "../kernel/event.ts";
import { queueScan, queueStatus } from "../kernel/queue.ts";
import { record } from "../kernel/transaction.ts";
import { type Ending, endingTexts } from "./ending.ts";
import { type Follow, pause, writeText, writeTool } from "./follow.ts";
import { flush } from "./stream.ts";
import { callsOf } from "./tool-calls.ts";
import { listUnfinished, readTurnUsage } from "./translation.ts";
import { findTurn, turnId } from "./turn-row.ts";
import { moveTurn } from "./turn-state.ts";

const cutNotice = "The model's answer is as long as one may be, and was cut there. Say “go on” for the rest.";

function kept(texts: number, tools: number, commits: number): string {
  const parts = [
    texts ? "the text so far" : "",
    tools ? `${tools} tool call${tools > 1 ? "s" : ""}` : "",
    commits ? `${commits} commit${commits > 1 ? "s" : ""}` : "",
  ];
  const some = parts.filter(Boolean);
  return some.length ? `Kept: ${some.join(", ")}.` : "Nothing had been done yet.";
}

/**
 * Ends the turn in the log: open blocks and calls are closed as they stand, cost and commits are written,
 * then the state.
 */
export async function endTurn(follow: Follow, how: Ending | { state: "stopped"; reason: string }): Promise<void> {
  const { self, row, view: seen, running, requestId } = follow;
  const { channel } = follow.agent;
  flush(self, running);
  for (const open of listUnfinished(seen)) await writeText(follow, open.partId, open.text);
  await closeCalls(follow, how.state === "stopped" ? "stopped" : "interrupted");
  const looked = await Promise.race([
    scanBranches(self, requestId, turnId(row)).then(() => true),
    pause(how.state === "stopped" ? 200 : 5_000, self.vars.life),
  ]).catch(() => false);
  await record(self, requestId, async (writer) => {
    const cost = readTurnUsage(seen, self.vars.stack.price());
    if (cost) await writer.append("usage", { ref: `usage:${row.id}`, turnId: row.id, channel, body: { turnId: turnId(row), ...cost } });
    if (looked !== true) await queueScan(writer, row.id);
    const [texts, tools, commits] = [
      await countTurnEvents(writer.db, row.id, "message.text"),
      seen.tools.size,
      await countTurnEvents(writer.db, row.id, "commit"),
    ];
    const failed = how.state === "failed" ? { errorClass: how.errorClass } : {};
    const more = how.state === "done" ? {} : { reason: how.reason, kept: kept(texts, tools, commits), ...failed };
    const now = await findTurn(writer.db, row.id);
    if (!now || !(await moveTurn(writer, now, how.state, more))) return;
    if (how.state === "interrupted" || how.state === "failed") {
      const text = endingTexts[how.reason] ?? `The agent could not finish. ${how.reason}`;
      await writer.append("notice", {
        turnId: row.id,
        channel,
        body: { level: how.state === "failed" ? "error" : "warning", code: how.state, text, turnId: turnId(row) },
      });
    }
    if (how.state === "done" && how.cut)
      await writer.append("notice", {
        turnId: row.id,
        channel,
        body: { level: "info", code: "model_cut", text: cutNotice, turnId: turnId(row) },
      });
    await queueStatus(writer);
  });
}
/** Calls of this turn that the log still shows as running end here. */
async function closeCalls(follow: Follow, result: string): Promise<void> {
  for (const call of await callsOf(follow.self.db, follow.row.id))
    if (call.state === "running") await writeTool(follow, { ...call, state: "failed", result });
}
