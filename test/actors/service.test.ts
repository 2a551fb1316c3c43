import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { requireAgent } from "../../actors/agent/agent.ts";
import { promptAgent } from "../../actors/agent/prompt-agent.ts";
import { decideApproval } from "../../actors/approval/approval.ts";
import { decidePermission } from "../../actors/approval/permission.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { revokeRule, viewPolicies } from "../../actors/policy.ts";
import { Services } from "../../actors/service/service.ts";
import { newTaskOf } from "../../actors/task/task-control.ts";
import { callTool } from "../../actors/tool.ts";
import { newFollow, newRunning } from "../../actors/turn/follow.ts";
import { findTurn, runningTurn } from "../../actors/turn/turn-row.ts";
import { type AgentType, agentType } from "../../schema/agent/agent-type.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { approvalDecideIn } from "../../schema/approval/approval-api.ts";
import { permissionRequest, serviceTool } from "../../schema/approval/permission.ts";
import { actionAnswerTable } from "../../schema/idempotency/action-idempotency.table.ts";
import { specShape } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startTracker, type Tracker } from "../doubles/service/server.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";
import { ownFolder } from "../harness/fixtures.ts";

/**
 * Calls of a bound service as an agent makes them, against a service on loopback. Only the edge, which keeps
 * the secret, is played.
 */
const key = "tracker-key-0123456789";
const folder = ownFolder();
let tracker: Tracker;
beforeAll(async () => {
  tracker = await startTracker(0, key);
});
afterAll(() => tracker.close());
beforeEach(() => {
  tracker.calls.length = 0;
});

const operations = [
  { name: "list", method: "GET", path: "/items" },
  { name: "mirror", method: "GET", path: "/mirror" },
  { name: "add", path: "/items" },
  { name: "drop", path: "/items" },
];
function kind(over: object = {}): AgentType {
  return agentType.parse({
    ...{ id: "scribe", title: "Scribe", purpose: "Writes", prompt: "Write." },
    tools: { box: ["read"], platform: ["report_progress"] },
    capabilities: ["files:read", "service:tracker/list", "service:tracker/mirror", "service:tracker/add", "secret:tracker-key"],
    budget: { cost_usd: 1, minutes: 5 },
    service: { name: "tracker", kind: "http", url: `${tracker.url}/v1`, operations, secret: { name: "tracker-key" }, ...over },
  });
}
/** An agent of that kind with a task. `secret`: what the edge answers for it; `over`: of its service. */
async function agent(secret: string | null = key, local = [tracker.url], over: object = {}) {
  const asked: string[] = [];
  const actor = await startActor(folder, {
    types: new Map([["scribe", kind(over)]]),
    edge: { secret: async (_, name, origin) => (asked.push(`${name} ${origin}`) > 0 ? (secret ?? undefined) : undefined) },
    world: { services: new Services(local) },
  });
  const spec = specShape.parse({ id: "own", title: "Own", owner: "scribe", outputs: ["a.md"] });
  const { task: made } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, made.id));
  return { actor, asked, id: row!.worker! };
}
const call = (actor: TestActor, id: Id<"agt">, operation: string, given: object = {}, again = newId("req")) =>
  callTool(actor.self, { agent: id, tool: "call_service", arguments: { operation, arguments: given } }, again, newId("req"));
const told = async (actor: TestActor) => (await actor.events("service.called")).map(({ operation, state }) => `${operation} ${state}`);

test("an operation of the list is called with the secret for its origin, told in the log, and the secret comes back to nobody", async () => {
  const { actor, id, asked } = await agent();
  expect(await call(actor, id, "list", { q: "fir" })).toMatchObject({ ok: true, text: expect.stringContaining('{"items":["first"]}') });
  const mirrored = await call(actor, id, "mirror");
  expect(mirrored.text).toContain("[redacted]");
  expect(mirrored.text).not.toContain(key);
  expect(asked).toEqual([`tracker-key ${tracker.url}`, `tracker-key ${tracker.url}`]);
  expect(await told(actor)).toEqual(["list done", "mirror done"]);
  expect(JSON.stringify(await actor.events("service.called"))).not.toContain(key);
  await actor.close();
});

