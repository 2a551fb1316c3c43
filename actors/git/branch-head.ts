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
export async function moveBranchHead(writer: Writer, repo: string, branch: string, hash: string): Promise<void> {
  await writer.db
    .insert(branchHeadTable)
    .values({ repo, branch, hash })
    .onConflictDoUpdate({ target: [branchHeadTable.repo, branchHeadTable.branch], set: { hash } });
}
