import { decodeJwt, type JWTVerifyGetKey } from "jose";
import { type ActionName, audiences, connParams } from "../schema/agent.ts";
import { AppError } from "../schema/error.ts";
import { readTicket } from "../schema/ticket.ts";
import type { Admitted } from "./self.ts";

/** How long a connection stays after its ticket ended, in seconds. The edge opens its event streams anew; a browser renews its ticket. */
const grace = { live: 30, actor: 600 } as const;
/** When a connection is closed, milliseconds since 1970. */
export function lifetime(state: Admitted): number {
  return (Number(state.exp) + grace[state.audience]) * 1000;
}

function audienceOf(token: string): "live" | "actor" {
  let claimed: unknown;
  try {
    claimed = decodeJwt(token).aud;
  } catch (cause) {
    throw new AppError("unauthenticated", { what: "ticket" }, { cause });
  }
  if (claimed === "live" || claimed === "actor") return claimed;
  throw new AppError("unauthenticated", { what: "audience" });
}

/** Who may connect: the bearer of a live or service ticket for exactly this member (and, from a browser, this agent). Someone else's is `not_found`. */
export async function admit(params: unknown, key: readonly string[], agent: string | undefined, keys: JWTVerifyGetKey): Promise<Admitted> {
  const parsed = connParams.safeParse(params);
  if (!parsed.success) throw new AppError("unauthenticated", { what: "connection params" });
  const audience = audienceOf(parsed.data.ticket);
  if (audience === "live") {
    const claims = await readTicket(parsed.data.ticket, "live", keys);
    if (key.length !== 1 || claims.member !== key[0] || (agent !== undefined && claims.agent !== agent)) throw new AppError("not_found");
    return { audience, member: claims.member, exp: claims.exp };
  }
  const claims = await readTicket(parsed.data.ticket, "actor", keys);
  if (key.length !== 1 || claims.member !== key[0]) throw new AppError("not_found");
  return { audience, member: claims.member, exp: claims.exp };
}

/** Whether a connection may call an action now. A socket outlives its ticket, so each call asks again; only `renew` brings its own. */
export function mayCall(state: Admitted | undefined, action: ActionName, now: number): void {
  if (!state) throw new AppError("unauthenticated", { what: "connection" });
  if (!(audiences[action] as readonly string[]).includes(state.audience)) throw new AppError("forbidden", { action });
  if (action !== "renew" && Number(state.exp) + 2 < now / 1000) throw new AppError("ticket_expired", { action });
}
