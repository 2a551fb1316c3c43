import { and, asc, eq, inArray, isNull, or } from "drizzle-orm";
import type { z } from "zod";
import type { AgentRow } from "../schema/agent/agent.table.ts";
import { commandLayers } from "../schema/agent/agent-type.ts";
import { approvalTable } from "../schema/approval/approval.table.ts";
import { type policiesOut, type policyRevokeIn, policyRevokeOut } from "../schema/approval/approval-api.ts";
import type { DeclinedEffect } from "../schema/approval/effect.ts";
import { type Grant, grantsOfApproval } from "../schema/approval/grant.ts";
import { growCommandLayers, growCommands, type PermissionRules } from "../schema/approval/permission.ts";
import { applyMemoryChange, type MemoryChange, memoryChange } from "../schema/memory/memory-change.ts";
import { outboxTable } from "../schema/memory/outbox.table.ts";
import { policyTable } from "../schema/policy/policy.table.ts";
import { emptyPolicy, type MemberRule, memberLayer, type PolicyFile, policyPath, readPolicy } from "../schema/policy/policy-file.ts";
import { box, memoryRepository } from "../schema/stack/stack.ts";
import { taskTable } from "../schema/task/task.table.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, newId } from "../schema/wire/id.ts";
import { isGrowAgent } from "./agent/agent.ts";
import { type AgentTypeMap, growCapabilities, readAgentTypes, requireAgentType } from "./agent/agent-type.ts";
import { readFileText, requireFile } from "./git/file-content.ts";
import { Git } from "./git/git.ts";
import { once } from "./kernel/idempotency.ts";
import { queueEveryReach } from "./kernel/queue.ts";
import { me, type Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import type { WorkItem } from "./kernel/work.ts";
import type { ReactionChanges, Writer } from "./kernel/writer.ts";
import { queueFiles } from "./memory/outbox.ts";
import { questBound } from "./quest/quest.ts";

const emptyFile: PolicyFile = { version: 1, rules: [] };

async function readPolicyRow(db: Db) {
  const [row] = await db.select().from(policyTable).where(eq(policyTable.path, policyPath));
  return row ?? { path: policyPath, text: emptyPolicy, error: null, readAt: 0 };
}
/** The file as it is wanted. What can't be read is never stored, so this always can. */
async function readPolicyFile(db: Db): Promise<PolicyFile> {
  const { text } = await readPolicyRow(db);
  if (text === cachedFile.text) return cachedFile.file;
  const read = readPolicy(text);
  cachedFile = { text, file: read.ok ? read.value : emptyFile };
  return cachedFile.file;
}
/** A cache: the newest text that was read. */
let cachedFile: { text: string; file: PolicyFile } = { text: emptyPolicy, file: emptyFile };

/** What was allowed for a task or an agent and not taken back. */
async function listGrants(db: Db, agent?: AgentRow): Promise<Grant[]> {
  const about = agent ? or(eq(approvalTable.agent, agent.id), agent.task ? eq(approvalTable.task, agent.task) : undefined) : undefined;
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(
      and(eq(approvalTable.state, "allowed"), isNull(approvalTable.revokedAt), inArray(approvalTable.scope, ["task", "agent"]), about),
    );
  return rows.flatMap(({ body }) => grantsOfApproval(body));
}

/** What the member said no to in a task. */
async function listDeclined(db: Db, taskId: Id<"tsk"> | null): Promise<readonly DeclinedEffect[]> {
  if (taskId === null) return [];
  const [row] = await db.select({ facts: taskTable.facts }).from(taskTable).where(eq(taskTable.id, taskId));
  return row?.facts.declined ?? [];
}
/** By what an agent's requests are decided just now. */
export async function readPermissionRules(db: Db, platform: AgentTypeMap, row: AgentRow): Promise<PermissionRules> {
  const file = await readPolicyFile(db);
  const agent = { id: row.id, type: row.type };
  const member = memberLayer(file, agent);
  const type = isGrowAgent(row) ? undefined : requireAgentType(await readAgentTypes(db, platform), row.type);
  return {
    agent,
    task: row.task ?? undefined,
    directory: box.agentDirectory(row.id),
    layers: type ? commandLayers(type, growCommands, member) : growCommandLayers(member),
    file,
    capabilities: type ? await questBound(db, row.task, type.capabilities) : growCapabilities,
    grants: await listGrants(db, row),
    declined: await listDeclined(db, row.task),
  };
}

async function changePolicyFile(
  writer: Writer,
  entry: { key: string; title: string; change: MemoryChange; turnId?: Id<"trn"> | undefined },
): Promise<void> {
  const row = await readPolicyRow(writer.db);
  if (row.error)
    throw new AppError("conflict", { what: "policy" }, { message: `${policyPath} can't be read; repair it first: ${row.error}` });
  const text = applyMemoryChange(row.text, entry.change) ?? emptyPolicy;
  const next = { path: policyPath, text, error: null, readAt: writer.now };
  await writer.db.insert(policyTable).values(next).onConflictDoUpdate({ target: policyTable.path, set: next });
  const { agent } = await me(writer.db);
  const { key, title, turnId } = entry;
  await queueFiles(writer, { id: newId("out", writer.now), key, kind: "policy", title, files: [entry.change], agent, turnId });
}

/** “Always”: in force from this transaction on, and a commit to the member's policy file. */
export async function allowAlways(writer: Writer, { approval, always }: ReactionChanges["approval.decided"]): Promise<void> {
  if (approval.decided?.scope !== "always" || !always) return;
  const base = { approval: approval.id, added: new Date(writer.now).toISOString().slice(0, 10), why: "you answered “always”" } as const;
  const rules: MemberRule[] =
    always.kind === "command"
      ? always.rules.map((rule, index) => ({ ...rule, ...base, id: alwaysRuleId(approval.id, index), kind: "command" }))
      : [{ ...base, id: alwaysRuleId(approval.id, 0), kind: "operation", match: always.match, decision: "allow" }];
  for (const rule of rules) {
    const title = `always allow ${rule.match}`;
    await changePolicyFile(writer, {
      key: `policy:${rule.id}`,
      title,
      change: { path: policyPath, rule },
      turnId: approval.turn,
    });
    await writer.append("policy.changed", { ref: `policy:${rule.id}`, body: { id: rule.id, change: "added", text: rule.match } });
  }
}
const alwaysRuleId = (approvalId: Id<"apr">, index: number) => `always-${approvalId.slice(4).toLowerCase()}${index ? `-${index}` : ""}`;

/** Action `policies`. */
export async function viewPolicies(db: Db): Promise<z.infer<typeof policiesOut>> {
  const { error } = await readPolicyRow(db);
  return { rules: (await readPolicyFile(db)).rules, grants: await listGrants(db), error };
}
/**
 * Action `revoke`: a rule of the file by a commit, a grant for a task or an agent at once. What is not there
 * (any more) is not found.
 */
export function revokeRule(
  self: Self,
  { id }: z.infer<typeof policyRevokeIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof policyRevokeOut>> {
  return once(self, requestId, `revoke:${key}`, policyRevokeOut, async (writer) => {
    const rule = (await readPolicyFile(writer.db)).rules.find((each) => each.id === id);
    if (rule) {
      const title = `no longer ${rule.decision} ${rule.match}`;
      await changePolicyFile(writer, { key: `revoke:${id}:${writer.now}`, title, change: { path: policyPath, withoutRule: id } });
    }
    const text = rule?.match ?? (await revokeGrant(writer, id));
    if (text === undefined) throw new AppError("not_found");
    await writer.append("policy.changed", { body: { id, change: "revoked", text } });
    return { revoked: true };
  });
}
async function revokeGrant(writer: Writer, id: string): Promise<string | undefined> {
  const granted = and(
    eq(approvalTable.id, id as Id<"apr">), // else it is no approval's, and not found
    eq(approvalTable.state, "allowed"),
    inArray(approvalTable.scope, ["task", "agent"]),
    isNull(approvalTable.revokedAt),
  );
  const [row] = await writer.db.update(approvalTable).set({ revokedAt: writer.now }).where(granted).returning({ body: approvalTable.body });
  return row?.body.title;
}

/** While the file can't be read, what was forbidden stays so, and nothing is allowed by it. */
function onlyDenials(text: string): string {
  const read = readPolicy(text);
  const others = read.ok ? read.value.rules.filter((rule) => rule.decision !== "deny") : [];
  return others.reduce<string>((now, { id }) => applyMemoryChange(now, { path: policyPath, withoutRule: id }) ?? emptyPolicy, text);
}
/** Git's file, with what is on its way there; one that can't be read is not in force, and that is said. */
async function takeUpPolicyFile(self: Self, requestId: string): Promise<void> {
  const found = await new Git(self.vars.stack, requestId).content(memoryRepository, "main", policyPath);
  const text = found === undefined ? emptyPolicy : (readFileText(requireFile(found), 256 * 1024) ?? "");
  await record(self, requestId, async (writer) => {
    const before = await readPolicyRow(writer.db);
    const waiting = await writer.db
      .select({ files: outboxTable.files })
      .from(outboxTable)
      .where(and(eq(outboxTable.kind, "policy"), isNull(outboxTable.hash)))
      .orderBy(asc(outboxTable.at), asc(outboxTable.id));
    const changes = waiting.flatMap((row) => memoryChange.array().parse(row.files));
    const read = readPolicy(text);
    const error = read.ok
      ? null
      : read.issues
          .map(({ path, message }) => `${path} ${message}`)
          .join("; ")
          .slice(0, 500);
    const next = read.ok
      ? changes.reduce<string>((now, each) => applyMemoryChange(now, each) ?? emptyPolicy, text)
      : onlyDenials(before.text);
    const row = { path: policyPath, text: next, error, readAt: writer.now };
    await writer.db.insert(policyTable).values(row).onConflictDoUpdate({ target: policyTable.path, set: row });
    if (next !== before.text) await queueEveryReach(writer); // a line that is gone may have opened a name
    if (error && error !== before.error)
      await writer.append("notice", {
        body: {
          level: "warning",
          code: "policy_unreadable",
          text: `${policyPath} can't be read, so what it allowed is asked again: ${error}`,
        },
      });
  });
}
export const policyWork = {
  async run(self: Self, work: WorkItem<"policy">): Promise<void> {
    await takeUpPolicyFile(self, work.requestId);
  },
  async gaveUp(self: Self, work: WorkItem<"policy">, error: AppError): Promise<void> {
    self.vars.world.log("warn", "the policy file was not read; the next wake will", { requestId: work.requestId, error });
  },
};
