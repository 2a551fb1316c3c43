import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { newId } from "../../../schema/wire/id.ts";
import { openBrowser, openContext, violations } from "../../harness/browser.ts";
import { serveApp } from "./serve-app.ts";

const agent = newId("agt", 1);
const asked: ApprovalView = {
  id: newId("apr", 2),
  member: newId("mem", 1),
  agent,
  title: "Run curl",
  why: "curl -sS https://packages.example.org/november.json -o prices.json: it reaches another machine",
  subject: { kind: "command", command: "curl -sS https://packages.example.org/bakery/2026/november.json -o prices.json" },
  reach: "the agent's own box, with its rights",
  scopes: ["once", "task"],
  goesOn: true,
  state: "pending",
  createdAt: Date.now(),
  expiresAt: Date.now() + 80_000_000,
};
const found = { source: "messages", title: "You", excerpt: "Question 4", repo: null, path: null, line: null, commit: null, seq: 5, at: 1 };
const answers = {
  approvals: { approvals: [asked], next: null, waiting: 1 },
  plans: { plans: [], next: null },
  quests: { quests: [], next: null },
  questLibrary: { quests: [] },
  search: { hits: [found], ms: 1, hot: true, seq: 10, behind: false, partial: false },
};

/** The real app in Chromium over a sample actor: small screens, and presses that stop or end something. */
describe("a small screen", () => {
  let app: Awaited<ReturnType<typeof serveApp>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [app, browser] = await Promise.all([serveApp(), openBrowser()]);
    page = await (await openContext(browser, { viewport: { width: 390, height: 508 } })).newPage();
    await page.addInitScript((sample) => Object.assign(window, { sampleTeam: { answers: sample } }), answers);
    await page.goto(`${app.url}/#messages=40`);
    await button(/^Allow once/).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
  const field = () => page.getByRole("textbox", { name: /^Message / });
  const inSight = async (part: Locator) => {
    const box = await part.boundingBox();
    const size = page.viewportSize();
    return (
      box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height
    );
  };

  test("above a keyboard shows the field, Send, what is asked and the decisions", async () => {
    const parts = [
      field(),
      button("Send"),
      button(/^Allow once/),
      button(/^Deny with a note/),
      page.getByRole("region", { name: "Command" }),
    ];
    for (const part of parts) await expect.poll(() => inSight(part)).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  test("finds messages in the person's own words and leads to them; the task panel closes by press and by key", async () => {
    await button("Find or run").click();
    await page.getByRole("combobox", { name: "Find or run" }).fill("question");
    await page.getByRole("option", { name: /You: Question 4/ }).click();
    await page.getByRole("log").locator("[aria-current=location]").waitFor();
    for (const close of [() => button("Back to the conversation").click(), () => page.keyboard.press("Escape")]) {
      await button("Show task panel").click();
      await page.getByRole("tab", { name: "Task" }).waitFor();
      await close();
      await field().waitFor();
    }
  });

  test("the way back closes what covers the conversation, and leads nowhere else", async () => {
    const steps = () => page.evaluate(() => history.length);
    await button("Show task panel").click();
    await page.getByRole("tab", { name: "Task" }).waitFor();
    await page.goBack();
    await field().waitFor();
    await button("All channels").click();
    await page.getByRole("heading", { name: "More", exact: true }).waitFor({ state: "attached" });
    await page.goBack();
    await field().waitFor();
    await button("Show task panel").click();
    const deep = await steps();
    await button("Back to the conversation").click();
    await field().waitFor();
    expect(await steps()).toBe(deep); // the entry that it had is behind the one that is shown
    expect(await page.evaluate(() => location.pathname)).toBe("/");
  });

  test("the way back closes a question, and what it covers stays", async () => {
    const question = page.getByRole("dialog", { name: "Stop the stack?" });
    const ask = async () => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Find or run" }).fill("Stop the stack");
      await page.getByRole("option", { name: "Stop the stack" }).click();
      await question.waitFor();
    };
    const panel = page.getByRole("tab", { name: "Task" });
    await button("Show task panel").click();
    await panel.waitFor();
    for (const close of [() => page.goBack(), () => button("Go back").click()]) {
      await ask();
      await close();
      await question.waitFor({ state: "detached" });
      await panel.waitFor();
    }
    await page.goBack();
    await field().waitFor();
    await button("Show task panel").click();
    await panel.waitFor();
    await ask();
    await page.evaluate(() => history.go(-2));
    await field().waitFor();
    expect([await panel.count(), await question.count(), await page.evaluate(() => location.pathname)]).toEqual([0, 0, "/"]);
  });

  test("shows what the machine of a first stack is doing and for how long, a failure with its reason, also after a reload", async () => {
    const first = await (await openContext(browser, { viewport: { width: 390, height: 844 } })).newPage();
    await first.goto(`${app.url}/#messages=0&waits=1`);
    const row = first.getByRole("listitem").filter({ hasText: "Prepare the machine" });
    const check = async (line: RegExp) => {
      await row.getByText(line).waitFor();
      expect(await row.getAttribute("aria-current")).toBe("step");
      await first.getByText(/Step 5 of 9, .* the first start on a machine takes a few minutes/).waitFor();
      const wide = await first.evaluate(
        () => [...document.querySelectorAll("main *")].filter((part) => part.getBoundingClientRect().right > 390).length,
      );
      expect(wide).toBe(0);
    };
    await check(/^Building Gitea's image: compiling it, 1 m 2\d s so far$/);
    expect(await violations(first)).toEqual([]);
    await first.reload();
    await check(/^Building Gitea's image: compiling it, 1 m 2\d s so far$/);

    const append = (body: object) =>
      first.evaluate((step) => {
        const { actor } = Reflect.get(window, "sample");
        actor.append("provision.step", { run: "run1", step: "image", ...step });
      }, body);
    const failure = "Building Gitea's image failed: could not resolve host deb.debian.org. It is tried again after 5 s.";
    await append({ state: "started", detail: failure });
    await check(new RegExp(`^${failure.replaceAll(".", "\\.")}$`));
    await append({ state: "done", ms: 200_000 });
    await row.getByText("3 m 20 s").waitFor();
    expect(await row.getByText("failed:").count()).toBe(0);
    await first.context().close();
  });

  test("of 834 pixels has names, counts and the stop, which asks once, as signing out does", async () => {
    await page.setViewportSize({ width: 834, height: 1112 });
    const rail = page.getByRole("navigation", { name: "Workspace" });
    for (const name of ["Quests", "Timeline", "Goals"]) await rail.getByText(name, { exact: true }).waitFor();
    const cut = await rail.locator("*").evaluateAll((parts) =>
      parts
        .filter((part) => getComputedStyle(part).textOverflow === "ellipsis")
        .filter((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight + 1)
        .map((part) => part.textContent),
    );
    expect(cut).toEqual([]);
    await rail
      .getByRole("link", { name: /waiting/ })
      .getByText("1", { exact: true })
      .waitFor();
    await rail.getByRole("button", { name: "Stop the stack" }).click();
    const sure = page.getByRole("dialog", { name: "Stop the stack?" });
    expect(await sure.getByRole("button", { name: "Go back" }).evaluate((back) => back === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await sure.waitFor({ state: "hidden" });
    await rail.getByRole("button", { name: /^Sign out/ }).click();
    await page.getByRole("dialog", { name: "Sign out?" }).getByRole("button", { name: "Go back" }).click();
    expect(await violations(page)).toEqual([]);
  });

  test("and a large one keep the focus where it is after a decision", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await button(/^Deny with a note/).click();
    await button("Deny").focus();
    await page.evaluate(({ id, agent, title }) => {
      const { actor } = Reflect.get(window, "sample");
      actor.answers.approvals = { approvals: [], next: null, waiting: 0 };
      actor.append("approval.decided", { id, agent, title, state: "denied", decided: { at: Date.now(), device: "your computer" } });
    }, asked);
    await page.getByRole("region", { name: /^Approval/ }).waitFor({ state: "hidden" });
    await expect.poll(() => field().evaluate((written) => written.closest("form")?.parentElement === document.activeElement)).toBe(true);
    await page.keyboard.press("Tab");
    expect(await field().evaluate((written) => written === document.activeElement)).toBe(true);
  });
});
