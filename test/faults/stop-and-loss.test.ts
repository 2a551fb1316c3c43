import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskDetail } from "../../schema/agent/team.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { containers, eventually, gitIn, inside } from "../harness/member-containers.ts";
import { send } from "../harness/person.ts";
import {
  aloneInSteps,
  aloneSlowToProve,
  answering,
  askedBy,
  factsOf,
  longest,
  type Member,
  newMember,
  patiently,
  toItsEnd,
  turnsOf,
} from "./interrupted-work.ts";
import { kill } from "./kill-part.ts";
import { product } from "./product.ts";

/** Work under way when its stack is stopped by the member, and when everything the engine keeps is lost: it waits, then goes on by itself. */
let of: Member;
beforeAll(async () => {
  of = await newMember(product, `lia-${Date.now()}@example.com`);
});
afterAll(() => of?.events.close());

const isNow = (task: string, state: string) => factsOf(of, task).at(-1)?.state === state;
const becomes = (task: string, state: string) => of.events.until(`a task is ${state}`, () => isNow(task, state), longest);

test("a stop holds with tasks at work and in the queue; after the start all of them come to their end, and the one paused by hand stays", async () => {
  const ids = ["one", "two", "three", "four", "five"].map((name) => `stop-${name}`);
  const [hand = "", ...tasks] = await Promise.all(ids.map((id) => aloneInSteps(of, id, "stopped")));
  const all = [hand, ...tasks];
  await of.events.until("three ask", () => all.filter((task) => askedBy(of, task).length > 0).length === 3, longest);
  const working = all.filter((task) => askedBy(of, task).length > 0);
  const byHand = working[0] ?? "";
  expect(await patiently(of, "POST", `/tasks/${byHand}/pause`, {})).toMatchObject({ status: 200 });
  await of.events.until("another takes its place", () => all.filter((task) => askedBy(of, task).length > 0).length === 4, longest);

  expect(await of.who.call("POST", `/actors/${of.actor}/stop`, { scope: "stack" })).toMatchObject({ status: 200 });
  const { seq } = await of.events.wait("stack.state", ({ body }) => body.tier === "stopped" && body.observed === "stopped", longest);
  await eventually("its containers are stopped", async () =>
    (await containers(product.instance)).filter((line) => line.includes(of.member)).every((line) => !line.endsWith("running")),
  );
  const held = all.filter((task) => factsOf(of, task).at(-1)?.reason === "the stack was stopped");
  expect(held).toHaveLength(3);
  expect(all.filter((task) => isNow(task, "created"))).toHaveLength(1);

  expect((await of.who.call("POST", `/actors/${of.actor}/start`)).status).toBeLessThan(300);
  const others = all.filter((task) => task !== byHand);
  const stop = answering(of, others, async () => undefined);
  await toItsEnd(of, others, seq);
  await stop();
  const raised = of.events.of("stack.state").find((event) => event.seq > seq && event.body.tier === "running");
  expect(raised?.body.reason).toBe("start"); // nothing else woke it
  expect(isNow(byHand, "paused")).toBe(true);
  await patiently(of, "POST", `/tasks/${byHand}/cancel`, {});
}, 600_000);

/** Who runs an OpenCode server in the member's box: each agent has a user of its own, which no other agent gets. */
async function servers(): Promise<string[]> {
  const name = dockerName(readInstance(product.instance), "opencode", of.member);
  const { stdout } = await promisify(execFile)("docker", ["top", name, "-eo", "uid,pid,args"]);
  return stdout.split("\n").flatMap((line) => /^\s*(\d+)\s.*opencode\S* serve/.exec(line)?.[1] ?? []);
}

/** One more commit on a task's branch, by its agent's own Git user, from its own home. */
async function pushMore(branch: string, project: string): Promise<void> {
  const home = `/workspace/agents/${/^agent\/(agt_\w+)\//.exec(branch)?.[1] ?? ""}`;
  const uid = (await inside(product.instance, "opencode", of.member, ["stat", "-c", "%u:%g", home])).trim();
  const script = `cd $(mktemp -d -p ${home}) && export HOME=${home} && git clone -q -b ${branch} http://gitea:3000/projects/${project}.git p && cd p && echo more >>more.md && git add -A && git commit -qm more && git push -q origin HEAD`;
  await inside(product.instance, "opencode", of.member, ["bash", "-c", script], uid);
}
test("an actor without its storage takes up what was under way: tasks go to new agents, also a paused one; what was complete is proven; old servers end; receipts are its again", async () => {
  const memory = (file: string) => gitIn(product.instance, of.member, "growqr/memory", "show", `main:${file}`);
  const kept = (task: string, state: string) =>
    eventually(`memory says ${state}`, async () => (await memory(`tasks/${task}/task.yaml`)).includes(`state: ${state}`));
  const [working, paused] = [await aloneInSteps(of, "lost-working", "lost"), await aloneInSteps(of, "lost-paused", "lost")];
  for (const task of [working, paused]) await of.events.until("it asks", () => askedBy(of, task).length > 0, longest);
  await patiently(of, "POST", `/tasks/${paused}/pause`, {});
  const proven = await aloneSlowToProve(of, "lost-proven", "lost", 1);
  await becomes(proven, "verified");
  const receipt = of.events.of("receipt").find(({ body }) => body.taskId === proven)!.body;
  await kept(proven, "verified");
  const proving = await aloneSlowToProve(of, "lost-proving", "lost", 40);
  await becomes(proving, "complete");
  await kept(paused, "paused");
  await kept(proving, "complete");
  expect(turnsOf(of, working).length).toBeGreaterThan(0);
  const before = await servers();
  expect(before.length).toBeGreaterThan(2);
  of.events.close();

  rmSync(path.join(product.folder, "engine"), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }); // it still writes
  const back = [await kill(product, "engine", of.member), await kill(product, "runner", of.member)];
  for (const one of back) await one();
  await eventually("the agent is asked for again", async () => (await of.who.call("POST", "/actors/provision")).status === 202);
  of = { ...of, events: await of.who.events(of.actor, 0, { steady: true }) };
  await of.events.wait("memory.restored", () => true, longest);
  await of.events.wait("provision.step", ({ body }) => body.step === "ready" && body.state === "done", longest);
  await eventually("the servers of agents that are gone end", async () => {
    const now = await servers();
    return before.filter((uid) => now.includes(uid)).length === 1; // the Grow Agent's
  });
  const again = await of.events.wait("receipt", ({ body }) => body.taskId === proven, longest);
  expect(again.body).toEqual({ ...receipt, reason: expect.stringContaining("as the commit's note says") });
  const stop = answering(of, [working, paused, proving], async () => undefined);
  expect(await patiently(of, "POST", `/tasks/${paused}/resume`, {})).toMatchObject({ status: 200 });
  await toItsEnd(of, [working, paused, proving], 0);
  await stop();
  const { task } = taskDetail.parse((await patiently(of, "GET", `/tasks/${proven}`)).body);
  await pushMore(task.branch ?? "", "lost");
  await send(of.who, of.actor, "hello"); // the end of any turn looks at the branches
  const stale = await of.events.wait("receipt", ({ body }) => body.taskId === proven && body.state === "stale", longest);
  expect(stale.body.receiptId).toBe(receipt.receiptId);
  await of.events.until(
    "the newer commit is proven",
    () => factsOf(of, proven).at(-1)?.proven !== receipt.commit && isNow(proven, "verified"),
    longest,
  );
}, 600_000);
