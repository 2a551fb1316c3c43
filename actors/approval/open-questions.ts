import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { type Approval, viewApproval } from "../../schema/approval/approval.ts";
import {
  type OpenQuestion,
  openQuestionFile,
  openQuestionFolder,
  openQuestionPath,
  readOpenQuestion,
  toOpenQuestion,
} from "../../schema/approval/open-questions.ts";
import { proposalTable } from "../../schema/proposal.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { isGrowAgent, requireGrowAgent } from "../agent/agent.ts";
import { queueExpiry, queueReminder } from "../kernel/queue.ts";
import type { Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";

/**
 * Keeps in Git what waits for the member, in the caller's transaction. `removeOpenItem` takes it out once it
 * is decided.
 */
export async function keepOpenItem(writer: Writer, of: OpenQuestion, agent: Id<"agt">): Promise<void> {
  const file = openQuestionFile(of);
  await queueFiles(writer, {
    key: `open:${file.path}`,
    kind: "open",
    title: `Asked “${of.title}”`,
    files: [file],
    agent,
  });
}
export async function keepQuestion(writer: Writer, of: Approval, agent: AgentRow): Promise<void> {
  if (!of.opencode) await keepOpenItem(writer, toOpenQuestion(of, isGrowAgent(agent)), agent.id);
}
export async function removeOpenItem(writer: Writer, of: { id: string; title: string }): Promise<void> {
  const path = openQuestionPath(of.id);
  const { id: agent } = await requireGrowAgent(writer.db);
  await queueFiles(writer, {
    key: `closed:${path}`,
    kind: "open",
    title: `Answered “${of.title}”`,
    files: [{ path, remove: true }],
    agent,
  });
}

/**
 * What waited for the member, from the files of memory. `unread` gets the paths of those that can't be read.
 */
export function readOpenItems(found: ReadonlyMap<string, string>, unread: string[]): OpenQuestion[] {
  return [...found].flatMap(([path, text]) => {
    if (!path.startsWith(openQuestionFolder) || path.endsWith("README.md")) return [];
    const read = readOpenQuestion(path, text);
    if (!read.ok) unread.push(path);
    return read.ok ? [read.value] : [];
  });
}

/**
 * Restores open proposals and the Grow Agent's questions after a loss. The member is told once which others
 * are lost.
 */
export async function restoreOpenItems(writer: Writer, all: readonly OpenQuestion[]): Promise<void> {
  const lost: string[] = [];
  for (const one of all) {
    if (one.kind === "proposal") await restoreProposal(writer, one);
    else if (one.kind === "question" && (await restoreQuestion(writer, one.approval))) continue;
    else {
      lost.push(one.title);
      await removeOpenItem(writer, one.kind === "question" ? one.approval : one);
    }
  }
  if (lost.length === 0) return;
  const text = `Your Grow Agent came back from memory. These questions of its agents are lost and are asked again when they still matter: ${lost.map((title) => `“${title}”`).join(", ")}`;
  await writer.append("notice", { ref: "restored:lost", body: { level: "warning", code: "questions_lost", text: text.slice(0, 8_000) } });
}
async function restoreProposal(writer: Writer, of: Extract<OpenQuestion, { kind: "proposal" }>): Promise<void> {
  const { id, title, text, goal, agent, at } = of;
  const state = { state: "pending", edited: false, turnId: null } as const;
  const [fresh] = await writer.db
    .insert(proposalTable)
    .values({ id, key: `restored:${id}`, kind: of.of, title, text, files: [of.file], goal, agent, at, ...state })
    .onConflictDoNothing()
    .returning({ id: proposalTable.id });
  if (!fresh) return;
  const body = { proposalId: id, kind: of.of, title, text: text.slice(0, 4_000), path: of.file.path, agentId: agent };
  await writer.append("proposal.made", { ref: `proposal:${id}`, body });
}
async function restoreQuestion(writer: Writer, of: Approval): Promise<boolean> {
  const agent = await requireGrowAgent(writer.db);
  if (of.agent !== agent.id || of.state !== "pending") return false;
  const [known] = await writer.db.select({ id: approvalTable.id }).from(approvalTable).where(eq(approvalTable.id, of.id));
  if (known) return true;
  const copies = { task: null, turn: null, session: null, state: of.state, expiresAt: of.expiresAt };
  await writer.db.insert(approvalTable).values({ id: of.id, key: `restored:${of.id}`, agent: of.agent, ...copies, body: of });
  await writer.append("approval.asked", { ref: `asked:${of.id}`, channel: agent.channel, body: viewApproval(of) });
  await queueExpiry(writer, of.id, of.expiresAt);
  await queueReminder(writer, of.id);
  return true;
}
