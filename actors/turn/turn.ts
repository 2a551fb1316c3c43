import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { messageTable } from "../../schema/conversation/message.table.ts";
import { type TurnRow, turnTable } from "../../schema/turn.table.ts";
import { isTurnOver } from "../../schema/turn.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { requireAgent } from "../agent/agent.ts";
import { ensureAgentReady } from "../agent/agent-server.ts";
import { refuseTurnOverBudget } from "../budget/budget.ts";
import { asksForMore } from "../budget/gateway.ts";
import { refuseTurnWhenFull } from "../budget/storage-limit.ts";
import { queueStatus } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { isQueued, type WorkItem } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { nextMessageId, OpenCode } from "../opencode/opencode.ts";
import { openTurnSession } from "../opencode/session-open.ts";
import { enterCurrentSession } from "../opencode/session-row.ts";
import { isLapsed } from "../stack/lapse.ts";
import { isHeld } from "../stack/tier.ts";
import type { Ending } from "./ending.ts";
import { type Follow, newFollow, newRunning } from "./follow.ts";
import { describeStop } from "./stop-turns.ts";
import { endTurn } from "./turn-end.ts";
import { followTurnEvents, type Line, openEventLine } from "./turn-events.ts";
import { requireModelTime, tellRoom, waitForRoom, wakeForModelTime } from "./turn-room.ts";
import { channelOf, findTurn, turnId } from "./turn-row.ts";
import { moveTurn } from "./turn-state.ts";

/** Stores the prompt's id before it is sent, so that a crash in between cannot send it as two. */
export async function beginPrompt(self: Self, agent: AgentRow, row: TurnRow, server: OpenCode, requestId: string): Promise<TurnRow> {
  if (row.promptId && row.session) return row;
  const session = agent.session;
  if (!session) throw new AppError("unavailable", { what: "session" });
  const newest = server.newest(session);
  newest.catch(() => undefined); // of a session that is not there, which is said below
  const created = await server.createdAt(session);
  if (created === undefined) throw new AppError("unavailable", { what: "session" });
  const promptId = nextMessageId(await newest, created, randomBytes(14));
  await record(self, requestId, async (writer) => {
    const sessionId = await followSession(writer, row);
    await writer.db.update(turnTable).set({ promptId, session, sessionId }).where(eq(turnTable.id, row.id));
    await moveTurn(writer, { ...row, sessionId }, "running");
    await queueStatus(writer);
  });
  return { ...row, ...(await findTurn(self.db, row.id)) };
}

/** Where the turn is said by now: its agent may have begun another session since the turn was queued. */
async function followSession(writer: Writer, row: TurnRow): Promise<Id<"ses">> {
  if (row.sessionNamed && row.sessionId) return row.sessionId;
  const sessionId = await enterCurrentSession(writer, row.agent);
  if (row.sessionId === sessionId || row.messageId === "") return sessionId;
  const [sent] = await writer.db.select({ text: messageTable.text }).from(messageTable).where(eq(messageTable.id, row.messageId));
  const body = { sessionId, turnId: row.id, text: sent?.text ?? "" };
  await writer.append("session.turn", { turnId: row.id, session: sessionId, ...(await channelOf(writer.db, row)), body });
  return sessionId;
}

/** What an interrupted turn had started may still run without its server. */
async function sweepUp(follow: Follow): Promise<void> {
  try {
    await follow.self.vars.stack.sweep(follow.requestId, follow.agent.id, AbortSignal.timeout(3_000));
  } catch (error) {
    follow.self.vars.world.log("warn", "processes were not swept", { turn: follow.row.id, requestId: follow.requestId, error });
  }
}

/**
 * Whether a turn was refused or cut off because the account has ended: the model's gateway refuses it with
 * the same status as a used-up budget, and the host stops the containers.
 */
async function endedWithAccount(self: Self, how: Ending, requestId: string): Promise<boolean> {
  const may = how.state === "interrupted" || (how.state === "failed" && how.errorClass === "exhausted");
  return may && isLapsed(self, requestId);
}

