import { eq } from "drizzle-orm";
import type { SubInputOf } from "../../schema/agent/sub-agent.ts";
import { headlineOf, isWhole } from "../../schema/proof/coverage.ts";
import { box } from "../../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { projectCloneUrl } from "../project.ts";
import { questTasksBefore } from "../quest/quest.ts";

/** The tasks that a task builds on: those of its plan, or the earlier steps of its quest. */
export async function builtOn(db: Db, row: TaskRow): Promise<TaskRow[]> {
  const all = row.plan === null ? await questTasksBefore(db, row) : await db.select().from(taskTable).where(eq(taskTable.plan, row.plan));
  return all.filter((each) => each.state !== "cancelled" && row.spec.depends_on.includes(each.specId));
}
/**
 * The first word to an agent about its task, in the caller's transaction; `was` is the task before it was
 * given out. Said twice it is heard once.
 */
export async function tellAssigned(
  writer: Writer,
  row: TaskRow,
  merges: SubInputOf<"assigned">["context"]["merges"],
  was?: TaskRow,
): Promise<void> {
  const { worker, branch } = row;
  if (!worker || !branch) throw new Error("a task was begun without an agent");
  const context = {
    directory: box.agentDirectory(worker),
    clone: projectCloneUrl(row.project),
    branch,
    ...before(was, await builtOn(writer.db, row)),
    recalled: [],
    ...(merges?.length ? { merges } : {}),
  };
  const input: SubInputOf<"assigned"> = { kind: "assigned", task: row.id, run: row.facts.run, spec: row.spec, context };
  await tellSubAgent(writer, worker, `assigned:${row.id}:${row.facts.run}`, input);
}
const stateInWords = ({ state, facts: { covered } }: TaskRow) => (isWhole(covered) ? state : `${state}, ${headlineOf(covered)}`);
/**
 * What an agent is told of the time before it: earlier attempts, and what the tasks it builds on have left.
 */
function before(was: TaskRow | undefined, from: TaskRow[]): Pick<SubInputOf<"assigned">["context"], "earlier" | "handedOn"> {
  const left = was?.branch ? ` What was pushed until then is on ${was.branch}: look there first.` : "";
  const earlier = was && was.facts.run > 0 ? [`${was.facts.reason}.${left}`] : [];
  const handedOn = from.map((each) => {
    const where = each.branch && each.facts.commit ? ` Begin from its branch ${each.branch} at ${each.facts.commit}.` : "";
    return { title: each.spec.title, outcome: `${stateInWords(each)}.${where} ${each.progress}`.trim() };
  });
  return { earlier, handedOn };
}
