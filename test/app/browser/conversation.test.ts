import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { keepPicture, openBrowser, openContext, turnWheel, unevenRows, violations, waitForRest } from "../../harness/browser.ts";
import { limit } from "../../harness/suite/limit.ts";
import { serveApp } from "./serve-app.ts";

const most = 2_500;
const nodes = (page: Page) => page.evaluate(() => document.getElementsByTagName("*").length);
const seqOf = async (page: Page, text: string) =>
  z.number().parse(await page.evaluate((words) => Reflect.get(window, "sample").seqOf(words), text));

/** The real app in Chromium over a sample actor's log of ten thousand messages. */
describe("a conversation of ten thousand messages", { timeout: limit(120_000) }, () => {
  let app: Awaited<ReturnType<typeof serveApp>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [app, browser] = await Promise.all([serveApp(), openBrowser()]);
    page = await (await openContext(browser)).newPage();
    page.setDefaultTimeout(limit(60_000)); // ten thousand messages take a while
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  beforeEach(() => page.goto(app.url));
  const message = (text: string) => page.getByRole("log").getByText(text, { exact: true });

  test("opens at its end with a small document", async () => {
    await message("Answer 5000.").waitFor();
    expect(await nodes(page)).toBeLessThan(most);
  });

  test("a file that was picked before the channel was open is still there when it is", async () => {
    const early = await (await openContext(browser)).newPage();
    await early.addInitScript(() => {
      const opened = new Promise((done) => Object.assign(window, { openChannel: done }));
      Object.assign(window, { sampleTeam: { gates: { before: opened } } });
    });
    await early.goto(`${app.url}/#messages=20`);
    await early.getByPlaceholder("Write now. Sent when the channel is open.").waitFor();
    await early
      .getByLabel("Files to attach")
      .setInputFiles({ name: "huge.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(10 * 1024 * 1024 + 1) });
    const said = early.getByText("Larger than 10 MB, so it was not attached.");
    await said.waitFor();
    const picker = await early.getByLabel("Files to attach").elementHandle();
    await early.evaluate(() => Reflect.get(window, "openChannel")());
    await early.getByPlaceholder("Message Grow Agent").waitFor();
    await said.waitFor();
    await picker!.evaluate((input: HTMLInputElement) => {
      const picked = new DataTransfer(); // its window was open meanwhile
      picked.items.add(new File(["late"], "late.txt"));
      input.files = picked.files;
      input.dispatchEvent(new Event("change"));
    });
    await early.getByText("late.txt").waitFor();
    await early.getByRole("button", { name: "Remove huge.bin" }).click();
    await said.waitFor({ state: "detached" });
    await early.close();
  });

  test("rows follow one another without gap or overlap when older pages come above a few", async () => {
    await page.goto("about:blank");
    await page.goto(`${app.url}/#messages=2&between=900&planned=1`);
    await message("Question 1").waitFor();
    await expect.poll(() => unevenRows(page)).toEqual([]);
  });

  test("a link to a message lands at it, however far back, and the way from there goes both up and down", async () => {
    await message("Answer 5000.").waitFor();
    const at = await seqOf(page, '"Question 40"');
    await page.goto(`${app.url}/?at=${at}`);
    await message("Question 40").waitFor();
    expect(await message("Question 40").evaluate((article) => article.closest("[aria-current=location]") !== null)).toBe(true);
    expect(await nodes(page)).toBeLessThan(most);
    await page.mouse.move(700, 400);
    for (let turn = 0; turn < 60 && !(await message("Question 1").isVisible()); turn++) await page.mouse.wheel(0, -600);
    await message("Question 1").waitFor();
    for (let turn = 0; turn < 60 && !(await message("Question 60").isVisible()); turn++) {
      await page.mouse.wheel(0, 600);
      await waitForRest(page.getByRole("log")); // turns that wait for each other would carry it past
    }
    await message("Question 60").waitFor();
    expect(await nodes(page)).toBeLessThan(most);
    await page.getByRole("button", { name: /^(Latest|\d+ new)$/ }).click();
    await message("Answer 5000.").waitFor();
    expect(await nodes(page)).toBeLessThan(most);
  });

  test("who scrolls on as soon as a link has landed is not taken back to it", async () => {
    await message("Answer 5000.").waitFor();
    const at = await seqOf(page, '"Question 40"');
    for (let round = 0; round < 4; round++) {
      await page.goto(`${app.url}/?at=${at}&round=${round}`);
      await message("Question 40").waitFor();
      await page.mouse.move(700, 400);
      const tops: number[] = [];
      for (let turn = 0; turn < 12; turn++) {
        await page.mouse.wheel(0, -600);
        tops.push(await page.getByRole("log").evaluate((list) => list.scrollTop));
      }
      expect(tops.filter((top, turn) => turn > 0 && top > tops[turn - 1]! + 600)).toEqual([]); // measuring moves it a little, the link by thousands
    }
  });

  test("older pages come as one scrolls up, and what one reads stays where it is", async () => {
    await message("Answer 5000.").waitFor();
    await page.mouse.move(700, 400);
    const list = page.getByRole("log");
    await turnWheel(page, list, -300, page.getByRole("button", { name: "Latest" })); // away from the end
    const height = () => list.evaluate((log) => log.scrollHeight);
    const before = await list.evaluate((log) => {
      log.scrollTop = 2_500;
      return log.scrollHeight;
    });
    const read = message("Question 4966");
    await waitForRest(read); // its first frame stands where the rows above are guessed to end
    const place = (await read.boundingBox())?.y;
    await expect.poll(height).toBeGreaterThan(before + 5_000);
    await expect.poll(async () => Math.abs(((await read.boundingBox())?.y ?? 0) - (place ?? 0))).toBeLessThan(60);
    expect(await nodes(page)).toBeLessThan(most);
  });

  test("who is at the very top when older pages come keeps the message there", async () => {
    await page.goto("about:blank");
    await page.goto(`${app.url}/#messages=2000`); // so many that the messages before are lower than they are guessed
    await message("Answer 1000.").waitFor();
    await page.mouse.move(700, 400);
    const list = page.getByRole("log");
    await turnWheel(page, list, -300, page.getByRole("button", { name: "Latest" }));
    const { before, text } = await list.evaluate(async (log) => {
      const before = log.scrollHeight;
      log.scrollTop = 0;
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      const { top } = log.getBoundingClientRect();
      const first = [...log.querySelectorAll("article p")].find((text) => text.getBoundingClientRect().top > top);
      return { before, text: first?.textContent ?? "" };
    });
    await expect.poll(() => list.evaluate((log) => log.scrollHeight)).toBeGreaterThan(before + 5_000);
    await waitForRest(list);
    const place = (await message(text).boundingBox())?.y;
    expect(place).toBeGreaterThan(0);
    expect(place).toBeLessThan(250);
  });

  test("what is being pressed stays under the pointer, and the list follows its end again afterwards", async () => {
    const list = page.getByRole("log");
    const fromEnd = () => list.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));
    await message("Answer 5000.").hover();
    await expect.poll(fromEnd).toBe(0);
    await page.mouse.down();
    await page.setViewportSize({ width: 1440, height: 600 });
    await expect.poll(fromEnd).toBeGreaterThan(200);
    await page.mouse.up();
    await expect.poll(fromEnd).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("what is shown can be pressed while the list scrolls, as it does as long as an answer streams", async () => {
    await message("Answer 5000.").waitFor();
    const pressed = await page.getByRole("log").evaluate(
      (list) =>
        new Promise((resolve) => {
          list.scrollTop -= 200;
          const look = () => {
            const { left, top, width, height } = list.getBoundingClientRect();
            resolve(document.elementFromPoint(left + width / 2, top + height / 2)?.closest("[role=log] article") !== null);
          };
          requestAnimationFrame(() => requestAnimationFrame(look)); // the scroll's own frame, and what it rendered
        }),
    );
    expect(pressed).toBe(true);
  });

  test("Ctrl F finds in all of the channel and goes from place to place; Esc gives the focus back", async () => {
    await message("Answer 5000.").waitFor();
    const write = page.getByRole("textbox", { name: "Message Grow Agent" });
    await write.focus();
    await page.keyboard.press("Control+f");
    const field = page.getByRole("textbox", { name: "Find in Grow Agent" });
    await field.fill("Question 1234");
    await page.getByText("1 of 1", { exact: true }).waitFor();
    await message("Question 1234").waitFor();
    expect(await message("Question 1234").evaluate((article) => article.closest("[aria-current=location]") !== null)).toBe(true);
    await expect.poll(() => page.evaluate(() => [...(CSS.highlights.get("found") ?? [])].map(String))).toEqual(["Question 1234"]);
    await field.fill("Answer 49");
    await page.getByText("1 of 100", { exact: true }).waitFor();
    await message("Answer 4999.").waitFor();
    await field.press("Enter");
    await page.getByText("2 of 100", { exact: true }).waitFor();
    await expect.poll(() => message("Answer 4998.").evaluate((article) => article.closest("[aria-current=location]") !== null)).toBe(true);
    await field.press("Shift+Enter");
    await page.getByText("1 of 100", { exact: true }).waitFor();
    await keepPicture(page, "find");
    expect(await violations(page)).toEqual([]);
    await field.fill("nobody ever said this");
    await page.getByText("Not found").waitFor();
    await field.press("Escape");
    await expect.poll(() => field.count()).toBe(0);
    expect(await write.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press("Control+f");
    await field.waitFor();
    const taken = () =>
      page.evaluate(() => !window.dispatchEvent(new KeyboardEvent("keydown", { key: "f", ctrlKey: true, cancelable: true })));
    expect(await taken()).toBe(false); // a second press is the browser's own
    await page.goto(`${app.url}/timeline`);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    expect(await taken()).toBe(false);
  });

  test("the time of a message is a link to it", async () => {
    await message("Question 5000").waitFor();
    await page
      .getByRole("article")
      .filter({ hasText: "Question 5000" })
      .getByRole("link", { name: /^Link to this message/ })
      .click();
    await page.waitForURL(/\?at=\d+/);
    await expect.poll(() => message("Question 5000").evaluate((article) => article.closest("[aria-current=location]") !== null)).toBe(true);
  });
});