test("what may change something is sent once for its key, also when its answer was lost", async () => {
  const { actor, id } = await agent();
  const once = newId("req");
  const first = await call(actor, id, "add", { title: "only once" }, once);
  expect(first).toMatchObject({ ok: true });
  expect(await call(actor, id, "add", { title: "only once" }, once)).toEqual(first);
  expect(tracker.calls).toHaveLength(1);
  await actor.db.delete(actionAnswerTable).where(eq(actionAnswerTable.key, `tool:-:${once}`)); // the process died between the service's answer and its record
  expect(await call(actor, id, "add", { title: "only once" }, once)).toMatchObject({
    ok: false,
    text: expect.stringContaining("may have been done"),
  });
  expect(tracker.calls).toHaveLength(1);
  expect(tracker.items.filter((item) => item === "only once")).toHaveLength(1);
  await actor.close();
});

test("an operation that is not on the list, or without its capability, or with wrong arguments is refused by path, and nothing is sent", async () => {
  const { actor, id } = await agent();
  expect(await call(actor, id, "erase")).toMatchObject({
    ok: false,
    text: expect.stringContaining("- operation: is not on the list of tracker"),
  });
  expect(await call(actor, id, "drop")).toMatchObject({
    ok: false,
    text: expect.stringContaining("- operation: was not allowed. Its quest does not allow this"),
  });
  expect(await call(actor, id, "list", { q: { deep: 1 } })).toMatchObject({ ok: false, text: expect.stringContaining("- arguments.q") });
  expect(await told(actor)).toEqual(["erase refused", "drop refused", "list refused"]);
  expect(await actor.events("tool.refused")).toHaveLength(3);
  expect(tracker.calls).toEqual([]);
  expect(await call(actor, actor.grow, "list")).toMatchObject({ ok: false, text: "No service is bound to you." });
  await actor.close();
});

/** OpenCode asks before the tool runs; what it is answered is kept. */
async function asks(actor: TestActor, id: Id<"agt">, operation: string, given: unknown = {}) {
  const replies: unknown[] = [];
  const part = { id: "prt_1", type: "tool", callID: "call_1", tool: serviceTool };
  const running = { ...part, state: { status: "running", input: { operation, arguments: given } } };
  actor.host.answer = ({ path, body }) => {
    if (path.includes("/session/ses_1/message/msg_1?")) return { status: 200, body: { parts: [running] } };
    if (!/\/permission\/[^/]+\/reply\?/.test(path)) return undefined;
    replies.push(JSON.parse(String(body)));
    return { status: 200 };
  };
  const about = await requireAgent(actor.db, id);
  if (!(await runningTurn(actor.db, id))) {
    await record(actor.self, newId("req"), (writer) => promptAgent(writer, { agent: about, text: "go" }));
    await actor.beginTurn(id);
  }
  const row = await findTurn(actor.db, (await runningTurn(actor.db, id))!);
  if (!row) throw new Error("no turn runs");
  const follow = newFollow(actor.self, about, row, newId("req"), newRunning(row, about, Promise.resolve()));
  const tool = { messageID: "msg_1", callID: "call_1" };
  const request = permissionRequest.parse({ id: newId("req"), sessionID: "ses_1", permission: serviceTool, patterns: ["*"], tool });
  await decidePermission(follow, request);
  const [asked] = await actor.db
    .select()
    .from(approvalTable)
    .where(eq(approvalTable.key, `permission:${request.id}`));
  return { replies, asked: asked?.body, always: asked?.always };
}
const decided = (actor: TestActor, approvalId: Id<"apr"> | undefined, body: object) =>
  decideApproval(actor.self, approvalDecideIn.parse({ approvalId, decision: "allow", ...body }), newId("req"), newId("req"));

