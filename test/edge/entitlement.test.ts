import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { type InputOf, type LiveAction, liveActions, needsEntitlement } from "../../schema/actions.ts";
import { sendOut } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import { ask, liveTicket, newMember, refusal, sql, type TestMember } from "./client.ts";

/**
 * A member whose trial has ended. Every door refuses to work or to change what is remembered; the rest stays
 * open.
 */
const day = 86_400_000;
let member: TestMember;
let ticket: string;
const endsAt = (time: number) => sql("update subscription set period_end = ? where member = ?", [time, member.actor.member]);
beforeAll(async () => {
  member = await newMember();
  await endsAt(Date.now() - 1);
  ({ ticket } = await liveTicket(member));
});

const commit = "0".repeat(40);
const [planId, questId, proposalId, incident] = [newId("pln"), newId("qst"), newId("prp"), newId("inc")];
const [taskId, approvalId] = [newId("tsk"), newId("apr")];
const yes = { decision: "allow", device: "laptop" } as const;
const spec = { id: "one", title: "One", owner: "quest", outputs: ["one.md"] };
const message = { clientId: crypto.randomUUID(), text: "hi" };
const edit = { path: "notes.md", text: "x", base: null };
const goal = { title: "Run far" };
const project = "bakery";
const port = { agent: newId("agt"), port: 5_173 };
type Door = { method: string; path: () => string; body?: object };
const doors: { [A in LiveAction]?: { input: InputOf<A>; rest: Door[] } } = {
  send: {
    input: message,
    rest: [
      { method: "POST", path: () => `/actors/${member.actor.id}/message`, body: message },
      { method: "POST", path: () => `/channels/${member.actor.channel}/messages`, body: message },
      { method: "POST", path: () => "/tasks", body: { story: "A page", clientId: message.clientId } },
      { method: "POST", path: () => `/opencode/sessions/${newId("ses")}/messages`, body: message },
    ],
  },
  sessionCreate: {
    input: {},
    rest: [{ method: "POST", path: () => `/opencode/workspaces/${member.actor.workspaceId}/sessions`, body: {} }],
  },
  start: {
    input: {},
    rest: [
      { method: "POST", path: () => `/actors/${member.actor.id}/start`, body: {} },
      { method: "POST", path: () => `/opencode/workspaces/${member.actor.workspaceId}/start`, body: {} },
      { method: "POST", path: () => "/opencode/provision", body: {} },
    ],
  },
  projectMake: {
    input: { name: "bakery", template: "blog" },
    rest: [{ method: "POST", path: () => "/projects", body: { name: "bakery", template: "blog" } }],
  },
  projectCommand: {
    input: { project: "bakery", command: "npm test", seconds: 60 },
    rest: [{ method: "POST", path: () => "/projects/bakery/commands", body: { command: "npm test" } }],
  },
  verify: { input: { project }, rest: [{ method: "POST", path: () => `/projects/${project}/verify`, body: {} }] },
  taskCreate: { input: { spec }, rest: [{ method: "POST", path: () => "/tasks", body: { spec } }] },
  taskAct: {
    input: { taskId, act: "retry" },
    rest: ["resume", "retry", "reassign"].map((act) => ({ method: "POST", path: () => `/tasks/${taskId}/${act}`, body: {} })),
  },
  agentAct: {
    input: { agentId: port.agent, act: "resume" },
    rest: [{ method: "POST", path: () => `/agents/${port.agent}/resume`, body: {} }],
  },
  decide: {
    input: { approvalId, ...yes },
    rest: [{ method: "POST", path: () => `/approvals/${approvalId}/decision`, body: yes }],
  },
  planAct: {
    input: { planId, act: "accept", revision: 1 },
    rest: [{ method: "POST", path: () => `/plans/${planId}/accept`, body: { revision: 1 } }],
  },
  memoryWrite: { input: edit, rest: [{ method: "PUT", path: () => "/memory/file", body: edit }] },
  memoryRevert: { input: { commit }, rest: [{ method: "POST", path: () => `/memory/commits/${commit}/revert`, body: {} }] },
  proposalDecide: {
    input: { proposalId, decision: "accept" },
    rest: [{ method: "POST", path: () => `/proposals/${proposalId}/decide`, body: { decision: "accept" } }],
  },
  deploy: { input: { project }, rest: [{ method: "POST", path: () => `/projects/${project}/releases`, body: {} }] },
  publish: {
    input: { project, published: true },
    rest: [{ method: "PUT", path: () => `/projects/${project}/published`, body: { published: true } }],
  },
  power: {
    input: { project, running: true },
    rest: [{ method: "PUT", path: () => `/projects/${project}/power`, body: { running: true } }],
  },
  repair: { input: { incident }, rest: [{ method: "POST", path: () => `/incidents/${incident}/repair`, body: {} }] },
  previewOpen: { input: port, rest: [{ method: "POST", path: () => "/previews", body: port }] },
  goalPut: { input: goal, rest: [{ method: "POST", path: () => "/goals", body: goal }] },
  questStart: {
    input: { quest: "create-blog", inputs: {} },
    rest: [{ method: "POST", path: () => "/quests", body: { quest: "create-blog", inputs: {} } }],
  },
  questAct: {
    input: { questId, act: "resume" },
    rest: [
      { method: "POST", path: () => `/quests/${questId}/resume`, body: {} },
      { method: "POST", path: () => `/quests/${questId}/start`, body: {} },
    ],
  },
};

