import { and, asc, eq, isNotNull, lt, lte, ne, or, sql } from "drizzle-orm";
import { paymentCustomerTable } from "../../schema/billing/payment.table.ts";
import { registryAgentTable, type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { newId } from "../../schema/wire/id.ts";
import { actionDeadline, askActor } from "../actor/rivet.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";

/** How many actors are told at once, by whomever. */
const mostToldAtOnce = 20;
/** How long one telling may take; then another look may try. Longer than an action may. */
const tellingWithin = actionDeadline + 2_000;

/** Stacks that may not run any more, whose actor goes on as far as it has said and was not told. */
function listUntold(db: Database, now: number) {
  const { status, asleep } = registryAgentTable;
  // As the index has it, letter by letter: what may run, or was told, is not even read.
  const untold = sql`${stackTable.ceiling} in ('stopped', 'archived') and ${stackTable.lapseTold} is not ${stackTable.ceilingRev}`;
  const goesOn = or(ne(status, "stopped"), eq(asleep, true)); // what sleeps would wake for what is due
  return db
    .select({ stack: stackTable })
    .from(stackTable)
    .innerJoin(registryAgentTable, eq(registryAgentTable.member, stackTable.member))
    .where(
      and(
        untold,
        isNotNull(stackTable.host), // without one there is nothing to stop, and its next start hears of the account
        goesOn,
        lte(stackTable.tellingUntil, now),
      ),
    )
    .orderBy(asc(stackTable.tellingUntil)) // those that nobody has tried come first
    .limit(mostToldAtOnce);
}
/**
 * Tells the agents whose account does not allow their stack to run any more, each once for each time that it
 * ends. One that could not be reached, or whose runner does not know the action yet, is told by a later look.
 */
export async function tellLapsed(config: EdgeConfig, db: Database, now: number): Promise<void> {
  const untold = await listUntold(db, now);
  await Promise.allSettled(untold.map(({ stack }) => tellLapse(config, db, stack, now)));
}
async function tellLapse(config: EdgeConfig, db: Database, stack: StackRow, now: number): Promise<void> {
  const { id, member, ceilingRev } = stack;
  const mine = eq(stackTable.id, id);
  const beingTold = sql`(select count(*) from ${stackTable} where ${stackTable.tellingUntil} > ${now})`;
  const taken = await db
    .update(stackTable)
    .set({ tellingUntil: now + tellingWithin })
    .where(
      and(mine, eq(stackTable.tellingUntil, stack.tellingUntil), eq(stackTable.ceilingRev, ceilingRev), lt(beingTold, mostToldAtOnce)),
    );
  if (taken.rowsAffected === 0) return; // another look tells it, it was paid for, or enough others are told
  const { stopped } = await askActor({ config, member, requestId: newId("req") }, "lapse", {});
  await db
    .update(stackTable)
    .set({ tellingUntil: now, ...(stopped ? { lapseTold: ceilingRev } : {}) })
    .where(mine);
  // Who paid while it was told: its look asks it to run.
  const paid = sql`exists (select 1 from ${stackTable} where ${stackTable.member} = ${member} and ${stackTable.ceiling} = 'running')`;
  if (stopped)
    await db
      .update(paymentCustomerTable)
      .set({ nextLook: now })
      .where(and(eq(paymentCustomerTable.member, member), paid));
}
