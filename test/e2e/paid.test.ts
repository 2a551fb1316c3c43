import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { meOut } from "../../schema/account/account.ts";
import { taskOut } from "../../schema/agent/team.ts";
import type { Entitlement } from "../../schema/billing/entitlement.ts";
import { paymentPage } from "../../schema/billing/payment.ts";
import { lapseNotice } from "../../schema/billing/plan-notice.ts";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { press } from "../doubles/payments/test-client.ts";
import { answers, keepPictures, quiet, say, signInAs, textOf, violations } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { commitBeside, containers, gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { bringVisitor } from "../harness/visitor.ts";

/**
 * Issue 27.4, 27.6: a baker pays, her card is declined in the middle of a task, her stack is stopped, and
 * whenever she pays it is back: from the page, while it stops, from the archive. On real containers, with the
 * double's pages and its weeks. The tests follow one another.
 */
const visitor = bringVisitor("pia");
const { product, email } = visitor;
const minutes = 60_000;
const instance = readInstance(product.instance);
let pia: Person;
let actor: string;
let member: string;
let events: Events;
skipAfterFailure();
afterAll(() => events?.close());

const me = async () => meOut.parse((await pia.call("GET", "/me")).body);
const becomes = (wanted: Entitlement) => eventually(`GET /me says ${wanted}`, async () => (await me()).entitlement === wanted);
const pageOf = async (where: string, body: object) => {
  const answer = await pia.call("POST", where, body);
  expect([where, answer.status]).toEqual([where, 200]);
  return paymentPage.parse(answer.body).url;
};
/** What she does on Stripe's portal, in order. */
const atPortal = async (...acts: string[]) => {
  const portal = await pageOf("/billing/portal", {});
  for (const act of acts) expect((await press(portal, act)).status).toBe(303);
};
const boxes = async () => (await containers(product.instance)).filter((line) => line.includes(member)).map((line) => line.split(" ")[1]);
const runs = ["running", "running"];
const lastSeq = () => events.received.reduce((last, each) => ("event" in each ? Math.max(last, each.event.seq) : last), 0);
const isNotice = (after: number) => (event: { seq: number; body: { text: string } }) =>
  event.seq > after && event.body.text === lapseNotice;
const isReady = (after: number) => (event: { seq: number; body: { step: string; state: string } }) =>
  event.seq > after && event.body.step === "ready" && event.body.state === "done";
/** Her own words come back. */
async function isAnswered(): Promise<void> {
  const { turnId } = await send(pia, actor, script({ text: "Here I am." }));
  await events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done", 2 * minutes);
}
/** A task whose agent speaks for a while. */
async function beginTask(id: string): Promise<string> {
  const description = script({ text: "tick", chunks: 300, gapMs: 100 });
  const spec = { id, title: `A page ${id}`, owner: "coding", outputs: [`${id}.html`], description };
  const { task } = taskOut.parse((await pia.call("POST", "/tasks", { spec })).body);
  await events.wait("agent.prompt", ({ body }) => body.taskId === task.id, minutes);
  await events.until("its agent speaks", () => events.deltas().some(({ delta }) => delta.channel === channelOf(task.id)), minutes);
  return task.id;
}
const channelOf = (task: string) => events.of("agent.state").findLast(({ body }) => body.taskId === task)?.body.channel;
const reached = (task: string, state: string, after = 0) =>
  events.wait("task.state", ({ seq, body }) => seq > after && body.taskId === task && body.facts.state === state, 2 * minutes);

test("what she pays on the page brings up her stack by itself", { timeout: limit(4 * minutes) }, async () => {
  const { page } = visitor;
  await signInAs(page, email);
  await page.getByRole("link", { name: "Choose a plan instead" }).click();
  await page.getByRole("button", { name: "Pay now: Studio", exact: true }).click();
  await page.getByRole("button", { name: "Pay with a card that is declined" }).click();
  await page.getByRole("alert").filter({ hasText: "Your card was declined." }).waitFor();
  await page.getByRole("button", { name: "Pay with a card whose bank asks you to confirm" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByRole("link", { name: "Go to your agent" }).click();
  await page.getByRole("heading", { name: /^Ready in/ }).waitFor({ timeout: limit(2 * minutes) });
  pia = await person(product, email);
  const { agent, member: account, entitlement, subscription } = await me();
  [actor, member] = [agent!.id, account.id];
  expect([entitlement, subscription?.plan, await boxes()]).toEqual(["active", "studio", runs]);
  events = await pia.events(actor, 0, { steady: true });
  await isAnswered();
  await commitBeside(product.instance, member, "notes/oven.md", "The oven is warm at six.\n");
});

let task: string;
test("a card that is declined in the middle of a task stops nothing for a week, and each page says so", {
  timeout: limit(4 * minutes),
}, async () => {
  const { page } = visitor;
  task = await beginTask("window");
  await atPortal("fail");
  await becomes("grace");
  await page.goto(product.url); // no event tells of it: it is read when she comes back to the page
  const banner = page.getByRole("status", { name: "Your plan" });
  await banner.getByText("A payment of $29.00 failed.").waitFor();
  expect(await banner.innerText()).toMatch(/Your agents work on until .*; then your stack stops .*\. Nothing is deleted\./);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "grace");
  expect([(await reached(task, "in_progress")).body.facts.reason, await boxes()]).toEqual([expect.anything(), runs]);
  expect(events.of("notice").some(isNotice(0))).toBe(false);
});

test("when the week is over its turn ends in order, both containers stop, and nothing new begins; what was said is there", {
  timeout: limit(4 * minutes),
}, async () => {
  const { page } = visitor;
  const before = lastSeq();
  await atPortal("week");
  await becomes("suspended");
  await events.wait("notice", isNotice(before), 2 * minutes);
  const paused = await reached(task, "paused", before);
  await events.wait("turn.state", ({ channel, body }) => channel === channelOf(task) && body.state === "stopped", minutes);
  await eventually("both containers are stopped", async () => (await boxes()).every((state) => state === "exited"));
  expect(paused.body.facts.state).toBe("paused");
  const banner = page.getByRole("status", { name: "Your plan" });
  await banner.getByText(/^Your stack is stopped\. A payment of \$29\.00 failed 3 times\. Paying restarts it in seconds\.$/).waitFor();
  await textOf(answers(page).last()).getByText("Here I am.").waitFor();
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "suspended");
  const spec = { id: "late", title: "Late", owner: "coding", outputs: ["late.html"] };
  const refused = [
    await pia.call("POST", `/actors/${actor}/message`, { clientId: `c-${crypto.randomUUID()}`, text: "Are you there?" }),
    await pia.call("POST", "/tasks", { spec }),
  ];
  expect(refused.map(({ status, body }) => [status, body])).toEqual(
    refused.map(() => [402, { error: expect.objectContaining({ code: "payment_required" }) }]),
  );
});

test("she pays what is open, from the banner: the stack is back by itself, and the task goes on", {
  timeout: limit(4 * minutes),
}, async () => {
  const { page } = visitor;
  const before = lastSeq();
  await page.getByRole("status", { name: "Your plan" }).getByRole("link", { name: "Pay $29.00" }).click();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await becomes("active");
  await events.wait("provision.step", isReady(before), 2 * minutes);
  await reached(task, "in_progress", before);
  await events.wait("agent.prompt", ({ seq, body }) => seq > before && body.taskId === task, minutes);
  expect(await boxes()).toEqual(runs);
  await page.goto(product.url);
  await say(page, script({ text: "Good morning again." }));
  await textOf(answers(page).last()).getByText("Good morning again.").waitFor();
  await quiet(page);
  expect(await page.getByRole("status", { name: "Your plan" }).count()).toBe(0);
  expect((await pia.call("POST", `/tasks/${task}/cancel`)).status).toBe(200);
});

test("she pays in the moment in which her agent says that the stack is stopped: it runs", { timeout: limit(4 * minutes) }, async () => {
  const before = lastSeq();
  await atPortal("fail", "week");
  await events.wait("notice", isNotice(before), 2 * minutes);
  await atPortal("settle");
  await becomes("active");
  await events.wait("provision.step", isReady(before), 2 * minutes);
  await eventually("both containers run", async () => (await boxes()).every((state) => state === "running"));
  await isAnswered();
});

test("a plan that is changed while the stack starts is the one that its containers have", { timeout: limit(4 * minutes) }, async () => {
  expect((await pia.call("POST", `/actors/${actor}/stop`, { scope: "stack" })).status).toBe(200);
  await eventually("both containers are stopped", async () => (await boxes()).every((state) => state === "exited"));
  const woken = isAnswered();
  await events.wait("provision.step", ({ seq, body }) => seq > lastStop() && body.state === "started", minutes);
  const change = { plan: "workshop", quantity: 1, from: { plan: "studio", quantity: 1 } };
  const changed = await pia.call("PUT", "/billing/plan", change);
  expect([changed.status, changed.body]).toEqual([200, expect.anything()]);
  await woken;
  const run = promisify(execFile);
  const name = dockerName(instance, "opencode", member);
  const { memoryMb } = subscriptionPlans.workshop;
  await eventually("the box as the new plan says", async () => {
    const { stdout } = await run("docker", ["inspect", "-f", "{{.HostConfig.Memory}}", name]);
    return Number(stdout) === (memoryMb - 512) * 1024 * 1024;
  });
  expect((await me()).subscription?.plan).toBe("workshop");
});
const lastStop = () => events.of("stack.state").findLast(({ body }) => body.tier === "stopped")?.seq ?? 0;

test("she comes back after months, when her stack is archived: all that she had is there", { timeout: limit(6 * minutes) }, async () => {
  const { page } = visitor;
  const then = lastSeq();
  await atPortal("fail", ...Array.from({ length: 15 }, () => "week"));
  await becomes("archived");
  await events.wait("notice", isNotice(then), 2 * minutes); // one who pays sooner has a stack that was never asked to stop
  await eventually("no container is kept", async () => (await boxes()).length === 0);
  await page.goto(product.url);
  await page.getByRole("status", { name: "Your plan" }).getByText("Your stack is archived.", { exact: false }).waitFor();
  await keepPictures(page, "archived");
  const before = lastSeq();
  expect((await press(await pageOf("/billing/checkout", { plan: "studio", quantity: 1 }), "pay")).status).toBe(303);
  await becomes("active");
  await events.wait("provision.step", isReady(before), 3 * minutes);
  expect(await boxes()).toEqual(runs);
  expect(await gitIn(product.instance, member, "growqr/memory", "show", "main:notes/oven.md")).toBe("The oven is warm at six.\n");
  await page.goto(product.url);
  await textOf(answers(page).last()).getByText("Here I am.").waitFor();
  await isAnswered();
  expect((await me()).subscription?.plan).toBe("studio");
});
