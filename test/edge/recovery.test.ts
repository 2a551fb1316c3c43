import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeUp, freshFolder, joinEmptyHost, joinRunner, startParts } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import { limit } from "../harness/suite/limit.ts";
import { startEngine } from "../local/engine.ts";
import { listens, type Started } from "../local/process.ts";
import { startRunner } from "../local/runner.ts";
import { openSecrets } from "../local/secrets.ts";
import { ask, beside, newMember, refusal, type TestMember } from "./client.ts";
import { type OneWay, startOneWay } from "./event/one-way-proxy.ts";
import { listen, type Said } from "./event/sse-reader.ts";

/** Parts of its own, because it kills them. */
const instance = beside(60);
const folder = freshFolder(instance, "recovery");
let edge: EdgeUp;
let parts: Started[] = [];
let engine: Awaited<ReturnType<typeof startEngine>>;
let runner: Started;
let links: OneWay;
let token: string;

beforeAll(async () => {
  token = (await openSecrets(folder)).engineToken;
  engine = await startEngine(instance, folder, token);
  links = await startOneWay(engine.url);
  const others = {
    rivetUrl: links.url,
    rivetToken: token,
    modelUrl: `http://127.0.0.1:${instance.ports.model}/v1`,
    modelKey: "nobody-needs-this",
  };
  ({ up: edge, parts } = await startParts(instance, folder, others));
  await joinRunner(instance, edge);
  runner = await startRunner(instance, folder, { edgeUrl: edge.url, endpoint: engine.endpoint });
  edge = { ...edge, host: await joinEmptyHost(instance, edge) };
});
afterAll(async () => {
  for (const part of [runner, ...parts, engine]) await part.stop();
  await links?.close();
});

const say = async (member: TestMember, text: string, clientId: string = crypto.randomUUID()) =>
  ask("POST", `/actors/${member.actor.id}/message`, { body: { clientId, text }, token: await member.token(), edge });
const texts = (all: Said[]) =>
  all.filter(({ event }) => event === "message.sent").map(({ data }) => (data as { body: { text: string } }).body.text);

test("a reader's stream tells each event once, also where a link that was given up goes on delivering", async () => {
  const member = await newMember(edge);
  const heard: Said[] = [];
  const stream = listen(`/actors/${member.actor.id}/events`, {
    token: await member.token(),
    edge,
    ms: 45_000,
    enough: (all) => {
      heard.splice(0, heard.length, ...all);
      return texts(all).includes("the last one");
    },
  });
  const snapshots = () => heard.filter(({ event }) => event === "snapshot").length;
  const hear = (words: string) => eventually(words, async () => texts(heard).includes(words) || undefined);
  await say(member, "before");
  await hear("before");
  expect(links.deafenLinks()).toBe(1);
  await eventually("it goes on over another link", async () => snapshots() === 2 || undefined);
  await say(member, "on both links");
  await eventually("the old link has delivered it too", async () => links.countDelivered("on both links") === 1 || undefined);
  await hear("on both links");
  await say(member, "the last one");
  const ids = (await stream).flatMap(({ id }) => (id === undefined ? [] : [id]));
  expect(ids).toEqual(ids.map((_, index) => index + 1));
});

describe("when a part is killed", () => {
  test("the engine: calls are refused while it is away, an open event stream goes on after it is back, nothing lost and nothing twice", {
    timeout: limit(120_000),
  }, async () => {
    const member = await newMember(edge);
    const ready = Promise.withResolvers<void>();
    const stream = listen(`/actors/${member.actor.id}/events`, {
      token: await member.token(),
      edge,
      ms: 60_000,
      enough: (all) => {
        if (texts(all).includes("before")) ready.resolve();
        return texts(all).includes("after");
      },
    });
    expect((await say(member, "before")).status).toBe(202);
    await ready.promise;
    await engine.kill();
    const refused = await say(member, "while it is away"); // it is started again after this answer
    expect([refused.status, refusal(refused).code, refusal(refused).retryable]).toEqual([503, "unavailable", true]);
    const events = await ask("GET", `/actors/${member.actor.id}/events`, { token: await member.token(), edge });
    expect([events.status, refusal(events).code]).toEqual([503, "unavailable"]);
    const detail = await ask("GET", `/actors/${member.actor.id}`, { token: await member.token(), edge });
    expect(detail.json).toMatchObject({ actor: { id: member.actor.id }, snapshot: null });
    engine = await startEngine(instance, folder, token);
    const clientId = crypto.randomUUID();
    await eventually("a message taken", async () => ((await say(member, "after", clientId)).status === 202 ? true : undefined), 45_000);
    const ids = (await stream).flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  test("the Worker's parent, with -9: workerd goes with it and the port is free", async () => {
    const [worker] = parts;
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(worker!.pid)])
      .toString()
      .trim();
    expect(children).not.toBe("");
    process.kill(worker!.pid, "SIGKILL");
    await eventually("the port free", async () => ((await listens(instance.ports.edge)) ? undefined : true));
  });
});
