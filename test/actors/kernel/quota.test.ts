import { createClient } from "@libsql/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refuseTurnWhenFull, stopTurnWhenFull } from "../../../actors/budget/storage-limit.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { Seal } from "../../../actors/kernel/seal.ts";
import { TokenBuckets } from "../../../actors/kernel/token-bucket.ts";
import { Edge } from "../../../actors/runner/edge.ts";
import { loadMachine } from "../../../actors/runner/machine.ts";
import { peerTickets } from "../../../actors/runner/peer.ts";
import { searchWork } from "../../../actors/search/search-client.ts";
import { dropPassages, openIndex, prepareIndex, requireIndexRoom, type Store } from "../../../actors/search/search-index.ts";
import { addPassages } from "../../../actors/search/search-passages.ts";
import { actOnTask, newTaskOf } from "../../../actors/task/task-control.ts";
import { stop } from "../../../actors/turn/stop.ts";
import { findTurn, turnsIn } from "../../../actors/turn/turn-row.ts";
import { stopOut } from "../../../schema/agent/grow-agent.ts";
import { filePassages, fileRef } from "../../../schema/search/search.ts";
import { specShape } from "../../../schema/task/spec.ts";
import type { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { testSeal } from "../../harness/actor-database.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { eventually } from "../../harness/eventually.ts";
import { ownFolder } from "../../harness/fixtures.ts";
import type { Refused } from "../../harness/rivet-client.ts";
import type { Started } from "../../local/process.ts";
import { runnerFolder } from "../../local/runner.ts";
import { engineUp, ground, newMember, outcomeOf, refused, runnerUp } from "../running-engine.ts";

/**
 * What one member may take of a runner that serves others: over it they are refused in words, and what ends
 * or decides still works.
 */
const folder = ownFolder();
let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof engineUp>>;
beforeAll(async () => {
  engine = await engineUp();
  parts = [await runnerUp(engine.endpoint, false, { ACTOR_BYTES: "4000000" }), engine];
});
afterAll(async () => {
  for (const part of parts) await part.stop();
});

const argument = (input: unknown) => [{ requestId: newId("req"), key: newId("req"), input }];
type Outcome = { code: "ok" } | Refused;
const outcome = (call: Promise<unknown>): Promise<Outcome> =>
  call.then(
    () => ({ code: "ok" }) as const,
    (error: Refused) => error,
  );
const codes = (all: Outcome[]) => [...new Set(all.map(({ code }) => code))].sort();

test("a token bucket gives its burst at once and then so many a second, by key", () => {
  const buckets = new TokenBuckets({ burst: 3, perSecond: 2 });
  const take = (key: string, now: number) => buckets.take(key, now);
  expect([take("a", 0), take("a", 0), take("a", 0), take("a", 0), take("b", 0)]).toEqual([0, 0, 0, 500, 0]);
  expect([take("a", 250), take("a", 500), take("a", 500)]).toEqual([250, 0, 500]);
  expect([1, 2, 3, 4].map(() => take("a", 60_000))).toEqual([0, 0, 0, 500]);
  expect(take("a", 30_000)).toBeGreaterThan(0); // a clock that goes back gives nothing
});

test("actions in a flood are refused with a time to come back, while a stop works and a neighbour is answered", async () => {
  const [member, neighbour] = [await newMember(engine), await newMember(engine)];
  const connection = member.handle(await member.live()).connect();
  await connection.action({ name: "snapshot", args: argument({}) });
  let answered = false;
  /** It goes on until both were answered. Each wave has its own connection, so that none is closed. */
  const flood = async (over = connection): Promise<Outcome[]> => {
    const wave = await Promise.all(Array.from({ length: 250 }, () => outcome(over.action({ name: "snapshot", args: argument({}) }))));
    if (over !== connection) await over.dispose();
    return answered ? wave : [...wave, ...(await flood(member.handle(await member.live()).connect()))];
  };
  const flooded = flood();
  expect(await neighbour.ask("snapshot", {})).toMatchObject({ agent: neighbour.agent });
  expect(stopOut.parse(await connection.action({ name: "stop", args: argument({ scope: "turn" }) }))).toMatchObject({ stopped: 0 });
  answered = true;
  const all = await flooded;
  expect(codes(all)).toEqual(["ok", "rate_limited"]);
  const over = all.find((each): each is Refused => each.code === "rate_limited");
  expect([over?.message, Number(over?.metadata?.retryAfter)]).toEqual([
    expect.stringMatching(/^Too many actions at once\. Try again in \d+ s\.$/),
    expect.any(Number),
  ]);
  await eventually("it goes on", () => connection.action({ name: "snapshot", args: argument({}) }));
  await connection.dispose();
});

test("a connection that goes on when it is refused is closed", async () => {
  const member = await newMember(engine);
  const connection = member.handle(await member.live()).connect();
  const statuses: string[] = [];
  connection.onStatusChange((status) => statuses.push(status));
  await connection.action({ name: "snapshot", args: argument({}) });
  const open = statuses.length;
  const flood = Array.from({ length: 1_500 }, () => outcome(connection.action({ name: "snapshot", args: argument({}) })));
  await eventually("it is closed", async () => statuses.slice(open).some((status) => status !== "connected"));
  await connection.dispose();
  await Promise.all(flood);
});

test("connections in a flood are refused, and the one that stands goes on", async () => {
  const member = await newMember(engine);
  const token = await member.live();
  const standing = member.handle(token).connect();
  const heard: unknown[] = [];
  standing.on("event", (event) => heard.push(event));
  await standing.action({ name: "snapshot", args: argument({}) });
  const tries = await Promise.all(Array.from({ length: 120 }, () => outcomeOf(member.handle(token).connect())));
  expect(codes(tries.map((code) => ({ code }) as Outcome))).toEqual(["connected", "rate_limited"]);
  await member.send("still here?");
  await eventually("the event", async () => heard.length > 0);
  await standing.dispose();
});
test("messages that an agent has not read have a cap in the member's words; a stop makes room", async () => {
  const actor = await startActor(folder);
  const say = (clientId = newId("evt")) => sendMessage(actor.self, { clientId, text: "hello" }, newId("req"));
  const first = newId("evt");
  await say(first);
  for (let i = 1; i < limits.queuedTurns; i++) await say();
  const message = "100 messages wait for Ada already. Let it read some, or stop it, and write again.";
  await expect(say()).rejects.toMatchObject({ code: "rate_limited", status: 429, message });
  expect((await say(first)).repeated).toBe(true);
  await stop(actor.self, { scope: "turn" }, newId("req"), newId("req"));
  expect((await say()).repeated).toBe(false);
});

const tasked = async (actor: TestActor) => {
  const spec = specShape.parse({ id: "long", title: "Long", owner: "coding", outputs: ["a.md"] });
  const { task: made } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle(Date.now() + 1_000);
  return { id: made.id, worker: (await actor.taskNamed("long")).worker! };
};
test("a task whose actor is full is stopped and ends at once with the reason, and is not tried again and again", async () => {
  const actor = await startActor(folder);
  const { worker } = await tasked(actor);
  const turnId = (await actor.beginTurn(worker))!;
  actor.self.vars.world.mostBytes = 1;
  expect(await stopTurnWhenFull(actor.self, (await findTurn(actor.db, turnId))!, newId("req"))).toBe(true);
  await actor.settle(Date.now() + 1_000);
  const [next] = await turnsIn(actor.db, ["queued"]); // it would go on; what refuses it is that nothing more can be kept
  expect(await refuseTurnWhenFull(actor.self, next!, newId("req"))).toBe(true);
  await actor.settle(Date.now() + 3_600_000);
  const { state, facts } = await actor.taskNamed("long");
  expect([state, facts.reason, facts.dueAt]).toEqual(["failed", expect.stringMatching(/^All the room that your agents have/), undefined]);
  expect((await turnsIn(actor.db, ["queued", "running"])).filter((row) => row.agent === worker)).toEqual([]);
});

test("a member's stop and cancel of a task work on a full actor", async () => {
  const actor = await startActor(folder);
  const { id, worker } = await tasked(actor);
  await actor.beginTurn(worker);
  actor.self.vars.world.mostBytes = 1;
  expect((await stop(actor.self, { scope: "turn" }, newId("req"), newId("req"))).stopped).toBe(1);
  await actor.settle();
  expect([(await actor.taskNamed("long")).state, await turnsIn(actor.db, ["queued", "running"])]).toEqual(["paused", []]);
  await actOnTask(actor.self, { taskId: id, act: "cancel" }, newId("req"), newId("req"));
  await actor.settle(Date.now() + 1_000);
  expect((await actor.taskNamed("long")).state).toBe("cancelled");
});

test("an index that is full takes nothing more in words, says it to the member once, and takes again what fits when something has gone", async () => {
  const client = createClient({ url: ":memory:" });
  const execute = async (sql: string, ...args: unknown[]) => (await client.execute({ sql, args: args as never })).rows;
  const index = openIndex({ execute } as Store, testSeal);
  await prepareIndex(index);
  const most = 400_000;
  const text = (n: number) => `${n} ${"room ".repeat(6_000)}`;
  const file = (n: number) => filePassages({ repo: "projects/p", path: `${n}.md`, source: "files", at: 1, text: text(n) });
  const full = requireIndexRoom.bind(undefined, index, most);
  let n = 0;
  let error: AppError | undefined;
  for (; n < 100 && !error; n++) {
    await addPassages(index, file(n));
    error = await full().then(
      () => undefined,
      (refused: AppError) => refused,
    );
  }
  expect([error?.code, error?.message]).toEqual([
    "quota_full",
    expect.stringMatching(/^All the room that your search has \(0 MB\) is used\./),
  ]);
  const actor = await startActor(folder);
  const row = { requestId: newId("req") } as never;
  for (let again = 0; again < 2; again++) await searchWork.gaveUp(actor.self, row, error!);
  expect((await actor.events("notice")).map(({ code, text }) => [code, text])).toEqual([["quota_full", error?.message]]);
  for (let gone = 0; gone < n; gone++) await dropPassages(index, fileRef("projects/p", `${gone}.md`));
  await full();
});

test("a sub-agent's actor that is full hears nothing new, in words, and is paused and cancelled all the same", async () => {
  const member = await newMember(engine);
  const agent = newId("agt");
  const signed = peerTickets(loadMachine(runnerFolder(ground.folder))).sign({ member: member.member, from: member.agent, to: agent });
  const { key } = await new Edge(loadMachine(runnerFolder(ground.folder))).memberKey(member.member, newId("req"));
  const kind = new Seal(key).seal(JSON.stringify({ type: "coding", workspace: "/w", tools: [], capabilities: [] }));
  const createWithInput = { member: member.member, parent: member.agent, agent, channel: newId("chn"), kind };
  const tell = async (input: object) => {
    const handle = member.client.subAgent.getOrCreate([member.member, agent], {
      params: { ticket: await signed },
      createWithInput,
    });
    return outcome(handle.action({ name: "tell", args: argument(input) }));
  };
  const task = newId("tsk");
  const context = { directory: "/w", earlier: [], handedOn: [], recalled: [] };
  const spec = specShape.parse({ id: "long", title: "Long", owner: "coding", outputs: ["a.md"] });
  await tell({ kind: "assigned", task, run: 1, spec, context });
  const said = { kind: "reported", task, state: "working", text: "ä".repeat(100_000) };
  const all: Outcome[] = [];
  while (all.length < 60 && all.at(-1)?.code !== "quota_full") all.push(await tell(said));
  expect([codes(all), (all.at(-1) as Refused).message]).toEqual([
    ["ok", "quota_full"],
    expect.stringMatching(/^All the room that this agent has for its notes \(4 MB\) is used\./),
  ]);
  for (const kind of ["pause", "cancel"]) expect(await tell({ kind, task })).toEqual({ code: "ok" });
});

test("an actor that holds as much as it may takes nothing more, and can be read, stopped and decided in", async () => {
  const member = await newMember(engine);
  const text = "ä".repeat(limits.messageText);
  const all: Outcome[] = [];
  while (all.length < 60 && all.at(-1)?.code !== "quota_full") all.push(await outcome(member.send(text)));
  const last = all.at(-1) as Refused;
  expect([codes(all), last.message]).toEqual([
    ["ok", "quota_full"],
    expect.stringMatching(/^All the room that your agents have for their log \(4 MB\) is used\./),
  ]);
  expect((await member.log()).filter((event) => event.kind === "message.sent")).toHaveLength(all.length - 1);
  expect((await member.ask("approvals", {})).approvals).toEqual([]);
  expect((await refused(member.call("decide", { approvalId: newId("apr"), decision: "deny", device: "here" }))).code).toBe("not_found");
  expect((await member.ask("stop", { scope: "turn" })).scope).toBe("turn");
  expect((await refused(member.send("more"))).code).toBe("quota_full");
});
