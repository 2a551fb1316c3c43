import { expect, test } from "vitest";
import { actions } from "../../../schema/actions.ts";
import { callEnvelope, connectionParams, fileIn, provisionIn, sendIn, stopIn } from "../../../schema/agent/grow-agent.ts";
import { eventBodies, storedEvent } from "../../../schema/event.ts";
import { heartbeatIn, joinIn } from "../../../schema/machine/host.ts";
import { agentBranch, gitUser, stackPut } from "../../../schema/stack/stack.ts";
import { tools } from "../../../schema/tool/tool.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limits } from "../../../schema/wire/limits.ts";

test("a message needs a client id and text within the limit, and takes nothing else", () => {
  const good = { clientId: "client-01", text: "hello" };
  expect(sendIn.parse(good)).toEqual(good);
  const bad = [
    { ...good, text: "  " },
    { ...good, text: "x".repeat(limits.messageText + 1) },
    { ...good, clientId: "a,b,c,d,e" },
  ];
  for (const body of [...bad, { ...good, admin: true }, { text: "x" }, [], null, "x"]) expect(sendIn.safeParse(body).success).toBe(false);
});

test("a stop names one of the two scopes", () => {
  expect(stopIn.safeParse({ scope: "turn" }).success).toBe(true);
  expect(stopIn.safeParse({ scope: "stack", again: true }).success).toBe(true);
  for (const body of [
    {},
    { scope: "host" },
    { scope: "turn", force: true },
    { scope: "turn", again: true },
    { scope: "stack", again: false },
  ])
    expect(stopIn.safeParse(body).success).toBe(false);
});

test("the envelope of every action names its request and its key", () => {
  expect(callEnvelope.safeParse({ requestId: "req_1", key: "k", input: { scope: "turn" } }).success).toBe(true);
  expect(callEnvelope.safeParse({ requestId: "req_1", key: "", input: { scope: "turn" } }).success).toBe(false);
  expect(callEnvelope.safeParse({ input: { scope: "turn" } }).success).toBe(false);
});

test("a browser's ticket opens nothing that provisions or calls tools", () => {
  expect(actions.provision.for).toEqual(["actor"]);
  expect(actions.tool.for).toEqual(["actor"]);
  expect(connectionParams.safeParse({ ticket: "x".repeat(30), member: newId("mem") }).success).toBe(false);
});

test("a stored event with a body of another kind is refused, and so is a kind nobody knows", () => {
  const turnId = newId("trn");
  const event = { seq: 1, at: 0, channel: newId("chn"), kind: "message.text", body: { turnId, partId: "p", text: "hi" } };
  expect(storedEvent.parse(event)).toEqual(event);
  expect(storedEvent.safeParse({ ...event, kind: "turn.state" }).success).toBe(false);
  expect(storedEvent.safeParse({ ...event, kind: "made.up" }).success).toBe(false);
  expect(storedEvent.safeParse({ ...event, seq: 0 }).success).toBe(false);
  expect(Object.keys(eventBodies)).toContain("commit");
});

test("a path of a file cannot climb out of its repository", () => {
  const good = { repo: "growqr/memory", ref: "main", path: "goals/README.md" };
  expect(fileIn.safeParse(good).success).toBe(true);
  for (const path of ["../secret", "a/../../b", "", "a/.."]) expect(fileIn.safeParse({ ...good, path }).success).toBe(false);
  for (const repo of ["growqr", "growqr/../x", "a/b/c"]) expect(fileIn.safeParse({ ...good, repo }).success).toBe(false);
});

test("a stack command takes a positive generation and a tier, and no epoch of its own", () => {
  expect(stackPut.safeParse({ generation: 1, tier: "running" }).success).toBe(true);
  for (const body of [
    { generation: 0, tier: "running" },
    { generation: 1, tier: "erased" },
    { generation: 1, tier: "running", epoch: 2 },
  ])
    expect(stackPut.safeParse(body).success).toBe(false);
});

test("a machine joins with a token, a CSR and a name; sizes are bounded", () => {
  const good = { token: "t".repeat(30), csr: "c".repeat(120), name: "box" };
  expect(joinIn.parse(good)).toEqual({ ...good, zone: "local" });
  for (const body of [
    { ...good, csr: "c".repeat(9000) },
    { ...good, port: 70_000 },
    { ...good, id: newId("hst") },
  ])
    expect(joinIn.safeParse(body).success).toBe(false);
  const beat = { sequence: 1, capacity: { cpus: 1, memoryMb: 1, stacks: 0 }, stacks: [] };
  expect(heartbeatIn.safeParse(beat).success).toBe(true);
  expect(heartbeatIn.safeParse({ ...beat, sequence: -1 }).success).toBe(false);
});

test("a tool refuses names that Git or a path could misread", () => {
  const name = tools.open_project.input;
  for (const ok of ["hello-page", "a1"]) expect(name.safeParse({ name: ok }).success).toBe(true);
  for (const bad of ["Hello", "a", "../x", "a b", "1page", "x".repeat(41), "a.git"])
    expect(name.safeParse({ name: bad }).success).toBe(false);
  expect(tools.remember.input.safeParse({ kind: "secret", title: "abc", text: "x" }).success).toBe(false);
});

test("an agent's Git user and branch derive from its id and differ between agents", () => {
  const [a, b] = [newId("agt"), newId("agt")];
  expect(gitUser(a)).toMatch(/^agent-[0-9a-z]{26}$/);
  expect(gitUser(a)).not.toBe(gitUser(b));
  expect(agentBranch(a, "hello")).toBe(`agent/${a}/hello`);
});

test("times of provision steps may arrive as BigInt, as Rivet Kit hands over large integers", () => {
  const step = { step: "placement", at: 1_800_000_000_000n, ms: 3n };
  expect(provisionIn.parse({ run: "req_1", steps: [step] }).steps).toEqual([{ step: "placement", at: 1_800_000_000_000, ms: 3 }]);
});
