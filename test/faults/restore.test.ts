import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentTypesOut } from "../../schema/agent/agent-type-api.ts";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { plansOut, taskOut, tasksOut } from "../../schema/agent/team.ts";
import { goalsOut } from "../../schema/memory/memory-api.ts";
import { searchOut } from "../../schema/search/search.ts";
import { newId } from "../../schema/wire/id.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { actorOf } from "../harness/actor-client.ts";
import { eventually } from "../harness/eventually.ts";
import { commitBeside, gitIn, pidOf } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { startOf } from "../local/lock.ts";
import { product } from "./product.ts";

/**
 * Everything the engine keeps is deleted; the stack's volumes stay. The member's work is read from their
 * memory in Git.
 */
let nora: Person;
let actor: string;
let member: string;
let events: Events;
let grow: Awaited<ReturnType<typeof actorOf>>;
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

beforeAll(async () => {
  nora = await person(product, `nora.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(nora);
  ({ id: actor, member } = made.actor);
  events = made.events;
  grow = await actorOf(product, member, actor);
});
afterAll(async () => {
  events?.close();
  await grow?.close();
});
const git = (...args: string[]) => gitIn(product.instance, member, "growqr/memory", ...args);

async function kill(part: string): Promise<() => Promise<number>> {
  const pid = pidOf(product.folder, part);
  process.kill(pid, "SIGKILL");
  await eventually(`${part} is dead`, async () => startOf(pid) === undefined);
  return () =>
    eventually(`${part} runs again`, async () => (pidOf(product.folder, part) !== pid ? pidOf(product.folder, part) : undefined), 60_000);
}

test("an actor without its storage comes back from Git: goals, profile, decisions, tasks, policies, the conversation's summary, and it goes on", async () => {
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
  const back = [await kill("engine"), await kill("runner")];
  for (const isBack of back) await isBack();
  const wiped = Date.now();
  // Nobody provisions: the stream resumes by itself. A reader of the lost log gets the new log from its
  // beginning.
  events = await eventually("the stream opens", () => nora.events(actor, 400, { steady: true }), 60_000);
  const restored = await events.wait("memory.restored", () => true, 60_000);
  expect(restored.body).toMatchObject({ goals: 1, decisions: 1, tasks: 1, summary: true, unread: [] });
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
