import { createRoute } from "@hono/zod-openapi";
import Stripe from "stripe";
import { z } from "zod";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { type PaymentCustomerRow, paymentCustomerTable } from "../../schema/billing/payment.table.ts";
import { checkoutIn, invoicesOut, paymentPage } from "../../schema/billing/payment.ts";
import type { PaidChoice } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { isLiveSubscription } from "./paid-subscription.ts";
import { findCustomer, keepPaymentEvent, listSubscriptions, noteVisit, trySyncPayment } from "./payment-sync.ts";
import { callStripe, readStripeEvent, requirePayments, requirePrice } from "./stripe.ts";

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

/** Who pays says where they live, and a company its tax number; both are kept with its customer. */
const askedOfPayer = {
  allow_promotion_codes: true,
  billing_address_collection: "required",
  tax_id_collection: { enabled: true },
  customer_update: { address: "auto", name: "auto" },
} satisfies Stripe.Checkout.SessionCreateParams;
/** Ends a checkout. One that was paid or has ended meanwhile stays as it is. */
async function endCheckout(config: EdgeConfig, id: string): Promise<void> {
  await callStripe(config, async (stripe) => {
    await stripe.checkout.sessions.expire(id).catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    });
  });
}
/**
 * A page to pay at. One checkout is open at a time, the last that was asked for, and none beside a plan that
 * goes on: nobody pays twice. Who has such a plan comes to the portal.
 */
async function openCheckout(config: EdgeConfig, db: Database, member: MemberRow, { plan, quantity }: PaidChoice): Promise<string> {
  const price = requirePrice(config, plan);
  const row = await ensureCustomer(config, db, member);
  const { customer } = row;
  const tax = config.STRIPE_TAX === "1";
  const choice = `${price} ${quantity}${tax ? " tax" : ""}`;
  // The newest first, as Stripe lists them.
  const list = async () =>
    (await callStripe(config, (stripe) => stripe.checkout.sessions.list({ customer, status: "open", limit: 100 }))).data;
  const open = await list();
  const kept = open.findLast((each) => each.metadata?.choice === choice && each.url !== null);
  for (const each of open) if (each !== kept) await endCheckout(config, each.id);
  // Only now: a checkout that was paid meanwhile is an open one no more, and its plan is seen.
  const hasPlan = async () => (await callStripe(config, (stripe) => listSubscriptions(stripe, customer))).some(isLiveSubscription);
  if (await hasPlan()) return openPortal(config, db, row);
  if (kept?.url) return kept.url;
  const metadata = { member: member.id };
  const made = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.create({
      mode: "subscription",
      customer,
      line_items: [{ price, quantity }],
      success_url: `${config.PUBLIC_URL}${screen}?paid=1`,
      cancel_url: config.PUBLIC_URL + screen,
      metadata: { ...metadata, choice },
      subscription_data: { metadata },
      ...askedOfPayer,
      ...(tax && { automatic_tax: { enabled: true } }),
    }),
  );
  await noteVisit(db, row);
  const first = (await list()).at(-1);
  if (first && first.id !== made.id) await endCheckout(config, made.id); // another call was first
  const chosen = first?.metadata?.choice === choice ? first : undefined;
  if (!chosen) throw new AppError("conflict", { what: "checkout" }, { message: "Another plan was chosen just now. Choose again." });
  if (!chosen.url) throw new AppError("upstream", { what: "a checkout without an address" });
  if (!(await hasPlan())) return chosen.url;
  await endCheckout(config, chosen.id); // one that was open before was paid while this one was made
  return openPortal(config, db, row);
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
    async (c) => c.json({ url: await openCheckout(c.var.config, c.var.db, c.var.member, c.req.valid("json")) }, 200),
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
