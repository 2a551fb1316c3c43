import { createClient } from "@libsql/client";
import { inject } from "vitest";
import { type ActionName, actions, type InputOf, type OutputOf } from "../../schema/actions.ts";
import { type GrowAgentInput, growAgentKey } from "../../schema/agent/grow-agent.ts";
import type { StoredEvent } from "../../schema/event.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { signTicket, type TicketAudience, type TicketClaims } from "../../schema/wire/ticket.ts";
import { eventually } from "../harness/eventually.ts";
import { type ActorConnection, type ActorHandle, openActorClient, type Refused } from "../harness/rivet-client.ts";
import { ofThisWorker } from "../harness/suite/each-worker.ts";
import { startEngine } from "../local/engine.ts";
import type { Started } from "../local/process.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";

/** The edge and the machine of this file. */
export const ground = ofThisWorker(inject("actors"));
const testedInstance = () => readInstance(ground.instance);

export const engineUp = async () => startEngine(testedInstance(), ground.folder, (await openSecrets(ground.folder)).engineToken);
/** A runner; a second one beside the first needs its own relay port. `more`: settings of its environment. */
export async function runnerUp(
  endpoint: string,
  second = false,
  more: Record<string, string> = {},
): Promise<Started & { relayUrl: string }> {
  const { folder, edgeUrl } = ground;
  const env = { ...(second ? { RELAY_PORT: String(testedInstance().ports.spare) } : {}), ...more };
  return startRunner(testedInstance(), folder, { edgeUrl, endpoint, name: second ? "runner-2" : "runner", env });
}

export const seconds = () => Math.floor(Date.now() / 1000);
export async function ticket<A extends TicketAudience>(audience: A, claims: TicketClaims<A>, ttl = 60): Promise<string> {
  return signTicket((await openSecrets(ground.folder)).signingKeys, audience, claims, seconds(), ttl);
}

/** What a promise was refused with; throws when it was not. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: Refused) => ({ error }),
  );
  if ("value" in answer) throw new Error(`not refused: ${JSON.stringify(answer.value)}`);
  return answer.error;
}

/**
 * How an attempt to connect ends: the code it is refused with, or `connected`. The stock client would try
 * again for ever.
 */
export function outcomeOf(connection: ActorConnection): Promise<string> {
  const settled = Promise.withResolvers<string>();
  connection.onError((error) => settled.resolve(error.code));
  connection.onStatusChange((status) => status === "connected" && settled.resolve("connected"));
  return settled.promise.finally(() => connection.dispose());
}

/** The edge knows them and who speaks for them; else it gives no key for what their actors keep. */
async function registerMember(member: Id<"mem">, stack: Id<"stk">): Promise<void> {
  const client = createClient({ url: `http://127.0.0.1:${testedInstance().ports.libsql}` });
  const known = "insert into member (id, subject, name, email, created_at) values (?, ?, 'Ada Lind', 'ada@example.com', 0)";
  const placed = "insert into stack (id, member, workspace, ceiling, created_at) values (?, ?, ?, 'stopped', 0)";
  await client.batch([
    { sql: known, args: [member, member] },
    { sql: placed, args: [stack, member, newId("wsp")] },
  ]);
  client.close();
}

export type Member = Awaited<ReturnType<typeof newMember>>;
/** A member whose growAgent has been made as the edge makes it. */
export async function newMember(engine: { url: string }) {
  const member = newId("mem");
  const stack = newId("stk");
  await registerMember(member, stack);
  const agent = newId("agt");
  const input: GrowAgentInput = { member, agent, stack, channel: newId("chn") };
  const { engineToken } = await openSecrets(ground.folder);
  const client = openActorClient(engine.url, engineToken);
  const live = (ttl?: number) => ticket("live", { member, agent, entitled: true }, ttl);
  const actor = (ttl?: number) => ticket("actor", { member, entitled: true }, ttl);
  const handle = (token: string, key = member): ActorHandle => client.growAgent.get(growAgentKey(key), { params: { ticket: token } });

  /** One action as the edge calls it (or with another ticket). */
  async function call(
    name: ActionName | "alarm" | "expire",
    body: unknown,
    options: { ticket?: string; key?: string } = {},
  ): Promise<unknown> {
    const args = [{ requestId: newId("req"), key: options.key ?? newId("req"), input: body }];
    return handle(options.ticket ?? (await actor())).action({ name, args });
  }
  async function ask<A extends ActionName>(name: A, input: InputOf<A>, options: { key?: string } = {}): Promise<OutputOf<A>> {
    return actions[name].out.parse(await call(name, input, options)) as OutputOf<A>;
  }
  const send = (text: string, clientId: string = newId("evt")) => ask("send", { clientId, text });
  async function log(from = 0): Promise<StoredEvent[]> {
    const page = await ask("since", { seq: from });
    const last = page.events.at(-1)?.seq ?? from;
    return last < page.last ? [...page.events, ...(await log(last))] : page.events;
  }
  // An engine that has just started may not know its runner yet, and a route is given up after 15 s.
  await eventually("the actor's first answer", async () => {
    const options = { params: { ticket: await actor() }, createWithInput: input }; // a ticket ends before a slow machine's limit
    const created = client.growAgent.getOrCreate(growAgentKey(member), options);
    return created.action({ name: "snapshot", args: [{ requestId: newId("req"), key: "first", input: {} }] });
  });
  return { ...input, member: member as Id<"mem">, client, handle, live, actor, call, ask, send, log };
}
