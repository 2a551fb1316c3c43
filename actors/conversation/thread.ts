import { eq, sql } from "drizzle-orm";
import type { z } from "zod";
import { type channelReadOut, mostUnread, type threadView } from "../../schema/agent/team.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { readLogBounds, sendToAll } from "../kernel/event.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { recordQuietly } from "../kernel/transaction.ts";
import { requireTask } from "../task/task-row.ts";

/** Questions about a task that wait, each with the event that asked. */
const pendingQuestions = sql`
  select "approval"."task" as "task", "approval"."id" as "thing", "asked"."seq" as "seq" from "approval"
  join "event" as "asked" on "asked"."ref" = 'asked:' || "approval"."id"
  where "approval"."state" = 'pending' and "approval"."task" is not null`;

/** How far a thread was read, there or in the channel of its agent. */
const readSeq = sql`max("task"."read_seq", coalesce("agent"."read_seq", 0))`;

type UnreadThread = z.infer<typeof threadView>;
/**
 * The tasks in whose threads something is unread: turns that said something, and questions that wait, after
 * what was read there or in the channel of its agent.
 */
export async function listUnreadThreads(db: Db): Promise<UnreadThread[]> {
  const rows = await db
    .select({
      task: sql`"task"."id"`,
      read: readSeq,
      unread: sql`count(distinct "thing")`,
    })
    .from(sql`(
      select "turn"."task" as "task", "turn"."id" as "thing", (
        select max("event"."seq") from "event" where "event"."turn_id" = "turn"."id" and "event"."kind" in ('message.text', 'notice')
      ) as "seq" from "turn" where "turn"."task" is not null
      union all ${pendingQuestions}
    ) as "told" join "task" on "task"."id" = "told"."task" left join "agent" on "agent"."id" = "task"."worker"`)
    .where(sql`"told"."seq" > ${readSeq}`)
    .groupBy(sql`"task"."id"`);
  return rows.map((found) => ({ ...(found as UnreadThread), unread: Math.min(mostUnread, Number(found.unread)) }));
}

/** Action `read` of a task's thread. The member's other devices are told. */
export async function markThreadRead(
  self: Self,
  id: NonNullable<UnreadThread["task"]>,
  seq: number,
): Promise<z.infer<typeof channelReadOut>> {
  const { read, moved } = await recordQuietly(self, async (db) => {
    const { readSeq } = await requireTask(db, id);
    const { last } = await readLogBounds(db);
    const read = Math.max(readSeq, Math.min(seq, last));
    if (read > readSeq) await db.update(taskTable).set({ readSeq: read }).where(eq(taskTable.id, id));
    return { read, moved: read > readSeq };
  });
  if (moved) sendToAll(self, "read", { task: id, read });
  return { task: id, read };
}
