import { readFileSync } from "node:fs";
import path from "node:path";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeSigningKey, randomKey } from "../../edge/deploy/new-keys.ts";
import { newId } from "../../schema/wire/id.ts";
import { ticketKeys } from "../../schema/wire/ticket.ts";
import { type EdgeUp, freshFolder, joinEmptyHost, joinRunner, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import { startEdge } from "../local/edge.ts";
import { startEngine } from "../local/engine.ts";
import type { Started } from "../local/process.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";
import { type Answer, ask, beside, liveTicket, newMember, type TestMember } from "./client.ts";
import { listen, textsOf } from "./event/sse-reader.ts";

/** Keys are rotated while a cell runs, as edge/README.md says: an edge is deployed anew with other ones. */
const instance = beside(60);
const folder = freshFolder(instance, "rotation");
let edge: EdgeUp;
let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof startEngine>>;
let runner: Started;

const bringRunner = () => startRunner(instance, folder, { edgeUrl: edge.url, endpoint: engine.endpoint });
beforeAll(async () => {
  const { engineToken } = await openSecrets(folder);
  engine = await startEngine(instance, folder, engineToken);
  const modelUrl = `http://127.0.0.1:${instance.ports.model}/v1`;
  const others = { rivetUrl: engine.url, rivetToken: engineToken, modelUrl, modelKey: "nobody-needs-this" };
  ({ up: edge, parts } = await startParts(instance, folder, others));
  await joinRunner(instance, edge);
  runner = await bringRunner();
  edge = { ...edge, host: await joinEmptyHost(instance, edge) };
});
afterAll(async () => {
  for (const part of [runner, ...parts, engine]) await part?.stop();
});

type Bindings = Record<string, string>;
const settings = z.object({ bindings: z.record(z.string(), z.string()) });
/** The same edge with other keys. */
async function deployWith(change: (bindings: Bindings) => Bindings): Promise<void> {
  const { bindings } = settings.parse(JSON.parse(readFileSync(path.join(folder, "edge.json"), "utf8")));
  const [before, ...others] = parts;
  await before?.stop();
  parts = [await startEdge(instance, folder, { ...bindings, ...change(bindings) }), ...others];
}
const say = async (member: TestMember, text: string, clientId: string = crypto.randomUUID()): Promise<Answer> =>
  ask("POST", `/actors/${member.actor.id}/message`, { body: { clientId, text }, token: await member.token(), edge });
const look = (member: TestMember, ticket: string) => {
  const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": member.actor.member });
  const headers = { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" };
  const body = { args: [{ requestId: newId("req"), key: crypto.randomUUID(), input: {} }] };
  return ask("POST", `/live/gateway/growAgent/action/snapshot?${query}`, { body, headers, edge });
};
const kidOf = (ticket: string) => decodeProtectedHeader(ticket).kid;

test("a ticket of before counts after the rotation, one of after is the new key's, and the runner that stayed takes both", {
  timeout: limit(90_000),
}, async () => {
  const member = await newMember(edge);
  expect((await say(member, "before")).status).toBe(202); // the runner has read the keys
  const { ticket: before } = await liveTicket(member, edge);
  const fresh = await makeSigningKey();
  await deployWith(({ SIGNING_KEYS = "" }) => ({
    SIGNING_KEYS: JSON.stringify([fresh, ...ticketKeys.parse(JSON.parse(SIGNING_KEYS))]),
  }));
  expect((await say(member, "after")).status).toBe(202);
  const { ticket: after } = await liveTicket(member, edge);
  expect(kidOf(before)).not.toBe(fresh.kid);
  expect(kidOf(after)).toBe(fresh.kid);
  expect([(await look(member, before)).status, (await look(member, after)).status]).toEqual([200, 200]);

  // Once the older one has left, what it signed opens nothing.
  await deployWith(() => ({ SIGNING_KEYS: JSON.stringify([fresh]) }));
  expect((await look(member, after)).status).toBe(200);
  expect((await look(member, before)).status).toBe(401);
});

test("with another token of the engine agents go on, an edge with the older one reaches those that there are, and nothing is lost", {
  timeout: limit(120_000),
}, async () => {
  const member = await newMember(edge);
  expect((await say(member, "before")).status).toBe(202);
  const token = randomKey();
  await runner.stop();
  await engine.stop();
  engine = await startEngine(instance, folder, token);
  runner = await bringRunner();
  // On the way to an agent that is there the engine asks for no token; the agent asks for a ticket.
  const sayUntilTaken = (text: string, clientId = crypto.randomUUID()) =>
    eventually("a message is taken", async () => (await say(member, text, clientId)).status === 202 || undefined, 60_000);
  await sayUntilTaken("meanwhile");
  await deployWith(() => ({ RIVET_TOKEN: token }));
  await sayUntilTaken("after");
  const other = await newMember(edge);
  expect((await say(other, "first")).status).toBe(202);
  const said = await listen(`/actors/${member.actor.id}/events`, {
    token: await member.token(),
    edge,
    ms: 20_000,
    enough: (all) => textsOf(all).includes("after"),
  });
  expect(textsOf(said)).toEqual(["before", "meanwhile", "after"]);
});
