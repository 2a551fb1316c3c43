import { cancelledReason } from "../../schema/turn.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { dropTurn, queueStatus } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { abortStopped } from "../turn/stop-turns.ts";
import { findTurn } from "../turn/turn-row.ts";
import { moveTurn } from "../turn/turn-state.ts";

/**
 * Action `cancel`: ends a message of the member's that waits for its turn. Asked again it answers the same; a
 * turn that began first is left alone.
 */
export async function cancelMessage(self: Self, turnId: Id<"trn">, requestId: string) {
  const answer = await record(self, requestId, async (writer) => {
    const row = await findTurn(writer.db, turnId);
    if (!row || row.messageId === "") throw new AppError("not_found", { what: "message" });
    if (row.state !== "queued") return { cancelled: row.state === "stopped" && row.reason === cancelledReason, state: row.state };
    await moveTurn(writer, row, "stopped", { reason: cancelledReason });
    await dropTurn(writer, row.id);
    await queueStatus(writer);
    return { cancelled: true, state: "stopped" as const };
  });
  await abortStopped(self); // it may wait for its stack just now
  return answer;
}
