import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskDetail } from "../../schema/agent/team.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart } from "../harness/kill-part.ts";
import { containers, gitIn, inside } from "../harness/member-containers.ts";
import { send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import {
  answerQuestions,
  callPatiently,
  factsOf,
  longestStep,
  type Member,
  newMember,
  questionsOf,
  startSlowProof,
  startTaskInSteps,
  turnsOf,
  waitUntilVerified,
} from "./interrupted-work.ts";
import { product } from "./product.ts";

/**
 * The member stops the stack while tasks are at work, and the engine loses all it keeps: the work waits, then
 * goes on by itself.
 */
let member: Member;
beforeAll(async () => {
  member = await newMember(product, `lia-${Date.now()}@example.com`);
});
afterAll(() => member?.events.close());

const isNow = (task: string, state: string) => factsOf(member, task).at(-1)?.state === state;
const becomes = (task: string, state: string) => member.events.until(`a task is ${state}`, () => isNow(task, state), longestStep);

test("a stop holds with tasks at work and in the queue; after the start all of them come to their end, and the one paused by hand stays", {
  timeout: limit(600_000),
}, async () => {
  const ids = ["one", "two", "three", "four", "five"].map((name) => `stop-${name}`);
  const [hand = "", ...tasks] = await Promise.all(ids.map((id) => startTaskInSteps(member, id, "stopped")));
  const all = [hand, ...tasks];
  await member.events.until("three ask", () => all.filter((task) => questionsOf(member, task).length > 0).length === 3, longestStep);
  const working = all.filter((task) => questionsOf(member, task).length > 0);
  const byHand = working[0] ?? "";
  expect(await callPatiently(member, "POST", `/tasks/${byHand}/pause`, {})).toMatchObject({ status: 200 });
  await member.events.until(
    "another takes its place",
    () => all.filter((task) => questionsOf(member, task).length > 0).length === 4,
    longestStep,
  );

  expect(await member.owner.call("POST", `/actors/${member.actor}/stop`, { scope: "stack" })).toMatchObject({ status: 200 });
  const { seq } = await member.events.wait(
    "stack.state",
    ({ body }) => body.tier === "stopped" && body.observed === "stopped",
    longestStep,
  );
  await eventually("its containers are stopped", async () =>
    (await containers(product.instance)).filter((line) => line.includes(member.memberId)).every((line) => !line.endsWith("running")),
  );
  const held = all.filter((task) => factsOf(member, task).at(-1)?.reason === "the stack was stopped");
  expect(held).toHaveLength(3);
  expect(all.filter((task) => isNow(task, "created"))).toHaveLength(1);

  expect((await member.owner.call("POST", `/actors/${member.actor}/start`)).status).toBeLessThan(300);
  const others = all.filter((task) => task !== byHand);
  const stop = answerQuestions(member, others, async () => undefined);
  await waitUntilVerified(member, others, seq);
  await stop();
  const raised = member.events.of("stack.state").find((event) => event.seq > seq && event.body.tier === "running");
  expect(raised?.body.reason).toBe("start"); // nothing else woke it
  expect(isNow(byHand, "paused")).toBe(true);
  await callPatiently(member, "POST", `/tasks/${byHand}/cancel`, {});
});

/** The users that run an OpenCode server in the member's box. Each agent has a user of its own. */
async function servers(): Promise<string[]> {
  const name = dockerName(readInstance(product.instance), "opencode", member.memberId);
  const { stdout } = await promisify(execFile)("docker", ["top", name, "-eo", "uid,pid,args"]);
  return stdout.split("\n").flatMap((line) => /^\s*(\d+)\s.*opencode\S* serve/.exec(line)?.[1] ?? []);
}

/** Makes one more commit on a task's branch, as the agent's Git user, from the agent's home. */
async function pushMore(branch: string, project: string): Promise<void> {
  const home = `/workspace/agents/${/^agent\/(agt_\w+)\//.exec(branch)?.[1] ?? ""}`;
  const uid = (await inside(product.instance, "opencode", member.memberId, ["stat", "-c", "%u:%g", home])).trim();
  const script = `cd $(mktemp -d -p ${home}) && export HOME=${home} && git clone -q -b ${branch} http://gitea:3000/projects/${project}.git p && cd p && echo more >>more.md && git add -A && git commit -qm more && git push -q origin HEAD`;
  await inside(product.instance, "opencode", member.memberId, ["bash", "-c", script], uid);
}
test("an actor without its storage takes up what was under way: tasks go to new agents, also a paused one; what was complete is proven; old servers end; receipts are its again", {
  timeout: limit(600_000),
}, async () => {
  const memory = (file: string) => gitIn(product.instance, member.memberId, "growqr/memory", "show", `main:${file}`);
  const kept = (task: string, state: string) =>
    eventually(`memory says ${state}`, async () => (await memory(`tasks/${task}/task.yaml`)).includes(`state: ${state}`));
  const [working, paused] = [await startTaskInSteps(member, "lost-working", "lost"), await startTaskInSteps(member, "lost-paused", "lost")];
  for (const task of [working, paused]) await member.events.until("it asks", () => questionsOf(member, task).length > 0, longestStep);
  await callPatiently(member, "POST", `/tasks/${paused}/pause`, {});
  const proven = await startSlowProof(member, "lost-proven", "lost", 1);
  await becomes(proven, "verified");
  const receipt = member.events.of("receipt").find(({ body }) => body.taskId === proven)!.body;
  await kept(proven, "verified");
  const proving = await startSlowProof(member, "lost-proving", "lost", 40);
  await becomes(proving, "complete");
  await kept(paused, "paused");
  await kept(proving, "complete");
  expect(turnsOf(member, working).length).toBeGreaterThan(0);
  const before = await servers();
  expect(before.length).toBeGreaterThan(2);
  member.events.close();

  rmSync(path.join(product.folder, "engine"), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }); // it still writes
  const back = [await killPart(product, "engine", member.memberId), await killPart(product, "runner", member.memberId)];
  for (const isBack of back) await isBack();
  await eventually("the agent is asked for again", async () => (await member.owner.call("POST", "/actors/provision")).status === 202);
  member = { ...member, events: await member.owner.events(member.actor, 0, { steady: true }) };
  await member.events.wait("memory.restored", () => true, longestStep);
  await member.events.wait("provision.step", ({ body }) => body.step === "ready" && body.state === "done", longestStep);
  await eventually("the servers of agents that are gone end", async () => {
    const now = await servers();
    return before.filter((uid) => now.includes(uid)).length === 1; // the Grow Agent's
  });
  const again = await member.events.wait("receipt", ({ body }) => body.taskId === proven, longestStep);
  expect(again.body).toEqual({ ...receipt, reason: expect.stringContaining("as the commit's note says") });
  const stop = answerQuestions(member, [working, paused, proving], async () => undefined);
  expect(await callPatiently(member, "POST", `/tasks/${paused}/resume`, {})).toMatchObject({ status: 200 });
  await waitUntilVerified(member, [working, paused, proving], 0);
  await stop();
  const { task } = taskDetail.parse((await callPatiently(member, "GET", `/tasks/${proven}`)).body);
  await pushMore(task.branch ?? "", "lost");
  await send(member.owner, member.actor, "hello"); // the end of any turn looks at the branches
  const stale = await member.events.wait("receipt", ({ body }) => body.taskId === proven && body.state === "stale", longestStep);
  expect(stale.body.receiptId).toBe(receipt.receiptId);
  await member.events.until(
    "the newer commit is proven",
    () => factsOf(member, proven).at(-1)?.proven !== receipt.commit && isNow(proven, "verified"),
    longestStep,
  );
});
