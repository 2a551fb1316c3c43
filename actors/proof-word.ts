import { and, eq } from "drizzle-orm";
import { approvalTable } from "../schema/approval/approval.table.ts";
import { environmentPath } from "../schema/environment/environment.ts";
import type { CheckFailure, RunResult } from "../schema/proof/proof.ts";
import type { TaskRow } from "../schema/task/task.table.ts";
import { askChanges } from "./approval/changes.ts";
import { askClosedNames } from "./approval/reach.ts";
import type { Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import type { WorkItem } from "./kernel/work.ts";
import { endProofRun } from "./proof-attempt.ts";
import { findProver } from "./proof-input.ts";

/** What of a proof the member says, and what it waits for until they have said it. */

/**
 * Asks about names that a setup was not let to. While the member's answer is waited for there is no verdict:
 * the answer begins the proof anew.
 */
export async function awaitsNames(self: Self, row: TaskRow, work: WorkItem<"verify">, result: RunResult): Promise<boolean> {
  const names = result.failures.flatMap(({ closed = [] }) => closed);
  if (names.length === 0) return false;
  return record(self, work.requestId, async (writer) => {
    const agent = await findProver(writer.db, row);
    const waits = await askClosedNames(self, writer, { key: `proof:${row.id}:${work.payload.commit}`, agent, names });
    if (!waits) return false;
    await endProofRun(writer, work, { exitCode: 1 });
    const text = `The checks wait for your answer: ${environmentPath} asks for ${names.join(", ")}, and the project's setup failed without it.`;
    const ref = `closed:${row.id}:${work.payload.commit}:${names.join()}`.slice(0, 500);
    await writer.append("notice", { ref, channel: agent.channel, body: { level: "warning", code: "egress_refused", text } });
    return true;
  });
}
/**
 * Asks about changed files that settle how the work is checked, where nothing else is wrong with it. While
 * the member's answer is waited for there is no verdict: the answer begins the proof anew, and a yes to
 * exactly these changes takes the failure away.
 */
export async function hearWord(
  self: Self,
  row: TaskRow,
  work: WorkItem<"verify">,
  { failures }: RunResult,
): Promise<{ waits: boolean; failures: CheckFailure[] }> {
  const changes = failures.flatMap(({ unasked = [] }) => unasked);
  const others = failures.filter(({ unasked }) => unasked === undefined);
  if (changes.length === 0 || others.length > 0) return { waits: false, failures };
  return record(self, work.requestId, async (writer) => {
    const agent = await findProver(writer.db, row);
    const answer = await askChanges(writer, { row, agent, changes });
    if (answer !== "pending") return { waits: false, failures: answer === "allowed" ? [] : failures };
    await endProofRun(writer, work, { exitCode: 1 });
    const text = `The checks pass, and wait for your answer: ${changes.map(({ path }) => path).join(", ")} was changed, and may settle how they run.`;
    const ref = `unasked:${row.id}:${work.payload.commit}`;
    await writer.append("notice", { ref, channel: agent.channel, body: { level: "warning", code: "unasked", text: text.slice(0, 1_000) } });
    return { waits: true, failures };
  });
}
/** What is the member's to say is proven by no file: its agent must have asked, and they have answered. */
export async function findUnanswered(db: Db, row: TaskRow): Promise<string[]> {
  if (!row.spec.asks_member) return [];
  const answered = and(eq(approvalTable.task, row.id), eq(approvalTable.state, "allowed"));
  const asked = (await db.select({ body: approvalTable.body }).from(approvalTable).where(answered)).filter(
    ({ body }) => body.subject.kind === "question" && !body.opencode,
  );
  return asked.length > 0 ? [] : ["the member has not answered a question of this task yet: ask them, wait for their words, and use them"];
}