test("an operation off the list is a question with the exact call, byte for byte; a yes sends that call once and no other", async () => {
  const { actor, id } = await agent();
  const given = { title: "off", password: "hunter2", api_key: "sk-live-0123456789abcdef", turned: "a\u202Eb " };
  const { asked, replies } = await asks(actor, id, "POST /archive", given);
  expect(replies).toEqual([]);
  expect(asked).toMatchObject({
    title: "Call POST /archive of tracker",
    reach: new URL(tracker.url).host,
    scopes: ["once", "task", "agent", "always"],
    subject: { kind: "operation", operation: `service:tracker/POST /archive at ${tracker.url}` },
  });
  const detail = asked?.subject.kind === "operation" ? asked.subject.detail : "";
  const sent = '{"title":"off","password":"hunter2","api_key":"sk-live-0123456789abcdef","turned":"a\\u202eb "}';
  expect(detail).toBe(`POST ${tracker.url}/v1/archive\n${sent}`);
  expect(await call(actor, id, "POST /archive", given)).toMatchObject({ ok: false }); // past OpenCode, before an answer
  expect(tracker.calls).toEqual([]);
  expect(await decided(actor, asked?.id, {})).toMatchObject({ counted: true });
  expect(await call(actor, id, "POST /archive", { ...given, title: "another" })).toMatchObject({ ok: false });
  expect(await call(actor, id, "POST /archive", given)).toMatchObject({ text: expect.stringContaining("tracker answered") });
  expect(await call(actor, id, "POST /archive", given)).toMatchObject({ text: expect.stringContaining("tracker answered") });
  expect(tracker.calls.map(({ method, path: at }) => `${method} ${at}`)).toEqual(["POST /v1/archive"]);
  await actor.close();
});

test("a yes for always is a rule of the policy file for that operation at that origin, and holds until it is taken back there", async () => {
  const { actor, id } = await agent();
  const { asked } = await asks(actor, id, "DELETE /items/{id}", { id: 7 });
  await decided(actor, asked?.id, { scope: "always" });
  const [rule] = (await viewPolicies(actor.db)).rules;
  expect(rule).toMatchObject({ kind: "operation", match: `service:tracker/DELETE /items/{id} at ${tracker.url}`, decision: "allow" });
  expect((await asks(actor, id, "DELETE /items/{id}", { id: 8 })).replies).toEqual([{ reply: "once" }]);
  await call(actor, id, "DELETE /items/{id}", { id: 8 });
  expect(tracker.calls.map(({ method, path: at }) => `${method} ${at}`)).toEqual(["DELETE /v1/items/8"]);
  await revokeRule(actor.self, { id: rule?.id ?? "" }, newId("req"), newId("req"));
  expect((await asks(actor, id, "DELETE /items/{id}", { id: 9 })).asked).toMatchObject({ state: "pending" });
  expect(await call(actor, id, "DELETE /items/{id}", { id: 9 })).toMatchObject({ ok: false });
  await actor.close();
});

