import { expect, test } from "vitest";
import type { MeOut } from "../../../schema/account/account.ts";
import { newId } from "../../../schema/wire/id.ts";
import { limit } from "../../harness/suite/limit.ts";
import { answers, fits, goTo, inputs, open, page, seen, serveTeam } from "./sample-team.ts";
import { describeSampleMember } from "./serve-app.ts";

/**
 * A stack that no machine has a slot for: its member sees their place, what begins when it is there, and
 * how to leave.
 */
let waits = true;
let asked = 0;
serveTeam((method, path) => {
  if (method !== "GET" || path !== "/me") return undefined;
  asked += 1;
  const periodEnd = waits ? null : Date.now() + 14 * 86_400_000;
  const me: MeOut = {
    ...{ ...describeSampleMember(), entitlement: "trialing" },
    subscription: { plan: "trial", quantity: 1, upcoming: null, disputed: false, status: "trialing", periodEnd },
  };
  return { status: 200, body: me };
});
const line = () => page.getByRole("status").filter({ hasText: "in line for a machine" }).first();
const append = (kind: string, body: object) =>
  page.evaluate((event) => Reflect.get(window, "sample").actor.append(event.kind, event.body), { kind, body });
const step = (body: object) => append("provision.step", { run: "run1", ...body });
const waking = { tier: "running", observed: "stopped", provisioning: true, ready: false, place: 2 };
const asleep = { tier: "stopped", observed: "stopped", provisioning: false, ready: false, asleep: true };

for (const size of ["desktop", "phone"] as const)
  test(`the first start says how many in line, and that the trial waits too, on the ${size}`, async () => {
    waits = true;
    await open("/#messages=0&place=3", { size });
    await line().filter({ hasText: "You are 3rd in line for a machine; your trial begins when it is ready." }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "Choose host" }).filter({ hasText: "3rd in line for a machine, " }).waitFor();
    expect(await page.getByText("Trial until").count()).toBe(0);
    expect(await page.getByText("usually under 30 s").count()).toBe(0);
    await seen(`line-${size}`);
    await step({ step: "placement", state: "started", detail: "1st in line for a machine", place: 1 });
    await line().filter({ hasText: "You are 1st in line" }).waitFor();
    expect(await fits()).toBe(true);
    await step({ step: "placement", state: "done" });
    await line().waitFor({ state: "detached" });
  });

test("the account is read again once the stack is ready, until it says when the trial that waited ends", async () => {
  waits = true;
  await open("/#messages=0&place=1");
  await line().waitFor();
  const before = asked;
  await step({ step: "placement", state: "done" });
  await step({ step: "ready", state: "done", ms: 900 });
  await expect.poll(() => asked, { timeout: limit(15_000) }).toBeGreaterThan(before + 1);
  waits = false;
  const told = asked;
  await expect.poll(() => asked, { timeout: limit(15_000) }).toBeGreaterThan(told);
  await append("provision.step", { run: "run2", step: "placement", state: "started", detail: "2nd in line for a machine", place: 2 });
  await line().filter({ hasText: "You are 2nd in line for a machine." }).waitFor();
});

test("whoever leaves the line reads what is not sent, and no step goes on", async () => {
  waits = true;
  await open("/#messages=0&place=3");
  await line().waitFor();
  const turnId = newId("trn", 77);
  await append("message.sent", { messageId: newId("msg", 77), clientId: "mine", text: "A page for my bakery", turnId });
  await append("turn.state", { turnId, state: "queued" });
  await page.getByRole("navigation", { name: "Workspace" }).getByRole("button", { name: "Leave the line" }).click();
  const question = page.getByRole("dialog", { name: "Leave the line?" });
  await question.filter({ hasText: "What you wrote and waits is not sent: it stays in the conversation" }).waitFor();
  await question.filter({ hasText: "Your trial does not begin." }).waitFor();
  await seen("line-question");
  await page.evaluate(() => Object.assign(Reflect.get(window, "sample").actor.answers, { stop: { seq: 1 } }));
  await page.getByRole("button", { name: "Leave it" }).click();
  await expect.poll(() => inputs("stop")).toEqual([{ scope: "stack" }]);
  await append("stack.state", { tier: "stopped", observed: "absent", reason: "stop" });
  await page.getByText("Your stack has not started.").waitFor();
  await page.getByText("not going on").waitFor();
  expect(await page.getByText("usually under 30 s").count()).toBe(0);
  expect(await page.getByText("in line for a machine").count()).toBe(0);
  await seen("line-left");
});

