import type { Browser, BrowserContext, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { RemindersOut } from "../../../schema/reminder/reminder.ts";
import { newId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { serveApp } from "./serve-app.ts";

/** The page “Reminders” of the real app in Chromium; what the edge says of them is the test's. */
let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let state: RemindersOut;
let asked: string[];
/** Answers of the edge that the test holds back or replaces, by method and path. */
let instead: Map<string, (route: Route) => Promise<void>>;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
async function openPage(opened: Browser): Promise<void> {
  context = await openContext(opened);
  page = await context.newPage();
  await page.route(/\/reminders(\/|$)/, answer);
}
beforeEach(async () => {
  state = {
    email: { on: true, address: "ada@example.com", sends: true, demo: "http://localhost:20010" },
    push: { key: `B${"A".repeat(86)}`, devices: [] },
    webhook: null,
  };
  [asked, instead] = [[], new Map()];
  await openPage(browser);
});
afterEach(() => context.close());

const body = z.object({ email: z.boolean().optional(), url: z.string().optional() });
const refusal = (status: number, code: string, message: string) => (route: Route) =>
  route.fulfill({ status, json: { error: { code, message, retryable: true, requestId: "req_x" } } });
async function answer(route: Route): Promise<void> {
  const where = `${route.request().method()} ${new URL(route.request().url()).pathname}`;
  asked.push(where);
  const other = instead.get(where);
  if (other) return other(route);
  const given = body.parse(route.request().postDataJSON() ?? {});
  if (where === "PUT /reminders") state.email.on = given.email ?? true;
  if (where === "POST /reminders/webhook") {
    state.webhook = { url: given.url ?? "", updatedAt: Date.now() };
    return route.fulfill({ json: { webhook: state.webhook, secret: `whsec_${"S".repeat(43)}=${asked.length}` } });
  }
  if (where === "DELETE /reminders/webhook") state.webhook = null;
  if (where.startsWith("DELETE /reminders/devices/")) state.push.devices = state.push.devices.filter(({ id }) => !where.endsWith(id));
  if (where === "POST /reminders/test")
    return route.fulfill({
      json: {
        deliveries: [
          { way: "email", state: "sent" },
          { way: "webhook", state: "failed", why: "it answered 500" },
        ],
        again: false,
      },
    });
  return route.fulfill({ json: where.startsWith("DELETE") ? { removed: true } : state });
}
const times = (where: string) => asked.filter((call) => call === where).length;
const open = async () => {
  await page.goto(`${app.url}/reminder`);
  await page.getByRole("heading", { name: "By e-mail" }).waitFor();
};
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });

