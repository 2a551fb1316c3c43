import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { createMiddleware } from "hono/factory";
import { decodeJwt, type JWTVerifyGetKey } from "jose";
import { type MachineId, readMachineUri } from "../schema/machine/machine.ts";
import { AppError } from "../schema/wire/error.ts";
import { id } from "../schema/wire/id.ts";
import { limits } from "../schema/wire/limits.ts";
import { readKnownTicket, readTicket, type TicketClaims, ticketHeader } from "../schema/wire/ticket.ts";
import type { LedgerStackRow } from "./ledger.ts";
import type { HostMachine } from "./machine/machine.ts";
import type { HostEnv, HostServices } from "./server.ts";

/** Who is at the other end of a connection: its certificate is read once. */
const peers = new WeakMap<TLSSocket, MachineId>();
/**
 * The runner at the other end of the connection. Its certificate was checked against the CA by TLS; its one
 * URI name says who it is.
 */
export function readPeer({ socket }: IncomingMessage): MachineId {
  if (!(socket instanceof TLSSocket) || !socket.authorized) throw new AppError("unauthenticated", { what: "certificate" });
  const peer = peers.get(socket) ?? readCertificate(socket);
  peers.set(socket, peer);
  return peer;
}
function readCertificate(socket: TLSSocket): MachineId {
  const names = (socket.getPeerCertificate().subjectaltname ?? "").split(", ").filter((name) => name.startsWith("URI:"));
  const machine = names.length === 1 ? readMachineUri(names[0]?.slice(4) ?? "") : undefined;
  if (!machine?.startsWith("rnr_")) throw new AppError("forbidden", { what: "peer is not a runner", machine });
  return machine;
}

function bearerToken(request: IncomingMessage): string {
  const { authorization, [ticketHeader]: given } = request.headers;
  const token = /^Bearer +([A-Za-z0-9_.-]{20,4000})$/i.exec(given === undefined ? (authorization ?? "") : `Bearer ${given}`)?.[1];
  if (!token) throw new AppError("unauthenticated", { what: "stack ticket" });
  return token;
}

/** A stack ticket for this host. */
export async function readStackTicket(
  request: IncomingMessage,
  machine: HostMachine,
  keys: JWTVerifyGetKey,
): Promise<TicketClaims<"host">> {
  const claims = await readTicket(bearerToken(request), "host", keys);
  if (claims.host !== machine.id) throw new AppError("not_found", { what: "ticket for another host" });
  return claims;
}

/**
 * A stack ticket for this member, or (for byte paths) a relay ticket whose path covers this one. Answers its
 * epoch.
 */
export async function readMemberTicket(
  request: IncomingMessage,
  asked: { member: string; path: string; bytes: boolean },
  machine: HostMachine,
  keys: JWTVerifyGetKey,
): Promise<{ epoch: number; renews: boolean }> {
  const token = bearerToken(request);
  if (asked.bytes && audienceOf(token) === "relay") {
    const claims = await readKnownTicket(token, "relay", keys);
    const inside = asked.path === claims.path || asked.path.startsWith(claims.path.endsWith("/") ? claims.path : `${claims.path}/`);
    if (claims.host !== machine.id || claims.member !== asked.member || !inside) throw new AppError("not_found", { what: "relay ticket" });
    return { epoch: claims.epoch, renews: false };
  }
  const claims = await readStackTicket(request, machine, keys);
  if (claims.member !== asked.member) throw new AppError("not_found", { what: "ticket for another member" });
  return { epoch: claims.epoch, renews: true };
}

function audienceOf(token: string): unknown {
  try {
    return decodeJwt(token).aud;
  } catch {
    return undefined; // not a JWT: the full check refuses it
  }
}

/**
 * Throws where the row is not of the ticket's epoch: a lower ticket is stale, a higher one names a command
 * that has not arrived.
 */
export function requireEpoch(row: LedgerStackRow | undefined, epoch: number): LedgerStackRow {
  if (!row) throw new AppError("not_found");
  if (epoch < row.epoch) throw new AppError("generation_stale", { epoch: row.epoch });
  if (epoch > row.epoch && row.epoch !== 0) throw new AppError("not_found", { epoch: row.epoch });
  return row;
}

/** The path as it arrived. Tickets are compared with it, and it is passed on, without decoding. */
export const requestPath = (request: IncomingMessage): string => (request.url ?? "/").split("?")[0] ?? "/";

/** Admits a ticket for the member in the path; where a route carries bytes, a relay ticket as well. */
export const admitMember = (api: HostServices, bytes: boolean) =>
  createMiddleware<HostEnv>(async (c, next) => {
    const member = c.req.param("member") ?? "";
    const agent = c.req.param("agent");
    if (!id("mem").safeParse(member).success || (agent !== undefined && !id("agt").safeParse(agent).success))
      throw new AppError("not_found");
    c.set("row", await admitToStack(api, c.env.incoming, { member, path: c.req.path, bytes }));
    await next();
  });

/** The stack that a call's ticket opens. */
export async function admitToStack(
  api: HostServices,
  request: IncomingMessage,
  asked: { member: string; path: string; bytes: boolean },
): Promise<LedgerStackRow> {
  const { epoch, renews } = await readMemberTicket(request, asked, api.machine(), api.keys);
  const row = requireEpoch(api.host.ledger.stack(asked.member), epoch);
  if (renews) api.stacks.renew(asked.member, epoch, api.host.elapsed() + limits.lease);
  else api.host.use.noteCall(asked.member, asked.path);
  return row;
}
