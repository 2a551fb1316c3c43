import { and, asc, eq, gt, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import type Stripe from "stripe";
import {
  meterReportTable,
  type PaymentCustomerRow,
  paymentCustomerTable,
  paymentDifferenceTable,
} from "../../schema/billing/payment.table.ts";
import type { DifferenceKind } from "../../schema/billing/payment-desk.ts";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { subscriptionOf } from "./entitlement.ts";
import { microsOfCent, reportUsage } from "./meter.ts";
import { type PaymentWorld, paymentPace } from "./payment-sync.ts";
import { callStripe } from "./stripe.ts";

/** Stripe adds up some time after it has taken an event: what is younger is compared the next time. */
const settling = 3_600_000;
/** An invoice for a time that is over is there by then. */
const invoicedWithin = dayMs;
/** Invoices of so long ago are compared again each day. One that is a draft for longer bills nothing. */
const [invoicesLookedAt, draftFor] = [100 * dayMs, 3 * dayMs];
/** What invoices bill and differs for longer, an operator settles: what shows it will not be looked at. */
const closesWithin = 40 * dayMs;
const wholeMinute = 60_000;
/** So many members are compared each half minute. */
const comparedAtOnce = 5;

type Compared = { kind: DifferenceKind; invoice: string; expectedCents: number; foundCents: number };
type Member = PaymentCustomerRow["member"];
type Metered = PaymentCustomerRow & { meteredFrom: number };

const sumOfReports = sql<number>`coalesce(sum(${meterReportTable.cents}), 0)`.mapWith(Number);
/** What was written down to be told, as used from `from` until before `to`, in milliseconds since 1970. */
async function countReported(db: Database, member: Member, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<number> {
  const { at } = meterReportTable;
  const inTime = sql`${at} >= ${from} and ${at} < ${to}`;
  const row = await db
    .select({ cents: sumOfReports })
    .from(meterReportTable)
    .where(and(eq(meterReportTable.member, member), inTime))
    .get();
  return row?.cents ?? 0;
}
async function countCents(db: Database, { member, meteredFrom }: Metered, to: number): Promise<number> {
  const { costMicros, at } = usageTable;
  const row = await db
    .select({ micros: sql<number>`coalesce(sum(${costMicros}), 0)`.mapWith(Number) })
    .from(usageTable)
    .where(and(eq(usageTable.member, member), sql`${at} >= ${meteredFrom} and ${at} < ${to}`))
    .get();
  return Math.floor((row?.micros ?? 0) / microsOfCent);
}

/**
 * Reports all that was used, then reads how much that is. A call that is settled in between is in one of the
 * two sums of the ledger only: what was reported lies between them.
 */
async function compareLedger(config: EdgeConfig, db: Database, row: Metered): Promise<Compared> {
  const asked = Date.now();
  const least = await countCents(db, row, asked);
  await reportUsage(config, db, row, asked);
  const foundCents = await countReported(db, row.member, row.meteredFrom);
  const most = await countCents(db, row, Number.MAX_SAFE_INTEGER);
  return { kind: "ledger", invoice: "", expectedCents: Math.min(most, Math.max(least, foundCents)), foundCents };
}

/** What Stripe was asked of itself, once for all members of a run. */
type Metering = { meter: string; prices: Map<string, boolean> };
async function findMeter(stripe: Stripe, name: string): Promise<string> {
  const meters = stripe.billing.meters.list({ status: "active", limit: 100 });
  for await (const meter of meters) if (meter.event_name === name) return meter.id;
  throw new AppError("upstream", { meter: name }, { message: "Stripe has no active meter of the name that STRIPE_METER says." });
}
/** Of whole minutes, as Stripe wants them: from that in which metering began until an hour ago. */
async function compareMeter(db: Database, stripe: Stripe, { meter }: Metering, row: Metered, now: number): Promise<Compared> {
  const { member, customer, meteredFrom } = row;
  const [from, to] = [meteredFrom, now - settling].map((at) => Math.floor(at / wholeMinute) * wholeMinute) as [number, number];
  if (to <= from) return { kind: "meter", invoice: "", expectedCents: 0, foundCents: 0 };
  const asked = { customer, start_time: from / 1_000, end_time: to / 1_000, limit: 100 };
  let foundCents = 0;
  for await (const { aggregated_value } of stripe.billing.meters.listEventSummaries(meter, asked)) foundCents += aggregated_value;
  return { kind: "meter", invoice: "", expectedCents: await countReported(db, member, from, to), foundCents };
}
/** Whether something that counts as used before the hour was taken within it: Stripe may not have it yet. */
async function isSettling(db: Database, member: Member, now: number): Promise<boolean> {
  const { at, takenAt } = meterReportTable;
  const young = or(isNull(takenAt), gt(takenAt, now - settling));
  const mine = and(eq(meterReportTable.member, member), lt(at, now - settling), young);
  return (await db.select({ at }).from(meterReportTable).where(mine).get()) !== undefined;
}

/** What an invoice bills by the meter, of one time. In milliseconds since 1970. */
type Billed = { quantity: number; start: number; end: number };
/** Of a price in tiers each tier is a line. One of nothing, of a time that begins, says nothing of it. */
async function readBilled(stripe: Stripe, invoice: Stripe.Invoice, isMetered: (price: string) => Promise<boolean>): Promise<Billed[]> {
  const billed = new Map<string, Billed>();
  const { data, has_more } = invoice.lines;
  const lines = has_more ? await stripe.invoices.listLineItems(invoice.id, { limit: 100 }).autoPagingToArray({ limit: 1_000 }) : data;
  for (const { pricing, quantity, period } of lines) {
    const price = pricing?.price_details?.price;
    if (!price || (period.end > invoice.created && !quantity) || !(await isMetered(typeof price === "string" ? price : price.id))) continue;
    const key = `${period.start} ${period.end}`;
    const sum = (billed.get(key)?.quantity ?? 0) + (quantity ?? 0);
    billed.set(key, { start: period.start * 1_000, end: period.end * 1_000, quantity: sum });
  }
  return [...billed.values()];
}
/**
 * Where a subscription has a price of the meter: each invoice bills what was told of its time, and all that
 * was told since the first is billed once. Where it has none, no invoice says anything of it.
 */
async function compareInvoices(db: Database, stripe: Stripe, metering: Metering, row: Metered, now: number): Promise<Compared[]> {
  const { member, customer } = row;
  const { meter, prices } = metering;
  const isMetered = async (price: string) => {
    const found = prices.get(price) ?? (await stripe.prices.retrieve(price)).recurring?.meter === meter;
    prices.set(price, found);
    return found;
  };
  const compared: Compared[] = [];
  const whole = { kind: "periods" as const, invoice: "", expectedCents: 0, foundCents: 0 };
  const times: Billed[] = [];
  const since = Math.floor((now - invoicesLookedAt) / 1_000);
  for await (const invoice of stripe.invoices.list({ customer, created: { gte: since }, limit: 100 })) {
    const sum = { kind: "invoice" as const, invoice: invoice.id, expectedCents: 0, foundCents: 0 };
    const isNone = invoice.status === "void" || (invoice.status === "draft" && invoice.created * 1_000 < now - draftFor);
    for (const each of isNone ? [] : await readBilled(stripe, invoice, isMetered)) {
      const told = await countReported(db, member, each.start, each.end);
      sum.foundCents += each.quantity;
      sum.expectedCents += told;
      whole.foundCents += told;
      times.push(each);
    }
    if (invoice.status !== "draft") compared.push(sum);
  }
  if (times.length > 0) {
    const plan = await subscriptionOf(db, member);
    const ends = plan ? [plan.periodStart, ...(plan.status === "canceled" ? [plan.periodEnd] : [])] : [];
    const until = Math.max(...times.map(({ end }) => end), ...ends.filter((end) => end < now - invoicedWithin));
    whole.expectedCents = await countReported(db, member, Math.min(...times.map(({ start }) => start)), until);
    compared.push(whole);
  }
  return compared;
}

const isSame = ({ expectedCents, foundCents }: Pick<Compared, "expectedCents" | "foundCents">) => expectedCents === foundCents;
/**
 * Opens what differs, and closes what does not any more. What was settled stays so while it is as large; of
 * an invoice that is looked at no more nothing is known.
 */
async function noteCompared({ db, log }: PaymentWorld, member: Member, compared: readonly Compared[], now: number): Promise<void> {
  const table = paymentDifferenceTable;
  const known = await db.select().from(table).where(eq(table.member, member));
  for (const each of compared) {
    const { kind, invoice, expectedCents, foundCents } = each;
    const row = known.find((other) => other.kind === kind && other.invoice === invoice);
    const mine = and(eq(table.member, member), eq(table.kind, kind), eq(table.invoice, invoice));
    if (isSame(each)) {
      const isOld = (kind === "invoice" || kind === "periods") && row && row.openedAt < now - closesWithin;
      if (!row || (row.closedAt !== null && !row.settled) || (row.closedAt === null && isOld)) continue;
      const closedAt = row.closedAt ?? now;
      await db.update(table).set({ expectedCents, foundCents, closedAt, settled: false }).where(mine);
      continue;
    }
    if (row?.settled && row.expectedCents - row.foundCents === expectedCents - foundCents) continue;
    log("error", "what was used, told and billed differs", { member, ...each });
    const openedAt = row && row.closedAt === null ? row.openedAt : now;
    const values = { expectedCents, foundCents, openedAt, closedAt: null, settled: false };
    await db
      .insert(table)
      .values({ member, kind, invoice, ...values })
      .onConflictDoUpdate({ target: [table.member, table.kind, table.invoice], set: values });
  }
}

/** Whether all could be compared; what is too young for that is next time's. */
async function comparePayment(world: PaymentWorld, row: Metered, askMetering: () => Promise<Metering>): Promise<boolean> {
  const { config, db } = world;
  const { member } = row;
  const now = Date.now();
  let ledger = await compareLedger(config, db, row);
  if (!isSame(ledger)) ledger = await compareLedger(config, db, row); // another wrote its reports at the same time
  await noteCompared(world, member, [ledger], now);
  const metering = await askMetering();
  const compare = async (read: (stripe: Stripe) => Promise<Compared[]>) => {
    const compared = await callStripe(config, read);
    if (await isSettling(db, member, now)) return false;
    await noteCompared(world, member, compared, now);
    return true;
  };
  const isMeterDone = await compare(async (stripe) => [await compareMeter(db, stripe, metering, row, now)]);
  return isMeterDone && (await compare((stripe) => compareInvoices(db, stripe, metering, row, now)));
}

/**
 * Compares, once a day for each member, what their models cost with what Stripe's meter was told, has, and
 * bills. What fails is tried again an hour later. Of two that come at once, one compares.
 */
export async function compareDuePayments(world: PaymentWorld, now: number): Promise<void> {
  const { config, db, log } = world;
  const name = config.STRIPE_METER;
  if (name === undefined || config.STRIPE_KEY === undefined) return;
  const { nextComparison, comparingSince, meteredFrom, member } = paymentCustomerTable;
  const due = await db
    .select()
    .from(paymentCustomerTable)
    .where(and(lte(nextComparison, now), isNotNull(meteredFrom)))
    .orderBy(asc(nextComparison))
    .limit(comparedAtOnce);
  let metering: Metering | undefined;
  const askMetering = async () => {
    metering ??= { meter: await callStripe(config, (stripe) => findMeter(stripe, name)), prices: new Map() };
    return metering;
  };
  for (const row of due) {
    if (Date.now() > now + paymentPace.longest || row.meteredFrom === null) break; // who is left is due at the next one
    const mine = eq(member, row.member);
    const taken = await db
      .update(paymentCustomerTable)
      .set({ nextComparison: now + settling, comparingSince: sql`coalesce(${comparingSince}, ${now})` })
      .where(and(mine, eq(nextComparison, row.nextComparison)));
    if (taken.rowsAffected === 0) continue;
    try {
      const isDone = await comparePayment(world, { ...row, meteredFrom: row.meteredFrom }, askMetering);
      const done = { comparedAt: now, comparingSince: null, nextComparison: now + dayMs };
      if (isDone) await db.update(paymentCustomerTable).set(done).where(mine);
    } catch (error) {
      log("warn", "what was used could not be compared with Stripe", { member: row.member, error });
    }
  }
}
