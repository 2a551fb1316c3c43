import type { Context } from "hono";
import { type ActionName, actions, type InputOf, type OutputOf } from "../../schema/actions.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import type { EdgeApp } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { askActor } from "./rivet.ts";

/**
 * Asks the growAgent of the member whose session this is. The actor knows only what is
 * this member's, so what is another's is not found. The call's key is made of the
 * caller's own key and what they ask: a repeat after a lost answer changes nothing more.
 */
export async function askOwnActor<A extends ActionName>(
  c: Context<EdgeApp & SessionVariables>,
  action: A,
  input: InputOf<A>,
  options: { deadline?: number } = {},
): Promise<OutputOf<A>> {
  const { config, member, requestId, signIn } = c.var;
  const asked = [c.req.method, c.req.path, c.req.header("idempotency-key") ?? requestId, input];
  const key = `${action}:${await hashSha256(JSON.stringify(asked))}`;
  const answer = await askActor({ config, member: member.id, requestId, signIn }, action, input, { key, ...options });
  const audit = c.get("audit");
  if (audit && "changes" in actions[action]) audit.told = true;
  return answer;
}
