import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../../schema/account/account.ts";
import { signCall } from "../../../schema/machine/machine.ts";
import type { EdgeUp } from "../../harness/edge-parts.ts";
import {
  ask,
  capacity,
  heartbeat,
  joinMachine,
  newPerson,
  operatorToken,
  refusal,
  signed,
  sql,
  startEdgeWithoutEngine,
  type TestMachine,
  type TestPerson,
} from "../client.ts";

/** What this edge tells members and operators is its own knowledge: it has no engine to ask. */
let edge: EdgeUp;
beforeAll(async () => {
  const started = await startEdgeWithoutEngine(60, "machines");
  edge = started.edge;
  return started.stop;
});

const view = async (person: TestPerson) => {
  const answer = await ask("GET", "/me", { token: await person.token(), edge });
  return z.object({ agent: actorView }).parse(answer.json).agent;
};
/** Somebody whose stack is placed on a new host, which is the only one with room. */
async function placedOn(): Promise<{ person: TestPerson; host: TestMachine; member: string; stack: string }> {
  await sql("update machine set stacks = 0", [], edge);
  const host = await joinMachine("host", 9, edge);
  await heartbeat(host, 9, edge);
  const person = await newPerson(edge);
  await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
  const { member, stackId } = await view(person);
  return { person, host, member, stack: stackId };
}
const operate = async (where: string, body: object = {}) => ask("POST", where, { body, token: await operatorToken(edge), edge });
const machinesOut = z.object({
  hosts: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      health: z.string(),
      full: z.boolean(),
      image: z.unknown(),
      troubles: z.array(z.unknown()),
    }),
  ),
  runners: z.array(z.looseObject({ id: z.string(), state: z.string() })),
  homeless: z.array(z.object({ stack: z.string() })),
});
const listed = async () => machinesOut.parse((await ask("GET", "/hosts", { token: await operatorToken(edge), edge })).json);
const silence = (host: TestMachine) =>
  sql("update machine set last_heartbeat = ?, last_probe = null where id = ?", [Date.now() - 46_000, host.id], edge);
let beats = 1_000;
const beat = (host: TestMachine, more: object) =>
  signed(
    host,
    "POST",
    `/hosts/${host.id}/heartbeat`,
    { sequence: ++beats, capacity: { ...capacity, stacks: 9 }, stacks: [], ...more },
    edge,
  );

describe("what keeps a stack from going on", () => {
  test("is said to its member and to the operator: a memory that its host misses", async () => {
    const { person, host, member, stack } = await placedOn();
    expect((await view(person)).trouble).toBeNull();
    const said = { member, generation: 1, observed: "failed", since: 1 };
    await beat(host, { stacks: [{ ...said, epoch: 0, memoryMissing: true }] }); // of an epoch that is over
    expect((await view(person)).trouble).toBeNull();
    await beat(host, { stacks: [{ ...said, epoch: 1, memoryMissing: true }] });
    const { status, trouble } = await view(person);
    expect([status, trouble?.code, trouble?.title]).toEqual(["failed", "memory_missing", "Your memory is missing."]);
    expect((await listed()).hosts.find(({ id }) => id === host.id)?.troubles).toMatchObject([{ stack, trouble: "memory_missing" }]);
    await beat(host, { stacks: [{ ...said, epoch: 1, memoryMissing: false }] });
    expect((await view(person)).trouble).toBeNull();
  });

  test("is said when its host is silent, and is over with the host's next word", async () => {
    const { person, host } = await placedOn();
    await silence(host);
    expect(await view(person)).toMatchObject({ status: "failed", observed: "unreachable", trouble: { code: "host_lost" } });
    expect((await listed()).hosts.find(({ id }) => id === host.id)).toMatchObject({ health: "lost", troubles: [{ trouble: "host_lost" }] });
    await heartbeat(host, 9, edge);
    expect((await view(person)).trouble).toBeNull();
  });

  test("a stack that has had a memory says so in every ticket, so that no host makes a new one", async () => {
    const { member } = await placedOn();
    const runner = await joinMachine("runner", 0, edge);
    const keeps = async () =>
      z.object({ keeps: z.boolean() }).parse((await signed(runner, "POST", `/stacks/${member}/ticket`, {}, edge)).json).keeps;
    expect(await keeps()).toBe(false);
    const status = { seq: 1, status: "ready", observed: "running", lastActivity: 1, memory: true };
    expect((await signed(runner, "PUT", `/stacks/${member}/status`, status, edge)).status).toBe(200);
    expect(await keeps()).toBe(true);
    expect((await signed(runner, "PUT", `/stacks/${member}/status`, { ...status, seq: 2, memory: false }, edge)).status).toBe(200);
    expect(await keeps()).toBe(true);
  });
});

