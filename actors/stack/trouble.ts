import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import { type ActionName, actions } from "../../schema/actions.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import type { troubleIn, troubleOut } from "../../schema/agent/grow-agent.ts";
import { memoryRepository, type StackTrouble, troubleWords } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { Git } from "../git/git.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { isHomeless, raiseTier } from "./raise.ts";

/**
 * What keeps the stack from going on: the edge tells of its host, a look at Git of its memory. The member
 * reads it once, and once that it is over.
 */
export async function noteTrouble(writer: Writer, trouble: StackTrouble | null): Promise<boolean> {
  const before = await me(writer.db);
  if (before.trouble === trouble) return false;
  const missing = trouble === "memory_missing";
  await writer.db.update(growAgentTable).set({ trouble, ...(missing ? { ready: false } : {}) });
  await writer.append("stack.state", { body: { tier: before.tier, observed: before.observed, trouble } });
  await writer.append("notice", { body: noticeOf(trouble) });
  return true;
}
function noticeOf(trouble: StackTrouble | null) {
  if (trouble === null) return { level: "info", code: "stack_goes_on", text: "What kept your stack from going on is over." } as const;
  const { title, safe, missing, next } = troubleWords[trouble];
  return { level: "error", code: trouble, text: `${title} ${safe} ${missing} ${next}` } as const;
}

const lookFor = 5_000;
/**
 * Whether the memory can be seen to be gone. A Git that does not answer in time, milliseconds, shows nothing.
 */
async function sureMissing(self: Self, requestId: string): Promise<boolean> {
  const look = new Git(self.vars.stack, requestId).holds(memoryRepository).then(
    (held) => !held,
    () => false,
  );
  return Promise.race([look, delay(lookFor, false, { ref: false })]);
}
/**
 * Action `trouble`. A stack that can go on is brought up anew, and one whose machine was taken out asks for
 * another: what waited is queued again. The edge's word
 * that all is well may be older than what the actor has found since: a memory that is seen to be gone stays
 * missing.
 */
export async function takeTrouble(
  self: Self,
  { trouble }: z.infer<typeof troubleIn>,
  requestId: string,
): Promise<z.infer<typeof troubleOut>> {
  const now = (await me(self.db)).trouble;
  if (trouble === null && now === "memory_missing" && (await sureMissing(self, requestId))) return { changed: false };
  return record(self, requestId, async (writer) => {
    const changed = await noteTrouble(writer, trouble);
    const actor = await me(writer.db);
    if (isHomeless(actor)) await raiseTier(writer, actor, "work", newId("req", writer.now));
    if (!changed || trouble !== null || (actor.tier !== "running" && !actor.asleep)) return { changed };
    await raiseTier(writer, { ...actor, failed: true }, "work", newId("req", writer.now));
    return { changed };
  });
}

const lookAgain = 30_000;
/**
 * The actor itself did not find the memory: it is said once, and looked for again while the stack is wanted.
 */
export async function noteMissing(writer: Writer): Promise<void> {
  await writer.db.update(growAgentTable).set({ failed: true, observed: "failed" });
  await noteTrouble(writer, "memory_missing");
  // In a lane of its own: a start that the member asks for does not wait behind it.
  await writer.queue("provision", { lane: "look", key: "provision:look", dueAt: writer.now + lookAgain, again: true });
}

/** Throws `memory_missing` where the memory's repository is gone or empty. */
export async function requireMemory(git: Git): Promise<void> {
  if (!(await git.holds(memoryRepository))) throw new AppError("memory_missing", { repo: memoryRepository });
}

/** Throws `memory_missing` for an action that would have to be kept while there is nothing to keep it in. */
export async function refuseUnkept(self: Self, action: ActionName): Promise<void> {
  if (actions[action].needs?.keeping && (await me(self.db)).trouble === "memory_missing") throw new AppError("memory_missing", { action });
}
