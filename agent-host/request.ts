import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { AppError, invalidInput } from "../schema/wire/error.ts";
import { type Id, id } from "../schema/wire/id.ts";
import { parseRequestJson } from "../schema/wire/json-text.ts";
import { limits } from "../schema/wire/limits.ts";
import { requestPath } from "./auth.ts";
import type { LedgerStackRow } from "./ledger.ts";
import type { HostRequest, HostServices } from "./server.ts";

/** What the routes of a host have in common. */
export const memberRoute = "/stacks/:member{[A-Za-z0-9_]+}";

export const answerJson = (c: HostRequest, body: object) => c.json(body, 200, { "x-request-id": c.var.requestId });
/** What follows `part` in a path, as it came: Hono's own parameters are decoded. */
export const restOfPath = (c: HostRequest, part: string): string => c.req.path.slice(c.req.path.indexOf(part) + part.length);
export const requestQuery = ({ env }: HostRequest): string => (env.incoming.url ?? "").slice(requestPath(env.incoming).length);

export async function readRequestBytes(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > most) throw new AppError("too_large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
export async function readJsonBody<T extends z.ZodType>(c: HostRequest, shape: T, most: number = limits.bodyBytes): Promise<z.infer<T>> {
  const parsed = shape.safeParse(parseRequestJson((await readRequestBytes(c.env.incoming, most)).toString("utf8")));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

export const memberParameter = (c: HostRequest): Id<"mem"> => readIdParameter("mem", c.req.param("member"));
export const agentParameter = (c: HostRequest): Id<"agt"> => readIdParameter("agt", c.req.param("agent"));
/** An id in a path; another kind of id is nothing that is here. */
export function readIdParameter<P extends "mem" | "agt" | "trm">(prefix: P, text: string | undefined): Id<P> {
  const parsed = id(prefix).safeParse(text);
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}

/** The stack of a call that works in its containers. */
export function requireRunning(api: HostServices, { var: { row } }: HostRequest): LedgerStackRow {
  if (!api.stacks.running(row.member)) throw new AppError("unavailable", { what: "stack is not running" });
  return row;
}
