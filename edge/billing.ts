import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { actorView, subscriptionOut } from "../schema/account.ts";
import { entitlement, entitlements, plans, trialDays } from "../schema/entitlement.ts";
import { subscriptions } from "../schema/subscription.table.ts";
import { session } from "./auth.ts";
import { spent } from "./budget.ts";
import { subscriptionOf } from "./entitlement.ts";
import { answer, jsonBody, newApp, nothing, refusals } from "./http.ts";
import { idempotent } from "./idempotency.ts";
import { provision } from "./provision.ts";

const billingOut = z
  .object({
    entitlement: z.enum(entitlements),
    subscription: subscriptionOut.nullable(),
    /** Millionths of a dollar in this period. */
    model: z.object({ usedMicros: z.number().int(), limitMicros: z.number().int(), calls: z.number().int() }),
  })
  .meta({ id: "Billing" });
const trialOut = z.object({ entitlement: z.enum(entitlements), subscription: subscriptionOut, actor: actorView }).meta({ id: "Trial" });

export const billing = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/billing/trial",
      tags: ["Billing"],
      summary: "Start the trial, once in a life, and provision the Grow Agent",
      security: [{ session: [] }],
      middleware: [session, jsonBody, idempotent] as const,
      request: { body: nothing },
      responses: { 202: answer("The trial runs and the Grow Agent is being made", trialOut), ...refusals },
    }),
    async (c) => {
      const { db, config, member, requestId } = c.var;
      const now = Date.now();
      const trial = {
        plan: "trial",
        status: "trialing",
        periodStart: now,
        periodEnd: now + trialDays * 86_400_000,
        createdAt: now,
      } as const;
      await db
        .insert(subscriptions)
        .values({ member: member.id, ...trial })
        .onConflictDoNothing();
      const subscription = subscriptionOut.parse(await subscriptionOf(db, member.id));
      const actor = await provision(config, db, member, requestId);
      return c.json({ entitlement: entitlement(subscription, now), subscription, actor }, 202);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/billing",
      tags: ["Billing"],
      summary: "Plan, what it allows and what was used",
      security: [{ session: [] }],
      middleware: [session] as const,
      responses: { 200: answer("The account", billingOut), ...refusals },
    }),
    async (c) => {
      const { db, member } = c.var;
      const row = await subscriptionOf(db, member.id);
      const used = await spent(db, member.id, row?.periodStart ?? 0);
      const limitMicros = row ? plans[row.plan].modelMicros : 0;
      return c.json(
        {
          entitlement: entitlement(row, Date.now()),
          subscription: row ? subscriptionOut.parse(row) : null,
          model: { usedMicros: used.micros, limitMicros, calls: used.calls },
        },
        200,
      );
    },
  );
