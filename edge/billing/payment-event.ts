import { and, asc, eq, isNotNull, isNull, lte, notExists, sql } from "drizzle-orm";
import Stripe from "stripe";
import { z } from "zod";
import { paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import type { ParkedReason } from "../../schema/billing/payment-desk.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { adoptStranger, findByCustomer } from "./customer.ts";
import { type PaymentWorld, paymentPace, tryFollowAccount, trySyncPayment } from "./payment-sync.ts";
import { arePaymentsOpen, callStripe, isLiveKey } from "./stripe.ts";
import { letGoIfDeleted } from "./stripe-customer.ts";

const eventsKept = 60 * dayMs;

const subject = z
  .union([z.string().max(255), z.object({ id: z.string().max(255) }).transform(({ id }) => id)])
  .nullish()
  .catch(null);
const shortText = z.string().max(255).nullish().catch(null);
const about = z.object({ object: shortText, id: shortText, customer: subject, charge: subject });
/**
 * Of an event only what says whom it is about: all else is asked for anew. One of another kind of API has
 * nothing in it; it is taken all the same, since Stripe gives up an address that refuses.
 */
const stripeEvent = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  account: shortText,
  api_version: shortText,
  livemode: z.boolean().default(false),
  data: z.object({ object: about }).nullish().catch(null),
});
type StripeEvent = z.infer<typeof stripeEvent>;
/** The event in the body of a call that Stripe has signed. */
export function readEventBody(said: unknown): StripeEvent {
  const read = stripeEvent.safeParse(said);
  if (!read.success) throw new AppError("invalid", { what: "event" }, { message: "This is no event of Stripe's API." });
  return read.data;
}

/** Whom it names. Of objects without a customer, such as a dispute, the charge they are about. */
function readSubject({ data }: StripeEvent): { customer: string | null; charge: string | null } {
  if (!data) return { customer: null, charge: null };
  const { object } = data;
  const customer = object.customer ?? (object.object === "customer" ? object.id : null) ?? null;
  return { customer, charge: customer === null ? (object.charge ?? null) : null };
}
const versionOf = (api: string) => api.split(".")[1];
/** Why an event changes nothing here, whoever it is about. */
function findReason(config: EdgeConfig, { account, livemode, api_version, data }: StripeEvent): ParkedReason | null {
  if (account) return "account";
  if (livemode !== isLiveKey(config)) return "mode";
  const isOther = !data || (api_version && versionOf(api_version) !== versionOf(Stripe.API_VERSION));
  return isOther ? "version" : null;
}

/**
 * `stranger`: a customer whom nobody here is known by. `deleted`: Stripe says that the member's is no more.
 */
export type KeptEvent = { id: string; charge: string } | { id: string; stranger: string } | { member: Id<"mem">; deleted: boolean };
/**
 * Keeps an event once, and makes the one it is about due. Gives what is to be followed now: nothing of an
 * event that was here before, or that changes nothing.
 */
export async function keepPaymentEvent({ config, db }: PaymentWorld, event: StripeEvent, now: number): Promise<KeptEvent | undefined> {
  const { id, type } = event;
  const reason = findReason(config, event);
  const isOthers = reason === "account" || reason === "mode";
  const { customer, charge } = isOthers ? { customer: null, charge: null } : readSubject(event);
  const known = customer === null ? undefined : await findByCustomer(db, customer);
  // That a customer was made is told before their row is here, or after it is gone: nothing follows of it.
  const isNobody = customer !== null && !known && event.data?.object.object !== "customer";
  const parked = reason ?? (isNobody ? "customer" : null);
  const waits = known !== undefined || charge !== null;
  // Whoever is nobody here is not kept: it may be somebody who was erased.
  const row = { id, type, customer: known ? customer : null, charge, parked, receivedAt: now, processedAt: waits ? null : now };
  const insert = db.insert(paymentEventTable).values(row).onConflictDoNothing();
  if (!known) {
    const { rowsAffected } = await insert;
    if (rowsAffected === 0) return undefined;
    return charge !== null ? { id, charge } : parked === "customer" && customer !== null ? { id, stranger: customer } : undefined;
  }
  // One that came before makes nobody due: of a thousand equal ones, none may disturb who follows the first.
  const isNew = sql`exists (select 1 from ${paymentEventTable} where ${paymentEventTable.id} = ${id} and ${paymentEventTable.receivedAt} = ${now} and ${paymentEventTable.processedAt} is null)`;
  const [kept] = await db.batch([insert, makeDue(db, known.member, now, isNew)]);
  return kept.rowsAffected === 1 ? { member: known.member, deleted: type === "customer.deleted" } : undefined;
}
/** Who reads at Stripe right now may read what was before: by the revision its write fails. */
const makeDue = (db: Database, member: Id<"mem">, now: number, only = sql`1 = 1`) =>
  db
    .update(paymentCustomerTable)
    .set({ nextLook: now, revision: sql`${paymentCustomerTable.revision} + 1` })
    .where(and(eq(paymentCustomerTable.member, member), only));

