import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import type Stripe from "stripe";
import { memberTable } from "../../schema/account/member.table.ts";
import { entitlement, entitlementCeiling } from "../../schema/billing/entitlement.ts";
import { type PaymentCustomerRow, paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { allowAfterChange, isSameChoice } from "../../schema/billing/subscription-plan.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { provisionStack } from "../stack/provision.ts";
import { periodAllowance, subscriptionOf, withCeiling } from "./entitlement.ts";
import { reportUsage } from "./meter.ts";
import { chooseSubscription, type PaidSubscription, readPaidSubscription } from "./paid-subscription.ts";
import { arePaymentsOpen, callStripe, pricesOf } from "./stripe.ts";

export type PaymentWorld = { config: EdgeConfig; db: Database; log: Logger };

const [soon, seldom] = [30_000, 6 * 3_600_000];
const eventsKept = 60 * dayMs;
const dueAtOnce = 20;

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
  const next = now + Math.min(seldom, Math.max(soon, now - visitedAt));
  return found && found.periodEnd > now ? Math.min(next, found.periodEnd + soon) : next;
}

/** With what they are changed to when their period ends. */
export async function listSubscriptions(stripe: Stripe, customer: string): Promise<Stripe.Subscription[]> {
  return (await stripe.subscriptions.list({ customer, status: "all", limit: 20, expand: ["data.schedule"] })).data;
}
/** What Stripe says now. Undefined: nothing was ever paid. */
function readStripe(config: EdgeConfig, customer: string): Promise<PaidSubscription | undefined> {
  return callStripe(config, async (stripe) => {
    const prices = pricesOf(config);
    const chosen = chooseSubscription(await listSubscriptions(stripe, customer), prices);
    if (!chosen) return undefined;
    if (chosen.status !== "past_due" && chosen.status !== "unpaid") return readPaidSubscription(chosen, prices, undefined);
    const open = await stripe.invoices.list({ customer, subscription: chosen.id, status: "open", limit: 100 });
    return readPaidSubscription(chosen, prices, open.data.map(({ created }) => created).sort((a, b) => a - b)[0]);
  });
}

/**
 * A plan that is changed within a period allows for the rest of it as much more as is paid for the rest of
 * it. Null: what the plan allows.
 */
function allowForPeriod(known: SubscriptionRow | undefined, found: PaidSubscription, now: number): number | null {
  if (!known || known.periodStart !== found.periodStart) return null;
  if (isSameChoice(known, found)) return known.periodMicros;
  const period = { start: found.periodStart, end: found.periodEnd };
  return allowAfterChange(periodAllowance(known), { from: known, to: found }, period, now);
}
/** Writes what was read, unless another has written since: then it may be old. */
async function writeFound(
  { db }: PaymentWorld,
  row: PaymentCustomerRow,
  found: PaidSubscription | undefined,
  now: number,
): Promise<boolean> {
  const { member, revision } = row;
  const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.revision, revision));
  const known = await subscriptionOf(db, member);
  const before = entitlementCeiling(entitlement(known, now));
  const stack = await db.select({ id: stackTable.id }).from(stackTable).where(eq(stackTable.member, member)).get();
  const runs = found !== undefined && entitlementCeiling(entitlement(found, now)) === "running";
  const wake = row.wake || (runs && (before !== "running" || !stack));
  const nextLook = wake ? now + soon : whenNext(row, found, now);
  const follow = db
    .update(paymentCustomerTable)
    .set({ revision: revision + 1, wake, nextLook, meteredFrom: row.meteredFrom ?? found?.periodStart ?? null })
    .where(mine);
  if (!found) return (await follow).rowsAffected === 1;
  const { plan, quantity, next, status, periodStart, periodEnd } = found;
  const periodMicros = allowForPeriod(known, found, now);
  const then = { periodMicros, nextPlan: next?.plan ?? null, nextQuantity: next?.quantity ?? null };
  const { status: oldStatus, periodEnd: oldEnd } = subscriptionTable;
  const noticeAt = sql`iif(${oldStatus} = ${status} and ${oldEnd} = ${periodEnd}, ${subscriptionTable.noticeAt}, 0)`;
  const values = sql`select ${member}, ${plan}, ${quantity}, ${periodMicros}, ${then.nextPlan}, ${then.nextQuantity}, ${status}, ${periodStart}, ${periodEnd}, ${now}, ${periodStart}, 0, null, 0, 1 from ${paymentCustomerTable} where ${mine} and not exists (select 1 from ${memberTable} where ${memberTable.id} = ${member} and ${memberTable.erasingSince} is not null)`;
  const [, followed] = await db.batch([
    db
      .insert(subscriptionTable)
      .select(values)
      .onConflictDoUpdate({
        target: subscriptionTable.member,
        set: { plan, quantity, ...then, status, periodStart, periodEnd, begunAt: periodStart, noticeAt },
      }),
    follow,
  ]);
  return followed.rowsAffected === 1;
}

