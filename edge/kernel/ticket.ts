import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { exportLinkLife } from "../../schema/account/export.ts";
import { downloadTicketLife } from "../../schema/git/download.ts";
import { previewLife } from "../../schema/preview/preview-access.ts";
import { terminalTicketLife } from "../../schema/terminal/terminal.ts";
import { limits } from "../../schema/wire/limits.ts";
import { publicTicketKeys, readTicket, signTicket, type TicketAudience, type TicketClaims } from "../../schema/wire/ticket.ts";
import type { EdgeConfig } from "../env.ts";

/** The edge's own keys of tickets: tickets are made and, at the live proxy, read with them. */
const ttl = {
  live: limits.liveTicket,
  actor: limits.serviceTicket,
  relay: limits.relayTicket,
  host: limits.stackTicket,
  preview: previewLife.pass,
  app: previewLife.pass,
  download: downloadTicketLife,
  export: exportLinkLife,
  terminal: terminalTicketLife,
} as const;

/** Where a ticket stands in an address: three parts of base64url. */
export const ticketQuery = z.object({
  ticket: z
    .string()
    .regex(/^[\w.-]*$/)
    .max(8_000),
});
/** A ticket and when it ends (seconds since 1970). */
export async function issueTicket<A extends TicketAudience>(
  config: EdgeConfig,
  audience: A,
  claims: TicketClaims<A>,
): Promise<{ ticket: string; expiresAt: number }> {
  const now = Math.floor(Date.now() / 1000);
  return { ticket: await signTicket(config.SIGNING_KEYS, audience, claims, now, ttl[audience]), expiresAt: now + ttl[audience] };
}

const sets = new WeakMap<EdgeConfig, JWTVerifyGetKey>(); // keyed by the parsed settings: changed settings make a new set
export function readOwnTicket<A extends TicketAudience>(
  config: EdgeConfig,
  audience: A,
  token: string,
): Promise<TicketClaims<A> & { exp: number }> {
  let keys = sets.get(config);
  if (!keys) {
    keys = createLocalJWKSet(publicTicketKeys(config.SIGNING_KEYS));
    sets.set(config, keys);
  }
  return readTicket(token, audience, keys);
}
