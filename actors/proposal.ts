import { and, count, desc, eq, isNotNull, lt } from "drizzle-orm";
import type { z } from "zod";
import { describeGoalChanges, goalFile, readGoal, readGoalText, rebaseGoal } from "../schema/goal.ts";
import { factPath, isAbout, uniqueMemoryPath } from "../schema/memory/memory.ts";
import type { MemoryChange } from "../schema/memory/memory-change.ts";
import { memoryFileTable } from "../schema/memory/memory-file.table.ts";
import { proposalTable } from "../schema/proposal.table.ts";
import {
  nextProposalState,
  type ProposalView,
  type proposalDecideIn,
  proposalDecideOut,
  type proposalsIn,
  type proposalsOut,
} from "../schema/proposal.ts";
import { likeSealed } from "../schema/seal/sealed-column.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, newId } from "../schema/wire/id.ts";
import { requireAgent } from "./agent/agent.ts";
import { keepOpenItem, removeOpenItem } from "./approval/open-questions.ts";
import { tellGoal } from "./goal-event.ts";
import { once } from "./kernel/idempotency.ts";
import { dropReminder, queueReminder } from "./kernel/queue.ts";
import { me, type Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import type { Writer } from "./kernel/writer.ts";
import { keptText } from "./memory/memory-files.ts";
import { queueFiles } from "./memory/outbox.ts";

type StoredProposal = typeof proposalTable.$inferSelect;
/** What may wait for the member at once: an agent must not be able to bury them. */
const mostPending = 200;

export type NewProposal = {
  key: string;
  kind: StoredProposal["kind"];
  title: string;
  text: string;
  file: MemoryChange & { content: string };
  goal?: Id<"gol"> | undefined;
  agent: Id<"agt">;
  channel: Id<"chn">;
  turnId?: Id<"trn"> | undefined;
};
/** Keeps what an agent wants to remember about the person, and asks. The same key twice is one proposal. */
export async function proposeMemory(writer: Writer, proposed: NewProposal): Promise<Id<"prp">> {
  const { key, kind, title, text, file, agent } = proposed;
  const [known] = await writer.db.select({ id: proposalTable.id }).from(proposalTable).where(eq(proposalTable.key, key));
  if (known) return known.id;
  const [waiting] = await writer.db.select({ n: count() }).from(proposalTable).where(eq(proposalTable.state, "pending"));
  if ((waiting?.n ?? 0) >= mostPending)
    throw new AppError("conflict", { what: "proposals" }, { message: "Too many proposals wait for the member already." });
  const id = newId("prp", writer.now);
  const about = { turnId: proposed.turnId ?? null, goal: proposed.goal ?? null };
  const files = await withBefore(writer, [file]);
  const [row] = await writer.db
    .insert(proposalTable)
    .values({ id, key, kind, title, text, files, agent, ...about, state: "pending", edited: false, at: writer.now })
    .returning();
  await showProposal(writer, row!, proposed.channel);
  await queueReminder(writer, id);
  return id;
}
/**
 * A proposal that waits says something newer: the member sees it where the older text stood, and is not asked
 * again.
 */
export async function amendProposal(
  writer: Writer,
  waiting: StoredProposal,
  { key, text, file }: Pick<NewProposal, "key" | "text" | "file">,
): Promise<void> {
  const [row] = await writer.db
    .update(proposalTable)
    .set({ text, files: [file, ...waiting.files.slice(1)] })
    .where(and(eq(proposalTable.id, waiting.id), eq(proposalTable.state, "pending")))
    .returning();
  if (!row) throw new AppError("conflict", { what: "decided" });
  const { channel } = await requireAgent(writer.db, row.agent);
  await showProposal(writer, row, channel, key);
}
/** In the conversation, and in Git among what waits. `again`: the call by which it says something newer. */
async function showProposal(writer: Writer, row: StoredProposal, channel: Id<"chn">, again?: string): Promise<void> {
  const { id, kind, title, text, agent, goal, at } = row;
  const [file] = row.files;
  if (!file || !("content" in file)) return;
  const change = describeGoalChange(kind, row.files);
  const turn = row.turnId ? { turnId: row.turnId } : {};
  const more = { ...turn, ...(change.length > 0 ? { change } : {}) };
  const body = { proposalId: id, kind, title, text: text.slice(0, 4_000), path: file.path, agentId: agent, ...more };
  await writer.append("proposal.made", { ref: [`proposal:${id}`, ...(again ? [again] : [])].join(":"), ...turn, channel, body });
  await keepOpenItem(writer, { kind: "proposal", id, title, of: kind, text, file, goal, agent, at }, agent, again);
}

/** The file of a fact: of its title, or one that no other fact has or waits for. */
export async function findFactPath(db: Db, title: string, outboxId: string): Promise<string> {
  const there = await db
    .select({ path: memoryFileTable.path, title: memoryFileTable.title })
    .from(memoryFileTable)
    .where(and(likeSealed(memoryFileTable.path, "profile/%"), isNotNull(memoryFileTable.content)));
  const waiting = await db
    .select()
    .from(proposalTable)
    .where(and(eq(proposalTable.state, "pending"), eq(proposalTable.kind, "profile")));
  return factPath(title, [...there, ...waiting.map((row) => ({ path: row.files[0]?.path ?? "", title: row.title }))], outboxId);
}
/** A fact whose file is about something else by now gets one of its own: none takes the place of another. */
async function withOwnFile(db: Db, row: StoredProposal): Promise<StoredProposal> {
  const [file] = row.files;
  const now = row.kind === "profile" && file ? await keptText(db, file.path) : undefined;
  if (!file || !("content" in file) || now === undefined || isAbout(now, row.title)) return row;
  return { ...row, files: [{ path: uniqueMemoryPath(row.title, row.id), content: file.content }] };
}

/** What a proposal does to a goal that is there. */
function describeGoalChange(kind: StoredProposal["kind"], [after, before]: readonly MemoryChange[]): string[] {
  if (kind !== "goal" || !after || !before || !("content" in after) || !("content" in before)) return [];
  const [was, next] = [readGoal(before.content), readGoal(after.content)];
  return was.ok && next.ok ? describeGoalChanges(was.value, next.value) : [];
}
const toProposalView = (row: StoredProposal): ProposalView => ({
  id: row.id,
  kind: row.kind,
  title: row.title,
  text: row.text,
  path: row.files[0]?.path ?? "",
  change: describeGoalChange(row.kind, row.files),
  state: row.state,
  edited: row.edited,
  agentId: row.agent,
  turnId: row.turnId,
  goalId: row.goal,
  hash: row.hash,
  at: row.at,
  decidedAt: row.decidedAt,
  decidedBy: row.decidedBy,
});
/** Action `proposals`: newest first. */
export async function listProposals(db: Db, { cursor, limit, state }: z.infer<typeof proposalsIn>): Promise<z.infer<typeof proposalsOut>> {
  const where = and(cursor ? lt(proposalTable.id, cursor) : undefined, state ? eq(proposalTable.state, state) : undefined);
  const rows = await db
    .select()
    .from(proposalTable)
    .where(where)
    .orderBy(desc(proposalTable.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  return { proposals: page.map(toProposalView), next: rows.length > limit ? page.at(-1)!.id : null };
}

/**
 * What is accepted, when the file has changed since it was proposed: a goal gets the fields that were to
 * change, a text is not overwritten.
 */
async function rebaseProposal(db: Db, row: StoredProposal): Promise<MemoryChange[]> {
  const [file, before] = row.files;
  const now = file ? await keptText(db, file.path) : undefined;
  const was = before && "content" in before ? before.content : undefined;
  if (!file || !before || !("content" in file) || now === was) return row.files.slice(0, 1);
  const [a, b, c] = [was, file.content, now].map((text) => (text === undefined ? undefined : readGoal(text)));
  if (row.kind === "goal" && a?.ok && b?.ok && c?.ok) return [goalFile(rebaseGoal(a.value, b.value, c.value), file.path)];
  throw new AppError(
    "conflict",
    { what: "changed" },
    { message: `${file.path} has changed since this was proposed. Put it in your words, or reject it.` },
  );
}
/**
 * The file with the member's own words in place of the agent's: of a goal its title, why, measure and steps;
 * its other fields stay.
 */
function applyMemberText(row: StoredProposal, [file]: MemoryChange[], text: string): MemoryChange[] {
  if (!file || !("content" in file)) return row.files;
  if (row.kind === "profile") return [{ path: file.path, content: `# ${row.title}\n\n${text}\n` }];
  const before = readGoal(file.content);
  if (!before.ok) return row.files;
  const next = readGoalText(before.value, text);
  if (!next.ok) throw new AppError("invalid", { issues: next.issues });
  return [goalFile(next.value, file.path)];
}

/** Action `proposalDecide`: once, whoever answers first. Accepting it is a commit, taking it back another. */
export function decideProposal(
  self: Self,
  input: z.infer<typeof proposalDecideIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof proposalDecideOut>> {
  return once(self, requestId, `proposal:${key}`, proposalDecideOut, async (writer) => {
    const [row] = await writer.db.select().from(proposalTable).where(eq(proposalTable.id, input.proposalId));
    if (!row) throw new AppError("not_found");
    const state = nextProposalState(row.state, input.decision);
    if (!state) return { proposal: toProposalView(row), decided: false };
    const text = input.decision === "accept" && input.text !== undefined && input.text !== row.text.trim() ? input.text : undefined;
    const rewritten = text !== undefined && row.kind === "profile"; // then the member has said how all of it reads
    const accepted = input.decision === "accept" ? await withOwnFile(writer.db, row) : row;
    const changes = input.decision === "accept" && !rewritten ? await rebaseProposal(writer.db, accepted) : accepted.files;
    const files = text === undefined ? changes : applyMemberText(row, changes, text);
    const set = {
      state,
      files: input.decision === "accept" ? await withBefore(writer, files) : row.files,
      text: text ?? row.text,
      edited: row.edited || text !== undefined,
      decidedAt: writer.now,
      decidedBy: input.device ?? null,
    };
    const moved = await writer.db
      .update(proposalTable)
      .set(set)
      .where(and(eq(proposalTable.id, row.id), eq(proposalTable.state, row.state)))
      .returning();
    const [next] = moved;
    if (!next) return { proposal: toProposalView(row), decided: false };
    const body = { proposalId: input.proposalId, kind: row.kind, title: row.title, state, edited: next.edited, by: input.device ?? "" };
    await writer.append("proposal.decided", { ref: `proposal:${row.id}:${state}`, body });
    if (row.state === "pending") {
      await removeOpenItem(writer, row);
      await dropReminder(writer, row.id);
    }
    if (input.decision === "accept") await commitProposal(writer, next);
    if (input.decision === "revert") await undoProposal(writer, next);
    return { proposal: toProposalView(next), decided: true };
  });
}
/** What the file was before is kept behind what it becomes, so that accepting can be undone. */
async function withBefore(writer: Writer, files: readonly MemoryChange[]): Promise<MemoryChange[]> {
  const path = files[0]?.path ?? "";
  const before = await keptText(writer.db, path);
  return [...files.slice(0, 1), before === undefined ? { path, remove: true } : { path, content: before }];
}
async function commitProposal(writer: Writer, row: StoredProposal): Promise<void> {
  const title = `${row.title}${row.edited ? " (edited by the member)" : ""}`;
  const { kind, agent } = row;
  await queueFiles(writer, {
    key: `proposal:${row.id}`,
    kind,
    title,
    files: row.files.slice(0, 1),
    agent,
    turnId: row.turnId ?? undefined,
  });
  await tellGoal(writer, row.files[0]);
}
/**
 * Only when nothing has changed the file since: a later change is not to be lost by undoing an earlier one.
 */
async function undoProposal(writer: Writer, row: StoredProposal): Promise<void> {
  const [now, before] = row.files;
  if (!now || !("content" in now) || !before) throw new AppError("conflict", { what: "nothing to take back" });
  if ((await keptText(writer.db, now.path)) !== now.content)
    throw new AppError("conflict", { what: "changed" }, { message: `${now.path} has changed since; edit it instead.` });
  const { agent } = await me(writer.db);
  await queueFiles(writer, {
    key: `revert:${row.id}`,
    kind: "revert",
    title: `take back ${row.title}`,
    files: [before],
    agent,
  });
  await tellGoal(writer, before);
}