test("a yes for more than once answers what else waits for the same, and nothing that it does not reach", async () => {
  for (const scope of ["task", "agent", "always"] as const) {
    const { actor, id } = await agent();
    const waits = [];
    for (const n of [1, 2, 3]) waits.push((await asks(actor, id, "DELETE /items/{id}", { id: n })).asked!);
    const other = (await asks(actor, id, "POST /archive", { title: "x" })).asked!;
    await decided(actor, waits[1]!.id, { scope, device: "your phone" });
    const after = await Promise.all(
      [...waits, other].map(async (each) => (await actor.db.select().from(approvalTable).where(eq(approvalTable.id, each.id)))[0]!.body),
    );
    expect(after.map((each) => [each.state, each.decided?.device])).toEqual([
      ["allowed", undefined],
      ["allowed", "your phone"],
      ["allowed", undefined],
      ["pending", undefined],
    ]);
    expect(after[0]?.decided).toMatchObject({ scope: "once", reason: "allowed by your answer to “Call DELETE /items/{id} of tracker”" });
    expect((await actor.events("approval.decided")).map((each) => each.id)).toEqual([waits[1]!.id, waits[0]!.id, waits[2]!.id]);
    expect(await decided(actor, waits[0]!.id, { decision: "deny" })).toMatchObject({
      counted: false,
      text: "Already allowed by your answer to “Call DELETE /items/{id} of tracker”.",
    });
    await call(actor, id, "DELETE /items/{id}", { id: 3 });
    expect(tracker.calls.splice(0).map(({ method, path: at }) => `${method} ${at}`)).toEqual(["DELETE /v1/items/3"]);
    await actor.close();
  }
});
test("a yes for once answers that question alone", async () => {
  const { actor, id } = await agent();
  const first = (await asks(actor, id, "DELETE /items/{id}", { id: 1 })).asked;
  await asks(actor, id, "DELETE /items/{id}", { id: 2 });
  await decided(actor, first?.id, { scope: "once" });
  expect((await actor.events("approval.decided")).map((each) => each.id)).toEqual([first?.id]);
  await actor.close();
});

test("what can't be sent is not asked: the tool itself says what is wrong; what is on the list passes", async () => {
  const { actor, id } = await agent();
  const long = { text: "x".repeat(5_000) };
  for (const [operation, given] of [
    ["list", {}],
    ["erase", {}],
    ["POST /../up", {}],
    ["PUT /items/{id}", {}],
    ["POST /notes", long],
  ] as const)
    expect([operation, (await asks(actor, id, operation, given)).replies]).toEqual([operation, [{ reply: "once" }]]);
  expect(await call(actor, id, "PUT /items/{id}")).toMatchObject({ ok: false, text: expect.stringContaining("- arguments.id") });
  expect(await call(actor, id, "POST /notes", long)).toMatchObject({ ok: false, text: expect.stringContaining("too long to be shown") });
  expect(tracker.calls).toEqual([]);
  await actor.close();
});

test("of an MCP server, what it has is asked and then called, and what it has not is an error", async () => {
  const mcp = { kind: "mcp", url: `${tracker.url}/mcp`, operations: ["list_items"] };
  const { actor, id } = await agent(key, [tracker.url], mcp);
  expect((await asks(actor, id, "erase_all")).replies).toEqual([{ reply: "once" }]);
  expect(await call(actor, id, "erase_all")).toMatchObject({ ok: false, text: expect.stringContaining("is no operation of tracker") });
  const { asked } = await asks(actor, id, "add_item", { title: "by MCP" });
  expect(asked?.subject).toMatchObject({ detail: expect.stringMatching(/^add_item at .*\/mcp\n[\s\S]*by MCP/) });
  expect(tracker.items).not.toContain("by MCP");
  await decided(actor, asked?.id, { scope: "task" });
  expect(await call(actor, id, "add_item", { title: "by MCP" })).toMatchObject({ ok: true, text: expect.stringContaining("added by MCP") });
  expect(tracker.items).toContain("by MCP");
  await actor.close();
});

test("without its secret, or at an address that is not on the internet, a service is not called, and that is said", async () => {
  const poor = await agent(null);
  expect(await call(poor.actor, poor.id, "list")).toMatchObject({
    ok: false,
    text: expect.stringContaining("keeps no secret tracker-key"),
  });
  const inside = await agent(key, []);
  expect(await call(inside.actor, inside.id, "list")).toMatchObject({ ok: false, text: expect.stringContaining("was not reached") });
  expect(await told(inside.actor)).toEqual(["list refused"]);
  expect(tracker.calls).toEqual([]);
  for (const each of [poor, inside]) await each.actor.close();
});
