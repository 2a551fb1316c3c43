import { z } from "zod";
import { checkoutIn, invoicesOut, paymentPage, planPreviewIn, planPreviewOut } from "../../schema/billing/payment.ts";
import { AppError } from "../../schema/wire/error.ts";
import { memberDoor, webhookDoor } from "../door.ts";
import type { Bindings } from "../env.ts";
import { jsonAnswer, jsonRequest, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit, countStripeCall, limitStripeCalls } from "../kernel/auth.ts";
import { openCheckout, openPortal } from "./checkout.ts";
import { ensureCustomer } from "./customer.ts";
import { previewPlan, readInvoices } from "./invoice.ts";
import { followPaymentEvent, type KeptEvent, keepPaymentEvent, readEventBody } from "./payment-event.ts";
import { findCustomer } from "./payment-sync.ts";
import { readSigned, requirePayments } from "./stripe.ts";
import { askOfCustomer } from "./stripe-customer.ts";

const eventBytes = 512 * 1_024;

/**
 * Of the customers of other products so many are looked at as one member may ask for payments, all together.
 */
const isFollowed = async (env: Bindings, kept: KeptEvent): Promise<boolean> =>
  !("stranger" in kept) ||
  (await countStripeCall(env, "strangers").then(
    () => true,
    () => false,
  ));

export const paymentRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/billing/checkout",
      summary: "A page of Stripe's to pay a plan at, or to begin its free days; with a plan that goes on, the page that manages it",
      tags: ["Billing"],
      before: [limitStripeCalls],
      key: false,
      scope: "admin",
      responses: { 200: jsonAnswer("The page to go to", paymentPage), ...refusalAnswers },
      request: { body: jsonRequest(checkoutIn) },
    }),
    async (c) => c.json({ url: await openCheckout(c.var, c.var.member, c.req.valid("json")) }, 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/billing/portal",
      summary: "A page of Stripe's for cards, invoices and the end of the plan",
      tags: ["Billing"],
      before: [limitStripeCalls],
      key: false,
      scope: "admin",
      responses: { 200: jsonAnswer("The page to go to", paymentPage), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      requirePayments(config);
      return c.json({ url: await openPortal(config, db, await ensureCustomer(config, db, member)) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/billing/invoices",
      summary: "The member's invoices as Stripe has them, the next one, the card that pays it, and a change that waits for its payment",
      tags: ["Billing"],
      before: [limitStripeCalls],
      responses: { 200: jsonAnswer("The invoices", invoicesOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const invoices = await askOfCustomer(c.var, member.id, async () => {
        const row = await findCustomer(db, member.id);
        return row ? readInvoices(c.var, row) : { invoices: [], upcoming: null, card: null, waiting: null };
      });
      return c.json(invoices, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/billing/plan/preview",
      summary: "What a change of the paid plan would charge, now and with the next period",
      tags: ["Billing"],
      before: [limitStripeCalls],
      request: { query: planPreviewIn },
      responses: { 200: jsonAnswer("As Stripe counts it", planPreviewOut), ...refusalAnswers },
    }),
    async (c) => {
      const { member } = c.var;
      return c.json(await askOfCustomer(c.var, member.id, () => previewPlan(c.var, member.id, c.req.valid("query"))), 200);
    },
  )
  .openapi(
    webhookDoor({
      method: "post",
      path: "/webhooks/stripe",
      tags: ["Billing"],
      summary: "Stripe tells that something changed (signed)",
      responses: { 200: jsonAnswer("Taken", z.object({ received: z.literal(true) })), ...refusalAnswers },
    }),
    async (c) => {
      requirePayments(c.var.config);
      const bytes = await readBytes(c.req.raw, eventBytes);
      const said = await readSigned(c.var.config, new TextDecoder().decode(bytes), c.req.header("stripe-signature") ?? "");
      if (said === undefined) {
        await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
        throw new AppError("unauthenticated", {}, { message: "The signature is not Stripe's, or is too old." });
      }
      const kept = await keepPaymentEvent(c.var, readEventBody(said), Date.now());
      if (kept && (await isFollowed(c.env, kept))) c.executionCtx.waitUntil(followPaymentEvent(c.var, kept));
      return c.json({ received: true as const }, 200);
    },
  );
