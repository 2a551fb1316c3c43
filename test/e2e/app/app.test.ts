import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  answers,
  composer,
  keepPictures,
  openBrowser,
  pressInList,
  quiet,
  say,
  signInAs,
  textOf,
  toConversation,
  violations,
  visit,
} from "../../harness/browser.ts";
import { script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";
import { attack } from "./attack.ts";

/** A program that speaks over a WebSocket, too. */
const sampleServer = readFileSync(new URL("../preview/sample-server.mjs", import.meta.url), "utf8");
const waitForPort = readFileSync(new URL("../preview/wait-for-port.mjs", import.meta.url), "utf8");

/** With a page that the agent has made, as one person does it, in order. */
describe("a person with a browser", () => {
  const visitor = bringVisitor("ada", { settleMs: 240_000 });
  beforeAll(async () => {
    const { page } = visitor;
    await say(page, "make me a page that says hello");
    await answers(page)
      .last()
      .getByText(/^Remembered:/)
      .waitFor({ timeout: limit(60_000) });
    await quiet(page);
    await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  });
  afterEach(() => toConversation(visitor.page));

  test("keeps what an agent has made away from the app: no cookie, no storage, no API, no way up, in or beside", async () => {
    const { page, product, context } = visitor;
    const app = product.url.replace(/\/$/, "");
    await page.getByRole("article", { name: "Preview hello page" }).getByRole("link", { name: "Open", exact: true }).click();
    const shown = page.frameLocator("iframe[title='hello page']");
    await shown.getByRole("heading", { name: "hello" }).waitFor();
    await page.evaluate(() => {
      localStorage.setItem("mark", "of the app");
      const heard: unknown[] = [];
      new BroadcastChannel("growqr").onmessage = ({ data }) => heard.push(data);
      Object.assign(window, { heard });
    });
    const frame = page.frames().find((each) => each.parentFrame() === page.mainFrame() && each.url().includes(".preview."))!;
    const told = await frame.evaluate(attack, app);
    const refusedBy = (name: string) => ({ refused: name });
    expect(told).toMatchObject({
      ...{
        read: refusedBy("TypeError"),
        change: refusedBy("TypeError"),
        up: refusedBy("SecurityError"),
        leave: refusedBy("SecurityError"),
      },
      ...{ worker: refusedBy("SecurityError"), live: { got: "closed" }, framed: refusedBy("SecurityError") },
    });
    for (const stored of [told.storage, told.databases, told.caches]) expect(stored.got ?? "[]").not.toMatch(/of the app|growqr|workbox/);
    expect(told.cookies.got).not.toContain("growqr_preview");
    expect(frame.childFrames().map((each) => each.url())).toEqual(["chrome-error://chromewebdata/"]); // the app is framed by nobody
    expect(await page.evaluate(() => [document.cookie, Reflect.get(window, "heard")])).toEqual([
      expect.not.stringContaining("planted"),
      [],
    ]);
    expect(page.url()).toContain("preview=");
    const [opened] = await Promise.all([context.waitForEvent("page"), frame.evaluate((to) => void window.open(to), app)]);
    await expect.poll(() => opened.url()).toBe("chrome-error://chromewebdata/"); // nor opened by what runs in its frame
    await opened.close();
  });

  test("opens a tool line's output", async () => {
    const { page } = visitor;
    const line = answers(page).last().getByRole("button", { name: /Run / }).first();
    await line.click();
    expect(await line.getAttribute("aria-expanded")).toBe("true");
    await page.getByRole("region", { name: /^Output of Run / }).waitFor();
    await line.click();
  });

  test("opens the full diff, then the file, then what the agent remembers", async () => {
    const { page } = visitor;
    await pressInList(answers(page).last().getByRole("link", { name: "Open full diff" }).first());
    await page.getByRole("article", { name: "index.html" }).getByText("</html>").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "diff");
    const rail = page.getByRole("navigation", { name: "Workspace" });
    await rail.getByRole("link", { name: "Files", exact: true }).click();
    const tree = page.getByRole("navigation", { name: "Projects and files" });
    await tree.getByRole("link", { name: "hello-page", exact: true }).click();
    await tree.getByRole("link", { name: "index.html" }).click();
    await page.getByRole("region", { name: "index.html" }).getByText("<!doctype html>").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "file");
    await rail.getByRole("link", { name: "Memory", exact: true }).click();
    await page.getByRole("link", { name: /^Page hello-page: / }).waitFor(); // among the decisions
    await page.getByText("All files").click();
    const memory = page.getByRole("navigation", { name: "Files in memory" });
    await memory.getByRole("button", { name: /^decisions/ }).click();
    await memory.getByRole("link", { name: /page-hello-page/ }).click();
    await page.getByText("Why one file: it opens anywhere and there is nothing to build.").waitFor();
    await keepPictures(page, "memory");
  });

  test("shows what an agent has made where a browser lets no other site keep a cookie: the page, its requests, its WebSocket", async () => {
    const { page, product, email } = visitor;
    const steps = [
      { tool: "write", args: { filePath: "server.mjs", content: sampleServer } },
      { tool: "write", args: { filePath: "wait.mjs", content: waitForPort } },
      {
        tool: "bash",
        args: {
          command: "node server.mjs 5173 >server.log 2>&1 & node wait.mjs 5173; cat server.log",
          description: "start",
        },
      },
      { tool: "platform_open_preview", args: { port: 5173, title: "Guest book" } },
      { text: "Done." },
    ];
    await say(page, script(...steps));
    await quiet(page);
    const strict = await openBrowser({ blocksOthersCookies: true });
    try {
      const { page: theirs } = await visit(strict, product);
      await signInAs(theirs, email);
      await theirs.getByRole("article", { name: "Preview Guest book" }).getByRole("link", { name: "Open", exact: true }).last().click();
      await theirs.frameLocator("iframe[title='Guest book']").getByRole("heading", { name: "Guest book" }).waitFor();
      const frame = theirs.frames().find((each) => each.parentFrame() === theirs.mainFrame() && each.url().includes(".preview."))!;
      const told = await frame.evaluate(async () => {
        document.cookie = "plain=1; SameSite=None; Secure";
        const heard = new Promise((resolve) => {
          const socket = new WebSocket(`ws://${location.host}/hot`);
          socket.onmessage = ({ data }) => resolve(data);
          socket.onerror = () => resolve("refused");
        });
        return { plain: document.cookie.includes("plain"), status: (await fetch("/said")).status, heard: await heard };
      });
      expect(told).toEqual({ plain: false, status: 200, heard: "hello localhost:5173 http://localhost:5173" });
    } finally {
      await strict.close();
    }
    await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  });

  test("saves a project as a zip, by the browser's own way", async () => {
    const { page } = visitor;
    await page.getByRole("article", { name: "Preview hello page" }).getByRole("link", { name: "Open", exact: true }).click();
    const pane = page.getByRole("complementary", { name: "Preview" });
    const [saved] = await Promise.all([page.waitForEvent("download"), pane.getByRole("button", { name: /^Download/ }).click()]);
    expect(saved.suggestedFilename()).toMatch(/^hello-page.*\.zip$/);
    expect(readFileSync(await saved.path()).includes("index.html")).toBe(true); // names stand in a zip as they are
    await pane.getByRole("button", { name: "Close the preview" }).click();
  });

  test("hands the errors of a page to the agent in one press", async () => {
    const { page } = visitor;
    const broken = "<!doctype html><html><head></head><body><h1>broken</h1><script>console.error('no bread today')</script></body></html>";
    const steps = [
      { tool: "write", args: { filePath: "hello-page/index.html", content: broken } },
      { tool: "bash", args: { command: "cd hello-page && git commit -qam broken && git push -q origin HEAD", description: "push" } },
      { text: "Done." },
    ];
    await say(page, script(...steps));
    const errors = page.getByRole("region", { name: "Errors of the page" });
    await errors.getByText("1 error on this page").waitFor({ timeout: limit(60_000) });
    await quiet(page);
    await errors.getByRole("button", { name: "Ask to repair it" }).click();
    await page.getByRole("log").getByText("no bread today").last().waitFor();
    await quiet(page);
    await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  });

  test("stops a running answer and is told what was kept", async () => {
    const { page } = visitor;
    await say(page, "tell me a long story");
    await answers(page).last().getByText("the valley").first().waitFor();
    await page.keyboard.press("Control+.");
    await answers(page)
      .last()
      .getByText(/^Stopped after/)
      .waitFor();
    await answers(page).last().getByText("Kept: the text so far.").waitFor();
    expect(await textOf(answers(page).last()).innerText()).toContain("the valley");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "stopped");
  });

  test("works by keyboard alone: palette, help, panel, composer", async () => {
    const { page } = visitor;
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or run" }).fill("keys");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("log").focus();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.getByRole("complementary", { name: "Task" }).waitFor({ state: "hidden" });
    await page.keyboard.press("/");
    expect(await composer(page).evaluate((field) => field === document.activeElement)).toBe(true);
  });
});
