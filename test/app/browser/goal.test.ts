import { expect, test } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { answers, goal, inputs, open, page, quest, questId, seen, serveTeam } from "./sample-team.ts";

serveTeam();

test("a goal is changed where it stands; a tick while another is saved follows it; its quests are there", async () => {
  await open("/goal");
  await page.getByRole("link", { name: "Weekly review" }).waitFor();
  await seen("goals");
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.goalPut = new Promise((release) => Object.assign(window, { release }));
  });
  await page.getByRole("checkbox", { name: "Rent the oven" }).click();
  await page.getByRole("checkbox", { name: "Find flour" }).click();
  await expect.poll(() => page.getByRole("checkbox", { checked: true }).count()).toBe(2);
  await page.evaluate(() => Reflect.get(window, "release")());
  const done = (...ticks: boolean[]) => ({ id: goal.id, steps: goal.steps.map((step, n) => ({ ...step, done: ticks[n] })) });
  await expect.poll(() => inputs("goalPut")).toEqual([done(true, false), done(true, true)]);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Percent, else by its steps").fill("140");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "Percent: " }).waitFor();
  await page.getByLabel("Percent, else by its steps").fill("40");
  await page.getByLabel("Why it matters").fill("");
  await page.getByLabel("By when, if there is a date").fill("2027-03-01");
  await page.setViewportSize(widths.phone);
  await seen("goal-phone");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("article", { name: "Goal Open a bakery" }).waitFor();
  expect(await inputs("goalPut")).toMatchObject([{}, {}, { id: goal.id, why: null, by: "2027-03-01", progress: 40 }]);
});

test("a quest that asks nothing can serve a goal all the same, and a count of the newest alone says so", async () => {
  await open("/quest?pick=weekly-review");
  await page.getByRole("link", { name: "Running 1+" }).waitFor();
  await page.getByLabel(/^Goal it serves/).selectOption("Open a bakery");
  await seen("quest");
  await page.getByRole("button", { name: /^Start quest/ }).click();
  await expect.poll(() => inputs("questStart")).toEqual([{ quest: "weekly-review", inputs: {}, goal: goal.id }]);
});

test("a step that goes online says where its address is with that, and its ring says the same", async () => {
  const task = (n: number, online: string) => ({ task: newId("tsk", n), state: "verified", online });
  const step = (online: string, n: number) => ({
    step: online,
    title: `Merge ${n + 1}`,
    owner: "repo",
    repeats: 1,
    tasks: [task(n, online)],
  });
  const steps = ["serves", "asked", "waits", "declined"].map(step);
  const detail = { quest: { ...quest, state: "running" }, steps };
  await open(`/quest?tab=running&id=${questId}`, { more: { answers: { ...answers, quest: detail } } });
  const rows = page.getByRole("listitem").filter({ hasText: /^Merge/ });
  await rows.first().waitFor();
  const words = ["Online", "Waits for your yes to go online", "Not online yet", "Not online"];
  for (const [n, each] of words.entries()) {
    await rows.nth(n).getByText(each, { exact: true }).waitFor();
    await rows.nth(n).getByRole("img", { name: each, exact: true }).waitFor();
  }
  await page.setViewportSize(widths.phone);
  await seen("quest-online-phone");
});
