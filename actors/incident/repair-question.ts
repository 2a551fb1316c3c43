import { eq } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { repairPrefix } from "../../schema/approval/approval.ts";
import type { IncidentRow } from "../../schema/incident/incident.table.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { askMember, withdrawQuestion } from "../approval/approval.ts";
import { queueIncident } from "../kernel/queue.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { moveIncident, requireIncident } from "./incident-row.ts";

/**
 * The question whether an incident is repaired, or tried once more after repairs that failed. Its yes is also
 * the yes to the repair's deployment.
 */
export async function askForRepair(writer: Writer, row: IncidentRow): Promise<Id<"apr">> {
  const begun = row.steps.filter(({ kind }) => kind === "began").length;
  const approval = await askMember(writer, {
    key: `${repairPrefix}${row.id}:${begun}`,
    agent: await requireGrowAgent(writer.db),
    subject: {
      kind: "operation",
      operation: `${repairPrefix}${row.id}`,
      detail: "One agent finds the cause and shows it by a test, another mends it. Once that is proven and merged, it is deployed.",
    },
    title: begun > 0 ? `Try another repair of ${row.project}?` : `Repair ${row.project}?`,
    why: `${row.project} is not well. ${row.reason}${begun > 0 ? " Repairs were tried and did not help." : ""}`.slice(0, 2_000),
    reach: `${row.project} and its address`,
    scopes: ["once"],
    goesOn: true,
  });
  return approval.id;
}

export async function withdrawRepairQuestion(writer: Writer, row: IncidentRow, reason: string): Promise<void> {
  if (row.approval === null) return;
  const [asked] = await writer.db.select().from(approvalTable).where(eq(approvalTable.id, row.approval));
  if (asked) await withdrawQuestion(writer, asked, reason);
}

function incidentOf({ subject }: ReactionChanges["approval.decided"]["approval"]): Id<"inc"> | undefined {
  if (subject.kind !== "operation" || !subject.operation.startsWith(repairPrefix)) return undefined;
  return id("inc").safeParse(subject.operation.slice(repairPrefix.length)).data;
}
/** An actor that came back from memory knows no incidents: what is not well still is found anew. */
async function tellForgotten(writer: Writer, approval: Id<"apr">): Promise<void> {
  const text = "Your Grow Agent came back from memory, and this incident is lost. If the app is still not well, you are asked again.";
  await writer.append("notice", { ref: `forgotten:${approval}`, body: { level: "warning", code: "incident_lost", text } });
}
/** The member's yes begins the repair; a no leaves the incident as it is. */
export async function followRepairQuestion(writer: Writer, { approval }: ReactionChanges["approval.decided"]): Promise<void> {
  const asked = approval.opencode ? undefined : incidentOf(approval);
  if (asked === undefined) return;
  const row = await requireIncident(writer.db, asked).catch(() => undefined); // one from before a loss
  if (!row) return approval.state === "allowed" ? tellForgotten(writer, approval.id) : undefined;
  const reason = approval.state === "expired" ? "Nobody said whether it is repaired." : "You did not want it repaired.";
  if (approval.state === "allowed") {
    const anew = row.state === "handed_over";
    if (await moveIncident(writer, row, { kind: "agree", reason: "You wanted it repaired.", anew })) await queueIncident(writer, row.id);
  } else if (approval.state !== "withdrawn") await moveIncident(writer, row, { kind: "decline", reason });
}
