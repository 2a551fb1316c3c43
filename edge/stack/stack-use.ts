import { lt, sql } from "drizzle-orm";
import type { HeartbeatIn } from "../../schema/machine/host.ts";
import { egressDaysKept } from "../../schema/stack/egress-use.ts";
import { agentTimeTable } from "../../schema/stack/registry.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

/** A gap that is longer is in no sum: its host was silent, so nobody knows. */
const longestGap = 90_000;

/**
 * Adds the time since the last look to the stacks of which a host has told what it found, and to their
 * agents. `timedUntil` moves in the same transaction, so no moment counts twice, whichever call comes again.
 * A day begins at midnight UTC; a look just after it counts for the new day.
 */
export async function noteStackTime(db: Database, host: Id<"hst">, said: HeartbeatIn["stacks"], now: number): Promise<void> {
  if (said.length === 0) return;
  const seen = JSON.stringify(said.map(({ member, epoch, observed }) => ({ member, epoch, observed })));
  const day = Math.floor(now / dayMs);
  const found = sql`from json_each(${seen}) as seen join stack
    on stack.member = seen.value ->> 'member' and stack.host = ${host} and stack.epoch = seen.value ->> 'epoch'`;
  await db.batch([
    db.run(sql`insert into stack_time (member, day, active_ms, idle_ms, dead_ms, paused_ms, stopped_ms)
      select stack.member, ${day},
        iif(seen.value ->> 'observed' = 'running' and agent.status = 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'running' and agent.status <> 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'failed', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'paused', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'stopped', ${now} - timed_until, 0)
      ${found} join agent on agent.member = stack.member
      where seen.value ->> 'observed' in ('running', 'failed', 'paused', 'stopped') and timed_until between ${now - longestGap} and ${now - 1}
      on conflict (member, day) do update set
        active_ms = active_ms + excluded.active_ms, idle_ms = idle_ms + excluded.idle_ms, dead_ms = dead_ms + excluded.dead_ms,
        paused_ms = paused_ms + excluded.paused_ms, stopped_ms = stopped_ms + excluded.stopped_ms`),
    db.run(sql`insert into agent_time (member, agent, day, active_ms, idle_ms, dead_ms)
      select stack.member, one.value ->> 'id', ${day},
        iif(seen.value ->> 'observed' = 'running' and one.value ->> 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'running' and not one.value ->> 'working', ${now} - timed_until, 0),
        iif(seen.value ->> 'observed' = 'failed', ${now} - timed_until, 0)
      ${found} join agent on agent.member = stack.member join json_each(agent.agents) as one
      where seen.value ->> 'observed' in ('running', 'failed') and timed_until between ${now - longestGap} and ${now - 1}
      on conflict (member, day, agent) do update set
        active_ms = active_ms + excluded.active_ms, idle_ms = idle_ms + excluded.idle_ms, dead_ms = dead_ms + excluded.dead_ms`),
    db.run(sql`update stack set timed_until = ${now}
      where host = ${host} and timed_until < ${now} and member in (select stack.member ${found})`),
  ]);
}

/** For so many days it is kept how long each agent worked; of the whole stack it is kept for good. */
const agentDaysKept = 400;
export async function forgetAgentTime(db: Database, now: number): Promise<void> {
  await db.delete(agentTimeTable).where(lt(agentTimeTable.day, Math.floor(now / dayMs) - agentDaysKept));
}

/**
 * Keeps what a host counted and measured of its stacks: the largest number of each day, so that what is told
 * twice, late or out of order counts once. A day that no host keeps any more, or that has not come, is none.
 */
export async function noteStackUse(db: Database, host: Id<"hst">, said: HeartbeatIn["stacks"], now: number): Promise<void> {
  const told = said.filter(({ egress, disk }) => egress !== undefined || disk !== undefined);
  if (told.length === 0) return;
  const today = Math.floor(now / dayMs);
  const rows = told.flatMap(({ member, egress = [], disk }) => [
    ...egress.map(({ day, bytes }) => ({ member, day, egress: bytes, disk: 0 })),
    ...(disk ? [{ member, day: Math.floor(disk.at / dayMs), egress: 0, disk: disk.bytes }] : []),
  ]);
  const counted = JSON.stringify(rows.filter(({ day }) => day >= today - egressDaysKept - 1 && day <= today + 1));
  const use = db.run(sql`insert into stack_use (member, day, host, egress_bytes, disk_bytes)
    select stack.member, seen.value ->> 'day', ${host}, max(seen.value ->> 'egress'), max(seen.value ->> 'disk')
      from json_each(${counted}) as seen join stack on stack.member = seen.value ->> 'member' and stack.host = ${host}
      group by stack.member, seen.value ->> 'day'
    on conflict (member, day, host) do update set
      egress_bytes = max(egress_bytes, excluded.egress_bytes), disk_bytes = max(disk_bytes, excluded.disk_bytes)`);
  const measured = JSON.stringify(told.flatMap(({ member, disk }) => (disk ? [{ member, ...disk, at: Math.min(disk.at, now) }] : [])));
  const last = db.run(sql`update stack set disk_bytes = seen.value ->> 'bytes', disk_at = seen.value ->> 'at'
    from json_each(${measured}) as seen
    where stack.member = seen.value ->> 'member' and stack.host = ${host} and coalesce(stack.disk_at, 0) < seen.value ->> 'at'`);
  await db.batch([use, last]);
}

/**
 * What the stacks of a host used there is another's that takes its place: a machine that was enrolled anew
 * goes on with its ledger under another id, and tells the days in it again. Where it is another machine, the
 * larger of both numbers of this day counts.
 */
export async function moveStackUse(db: Database, from: Id<"hst">, to: Id<"hst">): Promise<void> {
  await db.run(sql`update or replace stack_use set host = ${to}
    where host = ${from} and member in (select member from stack where host = ${from})`);
}
