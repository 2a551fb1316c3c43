import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

/**
 * What the double of Stripe knows: customers, checkouts, subscriptions with their schedules, invoices and
 * events. Times are seconds since 1970. With a file it outlives a restart; a field of later has a default.
 */
/** What pays: a card that behaves as `cards` says, or something that is no card. */
const method = z.enum(["card", "link"]).nullable();
const customer = z.object({
  id: z.string(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created: z.number(),
  /** In which something else was sold to them: nothing is in another one then. */
  currency: z.string().nullable().default(null),
  /** Of what has no method of its own. */
  default_payment_method: method.default(null),
});
export const collections = ["always", "if_required"] as const;
/** What becomes of a trial that ends without a card. */
export const missingMethods = ["create_invoice", "cancel", "pause"] as const;
const checkout = z.object({
  id: z.string(),
  customer: z.string(),
  price: z.string(),
  success_url: z.string(),
  cancel_url: z.string(),
  status: z.enum(["open", "complete", "expired"]),
  subscription: z.string().nullable(),
  /** The subscription's; the session itself has `session_metadata`. */
  metadata: z.record(z.string(), z.string()),
  session_metadata: z.record(z.string(), z.string()).default({}),
  taxed: z.boolean().default(false),
  quantity: z.number().default(1),
  allow_promotion_codes: z.boolean().default(false),
  percent_off: z.number().default(0),
  trial_days: z.number().default(0),
  /** The one that its maker named. */
  currency: z.string().nullable().default(null),
  payment_method_collection: z.enum(collections).default("always"),
  missing_payment_method: z.enum(missingMethods).default("create_invoice"),
  created: z.number(),
});
const pending = z.object({ price: z.string(), quantity: z.number(), expires_at: z.number(), invoice: z.string() });
/** Of a change, for the rest of its period: what is given back is `unused` and less than nothing. */
const proration = z.object({
  price: z.string(),
  quantity: z.number(),
  amount: z.number(),
  unused: z.boolean(),
  start: z.number(),
  end: z.number(),
});
const subscription = z.object({
  id: z.string(),
  customer: z.string(),
  price: z.string(),
  status: z.enum(["incomplete", "trialing", "active", "past_due", "unpaid", "paused", "canceled"]),
  start: z.number(),
  end: z.number(),
  cancel_at_period_end: z.boolean(),
  ended_at: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  created: z.number(),
  quantity: z.number().default(1),
  percent_off: z.number().default(0),
  trial_end: z.number().nullable().default(null),
  missing_payment_method: z.enum(missingMethods).default("create_invoice"),
  schedule: z.string().nullable().default(null),
  /** Waits for the payment of its invoice. */
  pending: pending.nullable().default(null),
  latest_invoice: z.string().nullable().default(null),
  /** Its own; without one its customer's pays. */
  default_payment_method: method.default("card"),
  /** Changes that the next invoice takes along. */
  prorations: z.array(proration).default([]),
});
const phase = z.object({
  price: z.string(),
  quantity: z.number(),
  percent_off: z.number(),
  start_date: z.number(),
  end_date: z.number(),
  proration_behavior: z.string(),
  trial_end: z.number().nullable().default(null),
});
const schedule = z.object({
  id: z.string(),
  customer: z.string(),
  subscription: z.string(),
  status: z.enum(["active", "canceled", "completed", "released"]),
  /** What becomes of the subscription after the last phase. */
  end_behavior: z.enum(["cancel", "release"]).default("release"),
  phases: z.array(phase),
  /** Which of them is the subscription's now. */
  phase: z.number(),
  metadata: z.record(z.string(), z.string()),
  created: z.number(),
  ended_at: z.number().nullable(),
});
/** What the meter had from `start` until before `end`. */
const metered = z.object({ quantity: z.number(), start: z.number(), end: z.number() });
const invoice = z.object({
  id: z.string(),
  number: z.string(),
  customer: z.string(),
  subscription: z.string(),
  amount: z.number(),
  status: z.enum(["draft", "open", "paid", "uncollectible", "void"]),
  created: z.number(),
  billing_reason: z.enum(["subscription_create", "subscription_cycle", "subscription_update"]).default("subscription_cycle"),
  /** Until when it pays. */
  period_end: z.number().default(0),
  /** What it was made for, as its page shows it. */
  description: z.string().default("Studio"),
  /** Of what it was made for; null where an older ledger does not say. */
  price: z.string().nullable().default(null),
  quantity: z.number().default(1),
  /** What it bills by the meter; its amount is in that of the invoice. */
  metered: metered.nullable().default(null),
  /** In cents: how much less its plan costs by a promotion. */
  discount: z.number().default(0),
  prorations: z.array(proration).default([]),
  attempt_count: z.number().default(1),
});
/** The payment of an invoice. */
const charge = z.object({
  id: z.string(),
  customer: z.string(),
  invoice: z.string(),
  payment_intent: z.string(),
  amount: z.number(),
  amount_refunded: z.number(),
  disputed: z.boolean(),
  created: z.number(),
});
const dispute = z.object({
  id: z.string(),
  charge: z.string(),
  payment_intent: z.string(),
  amount: z.number(),
  status: z.enum(["needs_response", "won", "lost"]),
  created: z.number(),
});
const card = z.enum(["works", "declines", "asks"]);
const portal = z.object({ id: z.string(), customer: z.string(), return_url: z.string() });
/** `aged`: so many seconds of the time since it was told were let pass here, and nowhere else. */
const meterEvent = z.object({
  identifier: z.string(),
  name: z.string(),
  customer: z.string(),
  value: z.number(),
  at: z.number(),
  aged: z.number().default(0),
});
const told = z.object({ id: z.string(), type: z.string(), created: z.number(), object: z.record(z.string(), z.unknown()) });
const answered = z.object({ body: z.string(), status: z.number(), answer: z.string(), at: z.number().default(0) });
const shape = z.object({
  customers: z.array(customer),
  checkouts: z.array(checkout),
  subscriptions: z.array(subscription),
  invoices: z.array(invoice),
  portals: z.array(portal),
  meterEvents: z.array(meterEvent).default([]),
  /** The customers whose plan bills by the meter too. */
  billedByMeter: z.array(z.string()).default([]),
  schedules: z.array(schedule).default([]),
  charges: z.array(charge).default([]),
  disputes: z.array(dispute).default([]),
  /** By customer; one without an entry has a card that works. */
  cards: z.record(z.string(), card).default({}),
  /** Not delivered yet. */
  events: z.array(told),
  answered: z.record(z.string(), answered),
  invoiced: z.number(),
});
export type Ledger = z.infer<typeof shape>;
export type Checkout = z.infer<typeof checkout>;
/**
 * So many seconds are over: whatever is dated of the customer was so much longer ago. A month that ended and
 * left its payment as new as the next one would say nothing of which of them came later.
 */
export function letPass(ledger: Ledger, customer: string, seconds: number): void {
  const { charges, disputes, invoices, meterEvents, schedules, subscriptions } = ledger;
  const mine = (each: { customer: string }) => each.customer === customer;
  const paid = new Set(charges.filter(mine).map(({ id }) => id));
  const taken = disputes.filter(({ charge }) => paid.has(charge));
  for (const each of [...charges.filter(mine), ...taken]) each.created -= seconds;
  for (const each of invoices.filter(mine)) {
    each.created -= seconds;
    each.period_end -= seconds;
    for (const time of [...each.prorations, ...(each.metered ? [each.metered] : [])]) age(time, seconds);
  }
  for (const each of meterEvents.filter(mine)) {
    each.at -= seconds;
    each.aged += seconds;
  }
  for (const each of subscriptions.filter(mine)) {
    each.created -= seconds;
    for (const time of [each, ...each.prorations]) age(time, seconds);
    if (each.trial_end !== null) each.trial_end -= seconds;
    if (each.ended_at !== null) each.ended_at -= seconds;
    if (each.pending) each.pending.expires_at -= seconds;
  }
  for (const { phases } of schedules.filter(mine))
    for (const phase of phases) {
      phase.start_date -= seconds;
      phase.end_date -= seconds;
      if (phase.trial_end !== null) phase.trial_end -= seconds;
    }
}
function age(time: { start: number; end: number }, seconds: number): void {
  time.start -= seconds;
  time.end -= seconds;
}
export type PaidSubscription = z.infer<typeof subscription>;
export type Schedule = z.infer<typeof schedule>;
export type Proration = z.infer<typeof proration>;
export type Phase = z.infer<typeof phase>;
export type Card = z.infer<typeof card>;
export type Invoice = z.infer<typeof invoice>;
export type Charge = z.infer<typeof charge>;
export type Dispute = z.infer<typeof dispute>;
export type PaymentEvent = z.infer<typeof told>;

export const newPaymentId = (prefix: string) => `${prefix}_${randomBytes(12).toString("hex")}`;
/** When it ends by itself: its own word, or that of its schedule after the last phase. */
export function findEnd({ schedules }: Ledger, { cancel_at_period_end, end, schedule }: PaidSubscription): number | null {
  if (cancel_at_period_end) return end;
  const decides = schedules.find(({ id, end_behavior }) => id === schedule && end_behavior === "cancel");
  return decides?.phases.at(-1)?.end_date ?? null;
}
/** A subscription has one item and at most one discount. */
export const discountId = (subscription: string) => `di_${subscription.slice(4)}`;
export const itemId = (subscription: string) => `si_${subscription.slice(4)}`;
export const inSeconds = () => Math.floor(Date.now() / 1000);

export function openLedger(file: string | undefined): { ledger: Ledger; save: () => void } {
  const empty = {
    ...{ customers: [], checkouts: [], subscriptions: [], schedules: [], invoices: [], charges: [], disputes: [], portals: [] },
    ...{ meterEvents: [], billedByMeter: [], events: [], cards: {}, answered: {}, invoiced: 0 },
  };
  const read = () => {
    try {
      return file ? shape.parse(JSON.parse(readFileSync(file, "utf8"))) : empty;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty;
      throw error;
    }
  };
  const ledger: Ledger = read();
  const save = () => {
    if (!file) return;
    writeFileSync(`${file}.next`, JSON.stringify(ledger), { mode: 0o600 });
    renameSync(`${file}.next`, file);
  };
  return { ledger, save };
}
