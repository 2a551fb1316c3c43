import { z } from "zod";
import { subscriptionOut } from "../account/account.ts";
import { auditReason } from "../audit/audit.ts";
import { id } from "../wire/id.ts";
import { billingOut } from "./billing.ts";
import { entitlements } from "./entitlement.ts";
import { invoicesOut } from "./payment.ts";

/**
 * What operators see of payments: what is wrong, what Stripe told that changes nothing here, and how one
 * member's payments went. No card is kept here, and no amount but what models cost: invoices are read at
 * Stripe for a look. Times are milliseconds since 1970.
 */

/**
 * `away`: Stripe does not answer. `refused`: it does, and not as it should. `unknown_price`: something is
 * paid whose price no setting names. `two_plans`: two are paid at once. `unsold_quantity`: a plan is paid
 * more times over than it is sold, and gives as much as the most that is. `other`: our own failure.
 */
export const paymentTroubles = ["away", "refused", "unknown_price", "two_plans", "unsold_quantity", "other"] as const;
export type PaymentTrouble = (typeof paymentTroubles)[number];
/**
 * Why an event of Stripe's is kept and changes nothing: it is of a connected account, of test mode where
 * money is real or the other way round, of a customer who is nobody here; or it was written in another
 * version of the API: then its member is looked at all the same.
 */
export const parkedReasons = ["account", "mode", "customer", "version"] as const;
export type ParkedReason = (typeof parkedReasons)[number];

/**
 * Between what is compared each day. `ledger`: what models cost, and what of it is written down to be told.
 * `meter`: what was told, and what Stripe's meter has of it. `invoice`: what the meter was told of a period,
 * and what that period's invoice bills by it. `periods`: what it was told since the first of these, and what
 * of it is of a period that an invoice bills, which each is once.
 */
export const differenceKinds = ["ledger", "meter", "invoice", "periods"] as const;
export type DifferenceKind = (typeof differenceKinds)[number];
/** Cents are of a dollar, and whole. */
const difference = z.object({
  member: id("mem"),
  kind: z.enum(differenceKinds),
  /** Stripe's id of the invoice; null of the other kinds. */
  invoice: z.string().nullable(),
  expectedCents: z.number().int(),
  foundCents: z.number().int(),
  since: z.number(),
});
export type PaymentDifference = z.infer<typeof difference>;

const paymentEvent = z.object({
  /** Stripe's id of it, by which it is found there. */
  id: z.string(),
  type: z.string(),
  member: id("mem").nullable(),
  receivedAt: z.number(),
  /** Null: it is not followed yet. */
  processedAt: z.number().nullable(),
  parked: z.enum(parkedReasons).nullable(),
});
export type PaymentEventView = z.infer<typeof paymentEvent>;
const trouble = z.object({ kind: z.enum(paymentTroubles), since: z.number() });

/** GET /payments. */
export const paymentDeskOut = z
  .object({
    /** Whether Stripe answers and has the prices, and what it tells is followed; in words. */
    ok: z.boolean(),
    state: z.string(),
    /** The oldest trouble first, at most a hundred. */
    troubled: z.array(z.object({ member: id("mem"), trouble })),
    /** Where cents do not add up; the oldest first, at most a hundred. */
    differences: z.array(difference),
    /** Those that are not followed yet, then those that are parked; the newest first, at most a hundred. */
    events: z.array(paymentEvent),
  })
  .meta({ id: "PaymentDesk" });
export type PaymentDesk = z.infer<typeof paymentDeskOut>;

const billed = billingOut.shape;
/** How much of its limits a plan's member uses, as GET /billing says it to them. */
const planUse = z.object({
  model: billed.model.pick({ usedMicros: true, limitMicros: true }),
  limits: billed.limits.unwrap().pick({ apps: true, diskMb: true }),
  used: billed.used.pick({ apps: true, disk: true }),
});
/**
 * An invoice as GET /billing/invoices says it to its member, without the pages and files that only the member
 * may open, and without a card.
 */
export const lookedInvoice = invoicesOut.shape.invoices.element.pick({
  ...{ id: true, title: true, at: true, amount: true, currency: true },
  ...{ status: true, failures: true, refunded: true, takenBack: true },
});

/** POST /payments/looks: Stripe is read anew. `account`: a member's id, or their whole e-mail address. */
export const paymentLookIn = z.strictObject({ account: z.string().trim().min(3).max(320), reason: auditReason });
export const paymentLookOut = z
  .object({
    member: z.object({ id: id("mem"), name: z.string(), email: z.string() }),
    entitlement: z.enum(entitlements),
    subscription: subscriptionOut.nullable(),
    /** Null without a plan. */
    use: planUse.nullable(),
    /** The newest first, at most twenty-four; null where Stripe does not say them now. */
    invoices: z.array(lookedInvoice).nullable(),
    /** Null: they were never at a page of payments. */
    customer: z
      .object({
        /** Stripe's id of them. */
        id: z.string(),
        /** When Stripe was read last; null: never with success. */
        readAt: z.number().nullable(),
        nextLook: z.number(),
        /** When ledger, meter and invoices were compared last; null: never yet. */
        comparedAt: z.number().nullable(),
        trouble: trouble.nullable(),
      })
      .nullable(),
    /** What is open of them. */
    differences: z.array(difference),
    /** What Stripe told of them in sixty days, the newest first, at most a hundred. */
    events: z.array(paymentEvent),
  })
  .meta({ id: "PaymentLook" });
export type PaymentLook = z.infer<typeof paymentLookOut>;

/**
 * POST /payments/differences: an operator has settled one, as by a credit at Stripe. It opens again where the
 * numbers become others.
 */
export const differenceSettleIn = z.strictObject({
  member: id("mem"),
  kind: z.enum(differenceKinds),
  invoice: z.string().min(1).max(255).nullable(),
  /** As they were seen: where they are others by now, nothing is settled. */
  expectedCents: z.number().int(),
  foundCents: z.number().int(),
  reason: auditReason,
});
export const differenceSettleOut = z.object({ ok: z.literal(true) });
