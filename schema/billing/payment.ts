import { z } from "zod";
import { subscriptionOut } from "../account/account.ts";
import { queryNumber } from "../wire/query-number.ts";
import { paidPlanName, planName, planQuantity } from "./subscription-plan.ts";

/**
 * POST /billing/checkout and /billing/portal: where the member goes on, a page of Stripe's. `trial`: the plan
 * begins with free days, and the card pays when they end; once in a life, as the trial without a card.
 */
export const checkoutIn = z.strictObject({ plan: paidPlanName, quantity: planQuantity.default(1), trial: z.boolean().default(false) });
export const paymentPage = z.object({ url: z.url() }).meta({ id: "PaymentPage" });

/** What is paid each month, or nothing; in the smallest unit of its currency. */
export const planPrice = z.object({ amount: z.number().int(), currency: z.string() });
export type PlanPrice = z.infer<typeof planPrice>;
/** GET /billing/plans: what there is to choose, the smallest first; limits and price of one of each. */
export const offeredPlansOut = z
  .object({
    plans: z.array(
      z.object({
        plan: planName,
        title: z.string(),
        /** Null while Stripe can't be asked, and where payments are not open. */
        price: planPrice.nullable(),
        /** Days that it lasts, where it ends by itself. */
        days: z.number().int().nullable(),
        ...{ stacks: z.number().int(), agents: z.number().int(), cpus: z.number(), memoryMb: z.number().int() },
        ...{ egressMb: z.number().int(), diskMb: z.number().int(), modelMicros: z.number().int(), domains: z.number().int() },
        ...{ apps: z.number().int(), appDataMb: z.number().int(), appsAwake: z.boolean() },
        /** In so many working days a question to support is answered. */
        supportDays: z.number().int(),
      }),
    ),
  })
  .meta({ id: "Plans" });
export type OfferedPlans = z.infer<typeof offeredPlansOut>;
const paidChoice = z.strictObject({ plan: paidPlanName, quantity: planQuantity });
/**
 * PUT /billing/plan: more is paid and there at once, less from the next period on, and what is there already
 * takes such a change back. `from`: what was seen when it was chosen; a plan that was changed since is a
 * conflict. `proratedAt`: that of the preview whose amount was seen, or null where it said that nothing is
 * paid now. What is paid at once is that amount then, or nothing is changed where it does not hold any more;
 * without it Stripe counts to the second of the change. `payAt`: Stripe's page where more is paid first,
 * since the card did not pay it: until then nothing is changed.
 */
export const planChangeIn = paidChoice.extend({ from: paidChoice, proratedAt: z.number().int().nullish() });
export const planChangeOut = z.object({ subscription: subscriptionOut, payAt: z.url().nullable() }).meta({ id: "PlanChange" });
export type PlanChange = z.infer<typeof planChangeOut>;
/** PUT /billing/renewal: whether the paid plan goes on when its period ends. */
export const renewalIn = z.strictObject({ renews: z.boolean() });
export const renewalOut = z.object({ subscription: subscriptionOut }).meta({ id: "Renewal" });

/**
 * GET /billing/plan/preview: what a change of the plan would charge, as Stripe counts it, with tax and
 * promotions. `atOnce`: null where nothing is paid now; its `proratedAt` is the moment that it is counted
 * for, in seconds since 1970. `later`: the invoice of the next period.
 */
export const planPreviewIn = z.object({ plan: paidPlanName, quantity: queryNumber(planQuantity).default(1) });
const charge = planPrice.extend({ at: z.number() });
export const planPreviewOut = z
  .object({
    atOnce: planPrice.extend({ proratedAt: z.number().int() }).nullable(),
    later: charge.nullable(),
    /** False where Stripe did not say: then nothing is known of what is charged. */
    isKnown: z.boolean(),
  })
  .meta({ id: "PlanPreview" });
export type PlanPreview = z.infer<typeof planPreviewOut>;

const invoice = z.object({
  id: z.string(),
  number: z.string().nullable(),
  /** What it is for, by the names at Stripe; null where Stripe says none. */
  title: z.string().nullable(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** In the smallest unit of its currency. */
  amount: z.number().int(),
  /** What of it is still to be paid: 0 where nothing is. */
  due: z.number().int(),
  /**
   * Whether the plan waits for it: it is open, of the plan that runs or was stopped, and no change waits for
   * it.
   */
  isPlan: z.boolean(),
  /** What of it was given back. */
  refunded: z.number().int(),
  /** Whether the payer's bank took its payment back; Stripe calls it paid all the same. */
  takenBack: z.boolean(),
  currency: z.string(),
  status: z.enum(["draft", "open", "paid", "uncollectible", "void"]).nullable(),
  /** How often it was tried to be paid and was not. */
  failures: z.number().int(),
  /** Stripe's page of it, where it can be paid, and the file of it. */
  url: z.url().nullable(),
  file: z.url().nullable(),
});
export type InvoiceView = z.infer<typeof invoice>;
/** As much of a card as its member knows it by. `brand` is Stripe's word for it, as `visa`. */
const payingCard = z.object({
  brand: z.string().min(1).max(40),
  last4: z.string().regex(/^\d{4}$/),
  /** The last month in which it pays, as 2027-04. */
  expires: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
});
export type PayingCard = z.infer<typeof payingCard>;
/**
 * GET /billing/invoices: the newest first, at most twenty-four, and what is next: the invoice that the card
 * will pay, with tax and promotions (null where none will come), the card that Stripe will charge (null where
 * it is not known, or what pays is no card), and a change to more that waits for its payment, which can be
 * paid at `payAt` until Stripe drops it.
 */
export const invoicesOut = z
  .object({
    invoices: z.array(invoice),
    upcoming: charge.nullable(),
    /** An app that is open while an older edge is put back hears nothing of it. */
    card: payingCard.nullable().default(null),
    waiting: paidChoice.extend({ payAt: z.url(), until: z.number() }).nullable(),
  })
  .meta({ id: "Invoices" });
export type InvoicesOut = z.infer<typeof invoicesOut>;
