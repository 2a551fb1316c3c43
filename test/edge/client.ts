import { createClient } from "@libsql/client";
import { inject } from "vitest";
import { z } from "zod";
import { actorView, meOut, ticketOut } from "../../schema/account/account.ts";
import { erasureOut } from "../../schema/account/erasure.ts";
import { joinOut } from "../../schema/machine/host.ts";
import { type Instance, readInstance } from "../../schema/machine/instance.ts";
import { type MachineId, newMachineKey, signAgentToken, signCall } from "../../schema/machine/machine.ts";
import { type ErrorBody, errorBody } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { ApiContract } from "../harness/api-contract.ts";
import { type EdgeUp, freshFolder, operatorMail, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { ofThisWorker } from "../harness/suite/each-worker.ts";
import { signIn } from "../local/identity.ts";

declare module "vitest" {
  interface ProvidedContext {
    edge: EdgeUp[];
    /** `/openapi.json`, as text. */
    description: string;
    /** The socket of Stripe's own mock server. */
    stripeMock: string;
  }
}

/** The edge of this file, with an engine and a runner behind it. */
export const edgeUp = ofThisWorker(inject("edge"));

/** A second set of ports within the test's own range, for a test that needs parts of its own. */
export function beside(by: 40 | 60): Instance {
  const base = readInstance(edgeUp.instance);
  const ports = Object.fromEntries(Object.entries(base.ports).map(([name, port]) => [name, port + by]));
  return { ...base, ports: { ...base.ports, ...ports } };
}

let contract: ApiContract | undefined;
/** Whatever a test asks, the answer is one that the description of the API promises. */
function requireKept(method: string, where: string, { status, headers, json }: Answer): void {
  contract ??= new ApiContract(inject("description"));
  const { pathname } = new URL(where, "http://edge");
  const breach = contract.breachOf({ method, path: pathname, status, type: headers.get("content-type") ?? "", json });
  if (breach !== undefined) throw new Error(`The answer breaks the contract: ${breach}`);
}

export type Answer = { status: number; headers: Headers; text: string; json: unknown };
export type Ask = { body?: unknown; raw?: string; token?: string; headers?: Record<string, string>; edge?: EdgeUp };

/** One request to the edge. `body` goes as JSON, `raw` as it is. */
export async function ask(method: string, where: string, { body, raw, token, headers = {}, edge = edgeUp }: Ask = {}): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(edge.url + where, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
    redirect: "manual",
  });
  const answer = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    json = undefined; // not every answer is JSON
  }
  const said = { status: response.status, headers: response.headers, text: answer, json };
  requireKept(method, where, said);
  return said;
}
/** The refusal in an answer; throws when it is none. */
export function refusal(answer: Answer): ErrorBody["error"] {
  return errorBody.parse(answer.json).error;
}

let people = 0;
/** Someone who was never here before; `token()` is fresh each time. */
export async function newPerson(edge: EdgeUp = edgeUp) {
  const email = `p${process.pid}-${Date.now().toString(36)}-${people++}@example.com`;
  const { token, userId, sessionId } = await signIn(edge.identityUrl, email);
  return { email, subject: userId, signIn: sessionId, token };
}
export type TestPerson = Awaited<ReturnType<typeof newPerson>>;
export const operatorToken = async (edge: EdgeUp = edgeUp) => (await signIn(edge.identityUrl, operatorMail)).token();

/** Asks again while a part is overloaded, as every client does: for what prepares a test. */
const askPatiently = (method: string, where: string, input: Ask): Promise<Answer> =>
  eventually(`${method} ${where} is taken`, async () => {
    const answer = await ask(method, where, input);
    if (answer.status === 503) throw new Error(answer.text);
    return answer;
  });

const tokenOut = z.object({ token: z.string(), expiresAt: z.number() });
export async function joinToken(role: "host" | "runner", edge: EdgeUp = edgeUp): Promise<string> {
  const answer = await askPatiently("POST", "/hosts/tokens", { body: { role }, token: await operatorToken(edge), edge });
  return tokenOut.parse(answer.json).token;
}

export type TestMachine = { id: MachineId; keyPem: string; certificate: string; ca: string };
export const capacity = { cpus: 4, memoryMb: 8192, stacks: 0 };
/** A machine that joined by the public door, with a key of its own. */
export async function joinMachine(role: "host" | "runner", stacks = 0, edge: EdgeUp = edgeUp): Promise<TestMachine> {
  const { keyPem, csrPem } = await newMachineKey("test-machine");
  const where = role === "host" ? { address: "127.0.0.1", port: 1, capacity: { ...capacity, stacks } } : {};
  const answer = await askPatiently("POST", "/hosts/join", {
    body: { token: await joinToken(role, edge), csr: csrPem, name: "test", ...where },
    edge,
  });
  const { id, certificate, ca } = joinOut.parse(answer.json);
  return { id, keyPem, certificate, ca };
}
/** A call signed by a machine. */
export async function signed(
  machine: Pick<TestMachine, "id" | "keyPem">,
  method: string,
  path: string,
  body?: unknown,
  edge?: EdgeUp,
): Promise<Answer> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const authorization = await signCall(machine.id, machine.keyPem, { method, path, body: text }, Math.floor(Date.now() / 1000));
  const headers = { authorization, ...(text ? { "content-type": "application/json" } : {}) };
  return ask(method, path, { ...(text ? { raw: text } : {}), headers, ...(edge ? { edge } : {}) });
}
let beats = 0;
export function heartbeat(host: TestMachine, stacks: number, edge?: EdgeUp): Promise<Answer> {
  return signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: ++beats, capacity: { ...capacity, stacks }, stacks: [] }, edge);
}

