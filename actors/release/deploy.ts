import { eq } from "drizzle-orm";
import type { z } from "zod";
import { type deployIn, deployOut } from "../../schema/project/project.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { type ProjectReleaseRow, releaseTable } from "../../schema/release/release.table.ts";
import { isReleaseUnderWay } from "../../schema/release/release.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { once } from "../kernel/idempotency.ts";
import { queueRelease } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { requireLastingProject, requireProject } from "./project-view.ts";
import { listReleaseRows, tellRelease, viewRelease } from "./release-row.ts";
import { judgeMain } from "./standing.ts";

const refuseDeploy = (message: string) => new AppError("conflict", { what: "deploy" }, { message });

type Wanted = { project: string; commit?: string | undefined; receipt?: Id<"rct"> | undefined; by: ProjectReleaseRow["by"] };
/** Why the receipt that was named is not the one that speaks for `main`. */
async function refuseReceipt(db: Db, project: string, receipt: Id<"rct">): Promise<AppError> {
  const [proof] = await db.select({ repo: proofTable.repo }).from(proofTable).where(eq(proofTable.id, receipt));
  if (!proof) return new AppError("not_found", { what: "receipt" });
  const is = proof.repo === `${box.projectOwner}/${project}` ? "of an older commit than main's newest" : `of ${proof.repo}`;
  return refuseDeploy(`${project} can't be deployed by this receipt: it is ${is}.`);
}
/**
 * Takes a release of what is proven on `main`, in the caller's transaction. One of that commit that is under
 * way is joined.
 */
export async function takeRelease(writer: Writer, { project, commit, receipt, by }: Wanted): Promise<ProjectReleaseRow> {
  await requireLastingProject(writer.db, project);
  const main = await judgeMain(writer.db, project);
  if (!main.can || !main.proof) throw refuseDeploy(`${project} can't be deployed: ${main.reason}`);
  const { proof } = main;
  if (receipt !== undefined && receipt !== proof.id) throw await refuseReceipt(writer.db, project, receipt);
  if (commit !== undefined && commit !== proof.commit)
    throw refuseDeploy(`${project} can't be deployed at ${commit.slice(0, 10)}: main is at ${proof.commit.slice(0, 10)} now.`);
  const [newest] = await listReleaseRows(writer.db, project);
  if (newest && isReleaseUnderWay(newest.state)) {
    if (newest.commit === proof.commit) return newest;
    throw refuseDeploy(`Another release of ${project} is being started. Wait until it serves or has failed.`);
  }
  const values = { id: newId("rel", writer.now), project, commit: proof.commit, receipt: proof.id, task: proof.task, by };
  const [row] = await writer.db
    .insert(releaseTable)
    .values({ ...values, state: "queued", createdAt: writer.now })
    .returning();
  await tellRelease(writer, row!);
  await queueRelease(writer, row!);
  return row!;
}

/** Action `deploy`. */
export function deploy(self: Self, input: z.infer<typeof deployIn>, key: string, requestId: string): Promise<z.infer<typeof deployOut>> {
  return once(self, requestId, `deploy:${key}`, deployOut, async (writer) => {
    const { name } = await requireProject(writer.db, input.project);
    return {
      release: viewRelease(await takeRelease(writer, { project: name, commit: input.commit, receipt: input.receipt, by: "member" })),
    };
  });
}
