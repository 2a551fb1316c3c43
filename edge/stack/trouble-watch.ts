import { and, eq, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import { machines } from "../../schema/machine/machine.table.ts";
import { stacks } from "../../schema/stack/registry.table.ts";
import type { StackTrouble } from "../../schema/stack/stack.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { askActor } from "../actor/rivet.ts";
import type { Config } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { troubleOf } from "./stack-trouble.ts";

/** How many actors one look tells; the next look, seconds later, tells the next. */
const atOnce = 20;
const looked = 500;

/** Stacks that may be in trouble, or were: few, whatever the number of all. */
export function suspects(db: Database, now: number) {
  const silent = or(isNull(machines.lastHeartbeat), lt(machines.lastHeartbeat, now - limits.hostSilent));
  const placed = sql`${stacks.epoch} > 0`;
  const gone = or(isNull(machines.id), eq(machines.state, "left"), eq(machines.state, "revoked"), silent);
  const said = or(eq(stacks.hostMissing, true), eq(stacks.actorMissing, true), isNotNull(stacks.trouble), isNotNull(stacks.troubleTold));
  const lost = sql`${stacks.boxLostAt} is not ${stacks.boxLostTold}`;
  return db
    .select()
    .from(stacks)
    .leftJoin(machines, eq(machines.id, stacks.host))
    .where(and(placed, ne(stacks.ceiling, "erased"), or(gone, said, lost)))
    .orderBy(stacks.troubleSince) // those of which nothing is known come first
    .limit(looked);
}

/** Writes down what has changed, and tells the actors that do not know it yet; one that can't be reached is told at the next look. */
export async function lookForTrouble(config: Config, db: Database, now: number): Promise<void> {
  const boxes: { member: Id<"mem">; at: number }[] = [];
  const untold: { member: Id<"mem">; trouble: StackTrouble | null }[] = [];
  for (const { stack, machine } of await suspects(db, now)) {
    const trouble = troubleOf(stack, machine, now);
    if (trouble !== stack.trouble)
      await db
        .update(stacks)
        .set({ trouble, troubleSince: trouble === null ? null : now })
        .where(eq(stacks.id, stack.id));
    if (stack.boxLostAt !== null && stack.boxLostAt !== stack.boxLostTold) boxes.push({ member: stack.member, at: stack.boxLostAt });
    if (trouble !== stack.troubleTold) untold.push({ member: stack.member, trouble });
  }
  await Promise.allSettled([
    ...untold.slice(0, atOnce).map((one) => tell(config, db, one.member, one.trouble)),
    ...boxes.slice(0, atOnce).map((one) => tellLost(config, db, one.member, one.at)),
  ]);
}

async function tell(config: Config, db: Database, member: Id<"mem">, trouble: StackTrouble | null): Promise<void> {
  await askActor({ config, member, requestId: newId("req") }, "trouble", { trouble });
  await db.update(stacks).set({ troubleTold: trouble }).where(eq(stacks.member, member));
}

/** The actor looks by itself which of its agents have lost what they knew. */
async function tellLost(config: Config, db: Database, member: Id<"mem">, at: number): Promise<void> {
  await askActor({ config, member, requestId: newId("req") }, "boxLost", {});
  await db.update(stacks).set({ boxLostTold: at }).where(eq(stacks.member, member));
}
