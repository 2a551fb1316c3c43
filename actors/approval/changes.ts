import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import type { ApprovalState } from "../../schema/approval/approval.ts";
import { findDeclined } from "../../schema/approval/effect.ts";
import type { UnaskedChange } from "../../schema/proof/proof.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { canonicalJson, hashSha256 } from "../../schema/wire/canonical.ts";
import { queueProof } from "../kernel/queue.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { findTask } from "../task/task-row.ts";
import { askMember } from "./approval.ts";
import { listApprovalsUnder } from "./approval-row.ts";

/**
 * Changes of files that settle how a task is checked: the member says whether they hold, for exactly these.
 */

const mostTitle = 60;
type AskedChanges = { row: TaskRow; agent: AgentRow; changes: readonly UnaskedChange[] };
/** In the caller's transaction. What was declined in the task before is not asked again. */
export async function askChanges(writer: Writer, { row, agent, changes }: AskedChanges): Promise<ApprovalState> {
  const effects = changes.map(({ path }) => `change:${path}`);
  if (findDeclined(effects, row.facts.declined ?? [])) return "denied";
  const paths = changes.map(({ path }) => path).join(", ");
  const cut = paths.length > mostTitle ? `${paths.slice(0, mostTitle - 1)}…` : paths;
  const named = changes.length > 1 && paths.length > mostTitle ? `${changes.length} files` : cut;
  const long = changes.some(({ diff }) => diff.endsWith("\n…")) ? " The change is longer than what is shown." : "";
  const packages = changes.flatMap(({ packages = [] }) => packages).join(" ");
  const untold = `${named} may settle how it is checked, and “${row.spec.title}” did not mention ${changes.length === 1 ? "it" : "them"} when it was given out.`;
  const asked = await askMember(writer, {
    key: await freshKey(writer, `changes:${row.id}:${await hashSha256(canonicalJson(changes))}`),
    agent: { ...agent, task: row.id },
    subject: { kind: "diff", path: paths.slice(0, 400), diff: showChanges(changes).slice(0, 200_000) },
    title: `May it change ${named}?`,
    why: `Its checks pass with the change. But ${packages === "" ? untold : `what ${named} installs may not be what its names say. ${packages}`}${long}`.slice(
      0,
      2_000,
    ),
    reach: "",
    effects: effects.slice(0, 20),
    scopes: ["once"],
    goesOn: true,
  });
  return asked.state;
}
/**
 * What was answered otherwise than by a yes is asked anew once the task does not keep the answer any more.
 */
async function freshKey(writer: Writer, key: string): Promise<string> {
  const first: ApprovalRow[] = await writer.db.select().from(approvalTable).where(eq(approvalTable.key, key));
  const before = [...first, ...(await listApprovalsUnder(writer.db, `${key}:`))];
  const holds = before.find(({ state }) => state === "pending" || state === "allowed");
  return holds?.key ?? (before.length === 0 ? key : `${key}:${before.length}`);
}
/** As one unified diff; each file of several begins with its path, as a line that did not change. */
function showChanges(changes: readonly UnaskedChange[]): string {
  const text = ({ diff }: UnaskedChange) => (diff === "" ? "@@ -1 +1 @@ can't be shown as text" : diff.replace(/\n$/, ""));
  const [only, ...others] = changes;
  if (only && others.length === 0) return text(only);
  return changes.map((change) => ` ${change.path}:\n${text(change)}`).join("\n");
}

/** After the answer the proof of the task that waits for it begins anew. */
export async function followChangesQuestion(writer: Writer, { approval }: ReactionChanges["approval.decided"]): Promise<void> {
  if (approval.opencode || approval.subject.kind !== "diff" || !approval.task || approval.state === "pending") return;
  const row = await findTask(writer.db, approval.task);
  if (row?.state === "complete" || row?.state === "deployed") await queueProof(writer, row, true);
}
