import { and, eq, inArray, isNull, or } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import { offeredScopes, reachedName } from "../../schema/approval/approval.ts";
import { judgeReach, listReachable, type ReachAnswer, reachEffects } from "../../schema/approval/reach.ts";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import { environmentPath } from "../../schema/environment/environment.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { type EgressRefusal, egressHost } from "../../schema/stack/egress-refusal.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findAgent } from "../agent/agent.ts";
import { queueProof, queueReach } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { readPermissionRules } from "../policy.ts";
import { findTask } from "../task/task-row.ts";
import type { Follow } from "../turn/follow.ts";
import { turnId } from "../turn/turn-row.ts";
import { askMember } from "./approval.ts";

/** The member's answers that may open names to this agent: for longer than once, or in this turn. */
async function listAnswers(db: Db, agent: AgentRow, turn: Id<"trn"> | undefined): Promise<ReachAnswer[]> {
  const about = or(eq(approvalTable.agent, agent.id), agent.task ? eq(approvalTable.task, agent.task) : undefined);
  const allowed = and(eq(approvalTable.state, "allowed"), isNull(approvalTable.revokedAt), about);
  const inTurn = turn === undefined ? undefined : or(eq(approvalTable.turn, turn), eq(approvalTable.toldIn, turn));
  const inForce = or(inArray(approvalTable.scope, ["task", "agent", "always"]), inTurn);
  const rows: ApprovalRow[] = await db.select().from(approvalTable).where(and(allowed, inForce));
  return rows
    .filter(({ body }) => reachEffects(body).length > 0)
    .map(({ body, turn, toldIn }) => ({ approval: body, turns: [turn, toldIn] }));
}

/**
 * Tells the host which names this agent may reach beside those of every box. What this process has told
 * already is not told again; what has changed while it was told is told next, so that the last word counts.
 */
export async function tellReach(self: Self, agent: AgentRow, requestId: string): Promise<void> {
  const rules = await readPermissionRules(self.db, self.vars.world.types, agent);
  const turn = self.vars.running.get(agent.id)?.turnId;
  const names = listReachable(rules, await listAnswers(self.db, agent, turn), turn).slice(0, mostNames);
  const told = `${agent.boot} ${names.join()}`; // another boot may be on another host
  if (self.vars.reach.get(agent.id) === told) return;
  await self.vars.stack.setReach(requestId, agent.id, names);
  self.vars.reach.set(agent.id, told);
  await tellReach(self, agent, requestId);
}
const mostNames = 200;

/** What the host did not let out: the member sees it, and is asked once a turn where a yes can help. */
export async function tellRefusal(follow: Follow, refusal: EgressRefusal): Promise<void> {
  const { self, row, requestId } = follow;
  const agent = (await findAgent(self.db, follow.agent.id)) ?? follow.agent;
  const { name, port } = refusal;
  const program = refusal.program || "A program";
  const found = judgeReach(refusal, await readPermissionRules(self.db, self.vars.world.types, agent));
  if (found.decision === "allow" && !refusal.usedUp) return tellReach(self, agent, requestId); // the host had not heard of it yet
  const asks = !refusal.usedUp && found.decision === "ask" && (port === 443 || port === 80) && egressHost.safeParse(name).success;
  const next = refusal.usedUp
    ? `${limitReached.egress} What was used stands under Rules.`
    : asks
      ? "You are asked about it."
      : found.decision === "deny"
        ? found.reason
        : "Boxes reach names, on ports 80 and 443.";
  const ref = `refused:${row.id}:${name}:${port}`;
  const body = { level: "warning", code: "egress_refused", text: `${program} was not let to ${name}:${port}. ${next}` } as const;
  await record(self, requestId, async (writer) => {
    await writer.append("notice", { ref, turnId: row.id, channel: agent.channel, body: { ...body, turnId: turnId(row) } });
    if (!asks || (await isAsked(writer, agent, name))) return;
    const { subject, title, reach, effects, always } = found;
    const why = `${program} wanted to reach it. Boxes reach the public package registries and Git hosts, and what you allow.`;
    const scopes = offeredScopes(subject, always !== undefined, agent.task !== null);
    const question = { subject, title, why, reach, effects, scopes, always, goesOn: true };
    await askMember(writer, { key: `reach:${row.id}:${name}`, agent, turn: turnId(row), ...question });
  });
}
/** Whether this agent's question about the name waits already. */
async function isAsked(writer: Writer, agent: AgentRow, name: string): Promise<boolean> {
  const open = and(eq(approvalTable.agent, agent.id), eq(approvalTable.state, "pending"), likeSealed(approvalTable.key, "reach:%"));
  const rows: ApprovalRow[] = await writer.db.select().from(approvalTable).where(open);
  return rows.some(({ body }) => reachedName(body.subject) === name);
}

/** The names that an agent may reach in whatever it does: what was allowed for one turn is not among them. */
export async function listLastingReach(self: Self, agent: AgentRow): Promise<string[]> {
  const rules = await readPermissionRules(self.db, self.vars.world.types, agent);
  return listReachable(rules, await listAnswers(self.db, agent, undefined), undefined).slice(0, mostNames);
}
/** A setup, or what is deployed, that was not let to names that the project's environment file asks for. */
type ClosedNames = { key: string; agent: AgentRow; names: readonly string[]; why?: string };
const setupWhy = `${environmentPath} of the project asks for it, and its setup failed without it.`;
/**
 * Asks the member about names that it was not let to, in the caller's transaction; what the member has
 * answered before is not asked again. Answers whether an answer is waited for.
 */
export async function askClosedNames(self: Self, writer: Writer, { key, agent, names, why = setupWhy }: ClosedNames): Promise<boolean> {
  const rules = await readPermissionRules(writer.db, self.vars.world.types, agent);
  let waits = false;
  for (const name of names) {
    const found = judgeReach({ name, port: 443, program: "The project" }, rules);
    if (found.decision !== "ask") continue;
    const { subject, title, reach, effects, always } = found;
    const scopes = offeredScopes(subject, always !== undefined, agent.task !== null).filter((scope) => scope !== "once"); // it would be over by then
    const asked = await askMember(writer, {
      key: `reach:${key}:${name}`,
      agent,
      subject,
      title,
      why,
      reach,
      effects,
      scopes,
      always,
      goesOn: true,
    });
    waits ||= asked.state === "pending";
  }
  return waits;
}

/** After an answer about a name the host hears what the agent may reach now. */
export async function followReachQuestion(writer: Writer, { approval }: ReactionChanges["approval.decided"]): Promise<void> {
  if (approval.opencode || reachEffects(approval).length === 0) return; // before OpenCode hears it
  await queueReach(writer, approval.agent);
  const row = approval.task && (await findTask(writer.db, approval.task));
  if (row && row.state === "complete" && approval.state !== "pending") await queueProof(writer, row, true); // its setup waited for it
}

export const reachWork: Handler<"reach"> = {
  endless: ["unreachable", "timeout", "exhausted", "rate_limited", "stale_worker"], // what was taken back must be closed
  async run(self, work) {
    const agent = await findAgent(self.db, work.payload.agent);
    if (!agent || agent.retiredAt || !agent.boot || !(await me(self.db)).ready) return; // it is told when its stack is there, or by its next turn
    await tellReach(self, agent, work.requestId);
  },
  async gaveUp(self, work, error) {
    self.vars.world.log("warn", "a host was not told what an agent may reach; its next turn will", { requestId: work.requestId, error });
  },
};
