import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { type CommitStatusRow, commitStatusTable } from "../../schema/git/commit-status.table.ts";
import type { CommitStatusState } from "../../schema/git/commit-status.ts";
import { box } from "../../schema/stack/stack.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import { ensureReady } from "../stack/provision.ts";
import { type CommitRef, findStatus, untoldStates } from "./commit-status.ts";
import { Git } from "./git.ts";

/**
 * How a commit stands as Gitea has it, for every tool that asks Gitea: a copy of the actor's row. What others
 * set of a commit has another context or another author, and is not believed here.
 */
export const statusContext = "growqr";
const giteaStates = {
  queued: "pending",
  running: "pending",
  passed: "success",
  failed: "failure",
  error: "error",
  skipped: "warning",
} as const satisfies Record<CommitStatusState, string>;
const giteaWords = {
  queued: "Its checks wait for a clean room",
  running: "Its checks run",
  passed: "Passed in a clean room",
  failed: "Failed in a clean room",
  error: "Its checks could not be run",
  skipped: "No checks were run",
} as const satisfies Record<CommitStatusState, string>;
const mostDescription = 250;
const describeStatus = ({ state, reason }: CommitStatusRow): string =>
  cutText(`${giteaWords[state]}${reason ? `: ${reason.replace(/\s+/g, " ")}` : ""}`, mostDescription);

const verdicts = { success: "passed", failure: "failed" } as const;
const giteaStatus = z.looseObject({
  id: z.number(),
  context: z.string().default(""),
  status: z.string().default(""),
  description: z.string().default(""),
  creator: z.looseObject({ login: z.string() }).nullish(),
});
/**
 * How the checks of a commit ended by what the platform has told Gitea before: an actor that has lost its
 * storage runs none of them again.
 */
export async function readToldStatus(
  git: Git,
  { repo, hash }: CommitRef,
): Promise<{ state: "passed" | "failed"; reason: string } | undefined> {
  const path = `/repos/${repo}/commits/${hash}/statuses?sort=recentupdate&limit=50`;
  const all = await git.ask("GET", path, z.array(giteaStatus).nullable()).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") return null; // the room says that the commit is gone
    throw error;
  });
  const ours = all?.filter(({ context, creator }) => context === statusContext && creator?.login === box.memoryRepo.owner);
  const last = ours?.sort((a, b) => b.id - a.id)[0]; // Gitea orders by seconds
  const state = last && verdicts[last.status as keyof typeof verdicts];
  return state && { state, reason: `It was told before: ${last.description}` };
}

async function noteTold(self: Self, row: CommitStatusRow, requestId: string): Promise<void> {
  const same = and(eq(commitStatusTable.repo, row.repo), eq(commitStatusTable.hash, row.hash), eq(commitStatusTable.state, row.state));
  await record(self, requestId, (writer) => writer.db.update(commitStatusTable).set({ told: row.state }).where(same));
}
export const commitStatusWork: Handler<"commit_status"> = {
  endless: ["unreachable", "exhausted", "rate_limited", "stale_worker"],
  async run(self, { payload, requestId }) {
    const row = await findStatus(self.db, payload);
    if (!row || row.state === row.told) return;
    if (row.told === null && untoldStates.includes(row.state)) return; // as of a commit that nobody checks
    if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
    const body = { context: statusContext, state: giteaStates[row.state], description: describeStatus(row) };
    const gone = [403, 404, 423]; // its repository is not there any more, or takes nothing
    const path = `/repos/${row.repo}/statuses/${row.hash}`;
    await new Git(self.vars.stack, requestId).ensure("POST", path, body, gone).catch((cause: unknown) => {
      // Gitea says 500 of a commit that it does not have, each time: that is not tried without end.
      throw cause instanceof AppError && cause.code === "upstream" ? new AppError("internal", cause.meta, { cause }) : cause;
    });
    await noteTold(self, row, requestId);
  },
  async gaveUp(self, { payload, requestId }, error) {
    self.vars.world.log("warn", "Gitea was not told how a commit stands", { ...payload, requestId, error });
  },
};