function callLive<A extends LiveAction>(name: A, input: InputOf<A>) {
  const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": member.actor.member });
  const headers = { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" };
  const body = { args: [{ requestId: newId("req"), key: crypto.randomUUID(), input }] };
  return ask("POST", `/live/gateway/growAgent/action/${name}?${query}`, { body, headers });
}

test("every action that needs an account which allows work is tried here", () => {
  expect(Object.keys(doors).sort()).toEqual(liveActions.filter((name) => needsEntitlement(name)).sort());
});

test("whatever may wake a stack that was stopped asks for the account under its own name", () => {
  const waking = ["grow-agent.ts", "quest/quest-actions.ts", "release/project-actions.ts"].flatMap((file) => {
    const source = readFileSync(new URL(`../../actors/${file}`, import.meta.url), "utf8");
    return [...source.matchAll(/^ {2}(\w+): \(call\) => wakeForWork\("(\w+)"/gm)].map(([, action, named]) => [action, named]);
  });
  expect(waking.length).toBeGreaterThan(10);
  for (const [action, named] of waking)
    expect([named, needsEntitlement(named as LiveAction), doors[named as LiveAction] !== undefined]).toEqual([action, true, true]);
});

test("by REST it is refused with 402", async () => {
  for (const { rest } of Object.values(doors))
    for (const { method, path, body } of rest) {
      const answer = await ask(method, path(), { body, token: await member.token() });
      expect([answer.status, refusal(answer).code], `${method} ${path()}`).toEqual([402, "payment_required"]);
    }
});

test("by the live connection it is refused with the same code, and nothing of it is written", async () => {
  for (const [name, { input }] of Object.entries(doors)) {
    const answer = await callLive(name as LiveAction, input);
    expect([answer.status, refusal(answer).code], name).toEqual([402, "payment_required"]);
  }
  const log = await callLive("since", { seq: 0 });
  expect(log.text).not.toContain("message.sent");
});

test("what reads, stops, pauses or says no stays open", async () => {
  const open = async <A extends LiveAction>(name: A, input: InputOf<A>) => {
    const answer = await callLive(name, input);
    expect(answer.text, name).not.toContain("payment_required");
  };
  await open("tasks", {});
  await open("goals", {});
  await open("stop", { scope: "turn" });
  await open("planAct", { planId, act: "reject" });
  await open("questAct", { questId, act: "pause" });
  for (const act of ["pause", "cancel"] as const) {
    await open("taskAct", { taskId, act });
    await open("agentAct", { agentId: port.agent, act });
  }
  await open("decide", { approvalId, decision: "deny", device: "laptop" });
  await open("publish", { project, published: false });
  await open("power", { project, running: false });
  await open("rollBack", { project });
  await open("cancelRelease", { project, release: newId("rel") });
});

test("once it is paid for, a ticket of before is taken at once", async () => {
  await endsAt(Date.now() + day);
  const answer = await callLive("send", { ...message, clientId: crypto.randomUUID() });
  expect(answer.status, answer.text).toBe(200);
  const said = await ask("POST", `/actors/${member.actor.id}/message`, { body: message, token: await member.token() });
  expect(sendOut.parse(said.json).repeated).toBe(false);
});
