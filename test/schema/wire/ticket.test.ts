import fc from "fast-check";
import { createLocalJWKSet, exportJWK, generateKeyPair } from "jose";
import { beforeAll, expect, test, vi } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import {
  publicTicketKeys,
  readKnownTicket,
  readTicket,
  signTicket,
  type TicketAudience,
  type TicketKeys,
  ticketKeys,
} from "../../../schema/wire/ticket.ts";

let keys: TicketKeys;
let other: TicketKeys;
const make = async (kid: string): Promise<TicketKeys> => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return ticketKeys.parse([{ ...(await exportJWK(privateKey)), kid }]);
};
beforeAll(async () => {
  [keys, other] = await Promise.all([make("k1"), make("k2")]);
});

const now = 1_800_000_000;
const at = (seconds: number) => new Date(seconds * 1000);
const set = (keys: TicketKeys) => createLocalJWKSet(publicTicketKeys(keys));
const live = () => ({ member: newId("mem"), agent: newId("agt") });
const host = () => ({
  member: newId("mem"),
  stack: newId("stk"),
  host: newId("hst"),
  epoch: 3,
  ceiling: "running" as const,
  ceilingRev: 2,
  limits: { cpus: 2, memoryMb: 3072, pids: 512, agents: 2, egressMb: 20_480, apps: 10, appDataMb: 1_024, appsAwake: true },
});

test("what was signed is read back, for each audience", async () => {
  const bodies = { live: live(), actor: { member: newId("mem") }, host: host() };
  const relay = { member: newId("mem"), host: newId("hst"), epoch: 1, path: "/agents" };
  expect(await readTicket(await signTicket(keys, "live", bodies.live, now, 300), "live", set(keys), at(now))).toEqual({
    ...bodies.live,
    exp: now + 300,
  });
  expect(await readTicket(await signTicket(keys, "actor", bodies.actor, now, 60), "actor", set(keys), at(now))).toMatchObject(bodies.actor);
  expect(await readTicket(await signTicket(keys, "host", bodies.host, now, 300), "host", set(keys), at(now))).toMatchObject(bodies.host);
  expect(await readTicket(await signTicket(keys, "relay", relay, now, 60), "relay", set(keys), at(now))).toMatchObject(relay);
});

test("a ticket for one audience opens no other", async () => {
  const token = await signTicket(keys, "live", live(), now, 300);
  for (const audience of ["actor", "relay", "host"] satisfies TicketAudience[])
    await expect(readTicket(token, audience, set(keys), at(now))).rejects.toMatchObject({ code: "unauthenticated" });
});

test("an expired ticket says that it expired, and a minute of clock difference is forgiven, early and late", async () => {
  const token = await signTicket(keys, "live", live(), now, 60);
  await expect(readTicket(token, "live", set(keys), at(now + 119))).resolves.toBeTruthy();
  await expect(readTicket(token, "live", set(keys), at(now - 64))).resolves.toBeTruthy(); // issued by a clock ahead
  await expect(readTicket(token, "live", set(keys), at(now - 66))).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(readTicket(token, "live", set(keys), at(now + 121))).rejects.toMatchObject({ code: "ticket_expired" });
});

test("a ticket from another key, without signature or changed anywhere is refused", async () => {
  const token = await signTicket(keys, "live", live(), now, 300);
  await expect(readTicket(await signTicket(other, "live", live(), now, 300), "live", set(keys), at(now))).rejects.toMatchObject({
    code: "unauthenticated",
  });
  const [, payload] = token.split(".");
  const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
  await expect(readTicket(none, "live", set(keys), at(now))).rejects.toMatchObject({ code: "unauthenticated" });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: token.length - 3 }), async (index) => {
      if (token[index] === ".") return;
      const changed = `${token.slice(0, index)}${token[index] === "A" ? "B" : "A"}${token.slice(index + 1)}`;
      // the last character of each part may carry unused bits
      if (token[index + 1] === ".") return;
      await expect(readTicket(changed, "live", set(keys), at(now))).rejects.toMatchObject({ code: "unauthenticated" });
    }),
    { numRuns: 60 },
  );
});

test("a rotated key still reads what it signed, and the public keys carry no private part", async () => {
  const rotated = [...other, ...keys];
  const token = await signTicket(keys, "live", live(), now, 300);
  await expect(readTicket(token, "live", set(rotated), at(now))).resolves.toBeTruthy();
  expect(JSON.stringify(publicTicketKeys(rotated))).not.toContain('"d"');
});

test("claims of another shape are refused even when rightly signed", async () => {
  const token = await signTicket(keys, "live", { member: "mem_1,x" as never, agent: newId("agt") }, now, 300);
  await expect(readTicket(token, "live", set(keys), at(now))).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a ticket that is known is looked at once, for its own audience and keys, until it ends", async () => {
  const [relay, began] = [{ ...live(), host: newId("hst"), epoch: 1, path: "/stacks" }, Math.floor(Date.now() / 1_000)];
  const read = set(keys);
  let looks = 0;
  const counted: typeof read = Object.assign((...given: Parameters<typeof read>) => (looks++, read(...given)), read);
  const { agent: _agent, ...claims } = relay;
  const token = await signTicket(keys, "relay", claims, began, 60);
  for (let n = 0; n < 3; n++) expect(await readKnownTicket(token, "relay", counted)).toMatchObject(claims);
  expect(looks).toBe(1);
  await expect(readKnownTicket(token, "host", counted)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(readKnownTicket(token, "relay", set(other))).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(readKnownTicket(`${token}A`, "relay", counted)).rejects.toMatchObject({ code: "unauthenticated" });
  const old = await signTicket(keys, "relay", claims, began - 300, 60);
  await expect(readKnownTicket(old, "relay", counted)).rejects.toMatchObject({ code: "ticket_expired" });
  vi.useFakeTimers({ now: (began + 200) * 1_000, toFake: ["Date"] });
  await expect(readKnownTicket(token, "relay", counted)).rejects.toMatchObject({ code: "ticket_expired" });
  vi.useRealTimers();
});
