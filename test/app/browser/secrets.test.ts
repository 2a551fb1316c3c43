import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { secretIn } from "../../../schema/secret.ts";
import { openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The page for the secrets of a member's services, in the real app; a sample edge keeps them in a list. */
const origin = "https://api.tracker.example";
const scribe = {
  ...{ id: "scribe", title: "Scribe", purpose: "Keeps the tracker", own: true, path: "agents/scribe/agent.yaml", usable: true, issues: [] },
  ...{ model: "fast", tools: [], capabilities: [], budget: {} },
  service: { name: "tracker", kind: "http", url: `${origin}/v1`, operations: ["list"], secret: "tracker-key" },
};
let kept: { name: string; origin: string; updatedAt: number; value: string }[] = [];
let calls: string[] = [];
/** Calls of this method are refused. */
let broken: string | undefined;
const secrets: Route = (method, path, body) => {
  if (!path.startsWith("/secrets")) return undefined;
  calls.push(method);
  if (broken === method)
    return {
      status: 409,
      body: { error: { code: "conflict", message: "You keep 50 secrets already.", retryable: false, requestId: "req_1" } },
    };
  const name = path.split("/")[2] ?? "";
  const shown = () => kept.map(({ value: _, ...rest }) => rest);
  if (method === "GET") return { status: 200, body: { secrets: shown() } };
  kept = kept.filter((secret) => secret.name !== name);
  if (method === "DELETE") return { status: 200, body: { removed: true } };
  kept.push({ name, updatedAt: Date.now(), ...secretIn.parse(JSON.parse(body)) });
  return { status: 200, body: shown().at(-1) ?? {} };
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(secrets), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [kept, calls, broken] = [[], [], undefined];
  page = await (await openContext(browser)).newPage();
  await page.addInitScript((types) => Object.assign(window, { sampleTypes: types }), [scribe]);
});
afterEach(() => page.context().close());
const open = (path: string) => page.goto(`${app.url}${path}#messages=20`);

test("an agent that lacks its secret leads to it, prefilled; the value is sent once, kept, and shown nowhere", async () => {
  await open("/kinds");
  await page.getByRole("link", { name: "Needs the secret tracker-key" }).click();
  await page.getByRole("form", { name: "New secret" }).waitFor();
  expect(await page.getByLabel("Name").inputValue()).toBe("tracker-key");
  expect(await page.getByLabel("Sent to, and to nowhere else").inputValue()).toBe(origin);
  const value = page.getByLabel("Value");
  expect(await value.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await violations(page)).toEqual([]);
  await value.fill("a-very-secret-value");
  await page.getByRole("button", { name: "Keep it" }).dblclick();
  await page.getByText(/Used by Scribe\./).waitFor();
  expect(kept).toMatchObject([{ name: "tracker-key", origin, value: "a-very-secret-value" }]);
  expect(calls.filter((method) => method === "PUT")).toHaveLength(1);
  expect(await page.content()).not.toContain("a-very-secret-value");
  expect(await page.getByRole("form").count()).toBe(0);
  expect(await page.getByText(/needs the secret/).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
});

test("what is wrong is said at its field and nothing is sent; a refusal keeps what was written", async () => {
  await open("/secret");
  await page.getByText("Scribe needs the secret").waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  for (const label of ["Name", "Sent to, and to nowhere else", "Value"])
    expect(await page.getByLabel(label).getAttribute("aria-invalid")).toBe("true");
  await expect.poll(() => page.getByLabel("Name").evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await violations(page)).toEqual([]);
  expect(calls).not.toContain("PUT");
  await page.getByLabel("Name").fill("other-key");
  await page.getByLabel("Sent to, and to nowhere else").fill("https://other.example");
  await page.getByLabel("Value").fill("v");
  broken = "PUT";
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("You keep 50 secrets already. Nothing was changed").waitFor();
  expect(await page.getByLabel("Name").inputValue()).toBe("other-key");
});

test("one is replaced by name, and removed by a second press; a failure leaves it kept and says so", async () => {
  kept = [{ name: "tracker-key", origin, updatedAt: Date.now(), value: "old" }];
  await open("/secret");
  await page.getByRole("button", { name: "Replace tracker-key" }).click();
  await page.getByText("You keep tracker-key already: its value will be replaced.").waitFor();
  await page.getByLabel("Value").fill("new");
  await page.getByRole("button", { name: "Replace it" }).click();
  await expect.poll(() => kept[0]?.value).toBe("new");
  await page.getByRole("form").waitFor({ state: "detached" });
  broken = "DELETE";
  await page.getByRole("button", { name: "Remove tracker-key" }).click();
  await page.getByText("Without it Scribe can't call the service any more.").waitFor();
  expect(kept).toHaveLength(1);
  await page.getByRole("button", { name: "Really remove tracker-key" }).click();
  await page.getByText("You keep 50 secrets already. It is still kept.").waitFor();
  broken = undefined;
  await page.getByRole("button", { name: "Really remove tracker-key" }).click();
  await page.getByText("No secrets yet").waitFor();
  expect(kept).toEqual([]);
});

test("a list that can't be read says so and is read again; on a phone all of it is in reach, by key too", async () => {
  kept = [{ name: "tracker-key", origin, updatedAt: Date.now(), value: "old" }];
  broken = "GET";
  await page.setViewportSize(widths.phone);
  await open("/");
  await page.getByText("Answer 10.").waitFor();
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  for (const key of ["g", "s"]) await page.keyboard.press(key);
  await page.getByRole("button", { name: "Retry" }).waitFor();
  broken = undefined;
  await page.getByRole("button", { name: "Retry" }).click();
  const replace = page.getByRole("button", { name: "Replace tracker-key" });
  await replace.waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect((await replace.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await violations(page)).toEqual([]);
});
