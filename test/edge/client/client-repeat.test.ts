import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGrowqrClient, followLog, type GrowqrClient } from "../../../edge/client/index.ts";
import { taskOut } from "../../../schema/agent/team.ts";
import { edgeUp, newMember, type TestMember } from "../client.ts";
import { openLosingWay } from "./losing-proxy.ts";

/** The client over a way that loses answers of the real edge: what is repeated, and that it happens once. */
let way: Awaited<ReturnType<typeof openLosingWay>>;
let owner: TestMember;
let client: GrowqrClient;
beforeAll(async () => {
  way = await openLosingWay(edgeUp.url);
  owner = await newMember();
});
afterAll(() => way.stop());
beforeEach(() => {
  way.next.length = 0;
  way.passed.length = 0;
  client = createGrowqrClient({ baseUrl: way.url, token: owner.token, retry: { firstWait: 5 } });
});
const body = (name: string) => ({ body: { name, repositories: ["projects/bakery"] } });
const lost = { body: { spec: { id: "lost", title: "Lost", owner: "coding", outputs: ["lost.md"] } } };

describe("a POST", () => {
  test("whose answer was lost, cut or put off is made again with its key, and happens once", async () => {
    way.next.push("lose", "cut", "away");
    const { task } = taskOut.parse(await client.POST("/tasks", lost));
    const tries = way.passed.filter(({ method }) => method === "POST");
    expect(tries.map(({ mishap }) => mishap)).toEqual(["lose", "cut", "away", undefined]);
    expect(new Set(tries.map(({ key }) => key)).size).toBe(1);
    expect(tries[0]?.key).toMatch(/^[\w-]{36}$/);
    expect((await client.GET("/tasks")).tasks.map(({ id }) => id)).toEqual([task.id]);
  });

  test("whose answer was lost, and would have shown a secret once, has made it once and says so", async () => {
    way.next.push("lose");
    await expect(client.POST("/git/tokens", body("Lost"))).rejects.toMatchObject({ code: "shown_once", status: 409, retryable: false });
    const { tokens } = await client.GET("/git/tokens");
    expect(tokens.map(({ name }) => name)).toEqual(["Lost"]);
    for (const { id: tokenId } of tokens) await client.DELETE("/git/tokens/{tokenId}", { params: { path: { tokenId } } });
  });

  test("has a fresh token for each try, and a key of its own for each call unless one is given", async () => {
    let asked = 0;
    const counted = () => owner.token().finally(() => asked++);
    const signed = createGrowqrClient({ baseUrl: way.url, token: counted, retry: { firstWait: 5 } });
    way.next.push("away");
    const first = await signed.POST("/quests/preview", preview);
    expect([asked, way.passed.length]).toEqual([2, 2]);
    const given = { "Idempotency-Key": "laptop-0001" };
    const made = await client.POST("/tasks", { ...lost, params: { header: given } });
    expect(await client.POST("/tasks", { ...lost, params: { header: given } })).toEqual(made);
    expect(way.passed.map(({ key }) => key).slice(2)).toEqual(["laptop-0001", "laptop-0001"]);
    expect(await client.POST("/quests/preview", preview)).toEqual(first);
    expect(new Set(way.passed.map(({ key }) => key)).size).toBe(3);
  });

  test("waits as long as a 429 says, and not longer than its bounds: then it says how long", async () => {
    way.next.push("busy");
    const began = Date.now();
    await client.POST("/quests/preview", preview);
    expect(Date.now() - began).toBeGreaterThan(950);
    const hasty = createGrowqrClient({ baseUrl: way.url, token: owner.token, retry: { longestWait: 500 } });
    way.next.push("busy");
    await expect(hasty.GET("/me")).rejects.toMatchObject({ code: "rate_limited", retryable: true, retryAfter: 1, status: 429 });
  });
});
const preview = { body: { quest: "create-blog", inputs: { project: "blog", title: "Crumbs", topic: "Bread" } } };

describe("another call", () => {
  test("by GET, PUT or DELETE is repeated likewise", async () => {
    const path = { name: "tracker-key" };
    way.next.push("lose");
    await client.PUT("/secrets/{name}", { params: { path }, body: { value: "not-a-real-key", origin: "https://api.tracker.example" } });
    way.next.push("cut");
    expect((await client.GET("/secrets")).secrets).toHaveLength(1);
    way.next.push("away", "lose");
    expect(await client.DELETE("/secrets/{name}", { params: { path } })).toEqual({ removed: true });
    const removals = way.passed.filter(({ method }) => method === "DELETE");
    expect(removals).toHaveLength(3);
    expect(new Set(removals.map(({ key }) => key)).size).toBe(1);
  });

  test("that is refused for what it says is not repeated", async () => {
    await expect(client.POST("/git/tokens", { body: { name: "", repositories: [] } })).rejects.toMatchObject({ code: "invalid" });
    expect(way.passed).toHaveLength(1);
  });

  test("ends after so many tries, at once when its caller gives up, and when no answer begins in time", async () => {
    way.next.push(...Array.from({ length: 9 }, () => "away" as const));
    await expect(client.GET("/me")).rejects.toMatchObject({ code: "unavailable", requestId: "req_test" });
    expect(way.passed).toHaveLength(4);
    const patient = createGrowqrClient({ baseUrl: way.url, token: owner.token, retry: { firstWait: 60_000, longestWait: 90_000 } });
    const reason = new Error("given up");
    const stop = new AbortController();
    const asked = patient.GET("/me", { signal: stop.signal });
    await expect.poll(() => way.passed.length).toBe(5);
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    const silent = createGrowqrClient({ baseUrl: way.url, answerWithin: 20, retry: { attempts: 2, firstWait: 1 }, fetch: neverAnswers });
    await expect(silent.GET("/health")).rejects.toMatchObject({ code: "timeout", retryable: true });
  });

  test("that what gives tokens can't sign is not made, and what it threw is thrown", async () => {
    const signedOut = new Error("signed out");
    const nobody = createGrowqrClient({ baseUrl: way.url, token: () => Promise.reject(signedOut) });
    await expect(nobody.GET("/me")).rejects.toBe(signedOut);
    expect(way.passed).toHaveLength(0);
  });
});
/** A connection that is open and silent. */
const neverAnswers = ({ signal }: Request) =>
  new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

describe("a log that is followed", () => {
  test("goes on after the last event that was seen, however often it is cut: each event once, in order", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    way.next.push("cut", "cut", "away", "busy", "cut");
    const path = { actorId: owner.actor.id };
    for (let at = 0; at < 3; at++) {
      const plain = createGrowqrClient({ baseUrl: edgeUp.url, token: owner.token });
      await plain.POST("/actors/{actorId}/message", { params: { path }, body: { clientId: `followed-000${at}`, text: `Message ${at}` } });
    }
    const newest = await newestSequence();
    for await (const { seq } of followLog(client, owner.actor.id, { signal: stop.signal })) {
      if (seq !== undefined) seen.push(seq);
      if ((seq ?? 0) >= newest) stop.abort();
    }
    expect(seen.slice(0, newest)).toEqual(Array.from({ length: newest }, (_, at) => at + 1));
    expect(way.passed.length).toBeGreaterThanOrEqual(6);
  });
});
async function newestSequence(): Promise<number> {
  const plain = createGrowqrClient({ baseUrl: edgeUp.url, token: owner.token });
  for await (const { kind, data } of followLog(plain, owner.actor.id)) if (kind === "snapshot") return Number(data.lastSeq);
  throw new Error("no snapshot");
}
