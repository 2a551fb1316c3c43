import { createRoute } from "@hono/zod-openapi";
import { configOut, meOut, subscriptionOut } from "../schema/account/account.ts";
import { entitlement } from "../schema/billing/entitlement.ts";
import { findActor } from "./actor/actor-registry.ts";
import { subscriptionOf } from "./billing/entitlement.ts";
import { jsonAnswer, newApp, refusalAnswers } from "./http.ts";
import { requireSession } from "./kernel/auth.ts";
import { modelNamed } from "./model/model.ts";

export const accountRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/config",
      tags: ["Account"],
      summary: "What the app must know before anyone has signed in",
      responses: { 200: jsonAnswer("Settings without secrets", configOut), ...refusalAnswers },
    }),
    (c) => {
      const { config } = c.var;
      const identity =
        config.IDENTITY === "local"
          ? { kind: "local" as const, url: config.IDENTITY_URL! }
          : { kind: "clerk" as const, publishableKey: config.CLERK_PUBLISHABLE_KEY! };
      const demo = { identity: config.IDENTITY === "local", model: config.MODEL_DEMO === "1", payments: true };
      return c.json(
        { instance: config.INSTANCE, environment: config.ENVIRONMENT, identity, demo, model: modelNamed(config, "standard") },
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/me",
      tags: ["Account"],
      summary: "Who is signed in, what they may do and what they have",
      security: [{ session: [] }],
      middleware: [requireSession] as const,
      responses: { 200: jsonAnswer("The member", meOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member, operator } = c.var;
      const subscription = await subscriptionOf(db, member.id);
      return c.json(
        {
          member: { id: member.id, name: member.name, email: member.email },
          roles: operator ? ["member", "operator"] : ["member"],
          entitlement: entitlement(subscription, Date.now()),
          subscription: subscription ? subscriptionOut.parse(subscription) : null,
          agent: (await findActor(db, member.id)) ?? null,
        },
        200,
      );
    },
  );
