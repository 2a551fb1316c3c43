import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../schema/error.ts";
import { id } from "../schema/id.ts";
import { turn } from "../schema/turn.table.ts";
import { ended } from "../schema/turn.ts";
import { conclude } from "./conclude.ts";
import { record } from "./event.ts";
import { type Follow, follow, followed, newRunning } from "./follow.ts";
import { nextMessageId, type OpenCode, openCode } from "./opencode.ts";
import { ensureReady } from "./provision.ts";
import type { Me, Self } from "./self.ts";
import { queueStatus } from "./status.ts";
import { findTurn, move, type TurnRow, turnId } from "./turn-state.ts";
import { type WorkRow, waits } from "./work.ts";

/** Stores the prompt's id before it is sent, so that a crash in between cannot send it as two. */
async function begin(self: Self, who: Me, row: TurnRow, server: OpenCode, requestId: string): Promise<TurnRow> {
  if (row.promptId && row.session) return row;
  const session = who.session;
  if (!session) throw new AppError("unavailable", { what: "session" });
  const created = await server.createdAt(session);
  if (created === undefined) throw new AppError("unavailable", { what: "session" });
  const newest = (await server.messages(session))
    .map((each) => each.info.id)
    .sort()
    .at(-1);
  const promptId = nextMessageId(newest, created, randomBytes(14));
  await record(self, async (writer) => {
    await writer.db.update(turn).set({ promptId, session }).where(eq(turn.id, row.id));
    await move(writer, row, "running");
    await queueStatus(writer, requestId);
  });
  return { ...row, ...(await findTurn(self.db, row.id)) };
}

/** What an interrupted turn had started may still run without its server. */
async function sweepUp(of: Follow): Promise<void> {
  try {
    await of.self.vars.stack.sweep(of.requestId, of.who.agent, AbortSignal.timeout(3_000));
  } catch (error) {
    of.self.vars.world.log("warn", "processes were not swept", { turn: of.row.id, requestId: of.requestId, error });
  }
}

const payload = z.object({ turnId: id("trn") });
export const turnWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const row = await findTurn(self.db, payload.parse(work.payload).turnId);
    if (!row || ended(row.state) || (await waits(self.db, `stop:${row.id}`))) return;
    let exit: () => void = () => undefined;
    const running = newRunning(row, new Promise((resolve) => (exit = resolve)));
    self.vars.running = running;
    const life = self.vars.life;
    const onEnd = () => running.controller.abort();
    life.addEventListener("abort", onEnd);
    try {
      const resumed = row.promptId !== null;
      const who = await ensureReady(self, work.requestId);
      if (running.controller.signal.aborted) return;
      if (!who.ready) throw new AppError("unavailable", { what: "stack" });
      const begun = await begin(self, who, row, openCode(self.vars.stack, who.agent, who.directory ?? "", work.requestId), work.requestId);
      if (begun.state !== "running") return; // a stop was first
      const of = followed(self, who, begun, work.requestId, running);
      running.follow = of;
      const how = await follow(of, resumed);
      if (how?.state === "interrupted") await sweepUp(of);
      if (how && !running.controller.signal.aborted) await conclude(of, how);
      else if (life.aborted) throw new AppError("unavailable", { what: "life" }); // keeps the row for the next runner
    } finally {
      clearTimeout(running.flush);
      life.removeEventListener("abort", onEnd);
      if (self.vars.running === running) self.vars.running = undefined;
      exit();
    }
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    await record(self, async (writer) => {
      const row = await findTurn(writer.db, payload.parse(work.payload).turnId);
      if (!row || ended(row.state)) return;
      await move(writer, row, row.state === "running" ? "interrupted" : "failed", { reason: error.message });
      await writer.append("notice", {
        body: { level: "error", code: error.code, text: `The message could not be worked on: ${error.message}`, turnId: turnId(row) },
      });
      await queueStatus(writer, work.requestId);
    });
  },
};
