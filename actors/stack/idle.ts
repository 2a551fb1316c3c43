import { and, lt, ne } from "drizzle-orm";
import { type ActionName, actions } from "../../schema/actions.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { queueIdleLook } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { type Handler, isQueued } from "../kernel/work.ts";
import type { WorkKind } from "../kernel/work-kinds.ts";
import { lowerStack } from "../turn/lower-stack.ts";
import { listBusyAgents } from "../turn/turn-room.ts";
import { findIdleTime, type IdleFacts } from "./tier.ts";

/** What is read of the stack's own files. A page that lies open does not read them while nothing happens. */
const looksInside: ReadonlySet<ActionName> = new Set(["file", "tree", "memoryTree", "memoryFile", "memoryHistory", "memoryDiff"]);
/** Whether its member asks something by an action, where a page that lies open would not. */
function isMemberAsking(name: ActionName): boolean {
  const { changes } = actions[name];
  return looksInside.has(name) || (changes !== undefined && changes.by === undefined);
}

/** An actor may fall asleep between two looks: when it was asked is written down, once a minute at most. */
const writtenEvery = 60_000;
export async function noteMemberAsking(self: Self, name: ActionName): Promise<void> {
  if (!isMemberAsking(name)) return;
  const now = Date.now();
  if (now - self.vars.askedAt < writtenEvery) return;
  self.vars.askedAt = now;
  await self.db.update(growAgentTable).set({ lastActivity: now });
}

/** Work that needs no stack, or looks at it again and again while it runs: it keeps none awake. */
const restWork: ReadonlySet<string> = new Set<WorkKind>([
  ...(["idle", "status", "expire", "remind", "search", "audit", "notice", "register"] as const),
  ...(["watch", "views", "terminal"] as const),
]);
/** What is due later is kept, and wakes the stack when it is due. */
const soon = 5 * 60_000;
/** What has failed so often is tried again at the next wake too. */
const manyTries = 20;

/** Whether the actor itself knows of something that a stop would break off or delay. */
async function isBusy(self: Self, db: Db, now: number): Promise<boolean> {
  const { place, trouble } = await me(db);
  if (trouble === "memory_missing") return false; // nothing of it can run, and it is looked for when it starts
  if (place !== null || trouble !== null || self.vars.bringUp || self.vars.command) return true;
  if ((await listBusyAgents(db)).size > 0) return true;
  const due = await db
    .selectDistinct({ kind: workTable.kind })
    .from(workTable)
    .where(and(lt(workTable.dueAt, now + soon), lt(workTable.attempts, manyTries), ne(workTable.kind, "turn")));
  return due.some(({ kind }) => !restWork.has(kind));
}
type PastAgents = Pick<IdleFacts, "busy" | "lookedAt"> & { askedAt: number };
/** How the member uses the stack past their agents, as its host says. Not known: it may be in use. */
async function askHost(self: Self, now: number, requestId: string): Promise<PastAgents> {
  const never = { busy: false, askedAt: 0, lookedAt: 0 };
  if (!(await me(self.db)).ready) return never; // it never came up: nobody can use it
  try {
    const { asked, looked } = (await self.vars.stack.seen(requestId)).used;
    return { busy: false, askedAt: asked === undefined ? 0 : now - asked, lookedAt: looked === undefined ? 0 : now - looked };
  } catch (error) {
    if (error instanceof AppError) return { ...never, busy: true };
    throw error;
  }
}

/** Stops the stack once nobody has used it for a while, else looks again when that may be so. */
export const idleWork: Handler<"idle"> = {
  async run(self, work) {
    const { idleAfter } = self.vars.world;
    const now = Date.now();
    if ((await me(self.db)).tier !== "running") return; // its start looks again
    const past = await askHost(self, now, work.requestId);
    await record(self, work.requestId, async (writer) => {
      const actor = await me(writer.db);
      if (actor.tier !== "running") return;
      const busy = past.busy || (await isBusy(self, writer.db, now));
      if (busy) await writer.db.update(growAgentTable).set({ lastActivity: now }); // its end begins the wait
      const activeAt = Math.max(actor.lastActivity, self.vars.askedAt, past.askedAt);
      const idleAt = findIdleTime({ busy, activeAt, lookedAt: past.lookedAt }, now, idleAfter);
      if (idleAt > now) return queueIdleLook(writer, idleAt);
      await lowerStack(writer, "idle");
    });
  },
  async gaveUp(self, work, error) {
    self.vars.world.log("warn", "whether the stack is idle was not found out", { requestId: work.requestId, error });
    await record(self, work.requestId, (writer) => queueIdleLook(writer, writer.now + soon));
  },
};

/** On wake: a stack that runs is looked at, also one of before it was. */
export async function watchIdleness(self: Self): Promise<void> {
  const { tier, lastActivity } = await me(self.db);
  if (tier !== "running" || (await isQueued(self.db, "idle"))) return;
  await record(self, newId("req"), (writer) => queueIdleLook(writer, Math.max(writer.now, lastActivity + self.vars.world.idleAfter)));
}
