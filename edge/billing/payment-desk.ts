import { createRoute } from "@hono/zod-openapi";
import { and, asc, desc, eq, isNotNull, isNull } from "drizzle-orm";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { entitlement } from "../../schema/billing/entitlement.ts";
import { paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import {
  type PaymentDesk,
  type PaymentEventView,
  type PaymentLook,
  paymentDeskOut,
  paymentLookIn,
  paymentLookOut,
} from "../../schema/billing/payment-desk.ts";
import { findNamedMember } from "../account/support.ts";
import { chainAuditEntry } from "../audit.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireOperator, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { describeSubscription, subscriptionOf } from "./entitlement.ts";
import { lookAtPayments } from "./payment-health.ts";
import { findCustomer, type PaymentWorld, trySyncPayment } from "./payment-sync.ts";
import { arePaymentsOpen } from "./stripe.ts";

const mostListed = 100;
/** The newest first. */
function selectEvents(db: Database) {
  const { id, type, receivedAt, processedAt, parked, customer } = paymentEventTable;
  return db
    .select({ id, type, receivedAt, processedAt, parked, member: paymentCustomerTable.member })
    .from(paymentEventTable)
    .leftJoin(paymentCustomerTable, eq(paymentCustomerTable.customer, customer))
    .orderBy(desc(receivedAt))
    .limit(mostListed);
}

async function readDesk(world: PaymentWorld, now: number): Promise<PaymentDesk> {
  const { db } = world;
  const { member, trouble, troubleSince } = paymentCustomerTable;
  const { processedAt, parked } = paymentEventTable;
  const [health, wrong, waiting, others] = await Promise.all([
    lookAtPayments(world, now),
    db
      .select({ member, trouble, troubleSince })
      .from(paymentCustomerTable)
      .where(isNotNull(troubleSince))
      .orderBy(asc(troubleSince))
      .limit(mostListed),
    selectEvents(db).where(isNull(processedAt)),
    selectEvents(db).where(and(isNotNull(parked), isNotNull(processedAt))),
  ]);
  const troubled = wrong.map(({ member, trouble, troubleSince }) => ({
    member,
    trouble: { kind: trouble ?? "other", since: troubleSince ?? now },
  }));
  return { ...health, troubled, events: [...waiting, ...others].slice(0, mostListed) };
}
async function readPayments(db: Database, person: MemberRow): Promise<PaymentLook> {
  const [subscription, row] = await Promise.all([subscriptionOf(db, person.id), findCustomer(db, person.id)]);
  const { id, name, email } = person;
  const events: PaymentEventView[] = row ? await selectEvents(db).where(eq(paymentEventTable.customer, row.customer)) : [];
  return {
    member: { id, name, email },
    entitlement: entitlement(subscription, Date.now()),
    subscription: subscription ? describeSubscription(subscription) : null,
    customer: row
      ? {
          ...{ id: row.customer, readAt: row.readAt, nextLook: row.nextLook },
          trouble: row.troubleSince === null ? null : { kind: row.trouble ?? "other", since: row.troubleSince },
        }
      : null,
    events,
  };
}

const deskRoute = { tags: ["Billing"], security: [{ session: [] }] };
export const paymentDeskRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/payments",
      summary: "What is wrong with payments, and what Stripe told that changes nothing here (operators)",
      ...deskRoute,
      middleware: middlewares(requireSession, requireOperator),
      responses: { 200: jsonAnswer("Members in trouble, the oldest first, and events", paymentDeskOut), ...refusalAnswers },
    }),
    async (c) => c.json(await readDesk(c.var, Date.now()), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/payments/looks",
      summary: "How a member's payments stand, read anew at Stripe (operators); the look is a row of the member's audit, written first",
      ...deskRoute,
      middleware: middlewares(requireSession, requireOperator, jsonBody),
      request: { body: jsonRequest(paymentLookIn) },
      responses: { 200: jsonAnswer("The plan, the customer at Stripe, and what Stripe told", paymentLookOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member: operator, requestId: request } = c.var;
      const { account, reason } = c.req.valid("json");
      const member = await findNamedMember(db, account);
      const by = { kind: "operator" as const, id: operator.id };
      const look = { kind: "billing" as const, action: "payments:look", reason, request };
      // Whatever dies after this, the member knows of the look; what can't be written down is not shown.
      await chainAuditEntry(c.var, member.id, { at: Date.now(), by, ...look, result: "ok", ms: 0, steps: [] });
      if (arePaymentsOpen(config)) await trySyncPayment(c.var, member.id); // what fails stands with the customer
      return c.json(await readPayments(db, member), 200);
    },
  );
