import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

/**
 * What the double of Stripe knows: customers, checkouts, subscriptions, invoices and events. Times are
 * seconds since 1970. With a file it outlives a restart.
 */
const customer = z.object({
  id: z.string(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created: z.number(),
});
const checkout = z.object({
  id: z.string(),
  customer: z.string(),
  price: z.string(),
  success_url: z.string(),
  cancel_url: z.string(),
  status: z.enum(["open", "complete", "expired"]),
  subscription: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  taxed: z.boolean().default(false),
  created: z.number(),
});
const subscription = z.object({
  id: z.string(),
  customer: z.string(),
  price: z.string(),
  status: z.enum(["incomplete", "active", "past_due", "unpaid", "canceled"]),
  start: z.number(),
  end: z.number(),
  cancel_at_period_end: z.boolean(),
  ended_at: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  created: z.number(),
});
const invoice = z.object({
  id: z.string(),
  number: z.string(),
  customer: z.string(),
  subscription: z.string(),
  amount: z.number(),
  status: z.enum(["open", "paid", "void"]),
  created: z.number(),
});
const portal = z.object({ id: z.string(), customer: z.string(), return_url: z.string() });
const meterEvent = z.object({ identifier: z.string(), name: z.string(), customer: z.string(), value: z.number(), at: z.number() });
const told = z.object({ id: z.string(), type: z.string(), created: z.number(), object: z.record(z.string(), z.unknown()) });
const answered = z.object({ body: z.string(), status: z.number(), answer: z.string() });
const shape = z.object({
  customers: z.array(customer),
  checkouts: z.array(checkout),
  subscriptions: z.array(subscription),
  invoices: z.array(invoice),
  portals: z.array(portal),
  meterEvents: z.array(meterEvent).default([]),
  /** Not delivered yet. */
  events: z.array(told),
  answered: z.record(z.string(), answered),
  invoiced: z.number(),
});
export type Ledger = z.infer<typeof shape>;
export type Checkout = z.infer<typeof checkout>;
export type PaidSubscription = z.infer<typeof subscription>;
export type Invoice = z.infer<typeof invoice>;
export type PaymentEvent = z.infer<typeof told>;

export const newPaymentId = (prefix: string) => `${prefix}_${randomBytes(12).toString("hex")}`;
export const inSeconds = () => Math.floor(Date.now() / 1000);

export function openLedger(file: string | undefined): { ledger: Ledger; save: () => void } {
  const lists = { customers: [], checkouts: [], subscriptions: [], invoices: [], portals: [], meterEvents: [], events: [] };
  const empty = { ...lists, answered: {}, invoiced: 0 };
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
