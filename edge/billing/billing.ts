import { z } from "zod";
import { actorView, subscriptionOut } from "../../schema/account/account.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { type BillingOut, billingOut } from "../../schema/billing/billing.ts";
import { type Entitlement, entitlement, entitlements, isTrialWaiting, trialDays, whenStopped } from "../../schema/billing/entitlement.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { allowedBy } from "../../schema/billing/subscription-plan.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { readUsageByAgent } from "../budget.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { limitStripeCalls } from "../kernel/auth.ts";
import { provisionStack } from "../stack/provision.ts";
import { endTrialCheckouts } from "./checkout.ts";
import { adoptCustomers } from "./customer.ts";
import { describeSubscription, periodAllowance, subscriptionOf } from "./entitlement.ts";
import { readLimitUse } from "./limit-use.ts";
import { findCustomer, readPayment, tryFollowAccount } from "./payment-sync.ts";
import { arePaymentsOpen, requirePayments } from "./stripe.ts";

const trialOut = z.object({ entitlement: z.enum(entitlements), subscription: subscriptionOut, actor: actorView }).meta({ id: "Trial" });

/** A trial that waits for its stack ends at no day yet. */
const goesOn = (row: SubscriptionRow, entitled: Entitlement): boolean =>
  isTrialWaiting(row) || (row.plan !== "trial" && row.status !== "canceled" && (entitled === "active" || entitled === "trialing"));

type BillingWorld = Pick<EdgeApp["Variables"], "config" | "db"> & { member: MemberRow };
/** How a member's account stands, for the member and for an operator who looks at it. */
export async function viewBilling({ config, db, member }: BillingWorld): Promise<BillingOut> {
  const row = await subscriptionOf(db, member.id);
  const entitled = entitlement(row, Date.now());
  const allowed = row ? allowedBy(row) : null;
  const customer = await findCustomer(db, member.id);
  const agents = await readUsageByAgent(db, member.id, row?.periodStart ?? 0);
  const sum = (name: "costMicros" | "inputTokens" | "outputTokens" | "calls") => agents.reduce((all, row) => all + row[name], 0);
  return {
    entitlement: entitled,
    payments: { open: arePaymentsOpen(config), customer: customer !== undefined },
    paidTwice: customer?.trouble === "two_plans",
    subscription: row ? describeSubscription(row) : null,
    periodStart: row && !isTrialWaiting(row) ? row.periodStart : null,
    limits: allowed,
    support: config.SUPPORT_EMAIL ?? null,
    withoutPayment: row && !goesOn(row, entitled) ? whenStopped(row) : null,
    used: await readLimitUse(db, member.id),
    model: { usedMicros: sum("costMicros"), limitMicros: row ? periodAllowance(row) : 0, calls: sum("calls") },
    tokens: { input: sum("inputTokens"), output: sum("outputTokens") },
    agents: agents.slice(0, 100),
  };
}
/** So soon after Stripe was read for a member it is not asked again, however often they ask here. */
const readEvery = 1_000;

export const billingRoutes = newApp()
  .openapi(
    memberDoor({
      method: "post",
      path: "/billing/trial",
      tags: ["Billing"],
      summary: "Start the trial, once in a life, and provision the Grow Agent",
      before: [limitStripeCalls],
      scope: "admin",
      responses: {
        202: jsonAnswer("The Grow Agent is being made, or waits in line; the days of the trial run once it is ready", trialOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { db, config, member, requestId } = c.var;
      const now = Date.now();
      const trial = {
        plan: "trial",
        status: "trialing",
        periodStart: now,
        periodEnd: now + trialDays * dayMs,
        createdAt: now,
        begunAt: null, // its days run once its stack is ready
      } as const;
      await db
        .insert(subscriptionTable)
        .values({ member: member.id, ...trial })
        .onConflictDoNothing();
      await endTrialCheckouts(c.var, member.id);
      const actor = await provisionStack(config, db, member, requestId);
      const row = await subscriptionOf(db, member.id);
      if (!row) throw new AppError("not_found"); // erased meanwhile
      return c.json({ entitlement: entitlement(row, now), subscription: describeSubscription(row), actor }, 202);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/billing",
      tags: ["Billing"],
      summary: "Plan, what it allows and what was used",
      responses: { 200: jsonAnswer("The account", billingOut), ...refusalAnswers },
    }),
    async (c) => c.json(await viewBilling(c.var), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/billing/refresh",
      tags: ["Billing"],
      summary: "The same, once Stripe was asked how the plan stands now",
      before: [limitStripeCalls],
      key: false,
      scope: "read",
      responses: { 200: jsonAnswer("The account", billingOut), ...refusalAnswers },
    }),
    async (c) => {
      const { config, db, member } = c.var;
      requirePayments(config);
      const row = await findCustomer(db, member.id);
      if (!row) await adoptCustomers(config, db, member.id);
      const readAt = row?.readAt ?? 0;
      if (readAt < Date.now() - readEvery) {
        await readPayment(c.var, member.id);
        c.executionCtx.waitUntil(tryFollowAccount(c.var, member.id));
      }
      return c.json(await viewBilling(c.var), 200);
    },
  );