export const turnWork = {
  async run(self: Self, work: WorkItem<"turn">): Promise<void> {
    const row = await findTurn(self.db, work.payload.turnId);
    if (!row || isTurnOver(row.state) || (await isQueued(self.db, `stop:${row.id}`))) return;
    const actor = await me(self.db);
    const agentRow = await requireAgent(self.db, row.agent);
    if (row.state === "queued" && (actor.tier === "stopped" || isHeld(actor) || actor.trouble)) {
      const waits = work.payload.lacks === "model_time" && actor.asleep;
      return waits ? wakeForModelTime(self, agentRow, row, work.requestId) : undefined; // the start, or the end of the trouble, queues it again
    }
    let exit: () => void = () => undefined;
    if (await refuseTurnWhenFull(self, row, work.requestId)) return;
    if (await refuseTurnOverBudget(self, agentRow, row, work.requestId)) return;
    const running = newRunning(row, agentRow, new Promise((resolve) => (exit = resolve)));
    self.vars.running.set(row.agent, running);
    const life = self.vars.life;
    const onEnd = () => running.controller.abort();
    life.addEventListener("abort", onEnd);
    let line: Line | undefined;
    try {
      const resumed = row.promptId !== null;
      const ready = await ensureAgentReady(self, row.agent, work.requestId)
        .then((agent) => requireModelTime(self, agent, row))
        .catch((error) => waitForRoom(self, agentRow, row, error, work.requestId));
      if (!ready) return; // it is tried again in a while
      await tellRoom(self, row, work.requestId);
      const agent = await openTurnSession(self, ready, row, work.requestId);
      if (running.controller.signal.aborted) return;
      const server = new OpenCode(self.vars.stack, agent.id, agent.directory ?? "", work.requestId);
      line = openEventLine(server, running); // it opens meanwhile
      const begun = await beginPrompt(self, agent, row, server, work.requestId);
      if (begun.state !== "running") return; // a stop was first
      const followedTurn = newFollow(self, agent, begun, work.requestId, running);
      running.following = followedTurn;
      const how = await followTurnEvents(followedTurn, resumed, line);
      if (how && (await endedWithAccount(self, how, work.requestId))) {
        await endTurn(followedTurn, { state: "stopped", reason: describeStop("account", begun) }); // here is what it has said, and cost
        return;
      }
      if (how?.state === "interrupted") await sweepUp(followedTurn);
      const exhausted = how?.state === "failed" && how.errorClass === "exhausted" && (await asksForMore(followedTurn));
      if (exhausted) return; // the stop that came with the question ends it
      if (how && !running.controller.signal.aborted) await endTurn(followedTurn, how);
      else if (life.aborted) throw new AppError("unavailable", { what: "life" }); // keeps the row for the next runner
    } catch (error) {
      self.vars.attached.delete(row.agent); // its server may be gone: the next try looks before it speaks to it
      if (!(error instanceof AppError && error.code === "ceiling")) throw error;
      if (!(await isLapsed(self, work.requestId))) throw new AppError("unavailable", { what: "account" }, { cause: error }); // paid by now: again
    } finally {
      line?.hangUp();
      clearTimeout(running.flush);
      life.removeEventListener("abort", onEnd);
      if (self.vars.running.get(row.agent) === running) self.vars.running.delete(row.agent);
      exit();
    }
  },
  async gaveUp(self: Self, work: WorkItem<"turn">, error: AppError): Promise<void> {
    await record(self, work.requestId, async (writer) => {
      const row = await findTurn(writer.db, work.payload.turnId);
      if (!row || isTurnOver(row.state)) return;
      await moveTurn(writer, row, row.state === "running" ? "interrupted" : "failed", { reason: error.message });
      await writer.append("notice", {
        ...(await channelOf(writer.db, row)),
        body: { level: "error", code: error.code, text: `The message could not be worked on: ${error.message}`, turnId: turnId(row) },
      });
      await queueStatus(writer);
    });
  },
};