/** Straight into the database: for what only time would bring about, and to see that nothing was written. */
export async function sql(statement: string, args: (string | number)[] = [], edge: EdgeUp = edgeUp) {
  const client = createClient({ url: edge.libsqlUrl });
  try {
    return (await client.execute({ sql: statement, args })).rows;
  } finally {
    client.close();
  }
}

const trialOut = z.object({ actor: actorView });
/** Someone with a trial, a Grow Agent and a stack that is placed on a host nobody reaches. */
export async function newMember(edge: EdgeUp = edgeUp) {
  if (!edge.host) throw new Error("this edge has no host");
  if (edge !== edgeUp) await heartbeat({ ...edge.host, id: id("hst").parse(edge.host.id), certificate: "", ca: "" }, 4_000, edge);
  const person = await newPerson(edge);
  const headers = { "idempotency-key": crypto.randomUUID() };
  const answer = await askPatiently("POST", "/billing/trial", { body: {}, token: await person.token(), edge, headers });
  if (answer.status !== 202) throw new Error(`the trial answered ${answer.status}: ${answer.text}`);
  const { actor } = trialOut.parse(answer.json);
  await sql("update subscription set begun_at = period_start where member = ?", [actor.member], edge); // as if it had been ready
  return { ...person, actor };
}
export type TestMember = Awaited<ReturnType<typeof newMember>>;

/** Asks that an account is erased, by the word that its page shows. */
export async function eraseAccount(token: string, edge: EdgeUp = edgeUp): Promise<Answer> {
  const { confirmBy } = erasureOut.parse((await ask("GET", "/account/erasure", { token, edge })).json);
  return ask("POST", "/account/erasure", { body: { confirm: confirmBy }, token, edge });
}

/** Someone with a stack that has no place, of whom no runner has heard yet; gives the member's id. */
export async function newSleeper(edge: EdgeUp = edgeUp): Promise<Id<"mem">> {
  const person = await newPerson(edge);
  const { member } = meOut.parse((await ask("GET", "/me", { token: await person.token(), edge })).json);
  const stack = [newId("stk"), member.id, newId("wsp")];
  await sql("insert into stack (id, member, workspace, ceiling, created_at) values (?, ?, ?, 'stopped', 1)", stack, edge);
  return member.id;
}

/** A live ticket of a member. */
export async function liveTicket(member: Pick<TestMember, "actor" | "token">, edge: EdgeUp = edgeUp) {
  const answer = await ask("POST", `/actors/${member.actor.id}/ticket`, { body: {}, token: await member.token(), edge });
  return ticketOut.parse(answer.json);
}

const placed = { id: id("hst").parse(edgeUp.host?.id), keyPem: edgeUp.host?.keyPem ?? "" };
/** A heartbeat of the host on which members' stacks are placed, with what it says beside. */
export const beatOfHost = (more: object) =>
  signed(placed, "POST", `/hosts/${placed.id}/heartbeat`, {
    sequence: ++beats,
    capacity: { cpus: 64, memoryMb: 262_144, stacks: 4_000 },
    stacks: [],
    ...more,
  });
/** What an agent of a member holds: signed by the host of the member's stack. `at` in seconds since 1970. */
export const agentToken = (
  { actor }: TestMember,
  changes: { epoch?: number; agent?: TestMember["actor"]["id"]; at?: number } = {},
  by = placed,
) =>
  signAgentToken(
    by.id,
    by.keyPem,
    { member: actor.member, agent: changes.agent ?? actor.id, epoch: changes.epoch ?? 1 },
    changes.at ?? Math.floor(Date.now() / 1000),
  );

/** An edge for one file of tests: no other hosts take part. The engine behind it does not exist. */
export async function startEdgeWithoutEngine(
  by: 40 | 60,
  folder: string,
  { bindings = {}, ...served }: { mostCalls?: number; clock?: number; bindings?: Record<string, string> } = {},
): Promise<{ edge: EdgeUp; stop: () => Promise<void> }> {
  const second = beside(by);
  const others = {
    rivetUrl: `http://127.0.0.1:${second.ports.engine}`,
    rivetToken: "a".repeat(32),
    modelUrl: `http://127.0.0.1:${second.ports.model}/v1`,
    modelKey: "nobody-needs-this",
  };
  const { up, parts } = await startParts(second, freshFolder(second, folder), others, bindings, served);
  const stop = async () => {
    for (const part of parts) await part.stop();
  };
  return { edge: up, stop };
}
