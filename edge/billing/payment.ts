import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { type PaymentCustomerRow, paymentCustomerTable } from "../../schema/billing/payment.table.ts";
import { checkoutIn, invoicesOut, paymentPage } from "../../schema/billing/payment.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { isLiveSubscription } from "./paid-subscription.ts";
import { findCustomer, keepPaymentEvent, listSubscriptions, noteVisit, trySyncPayment } from "./payment-sync.ts";
import { callStripe, readStripeEvent, requirePayments } from "./stripe.ts";

const screen = "/plan-usage";
const eventBytes = 512 * 1_024;

/** One a member: a repeat of the call finds the customer by its key, and later by the row. */
async function ensureCustomer(config: EdgeConfig, db: Database, member: MemberRow): Promise<PaymentCustomerRow> {
  const known = await findCustomer(db, member.id);
  if (known) return known;
  const { id } = await callStripe(config, (stripe) =>
    stripe.customers.create(
      { metadata: { member: member.id }, ...(member.email && { email: member.email }), ...(member.name && { name: member.name }) },
      { idempotencyKey: `customer-${member.id}` },
    ),
  );
  const now = Date.now();
  await db.insert(paymentCustomerTable).values({ member: member.id, customer: id, visitedAt: now, nextLook: now }).onConflictDoNothing();
  const made = await findCustomer(db, member.id);
  if (!made) throw new AppError("not_found");
  return made;
}
async function openPortal(config: EdgeConfig, db: Database, row: PaymentCustomerRow): Promise<string> {
  const { url } = await callStripe(config, (stripe) =>
    stripe.billingPortal.sessions.create({ customer: row.customer, return_url: config.PUBLIC_URL + screen }),
  );
  await noteVisit(db, row);
  return url;
}

/** A company may say its tax number; what it says of name and address is kept with its customer. */
const taxedCheckout = {
  automatic_tax: { enabled: true },
  tax_id_collection: { enabled: true },
  customer_update: { address: "auto", name: "auto" },
} as const;
/**
 * A page to pay at. One checkout is open at a time, and none beside a plan that goes on: nobody pays twice.
 * Who has such a plan comes to the portal, where it is changed and paid.
 */
async function openCheckout(config: EdgeConfig, db: Database, member: MemberRow): Promise<string> {
  const { price } = requirePayments(config);
  const row = await ensureCustomer(config, db, member);
  const { customer, checkout } = row;
  const plans = await callStripe(config, (stripe) => listSubscriptions(stripe, customer));
  if (plans.some(isLiveSubscription)) return openPortal(config, db, row);
  const last = checkout === null ? null : await callStripe(config, (stripe) => stripe.checkout.sessions.retrieve(checkout));
  if (last?.status === "open" && last.url) return last.url;
  const metadata = { member: member.id };
  const tax = config.STRIPE_TAX === "1";
  const key = `checkout-${member.id}-${checkout ?? "first"}-${price}${tax ? "-tax" : ""}`; // two clicks make one
  const made = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.create(
      {
        mode: "subscription",
        customer,
        line_items: [{ price, quantity: 1 }],
        success_url: `${config.PUBLIC_URL}${screen}?paid=1`,
        cancel_url: config.PUBLIC_URL + screen,
        subscription_data: { metadata },
        ...(tax && taxedCheckout),
      },
      { idempotencyKey: key },
    ),
  );
  if (!made.url) throw new AppError("upstream", { what: "a checkout without an address" });
  await noteVisit(db, row, made.id);
  return made.url;
}

const session = { tags: ["Billing"], security: [{ session: [] }] };
const pageRoute = {
  ...session,
  middleware: middlewares(requireSession, jsonBody, idempotent),
  responses: { 200: jsonAnswer("The page to go to", paymentPage), ...refusalAnswers },
};
export const paymentRoutes = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/billing/checkout",
      summary: "A page of Stripe's to pay a plan at; with a plan that goes on, the page that manages it",
      ...pageRoute,
      request: { body: jsonRequest(checkoutIn) },
    }),
    async (c) => c.json({ url: await openCheckout(c.var.config, c.var.db, c.var.member) }, 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/billing/portal",
      summary: "A page of Stripe's for cards, invoices and the end of the plan",
      ...pageRoute,
      request: { body: emptyBody },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      requirePayments(config);
      return c.json({ url: await openPortal(config, db, await ensureCustomer(config, db, member)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/billing/invoices",
      summary: "The member's invoices, as Stripe has them",
      ...session,
      middleware: [requireSession] as const,
      responses: { 200: jsonAnswer("The invoices", invoicesOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      const row = await findCustomer(db, member.id);
      if (!row) return c.json({ invoices: [] }, 200);
      const { data } = await callStripe(config, (stripe) => stripe.invoices.list({ customer: row.customer, limit: 24 }));
      const invoices = data.map(({ id, number, created, total, currency, status, hosted_invoice_url }) => ({
        ...{ id, number, at: created * 1_000, amount: total, currency },
        ...{ status: invoicesOut.shape.invoices.element.shape.status.catch(null).parse(status), url: hosted_invoice_url ?? null },
      }));
      return c.json({ invoices }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/webhooks/stripe",
      tags: ["Billing"],
      summary: "Stripe tells that something changed (signed)",
      security: [],
      responses: { 200: jsonAnswer("Taken", z.object({ received: z.literal(true) })), ...refusalAnswers },
    }),
    async (c) => {
      requirePayments(c.var.config);
      const bytes = await readBytes(c.req.raw, eventBytes);
      const event = await readStripeEvent(c.var.config, new TextDecoder().decode(bytes), c.req.header("stripe-signature") ?? "");
      if (!event) {
        await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
        throw new AppError("unauthenticated", {}, { message: "The signature is not Stripe's, or is too old." });
      }
      const member = await keepPaymentEvent(c.var, event, Date.now());
      if (member) c.executionCtx.waitUntil(trySyncPayment(c.var, member));
      return c.json({ received: true as const }, 200);
    },
  );