for (const size of ["desktop", "phone"] as const)
  test(`in line nothing offers a start or says that the stack wakes: files, terminal and the field say the place, on the ${size}`, async () => {
    waits = false;
    await open("/files", { size, more: { stack: waking } });
    await page.getByText("You are 2nd in line for a machine. This page goes on by itself when it is your turn.").waitFor();
    await seen(`line-files-${size}`);
    await goTo("/?panel=terminal");
    await page.getByText("You are 2nd in line for a machine. This page goes on by itself").waitFor();
    for (const name of ["Start the stack", "Wake the stack", "Wake it", "Start it"])
      expect(await page.getByRole("button", { name }).count(), name).toBe(0);
    expect(await page.getByText("waking up").count()).toBe(0);
    await seen(`line-terminal-${size}`);
  });

test("a stack that wakes says it above the field, without the trial that runs; the line is left after one question", async () => {
  waits = false;
  await open("/", { more: { stack: waking } });
  await line().filter({ hasText: "You are 2nd in line for a machine." }).waitFor();
  expect(await page.getByText("your trial begins").count()).toBe(0);
  await seen("line-wake");
  await line().getByRole("button", { name: "Leave the line" }).click();
  expect(await page.getByText("What you wrote and waits").count()).toBe(0);
  await page.getByRole("button", { name: "Leave it" }).click();
  await expect.poll(() => inputs("stop")).toEqual([{ scope: "stack" }]);
});

test("a message in line waits for the stack, not for an answer before it", async () => {
  await open("/", { more: { stack: waking } });
  await line().waitFor();
  const turnId = newId("trn", 78);
  await append("message.sent", { messageId: newId("msg", 78), clientId: "mine", text: "Good morning", turnId });
  await append("turn.state", { turnId, state: "queued" });
  await page.getByText("Waiting for your stack").waitFor();
  expect(await page.getByText("Waiting for the answer before it").count()).toBe(0);
});

test("a stack that sleeps is no stopped one: nothing asks for a start", async () => {
  await open("/", { more: { stack: asleep, agents: [], tasks: [] } });
  await page.getByText("Asleep, a message wakes it").first().waitFor();
  await page.getByText("Stack asleep").first().waitFor();
  expect(await page.getByText("You stopped your stack").count()).toBe(0);
  await seen("line-asleep");
});

test("a stack that sleeps is woken from the rail, from its files and from the terminal", async () => {
  const more = { stack: asleep, agents: [], tasks: [], answers: { ...answers, start: { seq: 1 } } };
  await open("/", { more });
  await page.getByRole("button", { name: "Wake the stack" }).click();
  await expect.poll(() => inputs("start")).toHaveLength(1);
  for (const [where, text] of [
    ["/files", "Your stack is asleep, so files can't be read until it is awake."],
    ["/?panel=terminal", "Your stack is asleep, so the terminal can't be opened until it is awake."],
  ] as const) {
    await open(where, { more });
    await page.getByText(text).waitFor();
    await seen(`asleep-${where.includes("files") ? "files" : "terminal"}`);
    await page.getByRole("button", { name: "Wake it" }).click();
    await expect.poll(() => inputs("start")).toHaveLength(1);
    await append("stack.state", { tier: "running", observed: "stopped", reason: "start" });
    await page.getByText("Your stack is waking up.").waitFor();
  }
});

test("one that its member stopped is called stopped, and is started by that word", async () => {
  await open("/files", { more: { stack: { ...asleep, asleep: false } } });
  await page.getByText("Your stack is stopped, so files can't be read until it is awake.").waitFor();
  await page.getByRole("button", { name: "Start it" }).waitFor();
  await page.getByRole("button", { name: "Start the stack" }).waitFor();
});
