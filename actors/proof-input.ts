import type { AgentRow } from "../schema/agent/agent.table.ts";
import { type RunIn, toRoomChecks } from "../schema/proof/proof.ts";
import { box } from "../schema/stack/stack.ts";
import { checksOf } from "../schema/task/spec.ts";
import type { TaskRow } from "../schema/task/task.table.ts";
import { findAgent, requireGrowAgent } from "./agent/agent.ts";
import { listLastingReach } from "./approval/reach.ts";
import { mainBranch } from "./git/git.ts";
import type { Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import type { WorkItem } from "./kernel/work.ts";
import { readDecidedFiles } from "./merge.ts";

/** Whose word opens names to the proof of a task: its agent, as long as it works on it. */
export async function findProver(db: Db, row: TaskRow): Promise<AgentRow> {
  const agent = row.worker ? await findAgent(db, row.worker) : undefined;
  return { ...(agent ?? (await requireGrowAgent(db))), task: row.id };
}
/**
 * What it declares, and which of that the member has not been told of: by a plan, a quest, or their own
 * words.
 */
function composeOutputs({ facts, spec }: TaskRow): Pick<RunIn, "outputs" | "also" | "anywhere" | "unasked"> {
  const { outputs } = spec;
  const also = (facts.outputs ?? []).filter((path) => !outputs.includes(path));
  const unasked = [...(facts.delegated ? outputs : []), ...also];
  const anywhere = spec.anywhere && !facts.delegated ? ({ anywhere: true } as const) : {};
  return { outputs, ...(also.length > 0 ? { also } : {}), ...anywhere, ...(unasked.length > 0 ? { unasked } : {}) };
}
/** What the host is asked: the spec as the member accepted it, never as the repository has it. */
export async function composeRun(self: Self, row: TaskRow, work: WorkItem<"verify">): Promise<RunIn> {
  const { commit } = work.payload;
  const { merging } = row.branch === mainBranch ? row.facts : {};
  return {
    id: work.id,
    repo: `${box.projectOwner}/${row.project}`,
    branch: row.branch ?? "main",
    commit,
    ...(merging ? { merged: { ...merging, ...(await readDecidedFiles(self, row)) } } : {}),
    ...(row.facts.base ? { begun: row.facts.base } : {}),
    ...composeOutputs(row),
    checks: toRoomChecks(checksOf(row.spec)),
    reach: await listLastingReach(self, await findProver(self.db, row)),
    ...(row.spec.least_strength === undefined ? {} : { least: row.spec.least_strength }),
    ...(row.facts.by === "member" ? { byMember: true } : {}),
  };
}
