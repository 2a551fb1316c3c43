import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { entitlement, entitlements, planName } from "../schema/entitlement.ts";
import { id } from "../schema/id.ts";
import { session } from "./auth.ts";
import { subscriptionOf } from "./entitlement.ts";
import { answer, newApp, refusals } from "./http.ts";
import { actorView, findActor } from "./registry.ts";

const configOut = z
  .object({
    instance: z.string(),
    environment: z.enum(["local", "production"]),
    identity: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("local"), url: z.string() }),
      z.object({ kind: z.literal("clerk"), publishableKey: z.string() }),
    ]),
    /** What is a stand-in here, for the app to say so. */
    demo: z.object({ identity: z.boolean(), model: z.boolean(), payments: z.boolean() }),
    model: z.string(),
  })
  .meta({ id: "Config" });

export const subscriptionView = z
  .object({
    plan: planName,
    status: z.enum(["trialing", "active", "past_due", "canceled"]),
    periodStart: z.number(),
    periodEnd: z.number(),
  })
  .meta({ id: "Subscription" });

const meOut = z
  .object({
    member: z.object({ id: id("mem"), name: z.string(), email: z.string() }),
    roles: z.array(z.enum(["member", "operator"])),
    entitlement: z.enum(entitlements),
    subscription: subscriptionView.nullable(),
    agent: actorView.nullable(),
  })
  .meta({ id: "Me" });

export const account = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/config",
      tags: ["Account"],
      summary: "What the app must know before anyone has signed in",
      responses: { 200: answer("Settings without secrets", configOut), ...refusals },
    }),
    (c) => {
      const { config } = c.var;
      const identity =
        config.IDENTITY === "local"
          ? { kind: "local" as const, url: config.IDENTITY_URL! }
          : { kind: "clerk" as const, publishableKey: config.CLERK_PUBLISHABLE_KEY! };
      const demo = { identity: config.IDENTITY === "local", model: config.MODEL_DEMO === "1", payments: true };
      return c.json({ instance: config.INSTANCE, environment: config.ENVIRONMENT, identity, demo, model: config.MODEL_NAME }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/me",
      tags: ["Account"],
      summary: "Who is signed in, what they may do and what they have",
      security: [{ session: [] }],
      middleware: [session] as const,
      responses: { 200: answer("The member", meOut), ...refusals },
    }),
    async (c) => {
      const { db, member, operator } = c.var;
      const subscription = await subscriptionOf(db, member.id);
      return c.json(
        {
          member: { id: member.id, name: member.name, email: member.email },
          roles: operator ? (["member", "operator"] as const).slice() : (["member"] as const).slice(),
          entitlement: entitlement(subscription, Date.now()),
          subscription: subscription ? subscriptionView.parse(subscription) : null,
          agent: (await findActor(db, member.id)) ?? null,
        },
        200,
      );
    },
  );
