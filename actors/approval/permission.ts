import { and, asc, eq, inArray, isNull, or } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import { type Approval, offeredScopes } from "../../schema/approval/approval.ts";
import { describeEffect } from "../../schema/approval/effect.ts";
import {
  deployPermission,
  judgePermission,
  type PermissionRequest,
  type PermissionVerdict,
  serviceTool,
} from "../../schema/approval/permission.ts";
import { reachEffects } from "../../schema/approval/reach.ts";
import { box } from "../../schema/stack/stack.ts";
import { tools } from "../../schema/tool/tool.ts";
import type { AppError } from "../../schema/wire/error.ts";
import { findAgent } from "../agent/agent.ts";
import { requirePushSettled } from "../git/push-permission.ts";
import { queueReplies } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import { OpenCode } from "../opencode/opencode.ts";
import { readPermissionRules } from "../policy.ts";
import { considerDeploy } from "../release/deploy-tool.ts";
import { callHash, considerServiceCall, hasOperation } from "../service/service-approval.ts";
import type { Follow } from "../turn/follow.ts";
import { turnId } from "../turn/turn-row.ts";
import { askMember, withdrawQuestion } from "./approval.ts";
import { tellReach } from "./reach.ts";

const permissionKey = (request: PermissionRequest) => `permission:${request.id}`;
async function findPermissionApproval(db: Db, request: PermissionRequest): Promise<ApprovalRow | undefined> {
  return (
    await db
      .select()
      .from(approvalTable)
      .where(eq(approvalTable.key, permissionKey(request)))
  )[0];
}
/** The decisions of a session that OpenCode has not been told. */
function listUntold(db: Db, session: string): Promise<ApprovalRow[]> {
  const open = and(
    eq(approvalTable.session, session),
    isNull(approvalTable.toldAt),
    inArray(approvalTable.state, ["allowed", "denied", "expired"]),
  );
  return db.select().from(approvalTable).where(open).orderBy(asc(approvalTable.id));
}
/** Whether the session has other open requests. A refusal would end those too, without a word. */
async function hasOthersWaiting(db: Db, session: string): Promise<boolean> {
  const unsaid = and(eq(approvalTable.state, "allowed"), isNull(approvalTable.toldAt));
  const rows = await db
    .select({ id: approvalTable.id })
    .from(approvalTable)
    .where(and(eq(approvalTable.session, session), or(eq(approvalTable.state, "pending"), unsaid)))
    .limit(1);
  return rows.length > 0;
}

/**
 * Answers a request of OpenCode by policy, or asks the member. A request that is heard twice is asked once.
 */
export async function decidePermission(follow: Follow, request: PermissionRequest): Promise<void> {
  const { self, server, requestId } = follow;
  const row = await findPermissionApproval(self.db, request);
  if (row) return answerKnown(follow, row);
  const agent = (await findAgent(self.db, follow.agent.id)) ?? follow.agent;
  const asked = await judgeRequest(follow, request, agent);
  if (!asked) return; // looked at again with the next list
  const { found, call } = asked;
  if (found.decision === "allow") return void (await server.reply(request.id, { reply: "once" }));
  if (found.decision === "deny") {
    if (await hasOthersWaiting(self.db, request.sessionID)) return; // looked at again with the next list
    const message = `The platform's policy does not allow this: ${found.reason} Do not try it in another way; go on without it or say what is missing.`;
    return void (await server.reply(request.id, { reply: "reject", message }));
  }
  const { subject, title, reach, effects, reason, always } = found;
  const opencode = { session: request.sessionID, request: request.id, kind: "permission", ...(call ? { call } : {}) } as const;
  const scopes = offeredScopes(subject, always !== undefined, agent.task !== null);
  const question = {
    key: permissionKey(request),
    agent,
    turn: turnId(follow.row),
    subject,
    title,
    why: reason,
    reach,
    effects,
    scopes,
    goesOn: true,
    opencode,
    always,
  };
  await record(self, requestId, (writer) => askMember(writer, question));
}
type JudgedRequest = { found: PermissionVerdict; call?: string };
/** Undefined: what it is can't be seen yet. */
async function judgeRequest(follow: Follow, request: PermissionRequest, agent: AgentRow): Promise<JudgedRequest | undefined> {
  if (request.permission === serviceTool) return judgeServiceRequest(follow, request, agent);
  return request.permission === deployPermission
    ? judgeDeployRequest(follow, request, agent)
    : judgeBoxRequest(follow.self, request, agent);
}
const judgeBoxRequest = async (self: Self, request: PermissionRequest, agent: AgentRow): Promise<JudgedRequest> => ({
  found: judgePermission(request, await readPermissionRules(self.db, self.vars.world.types, agent)),
});
/**
 * A call of a bound service. One that can't be sent at all goes through to the tool, which says what is
 * wrong. Undefined: what it is can't be seen yet.
 */
