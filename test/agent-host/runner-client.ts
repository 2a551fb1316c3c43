import { request } from "node:https";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import type { z } from "zod";
import { memberTable } from "../../schema/account/member.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { registryAgentTable, registrySubAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import {
  type Ceiling,
  type StackLimits,
  type StackLine,
  type StackSeen,
  stackLine,
  stackSeen,
  type Tier,
} from "../../schema/stack/stack.ts";
import { type Id, id, newId, siblingId } from "../../schema/wire/id.ts";
import { signTicket } from "../../schema/wire/ticket.ts";
import { limit } from "../harness/suite/limit.ts";
import type { Runner } from "./enrolled-host.ts";
import { ground, hostInstance } from "./ground.ts";

const seconds = () => Math.floor(Date.now() / 1000);
export const limits: StackLimits = {
  cpus: 2,
  memoryMb: 3072,
  pids: 512,
  agents: 2,
  egressMb: 20_480,
  apps: 10,
  appDataMb: 1_024,
  appsAwake: true,
};

export type Person = { member: Id<"mem">; stack: Id<"stk">; agent: Id<"agt"> };
export function newPerson(): Person {
  const agent = newId("agt");
  return { member: newId("mem"), stack: siblingId("stk", agent), agent };
}

/** A stack ticket as the edge makes it. */
export function signStackTicket(
  person: Person,
  change: { epoch?: number; host?: string; ceiling?: Ceiling; ceilingRev?: number; ttl?: number; limits?: StackLimits } = {},
): Promise<string> {
  const claims = {
    member: person.member,
    stack: person.stack,
    host: id("hst").parse(change.host ?? ground.host),
    epoch: change.epoch ?? 1,
    ceiling: change.ceiling ?? "running",
    ceilingRev: change.ceilingRev ?? 1,
    limits: change.limits ?? limits,
  } as const;
  return signTicket(ground.secrets.signingKeys, "host", claims, seconds(), change.ttl ?? 300);
}
export function signRelayTicket(person: Person, path: string, epoch = 1): Promise<string> {
  const claims = { member: person.member, host: id("hst").parse(ground.host), epoch, path };
  return signTicket(ground.secrets.signingKeys, "relay", claims, seconds(), 60);
}

export type Answer = {
  status: number;
  text: string;
  headers: NodeJS.Dict<string | string[]>;
  json: <T extends z.ZodType>(shape: T) => z.infer<T>;
};
type Ask = {
  ticket?: string;
  body?: unknown;
  raw?: string;
  headers?: Record<string, string>;
  as?: Partial<Runner>;
  onData?: (text: string) => boolean;
  /** Bytes that are no text: a character each. */
  bytes?: true;
  /** It hangs up then, wherever the call is. */
  signal?: AbortSignal;
};

/**
 * One call over mutual TLS, as a runner makes it. `onData` sees the answer as it comes and ends it by
 * answering true.
 */
export function callHost(method: string, path: string, options: Ask = {}): Promise<Answer> {
  const { key, certificate, ca } = { ...ground.runner, ...options.as };
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers = {
    ...(options.ticket ? { authorization: `Bearer ${options.ticket}` } : {}),
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port: hostInstance.ports.host,
        method,
        path,
        headers,
        key,
        cert: certificate,
        ca,
        agent: false,
        checkServerIdentity: () => undefined,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (response) => {
        let text = "";
        const end = () =>
          resolve({ status: response.statusCode ?? 0, text, headers: response.headers, json: (shape) => shape.parse(JSON.parse(text)) });
        response.setEncoding(options.bytes ? "latin1" : "utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (options.onData?.(text)) {
            end();
            response.destroy();
          }
        });
        response.on("end", end);
        response.on("error", (error) => (options.onData ? end() : reject(error)));
      },
    );
    call.setTimeout(limit(100_000), () => call.destroy(new Error("the host does not answer")));
    call.on("error", reject);
    call.end(body);
  });
}

export type PutResult = { status: number; lines: StackLine[]; stack: StackSeen | undefined; error: string | undefined; text: string };
/** PUT /stacks/:member, its lines read. */
export async function putStack(
  person: Person,
  generation: number,
  tier: Tier,
  change: Parameters<typeof signStackTicket>[1] & { onLine?: (lines: StackLine[]) => void } = {},
): Promise<PutResult> {
  const read = (text: string) =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => stackLine.parse(JSON.parse(line)));
  const { onLine } = change;
  const onData = (text: string) => {
    onLine?.(read(text));
    return false;
  };
  const answer = await callHost("PUT", `/stacks/${person.member}`, {
    ticket: await signStackTicket(person, change),
    body: { generation, tier },
    ...(onLine ? { onData } : {}),
  });
  const lines = answer.status === 200 ? read(answer.text) : [];
  const last = lines.at(-1);
  return {
    status: answer.status,
    lines,
    stack: last?.type === "observed" ? last.stack : undefined,
    error: last?.type === "error" ? last.code : undefined,
    text: answer.text,
  };
}
export async function readStack(person: Person, change: Parameters<typeof signStackTicket>[1] = {}): Promise<StackSeen> {
  const answer = await callHost("GET", `/stacks/${person.member}`, { ticket: await signStackTicket(person, change) });
  if (answer.status !== 200) throw new Error(`the host answered ${answer.status}: ${answer.text}`);
  return answer.json(stackSeen);
}

/** Puts a member into the registry as the edge would: entitled, with a Grow Agent, placed on this host. */
export async function placeStack(person: Person, epoch = 1): Promise<void> {
  const client = createClient({ url: ground.libsqlUrl });
  const db = drizzle({ client, casing: "snake_case" });
  const at = Date.now();
  await db
    .insert(memberTable)
    .values({ id: person.member, subject: `user_${person.member}`, name: "A", email: "a@example.test", createdAt: at });
  await db
    .insert(subscriptionTable)
    .values({ member: person.member, plan: "studio", status: "active", periodStart: at, periodEnd: at + 86_400_000, createdAt: at });
  await db
    .insert(registryAgentTable)
    .values({ id: person.agent, member: person.member, name: "Grow", channel: newId("chn"), createdAt: at });
  await db.insert(stackTable).values({
    id: person.stack,
    member: person.member,
    workspace: siblingId("wsp", person.stack),
    host: id("hst").parse(ground.host),
    epoch,
    ceiling: "running",
    placedAt: at,
    createdAt: at,
  });
  client.close();
}

/** What the edge tells the host with its next heartbeat: the stack is to be erased. */
export async function closeStackRow(person: Person): Promise<void> {
  const client = createClient({ url: ground.libsqlUrl });
  await client.execute({ sql: "update stack set ceiling = 'erased', ceiling_rev = 2000 where member = ?", args: [person.member] });
  client.close();
}
/** Adds a sub-agent to the registry, as the edge would for the actor. */
export async function placeSubAgent(person: Person, agent: Id<"agt">): Promise<void> {
  const client = createClient({ url: ground.libsqlUrl });
  const db = drizzle({ client, casing: "snake_case" });
  await db
    .insert(registrySubAgentTable)
    .values({ id: agent, member: person.member, type: "coding", tools: ["recall"], createdAt: Date.now() });
  client.close();
}
