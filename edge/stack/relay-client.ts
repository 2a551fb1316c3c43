import { eq } from "drizzle-orm";
import { appStateHeader } from "../../schema/release/release-host.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { ticketHeader } from "../../schema/wire/ticket.ts";
import { TimedCache } from "../../schema/wire/timed-cache.ts";
import type { EdgeConfig } from "../env.ts";
import { readBytes } from "../http.ts";
import type { Database } from "../kernel/db.ts";

import { ingressHeaders } from "../kernel/ingress.ts";
import { issueTicket } from "../kernel/ticket.ts";
import { traceHeader } from "../kernel/trace.ts";

export type Relayed = {
  member: Id<"mem">;
  /** Below the member's stack. */
  path: string;
  query?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: ReadableStream | Uint8Array<ArrayBuffer> | null;
  /** Ends the call when its asker goes. */
  signal?: AbortSignal;
  requestId: string;
  /** Milliseconds until the answer must begin, what is sent included. */
  firstByte?: number;
  /** A part of the path below which many calls come: they share one ticket. */
  shared?: string;
};

/** Tickets for a member's stack, by the part of it that they open. */
const sharedTickets = new TimedCache<string>({ ms: 1_000, most: 1_000 });
async function makeTicket(config: EdgeConfig, db: Database, member: Id<"mem">, path: string): Promise<string | undefined> {
  const stack = await db.select().from(stackTable).where(eq(stackTable.member, member)).get();
  if (!stack?.host) return undefined;
  const { ticket } = await issueTicket(config, "relay", { member, host: stack.host, epoch: stack.epoch, path });
  return ticket;
}
/** After a refusal: the stack may be on another host by now. */
export const forgetSharedTicket = ({ member, shared }: Pick<Relayed, "member" | "shared">): void =>
  sharedTickets.forget(`${member} ${shared}`);

/**
 * Bytes to and from one path of a member's stack, by way of the runner's relay with a ticket for just that.
 * The answer must begin in time; it may last. Whatever the answer is, it is the caller's to read.
 */
export async function openRelay(config: EdgeConfig, db: Database, call: Relayed): Promise<Response> {
  const { member, shared } = call;
  const path = `/stacks/${member}${call.path}`;
  const make = () => makeTicket(config, db, member, shared === undefined ? path : `/stacks/${member}${shared}`);
  const ticket = shared === undefined ? await make() : (await sharedTickets.get(`${member} ${shared}`, make))?.value;
  if (ticket === undefined) throw new AppError("not_found");
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), call.firstByte ?? limits.firstByte);
  return fetch(`${config.RELAY_URL}/relay${path}${call.query ?? ""}`, {
    method: call.method ?? "GET",
    headers: {
      ...call.headers,
      [ticketHeader]: ticket,
      "x-request-id": call.requestId,
      ...traceHeader(call.requestId),
      ...ingressHeaders(config),
    },
    ...(call.body ? { body: call.body } : {}),
    redirect: "manual",
    cf: { cacheTtlByStatus: { "100-599": -1 } }, // what a ticket opens is in no cache on the way
    signal: call.signal ? AbortSignal.any([late.signal, call.signal]) : late.signal,
  })
    .catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "relay" }, { cause });
    })
    .finally(() => clearTimeout(timer));
}
const refusalMs = 5_000;
/** Of what should be a short refusal no more than a little, and not for long; undefined for anything else. */
async function readRefusalText({ headers, body }: Response): Promise<string | undefined> {
  const timely = body?.pipeThrough(new TransformStream(), { signal: AbortSignal.timeout(refusalMs) }) ?? null;
  return readBytes({ headers, body: timely }, limits.liveBytes).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
}
/** As `openRelay`, where every answer but a good one is a refusal. */
export async function relayToHost(config: EdgeConfig, db: Database, call: Relayed): Promise<Response> {
  const response = await openRelay(config, db, call);
  if (response.ok) return response;
  throw await readRelayRefusal(response);
}
/** What the relay or the host says instead of an answer. */
export async function readRelayRefusal(response: Response): Promise<AppError> {
  const said = errorBody.safeParse(tryParseForeignJson(await readRefusalText(response)));
  const app = response.headers.get(appStateHeader) ?? undefined;
  const meta = { what: "relay", status: response.status, app };
  if (!said.success) return new AppError("upstream", meta);
  const { code, message } = said.data.error;
  // Of the edge's own ticket: the member is signed in, and is not to be told otherwise.
  if (code === "unauthenticated" || code === "ticket_expired") return new AppError("unavailable", { ...meta, code });
  return new AppError(code, meta, { message });
}
