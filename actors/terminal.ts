import { eq } from "drizzle-orm";
import type { z } from "zod";
import {
  type TerminalsSeen,
  type terminalIn,
  terminalLimits,
  type terminalOpenIn,
  type terminalsOut,
} from "../schema/terminal/terminal.ts";
import { AppError } from "../schema/wire/error.ts";
import type { Id } from "../schema/wire/id.ts";
import { workTable } from "../schema/work.table.ts";
import type { Self } from "./kernel/self.ts";
import { record } from "./kernel/transaction.ts";
import { type Handler, readWork, type WorkItem } from "./kernel/work.ts";

/** The audit of terminals: who types what is nobody's, when and from where one was open is in the log. */
const watchEvery = 60_000;
/** A browser that was let in has so long to connect. */
const firstLook = 90_000;
const workKey = (terminal: Id<"trm">) => `terminal:${terminal}`;
type Terminal = TerminalsSeen["terminals"][number];
const isRunning = ({ endedAt }: Terminal) => endedAt === undefined;

async function findWatch(self: Self, terminal: Id<"trm">): Promise<WorkItem<"terminal"> | undefined> {
  const [row] = await self.db
    .select()
    .from(workTable)
    .where(eq(workTable.key, workKey(terminal)));
  return row && readWork("terminal", row);
}

/** Action `terminals`: those that run. */
export async function listTerminals(self: Self, requestId: string): Promise<z.infer<typeof terminalsOut>> {
  return { terminals: (await self.vars.stack.listTerminals(requestId)).filter(isRunning) };
}
/** Action `terminalOpen`, before each connection: a terminal that is open already is told of once. */
export async function openTerminal(
  self: Self,
  { terminalId, device }: z.infer<typeof terminalOpenIn>,
  requestId: string,
): Promise<z.infer<typeof terminalIn>> {
  const known = await self.vars.stack.listTerminals(requestId);
  const same = known.find(({ id }) => id === terminalId);
  if (same && !isRunning(same)) throw new AppError("conflict", { what: "terminal" }, { message: "This terminal has ended." });
  if (!same && known.filter(isRunning).length >= terminalLimits.most)
    throw new AppError("quota_full", { what: "terminals" }, { message: `You have ${terminalLimits.most} terminals open. End one first.` });
  if (await findWatch(self, terminalId)) return { terminalId };
  await record(self, requestId, async (writer) => {
    const payload = { terminalId, device, startedAt: writer.now };
    await writer.append("terminal.state", { body: { terminalId, device, state: "started" } });
    await writer.queue("terminal", { key: workKey(terminalId), payload, dueAt: writer.now + firstLook });
  });
  return { terminalId };
}
/** Action `terminalEnd`; a second time changes nothing. */
export async function endTerminal(self: Self, terminalId: Id<"trm">, requestId: string): Promise<z.infer<typeof terminalIn>> {
  await self.vars.stack.endTerminal(requestId, terminalId);
  const watch = await findWatch(self, terminalId);
  if (watch)
    await tellEnd(
      self,
      watch,
      (await self.vars.stack.listTerminals(requestId)).find(({ id }) => id === terminalId),
      requestId,
    );
  return { terminalId };
}

async function tellEnd(self: Self, watch: WorkItem<"terminal">, seen: Terminal | undefined, requestId: string): Promise<void> {
  const { terminalId, device, startedAt } = watch.payload;
  await record(self, requestId, async (writer) => {
    const ms = Math.max(0, (seen?.endedAt ?? writer.now) - (seen?.startedAt ?? startedAt));
    await writer.append("terminal.state", { ref: `ended:${watch.id}`, body: { terminalId, device, state: "ended", ms } });
    await writer.db.delete(workTable).where(eq(workTable.key, watch.key));
  });
}

/** Looks each minute whether it is open still: its end is told even when no browser is left to tell it. */
export const terminalWork: Handler<"terminal"> = {
  endless: ["unreachable", "timeout"],
  async run(self, work) {
    const { terminalId } = work.payload;
    const seen = (await self.vars.stack.listTerminals(work.requestId)).find(({ id }) => id === terminalId);
    if (!seen || !isRunning(seen)) return tellEnd(self, work, seen, work.requestId);
    await record(self, work.requestId, (writer) =>
      writer.queue("terminal", { key: work.key, payload: work.payload, again: true, dueAt: writer.now + watchEvery }),
    );
  },
  gaveUp: (self, work) => tellEnd(self, work, undefined, work.requestId),
};