export async function followPaymentEvent(world: PaymentWorld, kept: KeptEvent): Promise<void> {
  if ("charge" in kept) return followCharge(world, kept, Date.now());
  if ("stranger" in kept) return followStranger(world, kept, Date.now());
  await trySyncPayment(world, kept.member); // once more while their row is here: it may say when the plan ended
  if (!kept.deleted) return;
  try {
    if (await letGoIfDeleted(world, kept.member)) await tryFollowAccount(world, kept.member);
  } catch (error) {
    world.log("warn", "a customer who was deleted is let go of when the member pays again", { member: kept.member, error });
  }
}
/**
 * Of whoever is nobody here Stripe says whether they are a member whose row a restore took back. Then the
 * event is theirs. It stays parked where Stripe does not answer: the next one asks again.
 */
async function followStranger(world: PaymentWorld, { id, stranger }: { id: string; stranger: string }, now: number): Promise<void> {
  const { config, db, log } = world;
  try {
    const row = await adoptStranger(config, db, stranger);
    if (!row) return;
    const mine = and(eq(paymentEventTable.id, id), eq(paymentEventTable.parked, "customer"));
    const theirs = db.update(paymentEventTable).set({ customer: row.customer, parked: null, processedAt: null }).where(mine);
    await db.batch([theirs, makeDue(db, row.member, now)]);
    await trySyncPayment(world, row.member);
  } catch (error) {
    log("warn", "whose customer an event is about is not known", { event: id, error });
  }
}
/** Whose charge it is; null where Stripe has none. */
const readPayer = (config: EdgeConfig, charge: string): Promise<string | null> =>
  callStripe(config, async (stripe) => {
    const found = await stripe.charges.retrieve(charge).catch((error: unknown) => {
      if (error instanceof Stripe.errors.StripeError && error.code === "resource_missing") return undefined;
      throw error;
    });
    const payer = found?.customer ?? null;
    return typeof payer === "string" ? payer : (payer?.id ?? null);
  });
/** Asks whose charge an event is about, and then looks at them. What fails is tried again when it is due. */
async function followCharge(world: PaymentWorld, { id, charge }: { id: string; charge: string }, now: number): Promise<void> {
  const { config, db, log } = world;
  const mine = and(eq(paymentEventTable.id, id), isNull(paymentEventTable.customer), isNull(paymentEventTable.processedAt));
  try {
    const customer = await readPayer(config, charge);
    const known = customer === null ? undefined : ((await findByCustomer(db, customer)) ?? (await adoptStranger(config, db, customer)));
    if (!known) {
      await db.update(paymentEventTable).set({ charge: null, parked: "customer", processedAt: now }).where(mine);
      return;
    }
    await db.batch([db.update(paymentEventTable).set({ customer }).where(mine), makeDue(db, known.member, now)]);
    await trySyncPayment(world, known.member);
  } catch (error) {
    log("warn", "a charge waits to be looked at", { event: id, error });
    const wait = sql`min(${paymentPace.longestWait}, max(${paymentPace.soon}, ${now} - ${paymentEventTable.receivedAt}))`;
    await db
      .update(paymentEventTable)
      .set({ nextLook: sql<number>`${now} + ${wait}` })
      .where(mine);
  }
}
/** Of a customer who is nobody here any more nothing is to be followed. */
async function parkOrphans(db: Database, now: number): Promise<void> {
  const { customer, processedAt } = paymentEventTable;
  const theirs = db.select({ n: sql`1` }).from(paymentCustomerTable).where(eq(paymentCustomerTable.customer, customer));
  await db
    .update(paymentEventTable)
    .set({ customer: null, parked: "customer", processedAt: now })
    .where(and(isNull(processedAt), isNotNull(customer), notExists(theirs)));
}
/** Follows those whose customer is not known yet; called again and again. Of two at once, one does. */
export async function followDueCharges(world: PaymentWorld, now: number): Promise<void> {
  const { config, db } = world;
  if (!arePaymentsOpen(config)) return;
  await parkOrphans(db, now);
  const { customer, charge, processedAt, nextLook, receivedAt, id } = paymentEventTable;
  const due = and(isNull(customer), isNotNull(charge), isNull(processedAt), lte(nextLook, now));
  for (const row of await db.select().from(paymentEventTable).where(due).orderBy(asc(receivedAt)).limit(paymentPace.atOnce)) {
    if (Date.now() > now + paymentPace.longest) break;
    const taken = await db
      .update(paymentEventTable)
      .set({ nextLook: Date.now() + 2 * paymentPace.soon })
      .where(and(eq(id, row.id), eq(nextLook, row.nextLook)));
    if (taken.rowsAffected === 1 && row.charge !== null) await followCharge(world, { id: row.id, charge: row.charge }, Date.now());
  }
}
export async function forgetPaymentEvents(db: Database, now: number): Promise<void> {
  await db.delete(paymentEventTable).where(lte(paymentEventTable.receivedAt, now - eventsKept));
}
