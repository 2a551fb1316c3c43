import { createPublicKey } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import {
  claimedHost,
  claimedMachine,
  machineUri,
  newMachineKey,
  readAgentToken,
  readCall,
  readMachineUri,
  signAgentToken,
  signCall,
} from "../../../schema/machine/machine.ts";
import { newId } from "../../../schema/wire/id.ts";

const host = newId("hst");
let key: { keyPem: string; spki: string };
let stranger: { keyPem: string; spki: string };
const make = async () => {
  const { keyPem } = await newMachineKey("box one");
  return { keyPem, spki: createPublicKey(keyPem).export({ type: "spki", format: "pem" }).toString() };
};
beforeAll(async () => {
  [key, stranger] = await Promise.all([make(), make()]);
});
const seconds = () => Math.floor(Date.now() / 1000);
const call = { method: "POST", path: "/hosts/x/heartbeat?a=1", body: '{"sequence":1}' };

test("a signed call is read back with its machine, and every call has its own jti", async () => {
  const [first, second] = [await signCall(host, key.keyPem, call, seconds()), await signCall(host, key.keyPem, call, seconds())];
  expect(claimedMachine(first)).toBe(host);
  const [a, b] = [await readCall(first, key.spki, call), await readCall(second, key.spki, call)];
  expect(a.machine).toBe(host);
  expect(a.jti).not.toBe(b.jti);
});

test("a call signed for another method, path or body, or by another key, is refused", async () => {
  const signed = await signCall(host, key.keyPem, call, seconds());
  for (const other of [
    { ...call, method: "PUT" },
    { ...call, path: "/hosts/x/heartbeat" },
    { ...call, body: "{}" },
  ])
    await expect(readCall(signed, key.spki, other)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(readCall(signed, stranger.spki, call)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a call is taken for a minute, with a minute of clock difference, and no longer", async () => {
  for (const skew of [-115, 58])
    expect(await readCall(await signCall(host, key.keyPem, call, seconds() + skew), key.spki, call)).toBeTruthy();
  const early = await signCall(host, key.keyPem, call, seconds() + 65);
  await expect(readCall(early, key.spki, call)).rejects.toMatchObject({ code: "unauthenticated" });
  const old = await signCall(host, key.keyPem, call, seconds() - 125);
  await expect(readCall(old, key.spki, call)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("an agent token names its host and is refused by another host's key and after its end", async () => {
  const body = { member: newId("mem"), agent: newId("agt"), epoch: 4 };
  const token = await signAgentToken(host, key.keyPem, body, seconds());
  expect(claimedHost(token)).toBe(host);
  expect(await readAgentToken(token, key.spki)).toMatchObject({ ...body, host });
  await expect(readAgentToken(token, stranger.spki)).rejects.toMatchObject({ code: "unauthenticated" });
  const old = await signAgentToken(host, key.keyPem, body, seconds() - 125);
  await expect(readAgentToken(old, key.spki)).rejects.toMatchObject({ code: "ticket_expired" });
});

test("a machine call is no agent token and an agent token is no machine call", async () => {
  const machine = (await signCall(host, key.keyPem, call, seconds())).slice(8);
  const agent = await signAgentToken(host, key.keyPem, { member: newId("mem"), agent: newId("agt"), epoch: 1 }, seconds());
  expect(claimedHost(machine)).toBeUndefined();
  await expect(readAgentToken(machine, key.spki)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(readCall(`Machine ${agent}`, key.spki, call)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("no text that is not a token claims to be a machine", () => {
  fc.assert(fc.property(fc.string(), (text) => claimedMachine(`Machine ${text}`) === undefined && claimedHost(text) === undefined));
});

test("the URI in a certificate names one machine, and a runner's URI never names a host", () => {
  const runner = newId("rnr");
  expect(readMachineUri(machineUri(host))).toBe(host);
  expect(readMachineUri(machineUri(runner))).toBe(runner);
  for (const bad of [
    `spiffe://growqr/runner/${host}`,
    `spiffe://growqr/host/${runner}`,
    `spiffe://other/host/${host}`,
    `${machineUri(host)}/x`,
    "",
  ])
    expect(readMachineUri(bad)).toBeUndefined();
});
