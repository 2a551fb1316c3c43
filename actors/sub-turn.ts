import { eq } from "drizzle-orm";
import type { Id } from "../schema/id.ts";
import { run } from "../schema/run.table.ts";
import { completed, started } from "../schema/run.ts";
import type { TurnState } from "../schema/turn.ts";
import type { ErrorClass } from "../schema/work.ts";
import { openOf } from "./approval.ts";
import { awaitsBudget } from "./budget.ts";
import type { Writer } from "./event.ts";
import { tellSub } from "./team.ts";
import type { TurnRow } from "./turn-state.ts";

/** A turn that a sub-agent asked for has moved: its run record follows, and the sub-agent hears of the end. In the caller's transaction. */
export async function turnOver(writer: Writer, row: TurnRow, to: TurnState, reason: string, errorClass?: ErrorClass): Promise<void> {
  const [attempt] = await writer.db.select().from(run).where(eq(run.ref, row.id));
  if (attempt) {
    const lost = to === "interrupted" ? "stale_worker" : to === "failed" ? (errorClass ?? "bug") : undefined;
    const body =
      to === "running"
        ? started(attempt.body, writer.now)
        : completed(attempt.body, { at: writer.now, ...(lost ? { errorClass: lost } : {}) });
    await writer.db.update(run).set({ body }).where(eq(run.id, attempt.id));
  }
  if (to === "running" || to === "queued" || row.key === null) return;
  const open = to === "done" ? await openOf(writer.db, row.id) : [];
  if (open.some(({ blocking }) => blocking)) return; // the answer continues this step, and its end is the step's
  if (to === "stopped" && (await awaitsBudget(writer.db, row.agent))) return; // its end is told with the answer
  const of = { ...(errorClass === undefined ? {} : { errorClass }), ...(open.length > 0 ? { asked: true } : {}) };
  const input = { kind: "turn_ended", key: row.key, end: to, reason: reason.slice(0, 900), ...of } as const;
  await tellSub(writer, row.agent, `ended:${row.id}`, input, row.id as Id<"trn">);
}
