import { eq } from "drizzle-orm";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError, errorBody } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { issueTicket } from "../kernel/ticket.ts";

export type Relayed = {
  member: Id<"mem">;
  /** Below the member's stack. */
  path: string;
  query?: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: ReadableStream | Uint8Array<ArrayBuffer> | null;
  /** Ends the call when its asker goes. */
  signal?: AbortSignal;
  requestId: string;
};

/**
 * Bytes to and from one path of a member's stack, by way of the runner's relay
 * with a ticket for just that. The answer must begin in time; it may last.
 */
export async function relayToHost(config: EdgeConfig, db: Database, call: Relayed): Promise<Response> {
  const stack = await db.select().from(stackTable).where(eq(stackTable.member, call.member)).get();
  if (!stack?.host) throw new AppError("not_found");
  const path = `/stacks/${call.member}${call.path}`;
  const made = await issueTicket(config, "relay", { member: call.member, host: stack.host, epoch: stack.epoch, path });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limits.firstByte);
  const response = await fetch(`${config.RELAY_URL}/relay${path}${call.query ?? ""}`, {
    method: call.method ?? "GET",
    headers: { ...call.headers, authorization: `Bearer ${made.ticket}`, "x-request-id": call.requestId },
    ...(call.body ? { body: call.body } : {}),
    redirect: "manual",
    signal: call.signal ? AbortSignal.any([late.signal, call.signal]) : late.signal,
  })
    .catch((cause: unknown) => {
      throw new AppError("unavailable", { what: "relay" }, { cause });
    })
    .finally(() => clearTimeout(timer));
  if (response.ok) return response;
  const said = errorBody.safeParse(await response.json().catch(() => undefined));
  throw new AppError(said.success ? said.data.error.code : "upstream", { what: "relay", status: response.status });
}
