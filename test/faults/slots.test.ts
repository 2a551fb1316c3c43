import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../schema/account/account.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { eventually } from "../harness/eventually.ts";
import { type Events, type Person, person, send, withActor } from "../harness/person.ts";
import { bringUp, type UnderTest } from "../harness/product-under-test.ts";
import { limit } from "../harness/suite/limit.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { ensureDocker } from "../local/docker/docker.ts";

/**
 * Four members on a machine for two: those who rest give their place to those who wait, in the order in which
 * they came.
 */
const minute = 60_000;
const slots = 2;
const idleMs = 25_000;
let product: UnderTest;
let down: () => Promise<void>;
let mostAtOnce = 0;
let looking = true;
let looks: Promise<void>;

/** The pairs that run, as Docker sees them, looked at again and again until the end. */
async function watchPairs(): Promise<void> {
  const docker = await ensureDocker(() => undefined);
  const prefix = dockerName(readInstance(product.instance), "opencode", "");
  while (looking) {
    const running = await docker.listContainers({ filters: { name: [prefix], status: ["running"] } });
    mostAtOnce = Math.max(mostAtOnce, running.length);
    await after(200); // between two looks
  }
}
beforeAll(async () => {
  ({ product, down } = await bringUp(testInstance("line").name, { HOST_STACKS: String(slots), IDLE_AFTER: String(idleMs) }));
  looks = watchPairs();
});
afterAll(async () => {
  looking = false;
  await looks;
  await down();
});

type Owner = { person: Person; actor: string; events: Events };
async function begin(name: string): Promise<Owner> {
  const owner = await person(product, `${name}.slots@example.com`);
  const trial = await owner.call("POST", "/billing/trial");
  expect(trial.status).toBe(202);
  const { actor } = withActor.parse(trial.body);
  return { person: owner, actor: actor.id, events: await owner.events(actor.id, 0) };
}
const me = async (owner: Owner) => meOut.parse((await owner.person.call("GET", "/me")).body);
const ready = (owner: Owner, seq = 0) =>
  owner.events.wait("provision.step", (event) => event.seq > seq && event.body.step === "ready" && event.body.state === "done", 4 * minute);
const placed = (owner: Owner) =>
  owner.events.wait("provision.step", (event) => event.body.step === "placement" && event.body.state === "done", 4 * minute);
const waits = (owner: Owner, seq = 0) =>
  owner.events.wait("provision.step", (event) => event.seq > seq && event.body.place !== undefined, minute);

test(
  "all four have their stack in turn, never more than two run, and each trial begins with its own",
  async () => {
    const [ada, ben] = [await begin("ada"), await begin("ben")];
    await Promise.all([ready(ada), ready(ben)]);
    const eve = await begin("eve");
    await waits(eve);
    const flo = await begin("flo");
    await waits(flo);
    expect((await me(eve)).agent?.waiting?.place).toBe(1);
    expect((await me(flo)).agent?.waiting?.place).toBe(2);
    expect([(await me(ada)).subscription?.periodEnd, (await me(eve)).subscription?.periodEnd]).toEqual([expect.any(Number), null]);

    // Ada stops hers, and Ben asks nothing, so that his is stopped too: those who wait get their places in
    // order.
    expect((await ada.person.call("POST", `/actors/${ada.actor}/stop`, { scope: "stack" })).status).toBe(200);
    const [first, second] = [await placed(eve), await placed(flo)];
    expect(first.at).toBeLessThanOrEqual(second.at);
    await Promise.all([ready(eve), ready(flo)]);
    expect((await me(eve)).subscription?.periodEnd).toBeGreaterThan(Date.now());
    const host = (await me(ada)).agent?.host?.id;

    // Ada's message waits in line, wakes her stack where her memory is, and is answered.
    const { turnId, seq } = await send(ada.person, ada.actor, "hello, are you awake");
    await ready(ada, seq);
    await ada.events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 2 * minute);
    expect((await me(ada)).agent).toMatchObject({ host: { id: host }, epoch: 1 });
    await eventually("all have gone to rest", async () => {
      const states = await Promise.all([ada, ben, eve, flo].map(async (owner) => (await me(owner)).agent?.status));
      return states.every((state) => state === "stopped") || undefined;
    });
    expect(mostAtOnce).toBe(slots);
    const ends = z
      .array(z.number())
      .parse(await Promise.all([ada, ben, eve, flo].map(async (owner) => (await me(owner)).subscription?.periodEnd)));
    expect(ends[2]).toBeGreaterThan(ends[1] ?? 0);
    for (const { events } of [ada, ben, eve, flo]) events.close();
  },
  limit(15 * minute),
);
