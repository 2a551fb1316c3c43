import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import { memberTable } from "../../schema/account/member.table.ts";
import { entitlement, entitlementCeiling, whenStopped } from "../../schema/billing/entitlement.ts";
import { type PaymentCustomerRow, paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import type { PaymentTrouble } from "../../schema/billing/payment-desk.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { allowAfterChange, allowedBy, isSameChoice } from "../../schema/billing/subscription-plan.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { provisionStack } from "../stack/provision.ts";
import { periodAllowance, subscriptionOf, withCeiling } from "./entitlement.ts";
import { reportUsage } from "./meter.ts";
import { type PaidSubscription, whenLastMissing } from "./paid-subscription.ts";
import { arePaymentsOpen, callStripe } from "./stripe.ts";
import { endSpareCustomers, endSpareFreeDays, letGoIfDeleted } from "./stripe-customer.ts";
import { readStripe, type StripeReading } from "./stripe-read.ts";

export type PaymentWorld = { config: EdgeConfig; db: Database; log: Logger };

/**
 * How often what is due is looked at, in milliseconds. Whoever runs it may be stopped (`longest`): those who
 * were not looked at are not to look as if they were.
 */
export const paymentPace = { soon: 30_000, longestWait: 15 * 60_000, atOnce: 20, longest: 20_000 };
const [renewing, seldom] = [5 * 60_000, 6 * 3_600_000];

export const findCustomer = (db: Database, member: Id<"mem">): Promise<PaymentCustomerRow | undefined> =>
  db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)).get();

/** The member was sent to Stripe, or something was asked there for them. */
export async function noteVisit(db: Database, { member }: PaymentCustomerRow): Promise<void> {
  const now = Date.now();
  // Who reads at Stripe right now may put the next look far away, by the visit before: its write must fail.
  const revision = sql`${paymentCustomerTable.revision} + 1`;
  const visit = { visitedAt: now, nextLook: now + 30_000, revision };
  await db.update(paymentCustomerTable).set(visit).where(eq(paymentCustomerTable.member, member));
}

/** Whoever is being erased has no plan any more, whatever Stripe still says. */
async function isErasing(db: Database, member: Id<"mem">): Promise<boolean> {
  const row = await db.select({ since: memberTable.erasingSince }).from(memberTable).where(eq(memberTable.id, member)).get();
  return !row || row.since !== null;
}
/** Who was just at Stripe is looked at often; later Stripe's own word is nearly always enough. */
function whenNext({ visitedAt }: PaymentCustomerRow, found: PaidSubscription | undefined, now: number): number {
  // A period is over, and Stripe has not begun the next one yet: it does within minutes.
  if (found && found.periodEnd <= now && (found.status === "active" || found.status === "trialing")) return now + renewing;
  const next = now + Math.min(seldom, Math.max(paymentPace.soon, now - visitedAt));
  // What became of a plan that was given up is known when its week of grace is over.
  const turns = found?.status === "past_due" ? whenStopped(found).stopsAt : (found?.periodEnd ?? 0) + paymentPace.soon;
  return turns > now ? Math.min(next, turns) : next;
}

/**
 * A plan that is changed within a period allows for the rest of it as much more as is paid for the rest of
 * it: from when on its invoice counts, or from now where there is none. Free days allow what the trial does,
 * whichever plan they are of. Null: what the plan allows.
 */
