import { and, eq } from "drizzle-orm";
import {
  type Entitlement,
  entitlement,
  entitlementCeiling,
  type SubscriptionPlan,
  subscriptionPlans,
} from "../../schema/billing/entitlement.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import type { StackLimits } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

export async function subscriptionOf(db: Database, member: Id<"mem">): Promise<SubscriptionRow | undefined> {
  return db.select().from(subscriptionTable).where(eq(subscriptionTable.member, member)).get();
}

/** Whether the account allows work. */
export async function isEntitled(db: Database, member: Id<"mem">, now: number): Promise<boolean> {
  return entitlementCeiling(entitlement(await subscriptionOf(db, member), now)) === "running";
}
/**
 * Checked before anything starts. Of what an actor does, the actor
 * checks it, by the ticket that says so (`needs` in schema/actions.ts).
 */
export async function requireEntitlement(db: Database, member: Id<"mem">, now: number): Promise<Entitlement> {
  const entitled = entitlement(await subscriptionOf(db, member), now);
  if (entitlementCeiling(entitled) !== "running") throw new AppError("payment_required", { entitlement: entitled });
  return entitled;
}

export function stackLimitsOf(plan: SubscriptionPlan): StackLimits {
  const { cpus, memoryMb, pids, agents, egressMb, apps, appDataMb, appsAwake } = subscriptionPlans[plan];
  return { cpus, memoryMb, pids, agents, egressMb, apps, appDataMb, appsAwake };
}

/**
 * The stack with the ceiling that the account allows now: stored
 * anew, one revision up, when time or a payment has changed it.
 */
export async function withCeiling(
  db: Database,
  stack: StackRow,
  subscription: SubscriptionRow | undefined | null,
  now: number,
): Promise<StackRow> {
  const ceiling = entitlementCeiling(entitlement(subscription ?? undefined, now));
  if (stack.ceiling === ceiling || stack.ceiling === "erased") return stack;
  const [changed] = await db
    .update(stackTable)
    .set({ ceiling, ceilingRev: stack.ceilingRev + 1 })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.ceilingRev, stack.ceilingRev)))
    .returning();
  if (changed) return changed;
  const current = await db.select().from(stackTable).where(eq(stackTable.id, stack.id)).get(); // someone else was first
  if (!current) throw new AppError("not_found");
  return current;
}