async function judgeServiceRequest(
  { self, server, requestId }: Follow,
  request: PermissionRequest,
  agent: AgentRow,
): Promise<JudgedRequest | undefined> {
  const through: JudgedRequest = { found: { decision: "allow", reason: "the tool answers for itself" } };
  const given = await server.given(request);
  if (given === undefined) return undefined;
  const input = tools.call_service.input.safeParse(given);
  const found = input.success ? await considerServiceCall(self, agent, input.data) : undefined;
  if (!input.success || !found || "issues" in found) return through;
  if (found.verdict.decision === "ask" && !(await hasOperation(self, found.call, requestId).catch(() => false))) return through;
  return { found: found.verdict, call: await callHash(input.data) };
}
/** A call of the tool `deploy`. One that can't be done goes through to the tool, which says why. */
async function judgeDeployRequest(
  { self, server }: Follow,
  request: PermissionRequest,
  agent: AgentRow,
): Promise<JudgedRequest | undefined> {
  const given = await server.given(request);
  if (given === undefined) return undefined;
  const input = tools.deploy.input.safeParse(given);
  const asked = input.success ? await considerDeploy(self, agent, input.data.project) : undefined;
  if (!asked || "refusal" in asked) return { found: { decision: "allow", reason: "the tool answers for itself" } };
  return { found: asked.verdict, call: asked.call };
}
/** Handles a listed request that was asked before: its answer is still on its way, or nobody waits for it. */
async function answerKnown({ self, server, requestId }: Follow, row: ApprovalRow): Promise<void> {
  const { opencode } = row.body;
  if (row.state === "pending" || !opencode) return;
  if (row.state !== "withdrawn") {
    await record(self, requestId, (writer) => queueReplies(writer, opencode.session));
  } else if (!(await hasOthersWaiting(self.db, opencode.session)))
    await server.reply(opencode.request, { reply: "reject", message: "Nobody waits for this any more." });
}

/**
 * What OpenCode waits for, and which questions were open when it was asked: one that comes meanwhile is not
 * in its answer, and not gone either.
 */
export type PermissionList = { requests: PermissionRequest[]; open: ApprovalRow[] };
export async function listPermissions(follow: Follow): Promise<PermissionList> {
  const pending = and(eq(approvalTable.agent, follow.agent.id), eq(approvalTable.state, "pending"));
  const open = await follow.self.db.select().from(approvalTable).where(pending);
  return { requests: await follow.server.permissions(follow.running.controller.signal), open };
}
/**
 * Compares that with what is kept: what the stream did not bring is asked, what OpenCode has forgotten is
 * withdrawn.
 */
export async function comparePermissions(follow: Follow, { requests, open }: PermissionList): Promise<void> {
  const { self } = follow;
  for (const request of requests) await decidePermission(follow, request);
  const known = new Set(requests.map(permissionKey));
  const lost = open.filter((row) => row.body.opencode && !known.has(row.key));
  if (lost.length === 0) return;
  const reason = "the agent's process started again, so its question is gone; it asks anew when it still needs this";
  await record(self, follow.requestId, async (writer) => {
    for (const row of lost) await withdrawQuestion(writer, row, reason);
  });
}

/**
 * What an agent reads of a no: what it is about, that it holds in the whole task, and that the note is part
 * of the task.
 */
function refusalText({ state, decided, effects = [], task }: Approval): string {
  const said = state === "expired" ? "Nobody answered in time, so it is denied." : "The member said no.";
  const about =
    effects.length > 0 && task
      ? ` That is a no to this, in this whole task and by whatever command: ${effects.map(describeEffect).join(", ")}.`
      : "";
  const note = decided?.note ? ` They write${task ? ", and it is part of the task now" : ""}: ${decided.note}` : "";
  return `${said}${about}${note} Do not try it in another way; go on without it or say what is missing.`;
}
const replyBody = ({ body }: ApprovalRow) =>
  body.state === "denied" || body.state === "expired"
    ? ({ reply: "reject", message: refusalText(body) } as const)
    : ({ reply: "once" } as const);
/**
 * Carries the decisions of one session to OpenCode, each once: leave first, and refusals only when nothing of
 * the session is open any more.
 */
export const approvalWork = {
  async run(self: Self, work: WorkItem<"approval">): Promise<void> {
    const { session } = work.payload;
    const rows = await listUntold(self.db, session);
    const order = [...rows.filter((row) => row.state === "allowed"), ...rows.filter((row) => row.state !== "allowed")];
    for (const row of order) {
      if (!row.body.opencode || (row.state !== "allowed" && (await hasOthersWaiting(self.db, session)))) continue; // queued again with the next decision
      await requirePushSettled(self, row.body);
      const agent = row.state === "allowed" && reachEffects(row.body).length > 0 && (await findAgent(self.db, row.agent));
      if (agent) await tellReach(self, agent, work.requestId);
      const server = new OpenCode(self.vars.stack, row.agent, box.agentDirectory(row.agent), work.requestId);
      await server.reply(row.body.opencode.request, replyBody(row));
      await self.db.update(approvalTable).set({ toldAt: Date.now() }).where(eq(approvalTable.id, row.id));
    }
  },
  async gaveUp(self: Self, work: WorkItem<"approval">, error: AppError): Promise<void> {
    for (const row of await listUntold(self.db, work.payload.session)) {
      const channel = (await findAgent(self.db, row.agent))?.channel;
      const text = `Your answer to “${row.body.title}” could not be brought to the agent: ${error.message}`;
      const body = { level: "error", code: error.code, text, ...(row.turn ? { turnId: row.turn } : {}) } as const;
      await record(self, work.requestId, (writer) =>
        writer.append("notice", { ref: `untold:${row.id}`, ...(channel ? { channel } : {}), body }),
      );
    }
  },
};