function allowForPeriod(known: SubscriptionRow | undefined, found: PaidSubscription, wasPaid: boolean, now: number): number | null {
  if (found.isFree) return allowedBy({ plan: "trial", quantity: 1 }).modelMicros;
  if (!wasPaid) return null; // the first payment has arrived
  if (!known || known.periodStart !== found.periodStart) return null;
  if (isSameChoice(known, found)) return known.periodMicros;
  const period = { start: found.periodStart, end: found.periodEnd };
  return allowAfterChange(periodAllowance(known), { from: known, to: found }, period, found.changedAt ?? now);
}
/** Since when it is so stays as it was, until all is well. */
const troubleOf = (trouble: PaymentTrouble | null, now: number) => ({
  trouble,
  troubleSince: trouble === null ? null : sql<number>`coalesce(${paymentCustomerTable.troubleSince}, ${now})`,
});
/** Writes what was read, unless another has written since: then it may be old. */
async function writeFound({ db }: PaymentWorld, row: PaymentCustomerRow, { found, trouble }: StripeReading, now: number): Promise<boolean> {
  const { member, revision } = row;
  const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.revision, revision));
  const known = await subscriptionOf(db, member);
  const before = entitlementCeiling(entitlement(known, Date.now())); // Stripe may have answered after its end
  const stack = await db.select().from(stackTable).where(eq(stackTable.member, member)).get();
  const runs = found !== undefined && entitlementCeiling(entitlement(found, now)) === "running";
  // An agent that was told of the end, or heard of the ceiling, has stopped its stack.
  const wake = row.wake || (runs && (before !== "running" || stack?.ceiling !== "running" || stack.lapseTold !== null));
  const nextLook = wake ? now + paymentPace.soon : whenNext(row, found, now);
  const meteredFrom = row.meteredFrom ?? (found && !found.isFree ? found.periodStart : null);
  const follow = db
    .update(paymentCustomerTable)
    .set({ revision: revision + 1, wake, nextLook, readAt: now, ...troubleOf(trouble, now), meteredFrom })
    .where(mine);
  // In the same writing: were it left for later, an event might look as if nobody had followed it.
  const done = and(
    eq(paymentEventTable.customer, row.customer),
    isNull(paymentEventTable.processedAt),
    lte(paymentEventTable.receivedAt, now),
  );
  const written = sql`exists (select 1 from ${paymentCustomerTable} where ${paymentCustomerTable.member} = ${member} and ${paymentCustomerTable.revision} = ${revision + 1} and ${paymentCustomerTable.readAt} = ${now})`;
  const settle = db.update(paymentEventTable).set({ processedAt: now }).where(and(done, written));
  if (!found) return (await db.batch([follow, settle]))[0].rowsAffected === 1;
  const { plan, quantity, next, status, disputed, periodStart, periodEnd } = found;
  const periodMicros = allowForPeriod(known, found, row.meteredFrom !== null, now);
  const then = { periodMicros, nextPlan: next?.plan ?? null, nextQuantity: next?.quantity ?? null };
  const { status: oldStatus, periodEnd: oldEnd } = subscriptionTable;
  const noticeAt = sql`iif(${oldStatus} = ${status} and ${oldEnd} = ${periodEnd}, ${subscriptionTable.noticeAt}, 0)`;
  const values = sql`select ${member}, ${plan}, ${quantity}, ${periodMicros}, ${then.nextPlan}, ${then.nextQuantity}, ${status}, ${disputed ? 1 : 0}, ${periodStart}, ${periodEnd}, ${now}, ${periodStart}, 0, null, 0, 1 from ${paymentCustomerTable} where ${mine} and not exists (select 1 from ${memberTable} where ${memberTable.id} = ${member} and ${memberTable.erasingSince} is not null)`;
  const [, followed] = await db.batch([
    db
      .insert(subscriptionTable)
      .select(values)
      .onConflictDoUpdate({
        target: subscriptionTable.member,
        set: { plan, quantity, ...then, status, disputed, periodStart, periodEnd, begunAt: periodStart, noticeAt },
      }),
    follow,
    settle,
  ]);
  return followed.rowsAffected === 1;
}

/** What a payment lets run is asked to run. It may be done again. */
async function wakeStack({ config, db }: Omit<PaymentWorld, "log">, member: Id<"mem">, now: number): Promise<void> {
  const row = await findCustomer(db, member);
  const person = await db.select().from(memberTable).where(eq(memberTable.id, member)).get();
  if (!row?.wake || !person || person.erasingSince !== null) return;
  if (entitlementCeiling(entitlement(await subscriptionOf(db, member), now)) === "running") {
    const stack = await db.select({ lapseTold: stackTable.lapseTold }).from(stackTable).where(eq(stackTable.member, member)).get();
    await provisionStack(config, db, person, newId("req"));
    const told = stack?.lapseTold ?? null;
    if (told !== null)
      await db
        .update(stackTable)
        .set({ lapseTold: null })
        .where(and(eq(stackTable.member, member), eq(stackTable.lapseTold, told)));
  }
  const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.revision, row.revision));
  await db.update(paymentCustomerTable).set({ wake: false }).where(mine);
}

