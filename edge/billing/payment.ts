import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { checkoutIn, invoicesOut, paymentPage } from "../../schema/billing/payment.ts";
import { AppError } from "../../schema/wire/error.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, readBytes, refusalAnswers } from "../http.ts";
import { callerAddress, countAgainstLimit, requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { ensureCustomer, openCheckout, openPortal } from "./checkout.ts";
import { followPaymentEvent, keepPaymentEvent, readEventBody } from "./payment-event.ts";
import { findCustomer } from "./payment-sync.ts";
import { callStripe, readSigned, requirePayments } from "./stripe.ts";

const eventBytes = 512 * 1_024;

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
      summary: "A page of Stripe's to pay a plan at, or to begin its free days; with a plan that goes on, the page that manages it",
      ...pageRoute,
      request: { body: jsonRequest(checkoutIn) },
    }),
    async (c) => c.json({ url: await openCheckout(c.var, c.var.member, c.req.valid("json")) }, 200),
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
      const said = await readSigned(c.var.config, new TextDecoder().decode(bytes), c.req.header("stripe-signature") ?? "");
      if (said === undefined) {
        await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
        throw new AppError("unauthenticated", {}, { message: "The signature is not Stripe's, or is too old." });
      }
      const kept = await keepPaymentEvent(c.var, readEventBody(said), Date.now());
      if (kept) c.executionCtx.waitUntil(followPaymentEvent(c.var, kept));
      return c.json({ received: true as const }, 200);
    },
  );
