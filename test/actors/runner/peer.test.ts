import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMachine } from "../../../actors/runner/machine.ts";
import { peerTickets } from "../../../actors/runner/peer.ts";
import { newMachineKey } from "../../../schema/machine/machine.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Started } from "../../local/process.ts";
import { runnerFolder } from "../../local/runner.ts";
import { engineUp, ground, newMember, refused, runnerUp } from "../running-engine.ts";

/** Tickets between actors, against a runner that has joined for real. */
const machine = () => loadMachine(runnerFolder(ground.folder));
const claims = { member: newId("mem"), from: newId("agt"), to: newId("agt") };
let engine: Awaited<ReturnType<typeof engineUp>>;
let runner: Started;
beforeAll(async () => {
  engine = await engineUp();
  runner = await runnerUp(engine.endpoint);
});
afterAll(async () => {
  await runner.stop();
  await engine.stop();
});

test("a ticket between actors carries its runner's certificate and is read by any runner of the same CA", async () => {
  const peers = peerTickets(machine());
  const token = await peers.sign(claims);
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES256", typ: "peer", x5c: [expect.any(String)] });
  expect(await peers.read(token)).toMatchObject(claims);
});
test("a ticket ends after a minute", async () => {
  const peers = peerTickets(machine());
  const token = await peers.sign(claims, Math.floor(Date.now() / 1000) - 120);
  await expect(peers.read(token)).rejects.toMatchObject({ code: "ticket_expired" });
});
test("a ticket signed with another key than its certificate's is refused", async () => {
  const ownMachine = machine();
  const { keyPem } = await newMachineKey("thief");
  const token = await peerTickets({ ...ownMachine, keyPem }).sign(claims);
  await expect(peerTickets(ownMachine).read(token)).rejects.toMatchObject({ code: "unauthenticated" });
});
test("a ticket whose certificate the CA did not sign is refused", async () => {
  const ownMachine = machine();
  const forged = peerTickets({ ...ownMachine, certPem: ownMachine.caPem });
  await expect(peerTickets(ownMachine).read(await forged.sign(claims))).rejects.toMatchObject({ code: "unauthenticated" });
});
test("only a peer may execute or report; a browser and the edge may not, and a peer may do nothing else", async () => {
  const member = await newMember(engine);
  const input = { kind: "execute", key: "k", task: newId("tsk"), run: 1, prompt: "x" };
  for (const ticket of [await member.live(), await member.actor()])
    for (const name of ["execute", "report"] as const)
      expect(await refused(member.call(name, input, { ticket }))).toMatchObject({ code: "forbidden" });
  const peers = peerTickets(machine());
  const peer = () => peers.sign({ member: member.member, from: newId("agt"), to: member.agent });
  expect(await refused(member.call("execute", input, { ticket: await peer() }))).toMatchObject({ code: "not_found" });
  expect(await refused(member.call("tasks", {}, { ticket: await peer() }))).toMatchObject({ code: "forbidden" });
});
test("a peer's ticket opens no actor of another member, nor one it does not name", async () => {
  const [member, other] = [await newMember(engine), await newMember(engine)];
  const peers = peerTickets(machine());
  const wrong = [
    { member: other.member, from: newId("agt"), to: member.agent },
    { member: member.member, from: newId("agt"), to: newId("agt") },
  ];
  for (const each of wrong) {
    const ticket = await peers.sign(each);
    expect(await refused(member.call("execute", {}, { ticket }))).toMatchObject({ code: "not_found" });
  }
});
