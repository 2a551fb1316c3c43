import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AgentView, TaskView } from "../../../schema/agent/team.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** A task's thread in the real app over a sample actor: files in it, and what is unread. */
const now = Date.now();
const [coder, booking] = [newId("agt", 2), newId("tsk", 3)];
const coding: AgentView = {
  ...{ id: coder, type: "coding", title: "Coding", channel: siblingId("chn", coder), state: "working" },
  ...{ task: { id: booking, title: "Booking form", state: "in_progress" }, createdAt: now, retiredAt: null },
};
const task: TaskView = {
  ...{ id: booking, plan: null, name: "T001", title: "Booking form", owner: "coding", project: "bakery", specHash: "0".repeat(64) },
  ...{ createdAt: now, updatedAt: now, progress: "", hold: null, costMicros: 0, history: [] },
  facts: { state: "in_progress", run: 1, asked: [], attempts: {}, repairs: 0, reason: "by the member", worker: coder },
};
const spec = { id: "T001", title: "Booking form", owner: "coding", outputs: ["form.html"] };
const detail = { task: { ...task, spec }, runs: [], channel: coding.channel };

/** What was put into which agent's directory. */
const kept = new Map<string, string>();
let uploads = 0;
let grow = "";
const route: Route = (method, path, body, query) => {
  const [, , actor, resource, agent, name] = path.split("/");
  if (resource !== "attachments") return undefined;
  grow = actor ?? "";
  if (method === "GET") return { status: 200, body: kept.get(`${agent}/${name}`) ?? "" };
  const file = { agent: query.get("agent"), name: `0123456789-${query.get("name")}`, bytes: body.length };
  kept.set(`${file.agent}/${file.name}`, body);
  uploads++;
  return { status: 201, body: file };
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(route), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
afterEach(() => page.context().close());
async function openThread(more: object = {}, shown = "&view=thread") {
  kept.clear();
  uploads = 0;
  page = await (await openContext(browser)).newPage();
  const team = { answers: { task: detail }, agents: [coding], tasks: [task], at: now, ...more };
  await page.addInitScript((sample) => Object.assign(window, { sampleTeam: sample }), team);
  await page.goto(`${app.url}/?task=${booking}${shown}#messages=20`);
  await (shown ? reply() : page.getByRole("tab", { name: "Task" })).waitFor();
}
const reply = () => page.getByRole("textbox", { name: "Reply in the thread" });
const form = (name: "Reply in the thread" | "Message Grow Agent") =>
  page.locator("form").filter({ has: page.getByRole("textbox", { name }) });
const picked = () => form("Reply in the thread").getByLabel("Files to attach");
const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("the oven is warm at six") };
const files = () => page.getByRole("list", { name: "Files to send" });
const thread = () => page.getByRole("log", { name: "Thread of the task" });
const sent = (): Promise<unknown> => page.evaluate(() => Reflect.get(window, "sample").actor.inputs["send"] ?? []);
const retire = () =>
  page.evaluate(
    ([body]) => Reflect.get(window, "sample").actor.append("agent.state", body),
    [{ agentId: coder, type: "coding", title: "Coding", channel: coding.channel, state: "retired" }],
  );

test("a file goes with a reply to the agent that has the task, into that agent's own directory", async () => {
  await openThread();
  await picked().setInputFiles(notes);
  await files().getByText("23 bytes").waitFor();
  expect([...kept.keys()]).toEqual([`${coder}/0123456789-notes.txt`]);
  for (const size of [widths.phone, widths.desktop]) {
    await page.setViewportSize(size);
    await reply().waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, `thread-files-${size.width}`);
  }
  await page.reload();
  await files().getByText("notes.txt").waitFor();
  await reply().fill("Read this");
  await form("Reply in the thread").getByRole("button", { name: "Send", disabled: false }).waitFor();
  await reply().press("Enter");
  const file = { agent: coder, name: "0123456789-notes.txt", bytes: 23 };
  await expect.poll(sent).toMatchObject([{ task: booking, text: "Read this", attachments: [file] }]);
  await thread().getByText("notes.txt").waitFor();
  expect(await files().count()).toBe(0);
  expect(uploads, "a reload sends nothing again").toBe(1);
});

