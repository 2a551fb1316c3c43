import { z } from "zod";
import type { eventTable } from "../../../schema/event.table.ts";
import { id, siblingId } from "../../../schema/wire/id.ts";
import { textOf } from "../../harness/sample-text.ts";

/** What the seeder is asked for: a channel's events up to a sequence, at most so many in one call. */
export const seedIn = z.object({ channel: id("chn"), until: z.coerce.number(), most: z.coerce.number() });

/**
 * Event number `seq` of a long life, always the same. Of ten events seven are messages or answers, three are
 * tools and states.
 */
export function makeSeededEvent(seq: number, { channel }: Pick<z.infer<typeof seedIn>, "channel">): typeof eventTable.$inferInsert {
  const turnId = siblingId("trn", channel);
  const at = 1_600_000_000_000 + seq * 60_000;
  const row = (kind: string, body: object) => ({ seq, at, channel, kind, body: { ...body, turnId }, ref: `seeded:${seq}`, turnId });
  const part = seq % 10;
  if (part < 4) return row("message.text", { partId: `p${seq}`, text: textOf(seq) });
  if (part < 7) return row("message.sent", { messageId: siblingId("msg", channel), clientId: `seeded-${seq}`, text: textOf(seq) });
  if (part < 8) return row("turn.state", { state: "done", ms: 1_200 });
  const call = { callId: `c${seq}`, tool: "bash", verb: "Run", target: "npm test", state: "done", result: "done", ms: 300 };
  return row("tool.call", { call });
}
