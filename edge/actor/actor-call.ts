import type { Context } from "hono";
import type { z } from "zod";
import type { ActionName } from "../../schema/agent/grow-agent.ts";
import { sha256 } from "../../schema/wire/canonical.ts";
import type { App } from "../http.ts";
import type { Session } from "../kernel/auth.ts";
import { requireActor } from "./actor-registry.ts";
import { act } from "./rivet.ts";

type Called = { req: { method: string; path: string; header(name: string): string | undefined }; var: { requestId: string } };
/** What the actor knows this call by: the caller's own key and what they ask, so that a repeat after a lost answer changes nothing more. */
export async function keyOf({ req, var: { requestId } }: Called, action: ActionName, input: unknown): Promise<string> {
  const of = [req.method, req.path, req.header("idempotency-key") ?? requestId, input];
  return `${action}:${await sha256(JSON.stringify(of))}`;
}

/** Asks the member's own growAgent, which knows only what is this member's: what is another's is not found. */
export async function ask<T extends z.ZodType>(c: Context<App & Session>, action: ActionName, input: unknown, out: T): Promise<z.infer<T>> {
  const { db, config, member, requestId } = c.var;
  await requireActor(db, member.id);
  return act(config, member.id, { action, requestId, key: await keyOf(c, action, input), input }, out);
}
