import { and, asc, desc, eq, isNotNull, isNull } from "drizzle-orm";
import type { z } from "zod";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { paymentCustomerTable, paymentDifferenceTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import {
  differenceSettleIn,
  differenceSettleOut,
  lookedInvoice,
  type PaymentDesk,
  type PaymentDifference,
  type PaymentEventView,
  type PaymentLook,
  paymentDeskOut,
  paymentLookIn,
  paymentLookOut,
} from "../../schema/billing/payment-desk.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findNamedMember } from "../account/support.ts";
import { chainAuditEntry } from "../audit.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { requireOperator } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { viewBilling } from "./billing.ts";
import { readInvoices } from "./invoice.ts";
import { lookAtPayments } from "./payment-health.ts";
import { findCustomer, type PaymentWorld, trySyncPayment } from "./payment-sync.ts";
import { arePaymentsOpen } from "./stripe.ts";
import { askOfCustomer } from "./stripe-customer.ts";

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

/** Those that are open, the oldest first. */
async function listDifferences(db: Database, member?: Id<"mem">): Promise<PaymentDifference[]> {
  const { closedAt, openedAt } = paymentDifferenceTable;
  const rows = await db
    .select()
    .from(paymentDifferenceTable)
    .where(and(isNull(closedAt), member && eq(paymentDifferenceTable.member, member)))
    .orderBy(asc(openedAt))
    .limit(mostListed);
  return rows.map(({ openedAt: since, closedAt: _, settled: __, invoice, ...row }) => ({ ...row, invoice: invoice || null, since }));
}

async function readDesk(world: PaymentWorld, now: number): Promise<PaymentDesk> {
  const { db } = world;
  const { member, trouble, troubleSince } = paymentCustomerTable;
  const { processedAt, parked } = paymentEventTable;
  const [health, differences, wrong, waiting, others] = await Promise.all([
    lookAtPayments(world, now),
    listDifferences(db),
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
  return { ...health, troubled, differences, events: [...waiting, ...others].slice(0, mostListed) };
}
/** What was billed, once Stripe was read for the member; null where it does not say that now. */
async function readBilled(world: PaymentWorld, member: Id<"mem">): Promise<PaymentLook["invoices"]> {
  const { config, db, log } = world;
  const known = await findCustomer(db, member);
  if (!known) return [];
  // Where it did not answer a moment ago nobody waits for it once more.
  if (!arePaymentsOpen(config) || known.trouble === "away") return null;
  try {
    return await askOfCustomer(world, member, async () => {
      const row = await findCustomer(db, member);
      return row ? (await readInvoices(world, row)).invoices.map((invoice) => lookedInvoice.parse(invoice)) : [];
    });
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== "unavailable" && error.code !== "upstream")) throw error;
    log("warn", "an operator's look goes without the invoices", { member, error });
    return null;
  }
}
async function readPayments(world: PaymentWorld, person: MemberRow): Promise<PaymentLook> {
  const { db } = world;
  const invoices = await readBilled(world, person.id); // first: who was deleted at Stripe is let go of by it
  const [account, row, differences] = await Promise.all([
    viewBilling({ ...world, member: person }),
    findCustomer(db, person.id),
    listDifferences(db, person.id),
  ]);
  const { id, name, email } = person;
  const { entitlement, subscription, limits, used, model } = account;
  const events: PaymentEventView[] = row ? await selectEvents(db).where(eq(paymentEventTable.customer, row.customer)) : [];
  return {
    member: { id, name, email },
    ...{ entitlement, subscription, invoices },
    use: limits && {
      model: { usedMicros: model.usedMicros, limitMicros: model.limitMicros },
      limits: { apps: limits.apps, diskMb: limits.diskMb },
      used: { apps: used.apps, disk: used.disk },
    },
    customer: row
      ? {
          ...{ id: row.customer, readAt: row.readAt, nextLook: row.nextLook, comparedAt: row.comparedAt },
          trouble: row.troubleSince === null ? null : { kind: row.trouble ?? "other", since: row.troubleSince },
        }
      : null,
    differences,
    events,
  };
}

type Settling = z.infer<typeof differenceSettleIn>;
/**
 * Closes a difference that an operator has seen and put right, as by a credit. Twice is as once; where the
 * numbers are others by now, nothing is closed.
 */
async function settleDifference(on: EdgeApp["Variables"], operator: MemberRow, wanted: Settling): Promise<void> {
  const { db } = on;
  const { member, kind, invoice, expectedCents, foundCents, reason } = wanted;
  const difference = paymentDifferenceTable;
  const mine = and(eq(difference.member, member), eq(difference.kind, kind), eq(difference.invoice, invoice ?? ""));
  const row = await db.select().from(difference).where(mine).get();
  if (!row) throw new AppError("not_found", { what: "difference" });
  const changed = () =>
    new AppError("conflict", { what: "difference" }, { message: "The numbers are others by now. Nothing was settled." });
  if (row.expectedCents !== expectedCents || row.foundCents !== foundCents) throw changed();
  if (row.closedAt !== null) return;
  const at = Date.now();
  const by = { kind: "operator" as const, id: operator.id };
  const settle = { kind: "billing" as const, action: "payments:settle", reason, request: on.requestId };
  await chainAuditEntry(on, member, { at, by, ...settle, result: "ok", ms: 0, steps: [] });
  const same = and(mine, isNull(difference.closedAt), eq(difference.expectedCents, expectedCents), eq(difference.foundCents, foundCents));
  const settled = await db.update(difference).set({ closedAt: at, settled: true }).where(same);
  if (settled.rowsAffected > 0) return;
  const now = await db.select().from(difference).where(mine).get();
  if (now?.closedAt == null || now.expectedCents !== expectedCents || now.foundCents !== foundCents) throw changed();
}

export const paymentDeskRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/payments",
      summary: "What is wrong with payments, and what Stripe told that changes nothing here (operators)",
      tags: ["Billing"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("Members in trouble, the oldest first, and events", paymentDeskOut), ...refusalAnswers },
    }),
    async (c) => c.json(await readDesk(c.var, Date.now()), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/payments/looks",
      summary:
        "How a member's plan and payments stand, read anew at Stripe (operators); the look is a row of the member's audit, written first",
      tags: ["Billing"],
      before: [requireOperator],
      scope: "session",
      key: false,
      request: { body: jsonRequest(paymentLookIn) },
      responses: {
        200: jsonAnswer("The plan and its use, the invoices, the customer at Stripe, and what Stripe told", paymentLookOut),
        ...refusalAnswers,
      },
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
      return c.json(await readPayments(c.var, member), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/payments/differences",
      summary: "Settle what was used, told and billed and is not the same (operators); a row of the member's audit, written first",
      tags: ["Billing"],
      before: [requireOperator],
      scope: "session",
      key: false,
      request: { body: jsonRequest(differenceSettleIn) },
      responses: { 200: jsonAnswer("It is settled, and opens again where it becomes another", differenceSettleOut), ...refusalAnswers },
    }),
    async (c) => {
      await settleDifference(c.var, c.var.member, c.req.valid("json"));
      return c.json({ ok: true as const }, 200);
    },
  );
