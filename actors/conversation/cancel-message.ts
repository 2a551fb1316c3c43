import { cancelled } from "../../schema/turn.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { record } from "../kernel/event.ts";
import type { Self } from "../kernel/self.ts";
import { drop } from "../kernel/work.ts";
import { queueStatus } from "../stack/status.ts";
import { letGo } from "../turn/stop.ts";
import { findTurn, move } from "../turn/turn-state.ts";

/** Action `cancel`: ends a message of the member's that waits for its turn. Asked again it answers the same; a turn that began first is left alone. */
export async function cancelMessage(self: Self, turnId: Id<"trn">, requestId: string) {
  const answer = await record(self, async (writer) => {
    const row = await findTurn(writer.db, turnId);
    if (!row || row.messageId === "") throw new AppError("not_found", { what: "message" });
    if (row.state !== "queued") return { cancelled: row.state === "stopped" && row.reason === cancelled, state: row.state };
    await move(writer, row, "stopped", { reason: cancelled });
    await drop(writer.db, `turn:${row.id}`);
    await queueStatus(writer, requestId);
    return { cancelled: true, state: "stopped" as const };
  });
  await letGo(self); // it may wait for its stack just now
  return answer;
}
