import { z } from "zod";
import { auditActorKinds, auditReason, auditResult } from "../audit/audit.ts";
import { entitlements } from "../billing/entitlement.ts";
import { slotWait } from "../stack/slot-line.ts";
import { observedStates, stackStatusIn, stackTrouble } from "../stack/stack.ts";
import { id } from "../wire/id.ts";
import { subscriptionOut } from "./account.ts";

/**
 * Support (SPEC 3.5) reads how a member's stack stands, and nothing that is in it: no message, no file, no
 * secret. Times are milliseconds since 1970.
 */

/** POST /support/looks. `account`: a member's id, or the whole of their e-mail address. */
export const supportLookIn = z.strictObject({ account: z.string().trim().min(3).max(320), reason: auditReason });
export const supportLookOut = z.object({
  member: z.object({ id: id("mem"), name: z.string(), email: z.string(), createdAt: z.number() }),
  entitlement: z.enum(entitlements),
  subscription: subscriptionOut.nullable(),
  /** null: they have never had one. */
  stack: z
    .object({
      id: id("stk"),
      status: stackStatusIn.shape.status,
      observed: z.enum(observedStates),
      trouble: stackTrouble.nullable(),
      host: z.string().nullable(),
      /** Its place in line for a machine with a slot free. */
      waiting: slotWait.nullable(),
      lastActivity: z.number().nullable(),
    })
    .nullable(),
  /** The newest changes of the stack by their names, without what they were about. */
  events: z.array(z.object({ at: z.number(), by: z.enum(auditActorKinds), action: z.string(), result: auditResult })),
});
export type SupportLook = z.infer<typeof supportLookOut>;

/** Who has the role, for operators. */
export const supporterOut = z.object({
  id: id("mem"),
  name: z.string(),
  email: z.string(),
  /** null: the role was given at the identity provider. */
  givenBy: id("mem").nullable(),
  givenAt: z.number().nullable(),
});
export const supportersOut = z.object({ people: z.array(supporterOut.meta({ id: "Supporter" })) });