test("a file picked in the moment in which the field is drawn is kept", async () => {
  await openThread();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      const picker = document.querySelector<HTMLInputElement>("form:has([aria-label='Reply in the thread']) input[type=file]");
      if (!picker) return;
      observer.disconnect();
      const picked = new DataTransfer();
      picked.items.add(new File(["early"], "early.txt"));
      picker.files = picked.files;
      picker.dispatchEvent(new Event("change", { bubbles: true }));
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await reply().waitFor();
  await files().getByText("5 bytes").waitFor();
});

test("a file that lies with an agent that has ended goes on to the one that answers now, before the reply goes out", async () => {
  await openThread();
  await picked().setInputFiles(notes);
  await files().getByText("23 bytes").waitFor();
  await page.reload(); // the page itself has the file no more
  await files().getByText("notes.txt").waitFor();
  await retire();
  await page.getByPlaceholder("Reply about this task to Grow Agent").waitFor();
  await expect.poll(() => kept.get(`${grow}/0123456789-notes.txt`)).toBe("the oven is warm at six");
  await files().getByText("23 bytes").waitFor();
  await reply().fill("Read this");
  await reply().press("Enter");
  await expect.poll(sent).toMatchObject([{ task: booking, attachments: [{ agent: grow }] }]);
});

test("a reply that is refused because the task changed hands comes back into the field with its files", async () => {
  await openThread();
  await picked().setInputFiles(notes);
  await files().getByText("23 bytes").waitFor();
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.send = Promise.reject(Object.assign(new Error("elsewhere"), { group: "user", code: "invalid" }));
    actor.gates.send.catch(() => undefined);
  });
  await reply().fill("Read this");
  await reply().press("Enter");
  await thread()
    .getByText(/Another agent has the task by now/)
    .waitFor();
  await retire();
  await page.evaluate(() => Reflect.deleteProperty(Reflect.get(window, "sample").actor.gates, "send"));
  await thread().getByRole("button", { name: "Edit" }).click();
  await expect.poll(() => reply().inputValue()).toBe("Read this");
  await expect.poll(() => kept.has(`${grow}/0123456789-notes.txt`)).toBe(true);
  await files().getByText("23 bytes").waitFor();
  await reply().press("Enter");
  await expect.poll(sent).toMatchObject([{}, { task: booking, attachments: [{ agent: grow }] }]);
});

test("what is dropped on the thread is the thread's, and what is dropped beside it the channel's", async () => {
  await openThread();
  const drop = (list: Locator, name: string) =>
    list.evaluate((place, file) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], file, { type: "text/plain" }));
      place.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, name);
  await drop(thread(), "thread.txt");
  await drop(page.getByRole("log", { name: /^Conversation/ }), "channel.txt");
  await form("Reply in the thread").getByText("thread.txt").waitFor();
  await form("Message Grow Agent").getByText("channel.txt").waitFor();
  expect(await files().getByRole("listitem").count()).toBe(2);
});

test("what is unread of a thread is what the actor counted, not what is loaded; opened, it is read on all devices", async () => {
  const channel = { id: coding.channel, title: "Coding", agent: coder, type: "coding", presence: "working", lastSeq: 900 };
  const threads = [{ task: booking, read: 0, unread: 7 }];
  await openThread({ answers: { task: detail, channels: { channels: [channel], threads, last: 900 } } }, "");
  await page.getByRole("tab", { name: "Thread 7" }).click();
  await reply().waitFor();
  await expect
    .poll(() => page.evaluate(() => Reflect.get(window, "sample").actor.inputs["read"] ?? []))
    .toContainEqual({ task: booking, seq: expect.any(Number) });
  await page.getByRole("tab", { name: "Task" }).click();
  await page.getByRole("tab", { name: "Thread", exact: true }).waitFor();
});

test("the arrow keys go from a task's facts to its thread and back, and Home and End to the first and last", async () => {
  await openThread({}, "");
  const tab = (name: "Task" | "Thread") => page.getByRole("tab", { name, exact: true });
  const chosen = async () => [await tab("Task").getAttribute("aria-selected"), await tab("Thread").getAttribute("aria-selected")];
  await tab("Task").focus();
  for (const [key, facts] of [
    ["ArrowRight", "false"],
    ["ArrowLeft", "true"],
    ["End", "false"],
    ["Home", "true"],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(chosen).toEqual([facts, facts === "true" ? "false" : "true"]);
    expect(await tab(facts === "true" ? "Task" : "Thread").evaluate((element) => element === document.activeElement)).toBe(true);
  }
});
