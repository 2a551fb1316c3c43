import { decodeJwt, type JWTVerifyGetKey } from "jose";
import type { ActionAudience } from "../../schema/actions.ts";
import { connectionParams } from "../../schema/agent/grow-agent.ts";
import { AppError } from "../../schema/wire/error.ts";
import { readTicket } from "../../schema/wire/ticket.ts";
import type { Peers } from "../runner/peer.ts";
import type { Admitted } from "./self.ts";

/**
 * How long a connection stays after its ticket ended, in seconds. The edge opens its event streams anew; a
 * browser renews its ticket.
 */
const graceSeconds = { live: 30, actor: 600, peer: 60 } as const;
/** When a connection is closed, milliseconds since 1970. */
export function connectionEnd(state: Admitted): number {
  return (Number(state.exp) + graceSeconds[state.audience]) * 1000;
}

function readAudience(token: string): Admitted["audience"] {
  let claimed: unknown;
  try {
    claimed = decodeJwt(token).aud;
  } catch (cause) {
    throw new AppError("unauthenticated", { what: "ticket" }, { cause });
  }
  if (claimed === "live" || claimed === "actor" || claimed === "peer") return claimed;
  throw new AppError("unauthenticated", { what: "audience" });
}

/**
 * Whose tickets an actor takes: those for its key and, once that is known, its agent; and what they are read
 * with.
 */
export type ConnectPolicy = { key: readonly string[]; agent: string | undefined; keys: JWTVerifyGetKey; peers: Peers };

/**
 * Who may connect to a growAgent: the bearer of a live or service ticket for exactly this member (and, from a
 * browser, this agent), or another actor of this member. Someone else's is `not_found`.
 */
export async function admitToGrowAgent(params: unknown, policy: ConnectPolicy): Promise<Admitted> {
  const { key, agent, keys } = policy;
  const parsed = connectionParams.safeParse(params);
  if (!parsed.success) throw new AppError("unauthenticated", { what: "connection params" });
  const audience = readAudience(parsed.data.ticket);
  if (audience === "live") {
    const claims = await readTicket(parsed.data.ticket, "live", keys);
    if (key.length !== 1 || claims.member !== key[0] || (agent !== undefined && claims.agent !== agent)) throw new AppError("not_found");
    const { member, exp, entitled, signIn } = claims;
    return { audience, member, exp, entitled, signIn };
  }
  if (audience === "peer") return admitPeer(parsed.data.ticket, policy);
  const claims = await readTicket(parsed.data.ticket, "actor", keys);
  if (key.length !== 1 || claims.member !== key[0]) throw new AppError("not_found");
  return { audience, member: claims.member, exp: claims.exp, entitled: claims.entitled, signIn: claims.signIn };
}

/** Who may connect to a subAgent, key `[member, agent]`: its parent or the edge. */
export async function admitToSubAgent(params: unknown, { key, keys, peers }: ConnectPolicy): Promise<Admitted> {
  const parsed = connectionParams.safeParse(params);
  if (!parsed.success) throw new AppError("unauthenticated", { what: "connection params" });
  const audience = readAudience(parsed.data.ticket);
  if (audience === "live") throw new AppError("not_found");
  if (audience === "peer") return admitPeer(parsed.data.ticket, { key, agent: key[1], keys, peers });
  const claims = await readTicket(parsed.data.ticket, "actor", keys);
  if (key.length !== 2 || claims.member !== key[0]) throw new AppError("not_found");
  return { audience, member: claims.member, exp: claims.exp };
}
/** Who may connect to an actor that only other actors of this member speak to. */
export async function admitPeerTo(params: unknown, key: readonly string[], agent: string, peers: Peers): Promise<Admitted> {
  const parsed = connectionParams.safeParse(params);
  if (!parsed.success) throw new AppError("unauthenticated", { what: "connection params" });
  if (readAudience(parsed.data.ticket) !== "peer") throw new AppError("not_found");
  const claims = await peers.read(parsed.data.ticket);
  if (key.length !== 1 || claims.member !== key[0] || claims.to !== agent) throw new AppError("not_found");
  return { audience: "peer", member: claims.member, exp: claims.exp, from: claims.from };
}
async function admitPeer(token: string, { key, agent, peers }: ConnectPolicy): Promise<Admitted> {
  const claims = await peers.read(token);
  if (claims.member !== key[0] || (agent !== undefined && claims.to !== agent)) throw new AppError("not_found");
  return { audience: "peer", member: claims.member, exp: claims.exp, from: claims.from };
}

/**
 * Whether a connection may call an action now. A socket outlives its ticket, so each call asks again; only
 * `renew` brings its own.
 */
export function requireCaller(
  state: Admitted | undefined,
  action: string,
  audience: readonly ActionAudience[],
  now: number,
): asserts state is Admitted {
  if (!state) throw new AppError("unauthenticated", { what: "connection" });
  if (!audience.includes(state.audience)) throw new AppError("forbidden", { action });
  if (action !== "renew" && Number(state.exp) + 2 < now / 1000) throw new AppError("ticket_expired", { action });
}
