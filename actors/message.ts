import { eq } from "drizzle-orm";
import type { SendIn, SendOut } from "../schema/agent.ts";
import { AppError } from "../schema/error.ts";
import { type Id, newId } from "../schema/id.ts";
import { message } from "../schema/message.table.ts";
import { turn } from "../schema/turn.table.ts";
import { record } from "./event.ts";
import { me, type Self } from "./self.ts";
import { raise } from "./start.ts";
import { queueStatus } from "./status.ts";
import { enqueue } from "./work.ts";

/** Action `send`: message, events, turn and work in one transaction. From its answer on nothing is lost; the same client id gets the first answer. */
export function send(self: Self, input: SendIn, requestId: string): Promise<SendOut> {
  return record(self, async (writer) => {
    const { db, now } = writer;
    const [known] = await db.select().from(message).where(eq(message.clientId, input.clientId));
    if (known) return { messageId: known.id as Id<"msg">, turnId: known.turnId as Id<"trn">, seq: known.seq, repeated: true };
    const who = await me(db);
    if (input.channel && input.channel !== who.channel) throw new AppError("not_found");
    const [messageId, turnId] = [newId("msg", now), newId("trn", now)];
    const { clientId, text } = input;
    const seq = await writer.append("message.sent", { turnId, body: { messageId, clientId, text, turnId } });
    await db.insert(message).values({ id: messageId, clientId, turnId, text, at: now, seq });
    await db.insert(turn).values({ id: turnId, messageId, state: "queued", createdAt: now });
    await writer.append("turn.state", { turnId, body: { turnId, state: "queued" } });
    await raise(writer, who, "message", newId("req", now), requestId);
    await enqueue(writer, { kind: "turn", key: `turn:${turnId}`, payload: { turnId }, requestId });
    await queueStatus(writer, requestId);
    return { messageId, turnId, seq, repeated: false };
  });
}