describe("the page of reminders", () => {
  test("is reached from the settings, the approvals and the palette", async () => {
    await page.goto(app.url);
    await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Settings" }).click();
    await page
      .getByRole("main")
      .getByRole("link", { name: /^Reminders/ })
      .click();
    await page.getByRole("checkbox", { name: "Mail to ada@example.com" }).waitFor();
    await page.goto(`${app.url}/inbox`);
    await page.getByRole("main").getByRole("link", { name: "Reminders" }).click();
    await page.getByRole("heading", { name: "By e-mail" }).waitFor();
    await page.goto(app.url);
    await page.getByRole("navigation", { name: "Workspace" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or run" }).fill("remind");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "By e-mail" }).waitFor();
  });

  test("says when it can't be read and reads again; a switch that did not take is as it was", async () => {
    instead.set("GET /reminders", refusal(500, "internal", "Something went wrong on our side."));
    await page.goto(`${app.url}/reminder`);
    await page.getByText("Something went wrong on our side.").waitFor();
    instead.clear();
    await button("Retry").click();
    const mail = page.getByRole("checkbox", { name: /^Mail to/ });
    instead.set("PUT /reminders", refusal(500, "internal", "Something went wrong on our side."));
    await mail.click();
    await page.getByText("It is as it was.").waitFor();
    expect(await mail.isChecked()).toBe(true);
    instead.clear();
    await mail.focus();
    await page.keyboard.press("Space");
    await expect.poll(() => mail.isChecked()).toBe(false);
    await expect.poll(() => state.email.on).toBe(false);
    expect(await page.getByRole("link", { name: state.email.demo ?? "" }).getAttribute("href")).toBe(state.email.demo);
  });

  test("shows a webhook's secret once, makes a new one at a second press, and removes it", async () => {
    await open();
    await button("Save").click();
    await page.getByText("Write a whole address").waitFor();
    instead.set("POST /reminders/webhook", refusal(400, "invalid", "The address must be https."));
    await page.getByLabel("Webhook", { exact: true }).fill("http://hooks.example.com/x");
    await button("Save").click();
    await page.getByText("The address must be https. Nothing was changed.").waitFor();
    instead.clear();
    await page.getByLabel("Webhook", { exact: true }).fill("https://hooks.example.com/x");
    await page.keyboard.press("Enter");
    const secret = page.getByRole("region", { name: "Secret" });
    const first = await secret.innerText();
    await button("New secret").click();
    await button("Really make a new secret").click();
    await expect.poll(() => secret.innerText()).not.toBe(first);
    await page.reload();
    await page.getByText("https://hooks.example.com/x").waitFor();
    expect(await secret.count()).toBe(0);
    await button("Remove").click();
    await button("Really remove").click();
    await page.getByLabel("Webhook", { exact: true }).waitFor();
  });

  test("sends one at one press, however often it is pressed, and says what became of each way", async () => {
    await open();
    const held = Promise.withResolvers<void>();
    instead.set("POST /reminders/test", async (route) => {
      await held.promise;
      instead.clear();
      await answer(route);
    });
    await button("Send me one now").click();
    await button("Sending").dispatchEvent("click");
    held.resolve();
    await page.getByText("Webhook: not sent, it answered 500").waitFor();
    await page.getByText("E-mail: sent").waitFor();
    expect(times("POST /reminders/test")).toBe(2); // the held one, counted as it went on
    instead.set("POST /reminders/test", refusal(429, "rate_limited", "One was sent just now; the next can be sent 15 s after it."));
    await button("Send me one now").click();
    await page.getByText("One was sent just now").waitFor();
  });

  test("lists devices and removes them; a browser that refuses or can't is told so", async () => {
    state.push.devices = ["Chrome on your Mac", "Safari on your iPhone"].map((name) => ({ id: newId("dev"), name, createdAt: Date.now() }));
    await page.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
    await open();
    await page.getByText("This browser refuses notifications from this site.").waitFor();
    await button("Remove Safari on your iPhone").click();
    await expect.poll(() => page.getByText("Safari on your iPhone").count()).toBe(0);
    await page.addInitScript(() => Reflect.deleteProperty(window, "PushManager"));
    await page.reload();
    await page.getByText("add GrowQR to the home screen").waitFor();
  });

  test("says when the browser does not reach its push service, as one without any does not", async () => {
    await context.close();
    const notifies = await openBrowser({ notifies: true });
    try {
      await openPage(notifies);
      await context.grantPermissions(["notifications"], { origin: app.url });
      await open();
      await button("Notify this device").click();
      await page.getByText("This browser did not reach its push service").waitFor();
      expect(times("POST /reminders/devices")).toBe(0);
    } finally {
      await notifies.close();
    }
  });

  test("has nothing that axe finds, at any width, in light and dark, and fits a phone", async () => {
    state.push.devices = [{ id: newId("dev"), name: "Chrome on your Mac", createdAt: Date.now() }];
    await open();
    await page.getByLabel("Webhook", { exact: true }).fill("https://hooks.example.com/a/rather/long/path/that/has/to/wrap/on/a/phone");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Secret" }).waitFor();
    await button("Send me one now").click();
    await page.getByText("E-mail: sent").waitFor();
    for (const [name, size] of Object.entries(widths)) {
      await page.setViewportSize(size);
      expect(await violations(page), name).toEqual([]);
      const list = page.getByRole("region", { name: "Reminders" });
      expect(await list.evaluate((region) => region.scrollWidth - region.clientWidth), name).toBeLessThanOrEqual(0);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await keepPicture(page, `reminders-${name}-${colorScheme}`);
      }
    }
  });
});
