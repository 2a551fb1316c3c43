import { type ConfigOut, configOut, meOut } from "../../schema/account/account.ts";
import { readClerkHost } from "../../schema/account/publishable-key.ts";
import { entitlement } from "../../schema/billing/entitlement.ts";
import { findActor } from "../actor/actor-registry.ts";
import { describeSubscription, subscriptionOf } from "../billing/entitlement.ts";
import { memberDoor, publicDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { limitPagesByAddress } from "../kernel/auth.ts";
import { modelNamed } from "../model/model.ts";

/**
 * Clerk's key names where its Frontend API is. With the double any key does; by it each instance's cookies
 * have names of their own.
 */
function describeIdentity({ INSTANCE, IDENTITY, IDENTITY_URL, CLERK_PUBLISHABLE_KEY }: EdgeConfig): ConfigOut["identity"] {
  if (IDENTITY === "local") return { publishableKey: `pk_live_${btoa(`${INSTANCE}.invalid$`)}`, url: IDENTITY_URL! };
  const publishableKey = CLERK_PUBLISHABLE_KEY!;
  return { publishableKey, url: `https://${readClerkHost(publishableKey)}` };
}

export const accountRoutes = newApp()
  .openapi(
    publicDoor(limitPagesByAddress, {
      method: "get",
      path: "/config",
      tags: ["Account"],
      summary: "What the app must know before anyone has signed in",
      responses: { 200: jsonAnswer("Settings without secrets", configOut), ...refusalAnswers },
    }),
    (c) => {
      const { config } = c.var;
      const identity = describeIdentity(config);
      const demo = { identity: config.IDENTITY === "local", model: config.MODEL_DEMO === "1", payments: config.STRIPE_URL !== undefined };
      return c.json(
        { instance: config.INSTANCE, environment: config.ENVIRONMENT, identity, demo, model: modelNamed(config, "standard") },
        200,
      );
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/me",
      tags: ["Account"],
      summary: "Who is signed in, what they may do and what they have",
      responses: { 200: jsonAnswer("The member", meOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const subscription = await subscriptionOf(db, member.id);
      return c.json(
        {
          member: { id: member.id, name: member.name, email: member.email },
          roles: ["member", ...member.roles],
          entitlement: entitlement(subscription, Date.now()),
          subscription: subscription ? describeSubscription(subscription) : null,
          agent: (await findActor(db, member.id)) ?? null,
        },
        200,
      );
    },
  );
