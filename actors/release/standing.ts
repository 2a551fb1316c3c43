import { and, desc, eq, isNotNull } from "drizzle-orm";
import type { z } from "zod";
import { projectTable } from "../../schema/project/project.table.ts";
import type { deployable } from "../../schema/project/project.ts";
import { listAskedPackages } from "../../schema/proof/check-installs.ts";
import { type ProofRow, proofTable } from "../../schema/proof/proof.table.ts";
import { readUnverifiedReceipt, receiptStanding } from "../../schema/receipt/receipt.ts";
import type { ProjectReleaseRow } from "../../schema/release/release.table.ts";
import type { ProvenPackages } from "../../schema/release/release-host.ts";
import { box } from "../../schema/stack/stack.ts";
import { findBranchHead } from "../git/branch-head.ts";
import { mainBranch } from "../git/git.ts";
import type { Db } from "../kernel/tables.ts";
import { findTask } from "../task/task-row.ts";

export type Standing = z.infer<typeof deployable> & { proof?: ProofRow };

/**
 * The receipt by which a pull request made this commit the head of `main`: it was given on the request's
 * branch. While a task may push to `main`, what it pushes has its own receipt still to come.
 */
async function findMergedProof(db: Db, project: string, commit: string): Promise<ProofRow | undefined> {
  const ofCommit = and(eq(proofTable.repo, `${box.projectOwner}/${project}`), eq(proofTable.commit, commit));
  const merging = and(eq(projectTable.name, project), isNotNull(projectTable.merger));
  if ((await db.select({ name: projectTable.name }).from(projectTable).where(merging)).length > 0) return undefined;
  const [proof] = await db.select().from(proofTable).where(ofCommit).orderBy(desc(proofTable.at)).limit(1);
  return proof;
}

/**
 * Whether `main` of a project can be deployed: its newest commit must have a receipt that still speaks for
 * it.
 */
export async function judgeMain(db: Db, project: string): Promise<Standing> {
  const repo = `${box.projectOwner}/${project}`;
  const head = await findBranchHead(db, repo, mainBranch);
  if (head === undefined) return { can: false, reason: "Nothing is on main yet." };
  const ofMain = and(eq(proofTable.repo, repo), eq(proofTable.branch, mainBranch));
  const proofs = await db.select().from(proofTable).where(ofMain).orderBy(desc(proofTable.at));
  const proof = proofs.find(({ commit }) => commit === head) ?? (await findMergedProof(db, project, head)) ?? proofs[0];
  if (!proof) return { can: false, reason: "Nothing was merged into main with a receipt yet.", commit: head };
  const task = await findTask(db, proof.task);
  const statement = readUnverifiedReceipt(proof.receipt);
  const standing = receiptStanding(statement, { repository: repo, commit: head, specSha256: task?.specHash ?? "" });
  const reason = `${standing.reason.charAt(0).toUpperCase()}${standing.reason.slice(1)}.`;
  return { can: standing.state === "current", reason, commit: head, proof };
}

/** The packages that a release's receipt names; undefined where it names none. */
export async function findProvenPackages(db: Db, { receipt }: Pick<ProjectReleaseRow, "receipt">): Promise<ProvenPackages | undefined> {
  const [proof] = await db.select({ text: proofTable.receipt }).from(proofTable).where(eq(proofTable.id, receipt));
  const said = proof && readUnverifiedReceipt(proof.text)?.predicate;
  if (!said?.setup) return undefined;
  return { snapshot: said.setup.snapshot, image: said.image.digest.sha256, more: listAskedPackages(said.checks).length > 0 };
}
