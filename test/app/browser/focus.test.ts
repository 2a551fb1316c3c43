import { expect, test } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { answers, command, inputs, now, open, page, plan, quest, questId, questLine, serveTeam, steps } from "./sample-team.ts";

serveTeam();

/** What has the focus: nothing (the page's top, from which Tab begins anew), or where. */
const focused = () =>
  page.evaluate(() => (document.activeElement === document.body ? "nothing" : document.activeElement?.closest("main, aside")?.tagName));

const tell = (kind: string, body: object, changed: object) =>
  page.evaluate(
    ([name, told, to]) => {
      const { actor } = Reflect.get(window, "sample");
      Object.assign(actor.answers, to);
      actor.append(name, told);
    },
    [kind, body, changed] as const,
  );

test.each([
  { what: "a plan's page", where: `/plan/${plan.id}`, press: "Accept and start", act: "planAct" },
  { what: "the conversation", where: "/?card", press: "Accept and start", act: "planAct" },
  { what: "the conversation", where: "/?card", press: "No", act: "planAct", state: "rejected" },
  { what: "a quest's pane", where: `/quest?tab=running&id=${questId}`, press: "Start", act: "questAct" },
  { what: "a question in the inbox", where: `/inbox?id=${command.id}`, press: /^Allow once/, act: "decide" },
  { what: "a question above the field", where: "/", press: /^Allow once/, act: "decide" },
])(
  "after “$press” in $what, by key, the focus stays in place and Tab goes on from there",
  async ({ where, press, act, state = "accepted" }) => {
    const accepted = { ...plan, state };
    const active = { ...quest, state: "running" };
    const decided = { counted: true, text: "", approval: { ...command, state: "allowed" } };
    await open(where, {
      more: {
        answers: {
          ...answers,
          approvals: { approvals: [command], next: null, waiting: 1 },
          approval: { approval: command },
          planAct: { plan: accepted },
          questAct: { quest: active },
          decide: decided,
        },
      },
    });
    const planned = { planId: plan.id, title: plan.plan.title, state, revision: 1, tasks: [], ...plan.estimate };
    const button = page.getByRole("button", { name: press, exact: true });
    if (where === "/?card") {
      await page.getByText("Answer 10.").waitFor();
      await tell("plan.state", { ...planned, state: "proposed" }, {});
    }
    await button.focus();
    const place = await focused();
    await expect.poll(() => button.getAttribute("aria-disabled")).not.toBe("true");
    await page.keyboard.press("Enter");
    await expect.poll(async () => ((await inputs(act)) as unknown[]).length).toBe(1);
    if (act === "planAct") expect(await inputs(act)).toMatchObject([{ act: state === "accepted" ? "accept" : "reject" }]);
    const over = {
      id: command.id,
      agent: command.agent,
      title: command.title,
      state: "allowed",
      decided: { at: now, device: "your computer" },
    };
    const begun = { questId, title: quest.title, state: "running", proven: 1, of: 4, current: [], nextAt: null };
    if (act === "decide")
      await tell("approval.decided", over, {
        approvals: { approvals: [], next: null, waiting: 0 },
        approval: { approval: { ...command, ...over } },
      });
    else if (act === "planAct") await tell("plan.state", planned, { plan: { plan: accepted }, plans: { plans: [accepted], next: null } });
    else
      await tell("quest.state", begun, {
        quest: { quest: active, steps },
        quests: { quests: [{ ...questLine, state: "running" }], next: null },
      });
    await button.waitFor({ state: "hidden" });
    await expect.poll(focused).toBe(place);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).not.toBe("Skip to the page");
    expect(await focused()).toBe(place);
  },
);

/** A plan that waits for a yes below an answer that is being written. */
async function proposePlan() {
  await page.getByText("Answer 10.").waitFor();
  const turnId = newId("trn");
  await tell("message.sent", { messageId: newId("msg"), clientId: "held", text: "Plan it", turnId }, {});
  await tell("turn.state", { turnId, state: "running" }, {});
  await tell("message.text", { turnId, partId: "part", text: "Here is a plan." }, {});
  const planned = { planId: plan.id, title: plan.plan.title, revision: 1, tasks: [], ...plan.estimate };
  await tell("plan.state", { ...planned, state: "proposed" }, {});
  return { turnId, button: page.getByRole("button", { name: "Accept and start" }) };
}

test("what is being pressed stays under the pointer while what is above it grows, and the press counts", async () => {
  await open("/?card", { more: { answers: { ...answers, planAct: { plan: { ...plan, state: "accepted" } } } } });
  const { turnId, button } = await proposePlan();
  await button.hover();
  await page.mouse.down();
  const place = await button.boundingBox();
  // A press of a person takes about as long as this and the answer to it.
  const during = await button.evaluate(async (pressed, turn) => {
    const { actor } = Reflect.get(window, "sample");
    actor.append("message.text", { turnId: turn, partId: "more", text: "It has a page for each loaf.\n\n".repeat(8) });
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    return pressed.getBoundingClientRect().y;
  }, turnId);
  await page.mouse.up();
  expect(during).toBe(place?.y);
  await expect.poll(async () => ((await inputs("planAct")) as unknown[]).length).toBe(1);
  await page.getByText("It has a page for each loaf.").last().waitFor();
});

test("a press that comes to nothing because the network went says so, and can be made again", async () => {
  await open("/?card");
  const { button } = await proposePlan();
  await page.context().setOffline(true);
  await button.click();
  await page.getByRole("alert").getByText("Nothing was started.").waitFor();
  await expect.poll(() => button.getAttribute("aria-disabled")).toBe("false");
});
