import { z } from "zod";
import { subscriptionOut } from "../account/account.ts";
import { id } from "../wire/id.ts";
import { entitlements } from "./entitlement.ts";

/**
 * GET /billing: the plan, what it allows, and what was used
 * since its period began. Costs are millionths of a dollar.
 */
const used = { costMicros: z.number().int(), inputTokens: z.number().int(), outputTokens: z.number().int(), calls: z.number().int() };
export const billingOut = z
  .object({
    entitlement: z.enum(entitlements),
    /** Whether plans can be paid here, and whether this member has been at Stripe: then there is a portal. */
    payments: z.object({ open: z.boolean(), customer: z.boolean() }),
    subscription: subscriptionOut.nullable(),
    /** Milliseconds since 1970; null without a plan. */
    periodStart: z.number().nullable(),
    /** What the plan allows at once; null without a plan. `agents`: the Grow Agent among them. */
    limits: z
      .object({
        title: z.string(),
        stacks: z.number().int(),
        agents: z.number().int(),
        cpus: z.number(),
        memoryMb: z.number().int(),
        pids: z.number().int(),
        /** A day. */
        egressMb: z.number().int(),
        /** Of one project. */
        domains: z.number().int(),
        /** Projects online at once, what each may keep, and whether they stay up without visitors. */
        apps: z.number().int(),
        appDataMb: z.number().int(),
        appsAwake: z.boolean(),
        supportDays: z.number().int(),
      })
      .nullable(),
    model: z.object({ usedMicros: z.number().int(), limitMicros: z.number().int(), calls: z.number().int() }),
    /** Of the period, by agent, the dearest first; at most a hundred. */
    tokens: z.object({ input: z.number().int(), output: z.number().int() }),
    agents: z.array(z.object({ agent: id("agt"), ...used })),
  })
  .meta({ id: "Billing" });
export type BillingOut = z.infer<typeof billingOut>;
