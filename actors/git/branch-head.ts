import { and, eq } from "drizzle-orm";
import { branchHeadTable } from "../../schema/git/branch-head.table.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

/** Where the log last saw a branch. */
export async function findBranchHead(db: Db, repo: string, branch: string): Promise<string | undefined> {
  const [row] = await db
    .select({ hash: branchHeadTable.hash })
    .from(branchHeadTable)
    .where(and(eq(branchHeadTable.repo, repo), eq(branchHeadTable.branch, branch)));
  return row?.hash;
}
/** A branch that stands at a commit; undefined where none does. */
export async function findBranchAt(db: Db, { repo, hash }: { repo: string; hash: string }): Promise<string | undefined> {
  const atCommit = and(eq(branchHeadTable.repo, repo), eq(branchHeadTable.hash, hash));
  return (await db.select({ branch: branchHeadTable.branch }).from(branchHeadTable).where(atCommit).limit(1))[0]?.branch;
}
export async function moveBranchHead(writer: Writer, repo: string, branch: string, hash: string): Promise<void> {
  await writer.db
    .insert(branchHeadTable)
    .values({ repo, branch, hash })
    .onConflictDoUpdate({ target: [branchHeadTable.repo, branchHeadTable.branch], set: { hash } });
}
