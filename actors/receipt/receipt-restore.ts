import { and, eq, isNull } from "drizzle-orm";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { notesRef, type ReceiptStatement, readReceiptNote, readUnverifiedReceipt } from "../../schema/receipt/receipt.ts";
import { box } from "../../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { findBranchHead } from "../git/branch-head.ts";
import { readFileText, requireFile } from "../git/file-content.ts";
import { Git } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { keepReceipt, outdateReceipts } from "./receipt.ts";
import { listReceiptFaults } from "./receipt-signature.ts";

/**
 * An actor that has lost its storage reads the receipts of its tasks from where they stand for ever: the
 * notes of their commits.
 */
type Proven = { row: TaskRow; commit: string; branch: string };
async function without(db: Db, project?: string): Promise<Proven[]> {
  const here = and(isNull(proofTable.id), project === undefined ? undefined : eq(taskTable.project, project));
  const rows = await db.select({ row: taskTable }).from(taskTable).leftJoin(proofTable, eq(proofTable.task, taskTable.id)).where(here);
  return rows.flatMap(({ row }) => {
    const { proven } = row.facts;
    return proven && row.branch ? [{ row, commit: proven, branch: row.branch }] : [];
  });
}
/** Call when the stack is up: tasks that were proven and have no receipt here get it back. */
export async function queueReceipts(writer: Writer): Promise<void> {
  const names = new Set((await without(writer.db)).map(({ row }) => row.project));
  for (const name of names) await writer.queue("receipts", { key: `receipts:${name}`, payload: { name }, again: true });
}

const most = 20_000;
const atOnce = 8;
type Found = Proven & { receipt: string; of: ReceiptStatement };
/** Where git keeps a commit's note: by its hash, in folders once there are many. */
async function found(git: Git, repo: string, wanted: readonly Proven[]): Promise<Found[]> {
  const at = await git.ref(repo, notesRef);
  if (at === undefined) return [];
  const notes = new Map((await git.wholeTree(repo, at, most)).map(({ path }) => [path.replaceAll("/", ""), path]));
  const read = async (proven: Proven): Promise<Found[]> => {
    const path = notes.get(proven.commit);
    const note = path === undefined ? undefined : await git.content(repo, at, path);
    return readReceiptNote((note === undefined ? null : readFileText(requireFile(note), 1024 * 1024)) ?? "").flatMap((receipt) => {
      const statement = readUnverifiedReceipt(receipt);
      const matches = statement?.predicate.task === proven.row.id && statement.subject[0].digest.gitCommit === proven.commit;
      return matches ? [{ ...proven, receipt, of: statement }] : [];
    });
  };
  const all: Found[] = [];
  for (let from = 0; from < wanted.length; from += atOnce)
    all.push(...(await Promise.all(wanted.slice(from, from + atOnce).map(read))).flat());
  return all.sort((a, b) => a.of.predicate.finishedAt.localeCompare(b.of.predicate.finishedAt));
}
/** A note says what it says to whoever can write it: what nobody vouches for is not taken up. */
async function keepSigned(self: Self, all: readonly Found[], requestId: string): Promise<Found[]> {
  const texts = all.map(({ receipt }) => receipt);
  const faults = await listReceiptFaults(self, texts, requestId);
  for (const [at, { row, commit }] of all.entries())
    if (faults[at])
      self.vars.world.log("warn", "a receipt of a note is not taken up", { task: row.id, commit, fault: faults[at], requestId });
  return all.filter((_entry, at) => faults[at] === undefined);
}
/**
 * As it was: stale where its branch has gone on since. A branch that was not looked at yet is, before long.
 */
async function takeUp(writer: Writer, repo: string, { row, commit, branch, receipt, of: statement }: Found): Promise<void> {
  const { id, checks, finishedAt } = statement.predicate;
  const about = { id, task: row.id, repo, branch, commit, receipt, checks: checks.length, at: Date.parse(finishedAt), staleAt: null };
  await keepReceipt(
    writer,
    about,
    `${checks.length} checks passed in a clean checkout of ${commit.slice(0, 10)}, as the commit's note says`,
  );
  await outdateReceipts(writer, { repo, branch, hash: (await findBranchHead(writer.db, repo, branch)) ?? row.facts.commit ?? commit });
}

export const receiptsWork: Handler<"receipts"> = {
  async run(self: Self, work) {
    const { name } = work.payload;
    const repo = `${box.projectOwner}/${name}`;
    const all = await found(new Git(self.vars.stack, work.requestId), repo, await without(self.db, name));
    const signed = await keepSigned(self, all, work.requestId);
    for (const entry of signed) await record(self, work.requestId, (writer) => takeUp(writer, repo, entry));
  },
  /** When the stack is up again, it is tried again. */
  async gaveUp(self, work, error) {
    self.vars.world.log("warn", "receipts were not read back", { requestId: work.requestId, error });
  },
};
