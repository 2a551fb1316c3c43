import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMachine } from "../../../actors/runner/machine.ts";
import { peerTickets } from "../../../actors/runner/peer.ts";
import { type ContractCallInput, type ContractCallOutput, searchActions } from "../../../schema/actions.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { searchActorId } from "../../../schema/search/search.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { openActorClient } from "../../harness/rivet-client.ts";
import { queries } from "../../harness/sample-text.ts";
import { limit } from "../../harness/suite/limit.ts";
import { answers, bin, root, type Started, start } from "../../local/process.ts";
import { runnerEnv, runnerFolder } from "../../local/runner.ts";
import { openSecrets } from "../../local/secrets.ts";
import { engineUp, ground, refused, ticket } from "../running-engine.ts";

/** Search in an actor, over years of messages. */
const entries = 100_000;
const member = newId("mem");
const agent = newId("agt");
let engine: Awaited<ReturnType<typeof engineUp>>;
let runner: Started;

async function talker(): Promise<Started> {
  const testedInstance = readInstance(ground.instance);
  const env: Record<string, string> = {
    ...runnerEnv(testedInstance, ground.folder, { endpoint: engine.endpoint, edgeUrl: ground.edgeUrl }),
    SAID: String(entries),
  };
  const args = [path.join(root, "test/actors/search/long-log-runner.ts")];
  return start({
    name: "talker",
    command: bin("node"),
    args,
    folder: ground.folder,
    env,
    ready: () => answers(`http://127.0.0.1:${env.RELAY_PORT}/`),
  });
}
async function callWith(params: unknown, name: string, input: unknown, actor: "search" | "growAgent" = "search"): Promise<unknown> {
  const { engineToken } = await openSecrets(ground.folder);
  const actors = openActorClient(engine.url, engineToken);
  return actors[actor].getOrCreate([member], { params }).action({ name, args: [{ requestId: newId("req"), key: newId("req"), input }] });
}
const peers = () => peerTickets(loadMachine(runnerFolder(ground.folder), ground.edgeUrl));
type Actions = typeof searchActions;
async function ask<A extends keyof Actions>(name: A, input: ContractCallInput<Actions[A]>): Promise<ContractCallOutput<Actions[A]>> {
  const params = { ticket: await peers().sign({ member, from: agent, to: searchActorId(member) }) };
  return searchActions[name].out.parse(await callWith(params, name, input)) as ContractCallOutput<Actions[A]>;
}
const find = (query: string) => ask("query", { query });

beforeAll(async () => {
  engine = await engineUp();
  runner = await talker();
  await callWith({}, "said", { seq: entries }, "growAgent");
  const input = { agent, lastSeq: entries, repos: [] };
  await eventually("everything is read", async () => (await ask("sync", input)).done, 300_000);
}, limit(330_000));
afterAll(async () => {
  await runner?.stop();
  await engine?.stop();
});

test("warm, the passage that holds all the words comes first among 100,000, whichever words there are", async () => {
  await ask("warm", {});
  await eventually("it is warm", async () => (await find("goal")).hot, 60_000);
  for (const query of queries(entries)) {
    const { hot, hits } = await find(query);
    expect({ query, hot, found: hits.length > 0 }).toEqual({ query, hot: true, found: true });
  }
  expect((await find("only17777")).hits).toMatchObject([{ source: "messages", seq: 17_777 }]);
  expect((await find("goal only4242")).hits[0]).toMatchObject({ seq: 4_242 });
});

test("the first queries after a sleep do not wait for the index to be warm: the newest that hold the words, then what begins with them", async () => {
  await runner.stop();
  runner = await talker();
  expect(await find("only1141")).toMatchObject({ hot: false, hits: [{ seq: 1_141 }] });
  const { hits } = await find("onl");
  expect(hits).toHaveLength(20);
  expect(hits.map((hit) => hit.seq)).toEqual(hits.map((_, at) => entries - at));
  expect(await find("nothing-holds-this only222")).toMatchObject({ hits: [{ seq: 222 }] });
  expect((await find("nothing holds this either onl")).hits).toHaveLength(20);
  const [{ hot }, meanwhile] = await Promise.all([ask("warm", {}), find("only11415")]);
  expect({ hot, meanwhile }).toMatchObject({ hot: false, meanwhile: { hot: false, hits: [{ seq: 11_415 }] } });
  await eventually("it is warm again", async () => (await find("only11415")).hot, 60_000);
});

test("reading again what was read adds nothing", async () => {
  const input = { agent, lastSeq: entries, repos: [] };
  expect(await ask("sync", input)).toMatchObject({ done: true, added: 0 });
});

test("only an actor of the same member may ask: no browser, no edge, nobody else's", async () => {
  const other = newId("mem");
  const notTheirs = [
    { ticket: await ticket("live", { member, agent }) },
    { ticket: await ticket("actor", { member }) },
    { ticket: await peers().sign({ member: other, from: agent, to: searchActorId(member) }) },
    { ticket: await peers().sign({ member, from: agent, to: agent as Id<"agt"> }) },
  ];
  const refusal = async (params: object) => (await refused(callWith(params, "query", { query: "goal" }))).code;
  for (const params of notTheirs) expect(await refusal(params)).toBe("not_found");
  for (const params of [{ ticket: "nonsense-nonsense-nonsense" }, {}]) expect(await refusal(params)).toBe("unauthenticated");
});
