import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type TaskView, tasksIn, tasksOut } from "../../../schema/agent/team.ts";
import { newId } from "../../../schema/wire/id.ts";
import { nextFrames, openBrowser, openContext } from "../../harness/browser.ts";
import { serveApp } from "./serve-app.ts";

/** An event asks again for what it is about, in place, in the real app over a sample actor. */
const now = Date.now();
const pageSize = 100;
const tasks = Array.from({ length: 3 * pageSize + 20 }, (_, n): TaskView => {
  const facts = { state: "created", run: 0, asked: [], attempts: {}, repairs: 0, reason: "created" } as const;
  const head = { id: newId("tsk", n), plan: null, name: "T001", title: `Task number ${n}`, owner: "coding", project: "bakery" };
  const times = { createdAt: now - n * 60_000, updatedAt: now - n * 60_000 };
  const rest = { specHash: "0".repeat(64), progress: "", hold: null, costMicros: 0, history: [] };
  return { ...head, ...times, ...rest, facts: { ...facts, asked: [], attempts: {} } };
});
/** All pages in order, by the cursor that asks for each. */
const pages = tasksOut.array().parse(
  Array.from({ length: 4 }, (_, n) => {
    const some = tasks.slice(n * pageSize, (n + 1) * pageSize);
    return { tasks: some, next: n < 3 ? tasks[(n + 1) * pageSize]!.id : null };
  }),
);

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
afterEach(() => page.context().close());

async function open(where: string) {
  page = await (await openContext(browser)).newPage();
  await page.addInitScript((pages) => {
    const answerOf = ({ cursor }: { cursor?: string }) => pages.find(({ tasks }) => (cursor ? tasks[0]?.id === cursor : true));
    const answers = {
      tasks: (input: { cursor?: string; state?: string }) => (input.state ? { tasks: [], next: null } : answerOf(input)),
    };
    Object.assign(window, { sampleTeam: { answers } });
  }, pages);
  await page.goto(`${app.url}${where}#messages=20`);
}
/** The cursors with which pages of the list were asked for, in order. */
async function asked(): Promise<(string | undefined)[]> {
  const inputs = tasksIn.array().parse(await inputsOf("tasks"));
  return inputs.filter(({ state }) => state === undefined).map(({ cursor }) => cursor);
}
const inputsOf = (action: string) =>
  page
    .evaluate((name) => Reflect.get(window, "sample").actor.inputs[name] ?? [], action)
    .then((inputs) => z.unknown().array().parse(inputs));
const happens = (kind: string, body: object) =>
  page.evaluate(([kind, body]) => void Reflect.get(window, "sample").actor.append(kind, body), [kind, body] as const);
const held = { taskId: tasks[0]!.id, hold: { why: "limit", on: [], text: "three work already" } };
const approval = { id: newId("apr", 5), agent: newId("agt", 2), title: "Install a package", state: "allowed", decided: { at: now } };

test("an endless list keeps its three pages and its place when an event asks for it again", async () => {
  await open("/timeline");
  const list = page.getByLabel("Tasks");
  await list.getByText("Task number 0", { exact: true }).waitFor();
  const cursors = [undefined, ...pages.map(({ next }) => next ?? undefined)];
  for (const known of [2, 3]) {
    await list.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    await expect.poll(asked).toEqual(cursors.slice(0, known));
    await page.getByText(`Newest ${known * pageSize} tasks`).waitFor();
  }
  await list.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight / 2));
  const place = () => list.evaluate((scroller) => scroller.scrollTop);
  const before = await place();
  await page.evaluate((id) => {
    const { actor } = Reflect.get(window, "sample");
    const answer = actor.answers.tasks;
    actor.answers.tasks = (input: object) => {
      const page = structuredClone(answer(input));
      for (const task of page.tasks) if (task.id === id) task.title = "Another title";
      return page;
    };
  }, tasks[150]!.id);
  await happens("task.held", held);
  await expect.poll(asked).toEqual([...cursors.slice(0, 3), ...cursors.slice(0, 3)]);
  await page.getByText("Newest 300 tasks").waitFor();
  const row = list.getByText("Another title", { exact: true });
  await row.waitFor();
  expect(await place()).toBe(before);
  const seenAt = await row.boundingBox();
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    const answer = actor.answers.tasks;
    actor.answers.tasks = (input: { cursor?: string; state?: string }) => {
      const page = structuredClone(answer(input));
      if (input.cursor || input.state) return page;
      const [first] = page.tasks;
      return { ...page, tasks: [{ ...first, id: `${first.id.slice(0, -1)}Z`, title: "A new task" }, ...page.tasks] };
    };
  });
  await happens("task.held", held);
  await page.getByText("Newest 301 tasks").waitFor();
  const after = async () => ({ row: await row.boundingBox(), scrolled: (await place()) - before });
  await expect.poll(after).toEqual({ row: seenAt, scrolled: 52 }); // by the height of the new row
});

test("an event asks for nothing that it is not about", async () => {
  await open("/timeline");
  await page.getByLabel("Tasks").getByText("Task number 0", { exact: true }).waitFor();
  const approvals = (await inputsOf("approvals")).length;
  await happens("approval.decided", approval);
  await expect.poll(async () => (await inputsOf("approvals")).length).toBe(approvals + 1); // the rail counts them
  expect(await asked()).toEqual([undefined]);
  await happens("task.held", held);
  await expect.poll(asked).toEqual([undefined, undefined]);
  expect((await inputsOf("approvals")).length).toBe(approvals + 1);
});

test("an answer that was on its way when the event came is asked for once more", async () => {
  await open("/timeline");
  await page.getByLabel("Tasks").getByText("Task number 0", { exact: true }).waitFor();
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.tasks = new Promise((done) => Object.assign(window, { answerTasks: done }));
  });
  await happens("task.held", held);
  await expect.poll(asked).toEqual([undefined, undefined]);
  await happens("task.held", { ...held, hold: { ...held.hold, text: "four work already" } });
  await happens("task.held", { ...held, hold: { ...held.hold, text: "five work already" } });
  await nextFrames(page); // the page hears of events once a frame
  await page.evaluate(() => Reflect.get(window, "answerTasks")());
  await expect.poll(asked).toEqual([undefined, undefined, undefined]);
});
