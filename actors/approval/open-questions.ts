import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import type { Approval } from "../../schema/approval/approval.ts";
import { viewApproval } from "../../schema/approval/approval-api.ts";
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
 * is decided. `again`: names the call that has changed it meanwhile.
 */
export async function keepOpenItem(writer: Writer, item: OpenQuestion, agent: Id<"agt">, again = ""): Promise<void> {
  const file = openQuestionFile(item);
  await queueFiles(writer, {
    key: ["open", file.path, ...(again ? [again] : [])].join(":"),
    kind: "open",
    title: `Asked “${item.title}”`,
    files: [file],
    agent,
  });
}
export async function keepQuestion(writer: Writer, approval: Approval, agent: AgentRow): Promise<void> {
  if (!approval.opencode) await keepOpenItem(writer, toOpenQuestion(approval, isGrowAgent(agent)), agent.id);
}
export async function removeOpenItem(writer: Writer, item: { id: string; title: string }): Promise<void> {
  const path = openQuestionPath(item.id);
  const { id: agent } = await requireGrowAgent(writer.db);
  await queueFiles(writer, {
    key: `closed:${path}`,
    kind: "open",
    title: `Answered “${item.title}”`,
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
  for (const item of all) {
    if (item.kind === "proposal") await restoreProposal(writer, item);
    else if (item.kind === "question" && (await restoreQuestion(writer, item.approval))) continue;
    else {
      lost.push(item.title);
      await removeOpenItem(writer, item.kind === "question" ? item.approval : item);
    }
  }
  if (lost.length === 0) return;
  const text = `Your Grow Agent came back from memory. These questions of its agents are lost and are asked again when they still matter: ${lost.map((title) => `“${title}”`).join(", ")}`;
  await writer.append("notice", { ref: "restored:lost", body: { level: "warning", code: "questions_lost", text: text.slice(0, 8_000) } });
}
async function restoreProposal(writer: Writer, item: Extract<OpenQuestion, { kind: "proposal" }>): Promise<void> {
  const { id, title, text, goal, agent, at } = item;
  const state = { state: "pending", edited: false, turnId: null } as const;
  const [fresh] = await writer.db
    .insert(proposalTable)
    .values({ id, key: `restored:${id}`, kind: item.of, title, text, files: [item.file], goal, agent, at, ...state })
    .onConflictDoNothing()
    .returning({ id: proposalTable.id });
  if (!fresh) return;
  const body = { proposalId: id, kind: item.of, title, text: text.slice(0, 4_000), path: item.file.path, agentId: agent };
  await writer.append("proposal.made", { ref: `proposal:${id}`, body });
  await queueReminder(writer, id);
}
async function restoreQuestion(writer: Writer, approval: Approval): Promise<boolean> {
  const agent = await requireGrowAgent(writer.db);
  if (approval.agent !== agent.id || approval.state !== "pending") return false;
  const [known] = await writer.db.select({ id: approvalTable.id }).from(approvalTable).where(eq(approvalTable.id, approval.id));
  if (known) return true;
  const copies = { task: null, turn: null, session: null, state: approval.state, expiresAt: approval.expiresAt };
  await writer.db
    .insert(approvalTable)
    .values({ id: approval.id, key: `restored:${approval.id}`, agent: approval.agent, ...copies, body: approval });
  await writer.append("approval.asked", { ref: `asked:${approval.id}`, channel: agent.channel, body: viewApproval(approval) });
  await queueExpiry(writer, approval.id, approval.expiresAt);
  await queueReminder(writer, approval.id);
  return true;
}
