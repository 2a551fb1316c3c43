import { type CryptoKey, importJWK, type JWK, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { exportPass } from "../account/export.ts";
import { signInId } from "../account/sign-in.ts";
import { downloadPass } from "../git/download.ts";
import { previewPass } from "../preview/preview-access.ts";
import { appPass } from "../release/app-address.ts";
import { ceilings, stackLimits } from "../stack/stack.ts";
import { terminalPass } from "../terminal/terminal.ts";
import { AppError } from "./error.ts";
import { id } from "./id.ts";
import { type PrivateKey, type PublicKey, privateKeyOf, publicPart } from "./key.ts";
import { limits } from "./limits.ts";
import { TimedCache } from "./timed-cache.ts";

/** Short-lived ES256 credentials made by the edge. One audience each; times in seconds. */
const memberId = id("mem");
/** Whether the account allowed work when the ticket was made. Absent: it was not looked up. */
const entitled = z.boolean().optional();
/** By which sign-in or access token a ticket was got; it ends with that. Absent: by none, or an older one. */
const signIn = signInId.optional();
export const ticketClaims = {
  /** A browser may talk to this member's own growAgent. */
  live: z.object({ member: memberId, agent: id("agt"), entitled, signIn }),
  /** The edge acts for this member, one call; without `signIn` by itself. */
  actor: z.object({ member: memberId, entitled, signIn }),
  /** Bytes to or from one stack, below one path. */
  relay: z.object({ member: memberId, host: id("hst"), epoch: z.number().int(), path: z.string().startsWith("/") }),
  /** Whoever holds it may look at one preview. */
  preview: previewPass,
  /** Whoever holds it may look at what serves of one project. */
  app: appPass(memberId),
  /** A browser may save one file or folder of this member's. */
  download: downloadPass,
  /** A browser may save all that is this member's. */
  export: exportPass,
  /** A browser may look at one terminal of this member's. */
  terminal: terminalPass,
  /** One actor may command one stack on one host. */
  host: z.object({
    member: memberId,
    stack: id("stk"),
    host: id("hst"),
    epoch: z.number().int(),
    ceiling: z.enum(ceilings),
    ceilingRev: z.number().int(),
    limits: stackLimits,
    /** The stack has a memory already: a host that has none of it makes no new one. */
    keeps: z.boolean().optional(),
  }),
} as const;
export type TicketAudience = keyof typeof ticketClaims;
export type TicketClaims<A extends TicketAudience> = z.infer<(typeof ticketClaims)[A]>;

export const ticketIssuer = "growqr-edge";
/**
 * Where the edge publishes the keys of tickets. Those of receipts are
 * published elsewhere, so that neither verifies the other's work.
 */
export const ticketKeysPath = "/.well-known/ticket-keys.json";
const ticketType = "growqr-ticket";
/** The header of a relay ticket: `authorization` belongs to whom the bytes are for. */
export const ticketHeader = "x-growqr-ticket";
/** Private keys of tickets, the one in force first; older ones stay until what they signed has expired. */
export const ticketKeys = z.array(privateKeyOf("ticket")).min(1);
export type TicketKeys = PrivateKey<"ticket">[];

/** The keys without their private part. */
export function publicTicketKeys(keys: TicketKeys): { keys: PublicKey[] } {
  return { keys: keys.map(publicPart) };
}

/** Signs claims for one audience; `now` and `ttl` in seconds. */
export async function signTicket<A extends TicketAudience>(
  keys: TicketKeys,
  audience: A,
  body: TicketClaims<A>,
  now: number,
  ttl: number,
): Promise<string> {
  const key = keys[0]!;
  return new SignJWT({ ...body })
    .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: ticketType })
    .setIssuer(ticketIssuer)
    .setAudience(audience)
    .setSubject(body.member)
    .setIssuedAt(now)
    .setNotBefore(now - 5)
    .setExpirationTime(now + ttl)
    .sign(await importJWK(key as JWK, "ES256"));
}

/**
 * Reads a ticket or throws `ticket_expired` or `unauthenticated`. `keys`
 * is jose's local or remote key set. `exp` comes back in seconds.
 */
export async function readTicket<A extends TicketAudience>(
  token: string,
  audience: A,
  keys: JWTVerifyGetKey | CryptoKey,
  now?: Date,
): Promise<TicketClaims<A> & { exp: number }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys as JWTVerifyGetKey, {
      algorithms: ["ES256"],
      typ: ticketType,
      issuer: ticketIssuer,
      audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance: limits.skew,
      ...(now ? { currentDate: now } : {}),
    });
    if (protectedHeader.kid === undefined) throw new Error("the ticket names no key");
    const body = ticketClaims[audience].parse(payload) as TicketClaims<A>;
    return { ...body, exp: payload.exp! };
  } catch (cause) {
    if (cause instanceof AppError) throw cause; // its keys are not known just now
    const expired = (cause as { code?: string }).code === "ERR_JWT_EXPIRED";
    throw new AppError(expired ? "ticket_expired" : "unauthenticated", { audience }, { cause });
  }
}

/** Tickets that were read already, by the keys that they were read with. */
const knownTickets = new WeakMap<JWTVerifyGetKey, TimedCache<TicketClaims<TicketAudience> & { exp: number }>>();
/** As `readTicket`, for one that comes with many calls: its signature is looked at once in its time. */
export async function readKnownTicket<A extends TicketAudience>(
  token: string,
  audience: A,
  keys: JWTVerifyGetKey,
): Promise<TicketClaims<A> & { exp: number }> {
  const tickets = knownTickets.get(keys) ?? new TimedCache({ ms: limits.relayTicket * 1_000, most: 1_000 });
  knownTickets.set(keys, tickets);
  const read = () => readTicket(token, audience, keys);
  const kept = await tickets.get(`${audience} ${token}`, read);
  return kept && kept.value.exp * 1_000 > Date.now() ? (kept.value as TicketClaims<A> & { exp: number }) : read();
}
