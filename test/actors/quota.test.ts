import { afterAll, beforeAll, expect, test } from "vitest";
import { send } from "../../actors/message.ts";
import { newBuckets } from "../../actors/quota.ts";
import { stop } from "../../actors/stop.ts";
import { snapshot, stopOut } from "../../schema/agent.ts";
import { approvalsOut } from "../../schema/approval.ts";
import { newId } from "../../schema/id.ts";
import { limits } from "../../schema/limits.ts";
import type { Started } from "../local/process.ts";
import { alone } from "./alone.ts";
import { type Connection, engineUp, eventually, newMember, type Refused, refused, runnerUp } from "./live.ts";
import { ownFolder } from "./own.ts";

/** What one member may take of a runner that serves others: over it they are refused in words, and what ends or decides still works. */
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
  const { take } = newBuckets({ burst: 3, perSecond: 2 });
  expect([take("a", 0), take("a", 0), take("a", 0), take("a", 0), take("b", 0)]).toEqual([0, 0, 0, 500, 0]);
  expect([take("a", 250), take("a", 500), take("a", 500)]).toEqual([250, 0, 500]);
  expect([1, 2, 3, 4].map(() => take("a", 60_000))).toEqual([0, 0, 0, 500]);
  expect(take("a", 30_000)).toBeGreaterThan(0); // a clock that goes back gives nothing
});

test("actions in a flood are refused with a time to come back, while a stop works and a neighbour is answered", async () => {
  const [one, neighbour] = [await newMember(engine), await newMember(engine)];
  const connection = one.handle(await one.live()).connect();
  await connection.action({ name: "snapshot", args: argument({}) });
  const flood = Promise.all(Array.from({ length: 400 }, () => outcome(connection.action({ name: "snapshot", args: argument({}) }))));
  const began = performance.now();
  await neighbour.ask(snapshot, "snapshot", {});
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(stopOut.parse(await connection.action({ name: "stop", args: argument({ scope: "turn" }) }))).toMatchObject({ stopped: 0 });
  const all = await flood;
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
  const one = await newMember(engine);
  const connection = one.handle(await one.live()).connect();
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
  const one = await newMember(engine);
  const token = await one.live();
  const standing = one.handle(token).connect();
  const heard: unknown[] = [];
  standing.on("event", (event) => heard.push(event));
  await standing.action({ name: "snapshot", args: argument({}) });
  const tries = await Promise.all(Array.from({ length: 120 }, () => connected(one.handle(token).connect())));
  expect(codes(tries.map((code) => ({ code }) as Outcome))).toEqual(["connected", "rate_limited"]);
  await one.send("still here?");
  await eventually("the event", async () => heard.length > 0);
  await standing.dispose();
});
/** How a connection attempt ends; the stock client would try again for ever. */
function connected(connection: Connection): Promise<string> {
  const settled = Promise.withResolvers<string>();
  connection.onError((error) => settled.resolve(error.code));
  connection.onStatusChange((status) => status === "connected" && settled.resolve("connected"));
  return settled.promise.finally(() => connection.dispose());
}

test("messages that an agent has not read have a cap in the member's words; a stop makes room", async () => {
  const of = await alone(folder);
  const say = (clientId = newId("evt")) => send(of.self, { clientId, text: "hello" }, newId("req"));
  const first = newId("evt");
  await say(first);
  for (let i = 1; i < limits.queuedTurns; i++) await say();
  const message = "100 messages wait for Ada already. Let it read some, or stop it, and write again.";
  await expect(say()).rejects.toMatchObject({ code: "rate_limited", status: 429, message });
  expect((await say(first)).repeated).toBe(true);
  await stop(of.self, { scope: "turn" }, newId("req"), newId("req"));
  expect((await say()).repeated).toBe(false);
});

test("an actor that holds as much as it may takes nothing more, and can be read, stopped and decided in", async () => {
  const one = await newMember(engine);
  const text = "ä".repeat(limits.messageText);
  const all: Outcome[] = [];
  while (all.length < 60 && all.at(-1)?.code !== "quota_full") all.push(await outcome(one.send(text)));
  const last = all.at(-1) as Refused;
  expect([codes(all), last.message]).toEqual([
    ["ok", "quota_full"],
    expect.stringMatching(/^All the room that your agents have for their log \(4 MB\) is used\./),
  ]);
  expect((await one.log()).filter((event) => event.kind === "message.sent")).toHaveLength(all.length - 1);
  expect((await one.ask(approvalsOut, "approvals", {})).approvals).toEqual([]);
  expect((await refused(one.call("decide", { approvalId: newId("apr"), decision: "deny", device: "here" }))).code).toBe("not_found");
  expect((await one.ask(stopOut, "stop", { scope: "turn" })).scope).toBe("turn");
  expect((await refused(one.send("more"))).code).toBe("quota_full");
});
