import { eq } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import type { AgentToolInput } from "../../schema/tool/agent-tools.ts";
import type { ToolAnswer } from "../../schema/tool/tool-call.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { requireAgent } from "../agent/agent.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { askMember } from "./approval.ts";
import { countPendingApprovals } from "./approval-row.ts";

const isAsked = async (db: Db, key: string) =>
  (await db.select({ id: approvalTable.id }).from(approvalTable).where(eq(approvalTable.key, key))).length > 0;
const hourMs = 3_600_000;
/** Pending questions of one agent: a model that goes in circles must not call its member for ever. */
const mostQuestions = 20;

/**
 * Tool `ask`: a durable question to the member. Answers at once with its id; what the member says comes as a
 * prompt of its own.
 */
export async function askTool(
  self: Self,
  input: AgentToolInput<"ask">,
  context: { key: string; agent: Id<"agt">; turnId: Id<"trn"> | undefined; requestId: string },
): Promise<ToolAnswer> {
  const key = `ask:${context.key}`;
  const asked = await record(self, context.requestId, async (writer) => {
    if ((await countPendingApprovals(writer.db, context.agent)) >= mostQuestions && !(await isAsked(writer.db, key))) return undefined;
    return askMember(writer, {
      key,
      agent: await requireAgent(writer.db, context.agent),
      turn: context.turnId,
      subject: { kind: "question", question: input.question, options: input.options },
      title: cutText(input.question.replace(/\s+/g, " "), 190),
      why: input.why,
      reach: "this answer only",
      scopes: ["once"],
      goesOn: input.goes_on,
      expiresAt: writer.now + input.hours * hourMs,
    });
  });
  if (!asked)
    return { ok: false, text: `${mostQuestions} questions of yours wait for the member already. Ask no more until some are answered.` };
  const wait = input.goes_on ? "Go on with what does not depend on it." : "End your turn now if nothing else can be done.";
  return { ok: true, text: `Asked as ${asked.id}. The answer comes later as a message to you. ${wait}` };
}
