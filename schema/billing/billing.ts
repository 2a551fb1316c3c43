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
    /**
     * Whether two plans go on at Stripe at once, so that both are charged: operators see it too. False also
     * where it is not known; an older edge that is put back does not say it.
     */
    paidTwice: z.boolean().default(false),
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
        diskMb: z.number().int(),
        /** Of one project. */
        domains: z.number().int(),
        /** Projects online at once, what each may keep, and whether they stay up without visitors. */
        apps: z.number().int(),
        appDataMb: z.number().int(),
        appsAwake: z.boolean(),
        supportDays: z.number().int(),
      })
      .nullable(),
    /** The address for questions, answered within the plan's `supportDays`; null where there is none. */
    support: z.email().nullable(),
    /**
     * Where no payment comes: when the stack is stopped, and when it is archived. Null of a plan that goes
     * on, and of none. Milliseconds since 1970.
     */
    withoutPayment: z.object({ stopsAt: z.number(), archivedAt: z.number() }).nullable(),
    /**
     * How much of the limits is used: projects online, the most domains that one of them has, and what the
     * stack's volumes held when they were measured last (null: never yet).
     */
    used: z.object({
      apps: z.number().int(),
      domains: z.number().int(),
      disk: z.object({ bytes: z.number().int(), at: z.number() }).nullable(),
    }),
    model: z.object({ usedMicros: z.number().int(), limitMicros: z.number().int(), calls: z.number().int() }),
    /** Of the period, the dearest first, at most a hundred. `ownMicros`: paid by the member's own key. */
    tokens: z.object({ input: z.number().int(), output: z.number().int() }),
    agents: z.array(z.object({ agent: id("agt"), ...used, ownMicros: z.number().int() })),
  })
  .meta({ id: "Billing" });
export type BillingOut = z.infer<typeof billingOut>;
