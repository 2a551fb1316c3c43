import { and, eq, inArray, isNull, ne } from "drizzle-orm";
import { countProven, mergeCoverage, type ProvenSeen } from "../../schema/proof/coverage.ts";
import { type ProofRow, proofTable } from "../../schema/proof/proof.table.ts";
import { readUnverifiedReceipt } from "../../schema/receipt/receipt.ts";
import { noteOut } from "../../schema/receipt/receipt-api.ts";
import type { Id } from "../../schema/wire/id.ts";
import { member, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Handler } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";

/** Puts a receipt on its commit as a Git note; the same one twice is one. */
export async function noteReceipt(self: Self, proof: Pick<ProofRow, "repo" | "commit" | "receipt">, requestId: string): Promise<void> {
  const { repo, commit, receipt } = proof;
  await self.vars.stack.json(requestId, noteOut, { method: "POST", path: "/notes", body: { repo, commit, receipt }, firstByte: 30_000 });
}

async function tellReceipt(writer: Writer, row: ProofRow, state: "current" | "stale", reason: string): Promise<void> {
  const { id: receiptId, task: taskId, repo, commit, checks } = row;
  const measured = readUnverifiedReceipt(row.receipt)?.predicate.strength;
  const proven = provenBy(row);
  const strength = measured ? { strength: { caught: measured.caught, tried: measured.tried } } : {};
  await writer.append("receipt", {
    ref: `receipt:${receiptId}:${state}`,
    body: {
      receiptId: receiptId,
      taskId: taskId,
      repo,
      commit,
      checks,
      state,
      reason: reason.slice(0, 4_000),
      ...strength,
      ...(proven ? { proven } : {}),
    },
  });
}

/** The newest receipt of each task that has one. */
export async function newestReceipts(db: Db, tasks: readonly Id<"tsk">[]): Promise<Map<Id<"tsk">, ProofRow>> {
  const rows = tasks.length === 0 ? [] : await db.select().from(proofTable).where(inArray(proofTable.task, tasks)).orderBy(proofTable.at);
  return new Map(rows.map((row) => [row.task, row]));
}
/** How much of what was asked for in words receipts show together; undefined where nothing was. */
export const provenBy = (...receipts: Pick<ProofRow, "receipt">[]): ProvenSeen | undefined =>
  countProven(mergeCoverage(receipts.map(({ receipt }) => readUnverifiedReceipt(receipt)?.predicate.coverage ?? [])));

/** A new receipt, in the caller's transaction. */
export async function keepReceipt(writer: Writer, row: ProofRow, reason: string): Promise<void> {
  await writer.db.insert(proofTable).values(row).onConflictDoNothing();
  await tellReceipt(writer, row, "current", reason);
}

/**
 * A branch has a new head, in the caller's transaction: receipts of its other commits are stale from now on.
 */
export async function outdateReceipts(writer: Writer, moved: { repo: string; branch: string; hash: string }): Promise<void> {
  const rows = await writer.db
    .update(proofTable)
    .set({ staleAt: writer.now })
    .where(
      and(
        eq(proofTable.repo, moved.repo),
        eq(proofTable.branch, moved.branch),
        ne(proofTable.commit, moved.hash),
        isNull(proofTable.staleAt),
      ),
    )
    .returning();
  for (const row of rows) {
    await tellReceipt(
      writer,
      row,
      "stale",
      `${moved.branch} is at ${moved.hash.slice(0, 10)} now; this receipt speaks of ${row.commit.slice(0, 10)}`,
    );
    await writer.queue("receipt", { key: `receipt:${row.id}`, payload: { id: row.id } });
  }
}

/** Tells the edge, whose list of receipts then says so too. */
export const receiptWork: Handler<"receipt"> = {
  async run(self, work) {
    const { id: receipt } = work.payload;
    const [row] = await self.db.select().from(proofTable).where(eq(proofTable.id, receipt));
    if (row?.staleAt) await self.vars.world.edge.receiptStale(member(self), receipt, row.staleAt, work.requestId);
  },
  async gaveUp(self, work, error) {
    self.vars.world.log("warn", "the edge was not told of a stale receipt", { requestId: work.requestId, error });
  },
};
