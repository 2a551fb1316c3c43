import { sql } from "drizzle-orm";
import type { HeartbeatIn } from "../../schema/machine/host.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

/** A gap that is longer is in no sum: its host was silent, so nobody knows. */
const longestGap = 90_000;

/**
 * Adds the time since the last look to the stacks that a host has found running, or dead. `timedUntil` moves
 * in the same transaction, so no moment counts twice, whichever call comes again. A day begins at midnight
 * UTC; a look just after it counts for the new day.
 */
export async function noteStackTime(db: Database, host: Id<"hst">, said: HeartbeatIn["stacks"], now: number): Promise<void> {
  if (said.length === 0) return;
  const seen = JSON.stringify(said.map(({ member, epoch, observed }) => ({ member, epoch, observed })));
  const day = Math.floor(now / dayMs);
  const found = sql`from json_each(${seen}) as seen join stack
    on stack.member = seen.value ->> 'member' and stack.host = ${host} and stack.epoch = seen.value ->> 'epoch'`;
  await db.batch([
    db.run(sql`insert into stack_time (member, day, active_ms, idle_ms, dead_ms)
      select stack.member, ${day},
        iif(seen.value ->> 'observed' = 'running' and agent.status = 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'running' and agent.status <> 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'failed', ${now} - timed_until, 0)
      ${found} join agent on agent.member = stack.member
      where seen.value ->> 'observed' in ('running', 'failed') and timed_until between ${now - longestGap} and ${now - 1}
      on conflict (member, day) do update set
        active_ms = active_ms + excluded.active_ms, idle_ms = idle_ms + excluded.idle_ms, dead_ms = dead_ms + excluded.dead_ms`),
    db.run(sql`update stack set timed_until = ${now}
      where host = ${host} and timed_until < ${now} and member in (select stack.member ${found})`),
  ]);
}
