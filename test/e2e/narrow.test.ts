import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { script } from "../local/person.ts";
import { composer, openBrowser, pictureOf, pictureOnFailure, quiet, say, settle, type Visit, violations, visit } from "./browser.ts";

/** Small screens, and presses that stop or end something. */
const asks = script(
  { tool: "bash", args: { command: "curl -sS https://packages.example.org/november.json -o prices.json", description: "Fetch" } },
  { text: "As you say." },
);

describe("a small screen", () => {
  const product = inject("product");
  let browser: Browser;
  let one: Visit;
  beforeAll(async () => {
    browser = await openBrowser();
    one = await visit(browser, product);
    await settle(one.page, `nia-${Date.now()}@example.com`, 120_000);
    await say(one.page, "the sourdough course begins in may");
    await quiet(one.page);
    await say(one.page, asks);
    await one.page.getByRole("button", { name: /^Allow once/ }).waitFor();
  });
  afterAll(() => browser.close());
  beforeEach((context) => pictureOnFailure(context, () => one.page));
  const seen = async (what: Locator) => {
    const box = await what.boundingBox();
    const size = one.page.viewportSize();
    return (
      box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height
    );
  };

  test("above a keyboard shows field, Send, what is asked and the decisions", async () => {
    const { page } = one;
    await page.setViewportSize({ width: 390, height: 508 });
    for (const what of [
      composer(page),
      page.getByRole("button", { name: "Send", exact: true }),
      page.getByRole("button", { name: /^Allow once/ }),
    ])
      await expect.poll(() => seen(what)).toBe(true);
    expect(await seen(page.getByRole("button", { name: /^Deny with a note/ }))).toBe(true);
    expect(await seen(page.getByRole("region", { name: "Command" }))).toBe(true);
    expect(
      await page.getByRole("button", { name: /^Allow once/ }).evaluate((button) => {
        const { x, y, width, height } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
      }),
    ).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
  });

  test("closes the task panel, fits the files, and has the timeline's chart with its times", async () => {
    const { page } = one;
    await page.getByRole("button", { name: "Show task panel" }).click();
    await page.getByRole("tab", { name: "Task" }).waitFor();
    await page.getByRole("button", { name: "Back to the conversation" }).click();
    await composer(page).waitFor();
    await page.getByRole("button", { name: "Show task panel" }).click();
    await page.getByRole("tab", { name: "Task" }).waitFor();
    await page.keyboard.press("Escape");
    await composer(page).waitFor();
    await page.goto(`${product.url}/files`);
    await page.getByRole("link", { name: "README.md" }).waitFor();
    const wide = await page.evaluate(
      () => [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > 391).length,
    );
    expect(wide).toBe(0);
    await page.goto(product.url);
  });

  test("finds messages in the person's own words, and leads to them", async () => {
    const { page } = one;
    await page.getByRole("button", { name: "Find or run" }).click();
    await page.getByRole("combobox", { name: "Find or run" }).fill("sourdough");
    const found = page.getByRole("option", { name: /You: the sourdough course begins in may/ });
    await found.waitFor();
    expect(await violations(page)).toEqual([]);
    await found.click();
    await page.locator(".marked").getByText("the sourdough course begins in may").waitFor();
  });

  test("of 834 pixels has names, counts and the stop, which asks once", async () => {
    const { page } = one;
    await page.setViewportSize({ width: 834, height: 1112 });
    const rail = page.getByRole("navigation", { name: "Workspace" });
    for (const name of ["Quests", "Timeline", "Goals"]) await rail.getByText(name, { exact: true }).waitFor();
    await rail.locator(".pin").getByText("1", { exact: true }).waitFor();
    await rail.getByRole("button", { name: "Stop the stack" }).click();
    const sure = page.getByRole("dialog", { name: "Stop the stack?" });
    await sure.waitFor();
    expect(await sure.getByRole("button", { name: "Go back" }).evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await sure.waitFor({ state: "hidden" });
    await rail.getByRole("button", { name: /^Sign out/ }).click();
    await page.getByRole("dialog", { name: "Sign out?" }).getByRole("button", { name: "Go back" }).click();
    await rail.getByText("Stack running").waitFor();
    await pictureOf(page, "narrow");
  });

  test("keeps the focus where it is after a decision", async () => {
    const { page, errors } = one;
    await page.setViewportSize({ width: 1440, height: 900 });
    const allow = page.getByRole("button", { name: /^Deny with a note/ });
    await allow.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Deny", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Allow once/ }).waitFor({ state: "hidden" });
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest(".dock") !== null && document.activeElement !== document.body))
      .toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest(".dock") !== null)).toBe(true);
    expect(errors).toEqual([]);
  });
});
