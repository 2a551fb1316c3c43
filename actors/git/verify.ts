import { z } from "zod";
import { isStatusUnderWay, type verifyIn, type verifyOut } from "../../schema/git/commit-status.ts";
import { keptBranches } from "../../schema/git/push.ts";
import { commitHash } from "../../schema/task/task-command.ts";
import { AppError } from "../../schema/wire/error.ts";
import { findAnswer, once } from "../kernel/idempotency.ts";
import { queueChecks } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { requireLastingProject } from "../release/project-view.ts";
import { findBranchHead } from "./branch-head.ts";
import { addStatus, findStatus, moveStatus, viewStatus } from "./commit-status.ts";
import { Git } from "./git.ts";

/** Where a branch stands by Git; by the log while the stack is away. */
async function readCheckedHead(self: Self, repo: string, branch: string, requestId: string): Promise<string> {
  const { ready, tier } = await me(self.db);
  const up = ready && tier === "running";
  const hash = up ? await new Git(self.vars.stack, requestId).head(repo, branch) : await findBranchHead(self.db, repo, branch);
  if (hash === undefined) throw new AppError("not_found", { what: "branch" }, { message: `There is no branch ${branch} with a commit.` });
  return hash;
}
/** Its task and receipt stay known: what is checked anew was proven all the same. */
const fresh = { reason: null, attempt: 0, startedAt: null, endedAt: null } as const;
/** What waits or runs is not begun twice. */
async function askForChecks(writer: Writer, commit: { repo: string; branch: string; hash: string }): Promise<void> {
  const before = await findStatus(writer.db, commit);
  if (before?.source === "checks" && isStatusUnderWay(before.state)) return;
  const asked = { source: "checks", branch: commit.branch, asked: true } as const;
  if (!before) await addStatus(writer, { ...commit, ...asked, state: "queued" });
  else await moveStatus(writer, before, "queued", { ...fresh, ...asked, checks: [] });
  await queueChecks(writer, { ...commit, asked: true });
}
/** Action `verify`. The same key answers how that commit stands by now. */
export async function verifyBranch(
  self: Self,
  { project, branch }: z.infer<typeof verifyIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof verifyOut>> {
  const { name, repo, readyAt } = await requireLastingProject(self.db, project);
  if (readyAt === null) throw new AppError("conflict", { what: "project" }, { message: `${name} is still being made.` });
  if (branch.startsWith(keptBranches.agents))
    throw new AppError(
      "conflict",
      { what: "branch" },
      { message: "What an agent pushes is proven with its task, and not checked by itself." },
    );
  const [answerKey, shape] = [`verify:${key}`, z.object({ hash: commitHash })];
  const head = (await findAnswer(self.db, answerKey, shape))?.hash ?? (await readCheckedHead(self, repo, branch, requestId));
  const { hash } = await once(self, requestId, answerKey, shape, async (writer) => {
    await askForChecks(writer, { repo, branch, hash: head });
    return { hash: head };
  });
  const row = await findStatus(self.db, { repo, hash });
  if (!row) throw new AppError("not_found", { what: "commit" });
  return { status: viewStatus(row) };
}
