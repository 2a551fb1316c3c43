import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { agentTypesOut } from "../../schema/agent/agent-type-api.ts";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { plansOut, taskOut, tasksOut } from "../../schema/agent/team.ts";
import { approvalsOut } from "../../schema/approval/approval-api.ts";
import { goalsOut } from "../../schema/memory/memory-api.ts";
import { searchOut } from "../../schema/search/search.ts";
import { newId } from "../../schema/wire/id.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { actorOf } from "../harness/actor-client.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart } from "../harness/kill-part.ts";
import { commitBeside, containers, gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { othersEnded } from "./others.ts";

/**
 * Whatever dies, the member's work goes on: the runner, their host, and last all that the engine keeps. Parts
 * die at a step that was seen, and when no other story uses the product. In order.
 */
const product = inject("product");
let nora: Person;
let actor: string;
let member: string;
let events: Events;
let grow: Awaited<ReturnType<typeof actorOf>>;

beforeAll(async () => {
  nora = await person(product, `nora.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(nora);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await nora.events(actor, 0, { steady: true });
});
beforeAll(() => othersEnded(import.meta.filename));
afterAll(async () => {
  events?.close();
  await grow?.close();
});

const over = ["done", "failed", "stopped", "interrupted"];
const endOf = async (turnId: string) =>
  (await events.wait("turn.state", ({ body }) => body.turnId === turnId && over.includes(body.state), 90_000)).body;
const textOf = (turnId: string) =>
  events
    .of("message.text")
    .flatMap(({ body }) => (body.turnId === turnId ? [body.text] : []))
    .join("\n");
const git = (...args: string[]) => gitIn(product.instance, member, "growqr/memory", ...args);

/** What holds after every fault: each message once, a log without a gap, one pair, an agent that answers. */
async function allIsWell(acknowledged: { clientId: string; messageId: string; turnId: string; seq: number }[]): Promise<void> {
  for (const { clientId, messageId, turnId, seq } of acknowledged)
    expect(events.of("message.sent").filter(({ body }) => body.clientId === clientId)).toMatchObject([
      { seq, body: { messageId, turnId } },
    ]);
  const { turnId } = await eventually("a message is taken", () => send(nora, actor, "hello"));
  expect((await endOf(turnId)).state).toBe("done");
  const seqs = events.received.flatMap((message) => ("event" in message ? [message.event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const mine = (await containers(product.instance)).filter((line) => line.includes(member));
  expect(mine.map((line) => line.split(" ")[1])).toEqual(["running", "running"]);
}

test("the runner is killed while an answer streams: it goes on or says that it was interrupted, and what was queued is answered", async () => {
  const first = await send(nora, actor, script({ text: "tick ", chunks: 150, gapMs: 30 }));
  await events.until("text streams", () => events.deltas().filter(({ delta }) => delta.turnId === first.turnId).length > 3);
  const queued = await send(nora, actor, "thanks");
  await (await killPart(product, "runner", member))();
  const { state, reason } = await endOf(first.turnId);
  // OpenCode asks the model again by itself: the words before the cut are one block, the whole answer another
  if (state === "done") expect(textOf(first.turnId)).toContain("tick 149");
  else expect([state, reason]).toEqual(["interrupted", expect.stringMatching(/./)]);
  expect((await endOf(queued.turnId)).state).toBe("done");
  await allIsWell([first, queued]);
});

test("it is killed while a page is made: no commit that was told is lost, and each decision is remembered once", async () => {
  const first = await send(nora, actor, "make me a page that says faults happen");
  const remembers = ({ body }: ReturnType<typeof events.of<"tool.call">>[number]) =>
    body.turnId === first.turnId && body.call.tool === "platform_remember";
  await events.wait("tool.call", remembers, 90_000);
  await (await killPart(product, "runner", member))();
  await endOf(first.turnId);
  await events.wait("commit", ({ body }) => body.repo === "growqr/memory" && body.title.includes("faults-happen"));
  for (const { body } of events.of("commit"))
    expect((await gitIn(product.instance, member, body.repo, "cat-file", "-t", body.hash)).trim()).toBe("commit");
  const log = await git("log", "--format=%B", "main");
  const outboxes = [...log.matchAll(/^Outbox: (\S+)$/gm)].map(([, outbox]) => outbox);
  expect(new Set(outboxes).size).toBe(outboxes.length);
  await allIsWell([first]);
});

test("the host is killed while a question waits: it is still there, is answered once, and the turn goes on to its end", async () => {
  const command = { tool: "bash", args: { command: "mkfifo host; echo made", description: "as it was told" } };
  const first = await send(nora, actor, script(command, { text: "went on" }));
  const { body: question } = await events.wait("approval.asked", ({ body }) => body.turn === first.turnId, 90_000);
  await (await killPart(product, "host", member))();
  const waiting = async () => approvalsOut.parse((await nora.call("GET", "/approvals?state=pending")).body).approvals;
  await eventually("it still waits", async () => (await waiting()).some(({ id }) => id === question.id));
  const answer = async (device: string) => {
    const { status } = await nora.call("POST", `/approvals/${question.id}/decision`, { decision: "allow", device });
    return status < 500 ? status : undefined;
  };
  const answers = await Promise.all(["phone", "laptop", "tablet"].map((device) => eventually("an answer", () => answer(device))));
  expect(answers.sort()).toEqual([200, 409, 409]);
  expect((await endOf(first.turnId)).state).toBe("done");
  expect(events.of("approval.decided").filter(({ body }) => body.id === question.id)).toHaveLength(1);
  const ran = events.of("tool.call").filter(({ body }) => body.turnId === first.turnId && body.call.state === "done");
  expect(ran.map(({ body }) => body.call.output?.trim())).toEqual(["made"]);
  await allIsWell([first]);
});

const word = `Albatross ${newId("req").slice(-6)}`;
const spec = {
  id: "write-note",
  title: "Write a note",
  owner: "coding",
  outputs: ["note.md"],
  acceptance: [{ file: "note.md" }],
};

const kind =
  "id: scribe\ntitle: Scribe\npurpose: Writes\nprompt: Write.\ntools: {}\ncapabilities: []\nbudget: { cost_usd: 1, minutes: 5 }\n";

test("all that the engine keeps is gone: the agent comes back from Git: goals, profile, decisions, tasks, policies, the conversation's summary, and it goes on", async () => {
  grow = await actorOf(product, member, actor);
  await grow.tool("remember", { kind: "decision", title: "Keep bees", text: `We decided to keep bees, said the ${word}.` });
  const fact = await grow.tool("remember", { kind: "profile", title: "Allergic to dust", text: "Sneezes." });
  const proposalId = /prp_[0-9A-Z]{26}/.exec(fact.text)?.[0] ?? "";
  expect(await nora.call("POST", `/proposals/${proposalId}/decide`, { decision: "accept" })).toMatchObject({ status: 200 });
  expect(await nora.call("POST", "/goals", { title: "Ten hives", progress: 30 })).toMatchObject({ status: 200 });
  const policy = 'version: 1\nrules:\n  - id: no-curl\n    match: "curl *"\n    decision: deny\n';
  expect(await nora.call("PUT", "/memory/file", { path: "policies/commands.yaml", text: policy, base: null })).toMatchObject({
    status: 200,
  });
  const scribe = "agents/scribe/agent.yaml";
  expect(await nora.call("PUT", "/memory/file", { path: scribe, text: kind, base: null })).toMatchObject({ status: 200 });
  const made = await nora.call("POST", "/tasks", { spec });
  expect(made.status).toBeLessThan(300);
  const { task } = taskOut.parse(made.body);
  expect(await nora.call("POST", `/tasks/${task.id}/cancel`, { reason: "not now" })).toMatchObject({ status: 200 });
  for (let i = 0; i < 4; i++) {
    const { turnId } = await send(nora, actor, `Keep the ${word} in view. ${"lorem ipsum dolor ".repeat(1_750)}`);
    await events.wait("turn.state", (event) => event.body.turnId === turnId && ["done", "failed"].includes(event.body.state), 60_000);
  }
  const { body: short } = await events.wait("conversation.summary", (event) => event.body.number === 1, 60_000);
  await eventually("all is in Git", async () => {
    const files = await git("ls-tree", "-r", "--name-only", "main");
    return (
      files.includes(short.path) &&
      files.includes(`tasks/${task.id}/task.yaml`) &&
      (await git("show", `main:tasks/${task.id}/task.yaml`)).includes("cancelled")
    );
  });
  await commitBeside(product.instance, member, scribe, `${kind}model: deepest\n`); // its last good version is only in its history
  events.close();
  await grow.close();
  const before = Number(await git("rev-list", "--count", "main"));

  rmSync(path.join(product.folder, "engine"), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }); // it still writes
  const back = [await killPart(product, "engine", member), await killPart(product, "runner", member)];
  for (const isBack of back) await isBack();
  const wiped = Date.now();
  // Nobody provisions: the stream resumes by itself. A reader of the lost log gets the new log from its
  // beginning.
  events = await eventually("the stream opens", () => nora.events(actor, 400, { steady: true }), 60_000);
  const restored = await events.wait("memory.restored", () => true, 60_000);
  expect(restored.body).toMatchObject({ goals: 1, decisions: 2, tasks: 1, summary: true, unread: [] });
  await events.wait("provision.step", (event) => event.body.step === "ready" && event.body.state === "done", 60_000);

  const told = (slug: string) => events.of("commit").find((event) => event.body.files.some(({ path }) => path.includes(slug)));
  for (const slug of ["keep-bees", "ten-hives"]) expect(told(slug)?.at, slug).toBeLessThan(wiped);
  expect(events.of("conversation.summary").map((event) => [event.body.path, event.at < wiped])).toEqual([[short.path, true]]);
  const { events: timeline } = eventPage.parse((await nora.call("GET", "/history/timeline")).body);
  const kinds = timeline.filter(({ kind, at }) => at < wiped && (kind === "task.state" || kind === "goal.state")).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(["goal.state", "task.state"]);

  expect(goalsOut.parse((await nora.call("GET", "/goals")).body).goals).toMatchObject([{ title: "Ten hives", done: 30 }]);
  expect(tasksOut.parse((await nora.call("GET", "/tasks")).body).tasks).toMatchObject([
    { id: task.id, title: "Write a note", facts: { state: "cancelled" } },
  ]);
  expect(plansOut.parse((await nora.call("GET", "/plans")).body).plans).toEqual([]);
  const found = await eventually("the decision is found, and the index has read all that its commit holds", async () => {
    const [hit] = searchOut.parse((await nora.call("GET", `/memory/search?q=${encodeURIComponent(word)}&in=decisions`)).body).hits;
    return hit?.commit ? hit : undefined;
  });
  expect(found).toMatchObject({ title: "Keep bees", line: 3, commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
  const kindBack = await eventually("the member's kind of agent is there", async () =>
    agentTypesOut.parse((await nora.call("GET", "/agent-types")).body).types.find((type) => type.id === "scribe"),
  );
  expect(kindBack).toMatchObject({ usable: true, title: "Scribe", model: "standard", issues: [{ path: "model" }] });
  const rules = await eventually("the policy is in force", async () => {
    const text = JSON.stringify((await nora.call("GET", "/policies")).body);
    return text.includes("no-curl") ? text : undefined;
  });
  expect(rules).toContain("deny");
  const { turnId } = await send(nora, actor, "hello after the fall");
  await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 90_000);
  const last = JSON.stringify((await requestsWith(product, "hello after the fall")).at(-1));
  for (const known of [word, "Ten hives", "Sneezes", "Keep bees"]) expect(last).toContain(known);
  expect(Number(await git("rev-list", "--count", "main"))).toBe(before);
});