/** What a payment lets run is asked to run. It may be done again. */
async function wakeStack({ config, db }: PaymentWorld, member: Id<"mem">, now: number): Promise<void> {
  const row = await findCustomer(db, member);
  const person = await db.select().from(memberTable).where(eq(memberTable.id, member)).get();
  if (!row?.wake || !person || person.erasingSince !== null) return;
  if (entitlementCeiling(entitlement(await subscriptionOf(db, member), now)) === "running")
    await provisionStack(config, db, person, newId("req"));
  const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.revision, row.revision));
  await db.update(paymentCustomerTable).set({ wake: false }).where(mine);
}

const mostSyncTries = 11;
/**
 * Makes the account say what Stripe says now. Events are only the reason to look: what came twice, late or
 * out of order ends the same.
 */
export async function syncPayment(world: PaymentWorld, member: Id<"mem">): Promise<void> {
  const { config, db } = world;
  for (let tries = 0; ; tries++) {
    const row = await findCustomer(db, member);
    if (!row || (await isErasing(db, member))) return;
    const now = Date.now();
    const found = await readStripe(config, row.customer);
    if (await writeFound(world, row, found, now)) {
      const told = and(eq(paymentEventTable.customer, row.customer), isNull(paymentEventTable.processedAt));
      const before = and(told, lte(paymentEventTable.receivedAt, now));
      await db.update(paymentEventTable).set({ processedAt: now }).where(before);
      break;
    }
    if (tries === mostSyncTries) throw new AppError("conflict", { what: "payment", member });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40 * (tries + 1))); // each event of Stripe may be one who writes
  }
  const now = Date.now();
  const stack = await db.select().from(stackTable).where(eq(stackTable.member, member)).get();
  if (stack) await withCeiling(db, stack, await subscriptionOf(db, member), now);
  await wakeStack(world, member, now);
  const row = await findCustomer(db, member);
  if (row) await reportUsage(config, db, row, now);
}
/** The same where nobody waits for it: what fails is tried again when it is due. */
export async function trySyncPayment(world: PaymentWorld, member: Id<"mem">): Promise<void> {
  await syncPayment(world, member).catch((error: unknown) => world.log("warn", "a payment waits to be looked at", { member, error }));
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
    .limit(dueAtOnce);
  for (const { member, nextLook } of due) {
    const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.nextLook, nextLook));
    const taken = await db
      .update(paymentCustomerTable)
      .set({ nextLook: now + 2 * soon })
      .where(mine);
    if (taken.rowsAffected === 1) await trySyncPayment(world, member);
  }
}

/** Keeps an event, and makes its customer due. False: it was here before, or its customer is nobody's. */
export async function keepPaymentEvent({ db }: PaymentWorld, event: Stripe.Event, now: number): Promise<Id<"mem"> | undefined> {
  const { object } = event.data;
  const said = "customer" in object ? object.customer : object.object === "customer" ? object.id : null;
  const customer = typeof said === "string" ? said : (said?.id ?? null);
  const known =
    customer === null ? undefined : await db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.customer, customer)).get();
  const insert = db
    .insert(paymentEventTable)
    .values({ id: event.id, type: event.type, customer, receivedAt: now, processedAt: known ? null : now })
    .onConflictDoNothing();
  if (!known) {
    await insert;
    return undefined;
  }
  const [kept] = await db.batch([
    insert,
    // Who reads at Stripe right now may read what was before: its write must fail.
    db
      .update(paymentCustomerTable)
      .set({ nextLook: now, revision: sql`${paymentCustomerTable.revision} + 1` })
      .where(eq(paymentCustomerTable.member, known.member)),
  ]);
  return kept.rowsAffected === 1 ? known.member : undefined;
}
export async function forgetPaymentEvents(db: Database, now: number): Promise<void> {
  await db.delete(paymentEventTable).where(lte(paymentEventTable.receivedAt, now - eventsKept));
}
