import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type PortsSeen, programHeader } from "../../schema/preview/preview.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { type ForwardOptions, forwardRequest, keepHeaders } from "../gateway/forward.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { type LoopbackAddress, listListeners } from "../opencode/box-process.ts";
import { findBox } from "../opencode/server-process.ts";
import type { BoxConnections } from "./box-connector.ts";

const serverPorts = new Set(Array.from({ length: box.seats }, (_, seat) => box.opencodePort(seat)));
const mayShow = (port: number) => port > 1023 && port < 65_536 && !serverPorts.has(port);

/** The user of this agent, and the first process of its box. */
async function findAgentUser(host: Host, row: LedgerStackRow, agent: Id<"agt">): Promise<{ boxPid: number; uid: number }> {
  const seat = host.ledger.agent(row.member, agent)?.seat;
  if (seat === undefined) throw new AppError("not_found");
  const { pid: boxPid } = await findBox(host, row.member);
  return { boxPid, uid: box.uid(seat) };
}
/** The ports on which programs of this agent listen; those of agents' own servers are never among them. */
export async function listAgentPorts(host: Host, row: LedgerStackRow, agent: Id<"agt">): Promise<PortsSeen> {
  const { boxPid, uid } = await findAgentUser(host, row, agent);
  const listening = await listListeners(boxPid);
  return { ports: listening.filter((each) => each.uid === uid && mayShow(each.port)).map(({ port }) => port) };
}

export type AskedPort = { row: LedgerStackRow; agent: Id<"agt">; port: number };
/** Where this agent listens on a port; else `not_found`: another agent's port is nobody's. */
export async function requirePort(host: Host, { row, agent, port }: AskedPort): Promise<LoopbackPort> {
  const { boxPid, uid } = await findAgentUser(host, row, agent);
  const listener = mayShow(port) ? await host.listeners.find(boxPid, uid, port) : undefined;
  if (!listener) throw new AppError("not_found", { what: "port", port }, { message: "Nothing listens on this port." });
  return { pid: boxPid, port, addresses: listener.addresses };
}

/**
 * For a program that listens on loopback the request comes from loopback: its own address stands in its
 * headers. What serves under a name of its own, which the edge then says, is asked by that name.
 */
export function headersForPort(headers: IncomingHttpHeaders, port: number): Record<string, string | string[] | undefined> {
  const kept = Object.entries(keepHeaders(headers, ["accept-encoding"])).filter(([name]) => !/^(cf|x-growqr)-/.test(name));
  return { ...Object.fromEntries(kept), host: headers["x-forwarded-host"] ?? `localhost:${port}` };
}

/**
 * A program that listens on the loopback of a container with this first process; without addresses, on either
 * of its two.
 */
export type LoopbackPort = { pid: number; port: number; addresses?: readonly LoopbackAddress[] };
/**
 * Passes a request on to such a program, and its answer back as it comes; `headers` are those of the request
 * by now. `answered` hears the status when the head of the answer is there.
 */
export function forwardToLoopback(
  host: Host,
  connections: BoxConnections,
  to: LoopbackPort &
    Pick<ForwardOptions, "answered" | "pool" | "requestId"> & { member: string; path: string; headers: IncomingHttpHeaders },
  call: { incoming: IncomingMessage; outgoing: ServerResponse },
): Promise<void> {
  const { pid, port, addresses, member, requestId, answered, pool } = to;
  return forwardRequest(call.incoming, call.outgoing, {
    url: `http://localhost:${port}${to.path}`,
    keep: false,
    headers: headersForPort(to.headers, port),
    firstByte: limits.firstByte,
    mark: { [programHeader]: "1" },
    requestId,
    ...(answered ? { answered } : {}),
    ...(pool ? { pool } : {}),
    connect: () =>
      connections.connect(pid, port, addresses).catch((error: unknown) => {
        host.log("info", "a port was not reached", { requestId, member, port, error });
        throw error;
      }),
  });
}

/** Passes a request on to a program of an agent in the box. */
export async function forwardToPort(
  host: Host,
  connections: BoxConnections,
  asked: AskedPort & { path: string; requestId: string },
  call: { incoming: IncomingMessage; outgoing: ServerResponse },
): Promise<void> {
  const at = await requirePort(host, asked);
  const { path, requestId, row } = asked;
  await forwardToLoopback(host, connections, { ...at, path, requestId, member: row.member, headers: call.incoming.headers }, call);
}
