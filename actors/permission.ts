import { and, eq, notInArray } from "drizzle-orm";
import { approval } from "../schema/approval.table.ts";
import { scopesFor } from "../schema/approval.ts";
import type { AppError } from "../schema/error.ts";
import type { Id } from "../schema/id.ts";
import { type PermissionRequest, verdict } from "../schema/permission.ts";
import { box } from "../schema/stack.ts";
import { findAgent } from "./agent.ts";
import { type ApprovalRow, askMember, findApproval, payload, withdraw } from "./approval.ts";
import { record } from "./event.ts";
import { openCode } from "./opencode.ts";
import { rulesFor } from "./policy.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import type { Follow } from "./turn.ts";
import { turnId } from "./turn-state.ts";
import { enqueue, type WorkRow } from "./work.ts";

const key = (request: PermissionRequest) => `permission:${request.id}`;
async function rowOf(db: Db, request: PermissionRequest): Promise<ApprovalRow | undefined> {
  return (
    await db
      .select()
      .from(approval)
      .where(eq(approval.key, key(request)))
  )[0];
}
/** Whether the member is still asked for something else in that session: a refusal would end that question too, without a word. */
async function othersWait(db: Db, session: string): Promise<boolean> {
  const rows = await db
    .select({ id: approval.id })
    .from(approval)
    .where(and(eq(approval.session, session), eq(approval.state, "pending")))
    .limit(1);
  return rows.length > 0;
}

/** What OpenCode asks in a turn: answered at once by policy, or put to the member. Heard twice it is asked once. */
export async function permission(of: Follow, request: PermissionRequest): Promise<void> {
  const { self, server, requestId } = of;
  const row = await rowOf(self.db, request);
  if (row) return known(of, row);
  const agent = (await findAgent(self.db, of.agent.id)) ?? of.agent;
  const found = verdict(request, await rulesFor(self.db, self.vars.world.types, agent));
  if (found.decision === "allow") return void (await server.reply(request.id, { reply: "once" }));
  if (found.decision === "deny") {
    if (await othersWait(self.db, request.sessionID)) return; // looked at again with the next list
    const message = `The platform's policy does not allow this: ${found.reason} Do not try it in another way; go on without it or say what is missing.`;
    return void (await server.reply(request.id, { reply: "reject", message }));
  }
  const { subject, title, reach, reason, always } = found;
  const opencode = { session: request.sessionID, request: request.id, kind: "permission" } as const;
  const scopes = scopesFor(subject, always !== undefined, agent.task !== null);
  const question = {
    key: key(request),
    agent,
    turn: turnId(of.row),
    subject,
    title,
    why: reason,
    reach,
    scopes,
    goesOn: true,
    opencode,
    always,
    requestId,
  };
  await record(self, (writer) => askMember(writer, question));
  self.vars.kick();
}
/** One that is listed although it was decided: its answer is still on its way, or nobody waits for it. */
async function known({ self, server, requestId }: Follow, row: ApprovalRow): Promise<void> {
  const { opencode } = row.body;
  if (row.state === "pending" || !opencode) return;
  if (row.state !== "withdrawn") {
    const work = { kind: "approval", key: `approval:${row.id}`, payload: { approvalId: row.id }, requestId } as const;
    await record(self, (writer) => enqueue(writer, work));
    self.vars.kick();
  } else if (!(await othersWait(self.db, opencode.session)))
    await server.reply(opencode.request, { reply: "reject", message: "Nobody waits for this any more." });
}

/** Compares what OpenCode waits for with what is kept: what the stream did not bring is asked, what OpenCode has forgotten is withdrawn. */
export async function listed(of: Follow): Promise<void> {
  const { self, server } = of;
  const requests = await server.permissions(of.running.controller.signal);
  for (const request of requests) await permission(of, request);
  const gone = await self.db
    .select()
    .from(approval)
    .where(and(eq(approval.agent, of.agent.id), eq(approval.state, "pending"), notInArray(approval.key, requests.map(key))));
  const lost = gone.filter((row) => row.body.opencode);
  if (lost.length === 0) return;
  const reason = "the agent's process started again, so its question is gone; it asks anew when it still needs this";
  await record(self, async (writer) => {
    for (const row of lost) await withdraw(writer, row, reason, of.requestId);
  });
  self.vars.kick();
}

const refusals = {
  denied: (note: string | undefined) =>
    `The member said no.${note ? ` They write: ${note}` : ""} Do not try it in another way; go on without it or say what is missing.`,
  expired: () => "Nobody answered in time, so it is denied. Go on without it, or say what is missing.",
};

/** Carries a decision to OpenCode, once. */
export const approvalWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const row = await findApproval(self.db, payload.parse(work.payload).approvalId);
    if (!row?.body.opencode || row.toldAt !== null || row.state === "pending" || row.state === "withdrawn") return;
    const { session, request } = row.body.opencode;
    if (row.state !== "allowed" && (await othersWait(self.db, session))) return; // queued again when those are decided
    const server = openCode(self.vars.stack, row.agent, box.agentDirectory(row.agent), work.requestId);
    const note = row.body.decided?.note;
    await server.reply(request, row.state === "allowed" ? { reply: "once" } : { reply: "reject", message: refusals[row.state](note) });
    await self.db.update(approval).set({ toldAt: Date.now() }).where(eq(approval.id, row.id));
  },
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    const row = await findApproval(self.db, payload.parse(work.payload).approvalId);
    if (!row) return;
    const agent = await findAgent(self.db, row.agent);
    const text = `Your answer to “${row.body.title}” could not be brought to the agent: ${error.message}`;
    const about = row.turn ? { turnId: row.turn as Id<"trn"> } : {};
    await record(self, (writer) =>
      writer.append("notice", {
        ref: `untold:${row.id}`,
        ...(agent ? { channel: agent.channel } : {}),
        body: { level: "error", code: error.code, text, ...about },
      }),
    );
  },
};
