import { z } from "zod";
import type { eventTable } from "../../schema/event.table.ts";
import { id, sibling } from "../../schema/wire/id.ts";
import { textOf } from "../harness/sample-text.ts";

/** What the seeder is asked for: events of a channel up to a sequence, so many at once. */
export const seedIn = z.object({ channel: id("chn"), until: z.coerce.number(), most: z.coerce.number() });

/** Event number `seq` of a long life: of ten, seven are messages or answers, the others tools and states. The same each time. */
export function seeded(seq: number, { channel }: Pick<z.infer<typeof seedIn>, "channel">): typeof eventTable.$inferInsert {
  const turnId = sibling("trn", channel);
  const at = 1_600_000_000_000 + seq * 60_000;
  const row = (kind: string, body: object) => ({ seq, at, channel, kind, body: { ...body, turnId }, ref: `seeded:${seq}`, turnId });
  const part = seq % 10;
  if (part < 4) return row("message.text", { partId: `p${seq}`, text: textOf(seq) });
  if (part < 7) return row("message.sent", { messageId: sibling("msg", channel), clientId: `seeded-${seq}`, text: textOf(seq) });
  if (part < 8) return row("turn.state", { state: "done", ms: 1_200 });
  const call = { callId: `c${seq}`, tool: "bash", verb: "Run", target: "npm test", state: "done", result: "done", ms: 300 };
  return row("tool.call", { call });
}
