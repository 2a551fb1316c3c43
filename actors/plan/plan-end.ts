import { and, eq } from "drizzle-orm";
import { titleWith } from "../../schema/approval/effect.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import { describePart, isWhole, type ProvenSeen } from "../../schema/proof/coverage.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { isTaskOver, type TaskState } from "../../schema/task/task.ts";
import type { Id } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { promptAgent } from "../agent/prompt-agent.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { newestReceipts, provenBy } from "../receipt/receipt.ts";
import { keepPlan, tellPlan } from "./plan.ts";

/**
 * What has become of a plan of which nothing is left to do; undefined while something is. `proven`: what the
 * receipts of its tasks show together. Pure.
 */
export function endOf(states: readonly TaskState[], proven?: ProvenSeen): { state: "done" | "cancelled"; reason: string } | undefined {
  const verified = states.filter((state) => state === "verified" || state === "deployed").length;
  const left = states.filter((state) => state === "cancelled").length;
  if (states.length === 0 || verified + left < states.length) return undefined;
  if (verified === 0) return { state: "cancelled", reason: "all its tasks were cancelled" };
  const [part, word] = isWhole(proven) ? ["", "verified"] : [`: ${describePart(proven)}`, "done"];
  const cancelled = `${left} ${left === 1 ? "was" : "were"} cancelled`;
  const reason =
    left === 0 ? `all its tasks are ${word}` : `${verified} of its tasks ${verified === 1 ? "is" : "are"} ${word}, ${cancelled}`;
  return { state: "done", reason: `${reason}${part}` };
}

/**
 * Plans whose tasks have all come to an end end here, and the Grow Agent hears of what ended: each task that
 * failed, each that stands alone, each plan.
 */
export async function endPlans(writer: Writer): Promise<void> {
  for (const row of await writer.db.select().from(planTable).where(eq(planTable.state, "accepted"))) {
    const tasks = await writer.db.select({ id: taskTable.id, state: taskTable.state }).from(taskTable).where(eq(taskTable.plan, row.id));
    const states = tasks.map(({ state }) => state);
    if (!endOf(states)) continue;
    const verified = tasks.filter(({ state }) => state !== "cancelled").map(({ id }) => id);
    const proven = provenBy(...(await newestReceipts(writer.db, verified)).values());
    const end = endOf(states, proven);
    if (!end) continue;
    const { state, reason } = end;
    const done = await writer.db
      .update(planTable)
      .set({ state, updatedAt: writer.now })
      .where(and(eq(planTable.id, row.id), eq(planTable.state, "accepted")))
      .returning();
    if (!done[0]) continue;
    await tellPlan(writer, done[0], { reason, proven });
    await keepPlan(writer, done[0]);
    if (state === "cancelled") continue; // the member did it, and knows
    const goal = "When it serves a goal of theirs, propose its progress with set_goal; remember a decision that is worth keeping.";
    const again = tasks.some((each) => each.state === "cancelled") ? "" : ", and that the plan can be kept as a pattern for the next time";
    await tellGrow(
      writer,
      `The plan “${row.body.title}” (${row.id}) is done: ${reason}. ${goal} Tell the member in a few words what is there now${again}.`,
      `The plan “${row.body.title}” is done: ${reason}`,
    );
  }
}

/** Word of a task's end, unless its plan will tell. */
export async function tellTaskEnd(writer: Writer, { before, row }: ReactionChanges["task.state"]): Promise<void> {
  if (before?.state === row.state || before?.state === "deployed") return; // what is taken offline was told when it was verified
  if (!isTaskOver(row.state) || row.state === "deployed" || row.state === "cancelled" || row.facts.by === "member") return;
  if (row.state === "verified" && row.plan !== null) return;
  const title = `The task “${titleWith(row.spec.title, row.facts.declined)}” (${row.id}, ${row.spec.owner})`;
  const at = row.facts.commit ? ` Repository projects/${row.project}, branch ${row.branch}, commit ${row.facts.commit}.` : "";
  const receipt = row.state === "verified" ? (await newestReceipts(writer.db, [row.id])).get(row.id) : undefined;
  const part = describePart(receipt && provenBy(receipt));
  const isNow = part === "" ? "is verified: a clean checkout passed its checks" : `is done: its checks passed in a clean checkout, ${part}`;
  const words =
    row.state === "verified"
      ? `${title} ${isNow}.${at} ${row.progress} Tell the member in a few words${part === "" ? "" : ", and what was not checked"}.`
      : `${title} has failed: ${row.facts.reason}.${at} Tell the member plainly what is missing and what could be done. Do not start it again by yourself.`;
  const ended = row.state !== "verified" ? `has failed: ${row.facts.reason}` : part === "" ? "is verified" : `is done: ${part}`;
  const shown = `The task “${row.spec.title}” ${ended}`;
  await tellGrow(writer, words, shown);
}
/** `text` is for the model, `shown` for people. */
export async function tellGrow(writer: Writer, text: string, shown?: string): Promise<Id<"trn">> {
  return promptAgent(writer, {
    agent: await requireGrowAgent(writer.db),
    text,
    ...(shown === undefined ? {} : { shown }),
  });
}
