import { z } from "zod";
import { entitlements } from "../billing/entitlement.ts";
import { planName, planQuantity } from "../billing/subscription-plan.ts";
import { slotWait } from "../stack/slot-line.ts";
import { observedStates, stackStatusIn, stackTrouble } from "../stack/stack.ts";
import { id } from "../wire/id.ts";

/**
 * What the edge tells the app about itself, the member and the member's
 * agent. The edge answers with these, the app parses with these.
 */

/** GET /config, public. */
export const configOut = z.object({
  instance: z.string(),
  environment: z.enum(["local", "preview", "production"]),
  /** Clerk's publishable key, and where its Frontend API (or the demo's double) is, no slash at the end. */
  identity: z.object({ publishableKey: z.string(), url: z.url() }),
  /** What is a stand-in here, for the app to say so. */
  demo: z.object({ identity: z.boolean(), model: z.boolean(), payments: z.boolean() }),
  model: z.string(),
});
export type ConfigOut = z.infer<typeof configOut>;

/** An agent as its member sees it. Status and activity are caches that the actor pushed. */
export const actorView = z.object({
  id: id("agt"),
  member: id("mem"),
  type: z.literal("grow"),
  name: z.string(),
  channel: id("chn"),
  stackId: id("stk"),
  workspaceId: id("wsp"),
  status: stackStatusIn.shape.status,
  observed: z.enum(observedStates),
  /** What keeps the stack from going on, in words; null while nothing does. */
  trouble: stackTrouble.nullable(),
  /** Where it stands in line while no machine has a slot for it; null while it waits for none. */
  waiting: slotWait.nullable(),
  host: z.object({ id: id("hst"), name: z.string() }).nullable(),
  epoch: z.number().int(),
  containers: z.object({ gitea: z.string(), opencode: z.string() }).nullable(),
  gitRepo: z.string(),
  workspacePath: z.string(),
  lastActivity: z.number().nullable(),
  entitlement: z.enum(entitlements),
  /** Its sub-agents, the oldest first; `status` as the actor said it last. */
  agents: z.array(z.object({ id: id("agt"), type: z.string(), status: z.enum(["idle", "working"]) })),
  /** Their ids alone, which an app wants that was opened before `agents` was there. */
  subAgents: z.array(id("agt")),
});
export type ActorView = z.infer<typeof actorView>;

export const subscriptionOut = z.object({
  plan: planName,
  /** How many times over it is paid. */
  quantity: planQuantity,
  /** What it is from the next period on; null where that is the same. */
  upcoming: z.object({ plan: planName, quantity: planQuantity }).nullable(),
  status: z.enum(["trialing", "active", "past_due", "canceled"]),
  /** `past_due` since the bank took a payment back that Stripe had. */
  disputed: z.boolean(),
  /** Milliseconds since 1970; null of a trial whose days begin when its stack is ready for the first time. */
  periodEnd: z.number().nullable(),
});
/** GET /me */
export const meOut = z.object({
  member: z.object({ id: id("mem"), name: z.string(), email: z.string() }),
  roles: z.array(z.string()),
  entitlement: z.enum(entitlements),
  subscription: subscriptionOut.nullable(),
  agent: actorView.nullable(),
});
export type MeOut = z.infer<typeof meOut>;

/** POST /actors/:actorId/ticket. `expiresAt` in seconds since 1970; `endpoint` is the live proxy. */
export const ticketOut = z.object({ ticket: z.string(), expiresAt: z.number(), endpoint: z.url(), key: z.tuple([id("mem")]) });
export type TicketOut = z.infer<typeof ticketOut>;
