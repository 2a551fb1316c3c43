import { and, count, inArray, isNull, lt } from "drizzle-orm";
import { paymentCustomerTable, paymentDifferenceTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { arePaymentsOpen, callStripe, pricesOf } from "./stripe.ts";

/** What Stripe told longer ago than this, and no account follows yet, means that nobody reads it. */
const longestUnread = 10 * 60_000;

/** What was tried each hour for so long and could not be compared does not pass by itself. */
const comparedWithin = 2 * dayMs;
/** Where cents do not add up, and where nobody can say whether they do. */
async function describeComparison({ config, db }: { config: EdgeConfig; db: Database }, now: number): Promise<string[]> {
  const { comparingSince } = paymentCustomerTable;
  const [open, late] = await db.batch([
    db.select().from(paymentDifferenceTable).where(isNull(paymentDifferenceTable.closedAt)).limit(1),
    db
      .select()
      .from(paymentCustomerTable)
      .where(lt(comparingSince, now - comparedWithin))
      .limit(1),
  ]);
  return [
    ...(open.length > 0 ? ["What was used, told and billed is not the same for every member"] : []),
    ...(late.length > 0 && config.STRIPE_METER !== undefined ? ["What members used was not compared with Stripe for two days"] : []),
  ];
}

/** Whether Stripe takes the key and has the plans' prices, and what it tells is followed. */
export async function lookAtPayments(
  { config, db }: { config: EdgeConfig; db: Database },
  now: number,
): Promise<{ ok: boolean; state: string }> {
  if (!arePaymentsOpen(config)) return { ok: true, state: "Payments are not set up here" };
  const old = and(isNull(paymentEventTable.processedAt), lt(paymentEventTable.receivedAt, now - longestUnread));
  const waiting = (await db.select({ n: count() }).from(paymentEventTable).where(old).get())?.n ?? 0;
  if (waiting > 0) return { ok: false, state: "What Stripe told is not followed yet" };
  const sold = Object.values(pricesOf(config)).flatMap(([price]) => price ?? []);
  try {
    const found = await callStripe(config, (stripe) => Promise.all(sold.map((price) => stripe.prices.retrieve(price))));
    if (!found.every((each) => each.active)) return { ok: false, state: "Stripe does not sell the price of a plan any more" };
  } catch (error) {
    const refused = error instanceof AppError && error.code === "upstream";
    return { ok: false, state: refused ? "Stripe refuses the key or a price" : "Stripe does not answer" };
  }
  const differs = await describeComparison({ config, db }, now);
  if (differs.length > 0) return { ok: false, state: differs.join(". ") };
  const { trouble, troubleSince } = paymentCustomerTable;
  const unread = and(inArray(trouble, ["away", "refused", "other"]), lt(troubleSince, now - longestUnread));
  const troubled = (await db.select({ n: count() }).from(paymentCustomerTable).where(unread).get())?.n ?? 0;
  return {
    ok: troubled === 0,
    state: troubled === 0 ? "Stripe answers" : `Stripe answers, and the payments of ${troubled} members can't be read`,
  };
}
