import type { Context } from "hono";
import type { z } from "zod";
import type { ActionName } from "../schema/agent.ts";
import type { Session } from "./auth.ts";
import type { App } from "./http.ts";
import { requireActor } from "./registry.ts";
import { act } from "./rivet.ts";

/** Asks the member's own growAgent, which knows only what is this member's: what is another's is not found. `key` makes a change once-only. */
export async function ask<T extends z.ZodType>(c: Context<App & Session>, action: ActionName, input: unknown, out: T): Promise<z.infer<T>> {
  const { db, config, member, requestId } = c.var;
  await requireActor(db, member.id);
  return act(config, member.id, { action, requestId, key: `${action}:${requestId}`, input }, out);
}
