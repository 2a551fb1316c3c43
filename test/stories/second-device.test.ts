import { afterAll, beforeAll, expect, test } from "vitest";
import { meOut } from "../../schema/account/account.ts";
import { approvalOut, approvalsOut } from "../../schema/approval/approval-api.ts";
import { quiet, say, signInAs, type Visit, violations, visit } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { type Events, type Person, person, script } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { bringVisitor } from "../harness/visitor.ts";

/** What an agent may not do by itself is asked at the desk, and answered on the phone. In order. */
const visitor = bringVisitor("eve", { settleMs: 240_000 });
const { email, product } = visitor;
const minute = 60_000;
let eve: Person;
let actor: string;
let events: Events;
let phone: Visit;
skipAfterFailure();
beforeAll(async () => {
  phone = await visit(visitor.browser, product, { size: "phone" });
  await signInAs(phone.page, email);
  eve = await person(product, email);
  actor = meOut.parse((await eve.call("GET", "/me")).body).agent!.id;
  events = await eve.events(actor, 0);
});
afterAll(() => events?.close());

const run = (command: string) => ({ tool: "bash", args: { command, description: "as it was told" } });
const cardOn = ({ page }: Pick<Visit, "page">) => page.getByRole("region", { name: /^Approval 1 of 1/ });
const endOf = (turn: string | undefined, ms = minute) =>
  events.wait("turn.state", ({ body }) => body.turnId === turn && !["queued", "running"].includes(body.state), ms);

test("a command that no rule allows waits, and both devices show exactly what would run", async () => {
  await say(visitor.page, script(run("mkfifo pipe && ls -l pipe"), run("sudo id"), { text: "went on" }));
  for (const { page } of [visitor, phone]) {
    await cardOn({ page })
      .getByText("mkfifo pipe && ls -l pipe")
      .first()
      .waitFor({ timeout: limit(minute) });
    expect(await violations(page)).toEqual([]);
  }
  const [question, ...more] = events.of("approval.asked").map(({ body }) => body);
  expect(question).toMatchObject({ state: "pending", agent: actor, subject: { kind: "command", command: "mkfifo pipe && ls -l pipe" } });
  expect([question?.why, more]).toEqual(["No rule says that it may do this by itself.", []]);
  expect(JSON.stringify(question)).not.toContain("per_"); // OpenCode's own id
  const { approvals } = approvalsOut.parse((await eve.call("GET", "/approvals?state=pending")).body);
  expect(approvals.map(({ id }) => id)).toEqual([question?.id]);
  expect(events.of("tool.call").filter(({ body }) => body.call.state !== "running")).toEqual([]); // nothing has run
});

test("the phone answers, the desk says so, and the command runs; what nobody may is refused unasked", async () => {
  const [asked] = events.of("approval.asked");
  await cardOn(phone)
    .getByRole("button", { name: /^Allow once/ })
    .click();
  await cardOn(phone).waitFor({ state: "hidden" });
  await visitor.page.getByText(/Already answered on your phone: allowed/).waitFor();
  await quiet(visitor.page);
  expect((await endOf(asked!.body.turn)).body.state).toBe("done");
  const calls = events.of("tool.call").flatMap(({ body: { call } }) => (call.state === "running" ? [] : [call]));
  expect(calls.map(({ state }) => state)).toEqual(["done", "failed"]);
  expect(calls[0]?.output).toContain("pipe");
  expect(events.of("approval.asked")).toHaveLength(1);
});

test("an answer that comes second learns who was first, and changes nothing", async () => {
  const id = events.of("approval.asked")[0]!.body.id;
  expect(await eve.call("POST", `/approvals/${id}/decision`, { decision: "deny", device: "your laptop" })).toMatchObject({
    status: 409,
    body: { error: { code: "already_answered", message: "Already answered on your phone: allowed." } },
  });
  const { approval } = approvalOut.parse((await eve.call("GET", `/approvals/${id}`)).body);
  expect([approval.state, approval.decided?.device, approval.decided?.scope]).toEqual(["allowed", "your phone", "once"]);
  expect(events.of("approval.decided")).toHaveLength(1);
});

test("an answer to an agent whose stack sleeps wakes it, and the agent hears it", async () => {
  const ask = { tool: "platform_ask", args: { question: "Tea or coffee?", why: "to begin the day", options: ["tea", "coffee"] } };
  await say(visitor.page, script(ask, { text: "asked" }));
  const { body: question } = await events.wait("approval.asked", ({ body }) => body.subject.kind === "question", minute);
  expect((await endOf(question.turn)).body.state).toBe("done");
  expect(await eve.call("POST", `/actors/${actor}/stop`, { scope: "stack" })).toMatchObject({ status: 200 });
  await events.wait("stack.state", ({ body }) => body.observed === "stopped", minute);
  const answer = { decision: "allow", answer: "tea", device: "your phone" };
  const answered = async () => (await eve.call("POST", `/approvals/${question.id}/decision`, answer)).status === 200;
  await eventually("the answer is taken", answered);
  const { body: told } = await events.wait("agent.prompt", ({ body }) => body.text.includes(question.id), minute);
  expect(told.text).toContain("tea");
  expect((await endOf(told.turnId, 2 * minute)).body.state).toBe("done");
  expect([visitor.errors, phone.errors]).toEqual([[], []]);
});