describe("an operator", () => {
  test("revokes a machine: its key is refused at once, runners and hosts are told, and it stays out for good", async () => {
    const { host } = await placedOn();
    const [bad, good] = [await joinMachine("runner", 0, edge), await joinMachine("runner", 0, edge)];
    expect((await signed(bad, "GET", "/hosts/mine", undefined, edge)).status).toBe(200);
    expect(
      refusal(await ask("POST", `/hosts/${bad.id}/revoke`, { body: {}, token: await (await newPerson(edge)).token(), edge })).code,
    ).toBe("forbidden");
    expect((await operate(`/hosts/${bad.id}/revoke`)).status).toBe(200);
    expect(refusal(await signed(bad, "GET", "/hosts/mine", undefined, edge)).code).toBe("unauthenticated");
    expect((await signed(good, "GET", "/hosts/mine", undefined, edge)).json).toMatchObject({ revoked: expect.arrayContaining([bad.id]) });
    expect((await beat(host, {})).json).toMatchObject({ revoked: expect.arrayContaining([bad.id]) });
    expect((await listed()).runners.find(({ id }) => id === bad.id)?.state).toBe("revoked");

    expect((await operate(`/hosts/${host.id}/revoke`)).status).toBe(200);
    expect(refusal(await beat(host, {})).code).toBe("unauthenticated");
    expect(JSON.stringify((await signed(good, "GET", "/hosts/mine", undefined, edge)).json)).not.toContain(`"id":"${host.id}"`);
    expect((await operate("/hosts/hst_01ARZ3NDEKTSV4RRFFQ69G5FAV/revoke")).status).toBe(404);
  });

  test("evicts the stacks of a lost host: each has another place, one epoch up; of a host that answers they stay", async () => {
    const { person, host, member } = await placedOn();
    expect(refusal(await operate(`/hosts/${host.id}/evict`)).code).toBe("conflict");
    await silence(host);
    const next = await joinMachine("host", 9, edge);
    await heartbeat(next, 9, edge);
    expect((await operate(`/hosts/${host.id}/evict`)).json).toEqual({ placed: 1, homeless: 0, stopped: 0 });
    expect(await view(person)).toMatchObject({ epoch: 2, host: { id: next.id }, trouble: null });
    await heartbeat(host, 9, edge); // it comes back with the old copy: no lease for that
    expect((await beat(host, { stacks: [{ member, epoch: 1, generation: 1, observed: "paused", since: 1 }] })).json).toMatchObject({
      stacks: [],
    });
  });

  test("evicts to a host of their choice; what finds no room waits for it, is told, and is placed when it is next wanted", async () => {
    const { person, host, member, stack } = await placedOn();
    await silence(host);
    await sql("update machine set stacks = 0", [], edge);
    expect((await operate(`/hosts/${host.id}/evict`)).json).toEqual({ placed: 0, homeless: 1, stopped: 0 });
    expect(await view(person)).toMatchObject({ host: null, observed: "unreachable", trouble: { code: "host_removed" } });
    expect((await listed()).homeless.map(({ stack }) => stack)).toContain(stack);
    const runner = await joinMachine("runner", 0, edge);
    const start = () => signed(runner, "POST", `/stacks/${member}/ticket`, { wants: "running", generation: 2 }, edge);
    expect((await start()).json).toMatchObject({ waiting: { place: 1 } });
    const [first, chosen] = [await joinMachine("host", 9, edge), await joinMachine("host", 9, edge)];
    for (const each of [first, chosen]) await heartbeat(each, 9, edge);
    expect((await start()).json).toMatchObject({ epoch: 2 });
    const at = (await view(person)).host?.id === first.id ? first : chosen;
    await silence(at);
    const other = at === first ? chosen : first;
    expect((await operate(`/hosts/${at.id}/evict`, { to: other.id })).json).toEqual({ placed: 1, homeless: 0, stopped: 0 });
    expect(await view(person)).toMatchObject({ epoch: 3, host: { id: other.id } });
  });

  test("sees what stacks on a host wait for, until all that they need is there", async () => {
    const host = await joinMachine("host", 9, edge);
    const seen = async () => (await listed()).hosts.find(({ id }) => id === host.id)?.image;
    await beat(host, {});
    expect(await seen()).toBeNull();
    const image = { failed: true, line: "Building Gitea's image failed: no network. It is tried again after 5 s." };
    await beat(host, { image });
    expect(await seen()).toEqual(image);
    expect((await beat(host, { image: { failed: true, line: "x".repeat(401) } })).status).toBe(400);
    await beat(host, {});
    expect(await seen()).toBeNull();
    await sql("update machine set state = 'left' where id = ?", [host.id], edge);
  });

  test("sees a host whose disk is full; nothing new is placed there, and it is said that it is the disk", async () => {
    await sql("update machine set stacks = 0", [], edge);
    const host = await joinMachine("host", 9, edge);
    await beat(host, { full: true });
    expect((await listed()).hosts.find(({ id }) => id === host.id)?.full).toBe(true);
    const person = await newPerson(edge);
    const answer = await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
    expect([answer.status, refusal(answer).code, refusal(answer).retryable]).toEqual([507, "storage_full", true]);
    expect(answer.headers.get("retry-after")).toBe("30");
    await beat(host, {});
    expect(refusal(await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge })).code).toBe("unavailable"); // placed; the engine is away
  });
});

test("a machine whose clock is a minute off is heard, and each of its calls is still taken once", async () => {
  const runner = await joinMachine("runner", 0, edge);
  const call = { method: "GET", path: "/hosts/mine", body: "" };
  const at = async (skew: number) => signCall(runner.id, runner.keyPem, call, Math.floor(Date.now() / 1000) + skew);
  const heard = async (authorization: string) => (await ask("GET", call.path, { headers: { authorization }, edge })).status;
  for (const skew of [-58, 58]) {
    const authorization = await at(skew);
    expect([await heard(authorization), await heard(authorization)]).toEqual([200, 401]);
  }
  for (const skew of [-125, 65]) expect(await heard(await at(skew))).toBe(401);
});
