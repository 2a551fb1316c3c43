import { and, desc, eq, inArray } from "drizzle-orm";
import { proofTable } from "../../schema/proof/proof.table.ts";
import type { Spec } from "../../schema/task/spec.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { canonicalJson } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Git, mainBranch } from "../git/git.ts";
import type { Db } from "../kernel/tables.ts";
import { findTask } from "./task-row.ts";

/** The newest proofs that are looked at for the one of `main`. */
const mostProofs = 20;
/** As many as a spec may hold. */
const mostChecks = 30;
type Checks = Pick<Spec, "tests" | "acceptance">;

/** Every check by which what is on `main` was proven last. */
export async function readMainChecks(db: Db, git: Git, repo: string): Promise<Checks> {
  return joinChecks(await findMainTasks(db, git, repo));
}
/** The tasks by which what is on `main` was proven last: the newest, and those of its plan. */
async function findMainTasks(db: Db, git: Git, repo: string): Promise<TaskRow[]> {
  const newest = db.select().from(proofTable).where(eq(proofTable.repo, repo)).orderBy(desc(proofTable.at)).limit(mostProofs);
  for (const { commit, task } of await newest) {
    const beyond = await git.compare(repo, mainBranch, commit).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "not_found") return undefined;
      throw error;
    });
    const row = beyond?.length === 0 ? await findTask(db, task) : undefined;
    if (!row) continue;
    if (row.plan === null) return [row];
    const proven = and(
      eq(taskTable.plan, row.plan),
      eq(taskTable.project, row.project),
      inArray(taskTable.state, ["verified", "deployed"]),
    );
    return db.select().from(taskTable).where(proven).orderBy(taskTable.id);
  }
  return [];
}
/** Every check of these tasks once. What wish of theirs a check proves is said by none of them here. */
function joinChecks(rows: readonly TaskRow[]): Checks {
  const once = <T>(all: readonly T[]) => [...new Map(all.map((each) => [canonicalJson(each), each])).values()].slice(0, mostChecks);
  const bare = <T extends object>(check: T): T => ({ ...check, scenarios: undefined });
  return {
    tests: once(rows.flatMap(({ spec }) => spec.tests.map((test) => (typeof test === "string" ? test : bare(test))))),
    acceptance: once(rows.flatMap(({ spec }) => spec.acceptance.map(bare))),
  };
}