/** Ends what another plan has taken the place of. What fails is tried again with the next look. */
async function endReplaced({ config, log }: PaymentWorld, member: Id<"mem">, subscription: string): Promise<void> {
  await callStripe(config, (stripe) => stripe.subscriptions.cancel(subscription)).catch((error: unknown) =>
    log("warn", "a plan that another has replaced goes on at Stripe", { member, subscription, error }),
  );
}
const mostSyncTries = 11;
async function readAndWrite(world: PaymentWorld, member: Id<"mem">): Promise<void> {
  const { config, db } = world;
  const askedAt = Date.now();
  for (let tries = 0; ; tries++) {
    const row = await findCustomer(db, member);
    if (!row || (await isErasing(db, member))) return;
    if (tries > 0 && (row.readAt ?? 0) >= askedAt) return; // another has begun to read since, and has written
    const now = Date.now();
    const missing = whenLastMissing(await subscriptionOf(db, member), now);
    const reading = await readStripe(config, row.customer, { now, missing });
    for (const id of reading.replaced) await endReplaced(world, member, id);
    if (await writeFound(world, row, reading, now)) return;
    if (tries === mostSyncTries) throw new AppError("conflict", { what: "payment", member });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * (tries + 1))); // each event of Stripe may be one who writes
  }
}
/**
 * What follows from the account: the ceiling, a stack that is asked to run, the meter, and the end of what is
 * left at Stripe and should not be. Twice is as once.
 */
export async function followAccount({ config, db }: PaymentWorld, member: Id<"mem">): Promise<void> {
  const now = Date.now();
  const stack = await db.select().from(stackTable).where(eq(stackTable.member, member)).get();
  if (stack) await withCeiling(db, stack, await subscriptionOf(db, member), now);
  await wakeStack({ config, db }, member, now);
  const row = await findCustomer(db, member);
  if (!row) return;
  await reportUsage(config, db, row, now);
  await endSpareCustomers({ config, db }, row, now);
  await endSpareFreeDays({ config, db }, row, now);
}
function nameTrouble(error: unknown): PaymentTrouble {
  if (!(error instanceof AppError)) return "other";
  return error.code === "unavailable" ? "away" : error.code === "upstream" ? "refused" : "other";
}
/** The longer it has failed, the later it is tried again. Whoever is told meanwhile looks at once. */
async function noteFailure(db: Database, member: Id<"mem">, trouble: PaymentTrouble): Promise<void> {
  const now = Date.now();
  const { troubleSince, nextLook } = paymentCustomerTable;
  const wait = sql`min(${paymentPace.longestWait}, max(${paymentPace.soon}, ${now} - coalesce(${troubleSince}, ${now})))`;
  const due = sql<number>`iif(${nextLook} > ${now}, ${now} + ${wait}, ${nextLook})`;
  await db
    .update(paymentCustomerTable)
    .set({ ...troubleOf(trouble, now), nextLook: due })
    .where(eq(paymentCustomerTable.member, member));
}
/**
 * Makes the account say what Stripe says now. Events are only the reason to look: what came twice, late or
 * out of order ends the same.
 */
export async function readPayment(world: PaymentWorld, member: Id<"mem">): Promise<void> {
  try {
    await readAndWrite(world, member);
  } catch (error) {
    if (nameTrouble(error) === "refused" && (await letGoIfDeleted(world, member).catch(() => false))) return;
    await noteFailure(world.db, member, nameTrouble(error));
    throw error;
  }
}
/** Where nobody waits for it: what fails is tried again when it is due. */
export const tryFollowAccount = (world: PaymentWorld, member: Id<"mem">): Promise<void> =>
  followAccount(world, member).catch((error: unknown) =>
    world.log("warn", "a payment is known and not followed up yet", { member, error }),
  );
export async function trySyncPayment(world: PaymentWorld, member: Id<"mem">): Promise<void> {
  try {
    await readPayment(world, member);
  } catch (error) {
    world.log("warn", "a payment waits to be looked at", { member, error });
    return;
  }
  await tryFollowAccount(world, member);
}

/** Looks at those that are due; called again and again. Of two that come at once, one looks. */
export async function syncDuePayments(world: PaymentWorld, now: number): Promise<void> {
  const { config, db } = world;
  if (!arePaymentsOpen(config)) return;
  const due = await db
    .select()
    .from(paymentCustomerTable)
    .where(lte(paymentCustomerTable.nextLook, now))
    .orderBy(asc(paymentCustomerTable.nextLook))
    .limit(paymentPace.atOnce);
  for (const { member, nextLook } of due) {
    if (Date.now() > now + paymentPace.longest) break; // who is left is due at the next one
    const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.nextLook, nextLook));
    const taken = await db
      .update(paymentCustomerTable)
      .set({ nextLook: Date.now() + 2 * paymentPace.soon })
      .where(mine);
    if (taken.rowsAffected === 1) await trySyncPayment(world, member);
  }
}
