import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrowserErrorIn, browserErrorIn } from "../../../schema/browser-error.ts";
import type { ProviderKeyView } from "../../../schema/provider/provider-key.ts";
import { openBrowser, openContext } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** A fault of the app is told to the edge, and the person sees a page that says so (issue 11.8). */
let told: BrowserErrorIn[] = [];
const canary = "canary-of-a-member";
const kept: ProviderKeyView = {
  ...{ provider: "openai", baseUrl: null, ending: "0001", state: "works", detail: "It offers 1 model.", testedAt: 1, updatedAt: 1 },
  ...{ models: ["gpt-5-mini"], from: "kept" },
};
let keys: ProviderKeyView[] | undefined;
const edge: Route = (method, path, body) => {
  if (path === "/browser-errors" && method === "POST") {
    told.push(browserErrorIn.parse(JSON.parse(body)));
    return { status: 202, body: { taken: true } };
  }
  if (path === "/keys" && keys) return { status: 200, body: { keys } };
  if (path === "/keys")
    return { status: 400, body: { error: { code: "invalid", message: "Away.", retryable: false, requestId: "req_1" } } };
  return undefined;
};
let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(edge), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
/** `before` runs in the page before the app does. */
async function openPage(where: string, before: (word: string) => void = () => undefined) {
  told = [];
  const page = await (await openContext(browser)).newPage();
  await page.addInitScript(before, canary);
  await page.goto(`${app.url}${where}#messages=20`);
  return page;
}

test("what fails while a page is drawn is shown, told once without what was quoted, and tried again", async () => {
  keys = [kept];
  const page = await openPage("/model-key", (word) => {
    const clock = Intl.DateTimeFormat.prototype;
    const before = Object.getOwnPropertyDescriptor(clock, "format")!;
    Object.assign(window, { mend: () => Object.defineProperty(clock, "format", before) });
    const get = () => {
      throw new RangeError(`"${word}" is no day`);
    };
    Object.defineProperty(clock, "format", { configurable: true, get });
  });
  await page.getByText("This page failed").waitFor();
  await expect.poll(() => told.length).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ name: "RangeError", message: "… is no day", page: "/model-key" });
  expect(told[0]?.stack).toMatch(/\/assets\/[\w-]+\.js:\d+:\d+/);
  expect(JSON.stringify(told)).not.toContain(canary);
  await page.evaluate(() => Reflect.get(window, "mend")());
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Ends in 0001").waitFor();
  await page.context().close();
});

test("what nobody catches is told, five at most; a refusal, a network that is away or the browser's own remark is none of it", async () => {
  keys = undefined;
  const page = await openPage("/model-key");
  await page.getByText("Away.").waitFor();
  expect(told).toEqual([]);
  await page.evaluate(() => {
    void Promise.reject(new TypeError("Failed to fetch"));
    void Promise.reject(new DOMException("gone", "AbortError"));
    window.dispatchEvent(new ErrorEvent("error", { message: "ResizeObserver loop completed with undelivered notifications." }));
    for (let n = 0; n < 40; n++) setTimeout(() => Promise.reject(new Error(`late ${n % 20}`)));
  });
  await expect.poll(() => told.length).toBe(5);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  // The page sends them side by side: in which order they arrive, nobody promises.
  expect(told.map(({ message }) => message).sort()).toEqual(["late 0", "late 1", "late 2", "late 3", "late 4"]);
  expect(new Set(told.map(({ page }) => page))).toEqual(new Set(["/model-key"]));
  await page.context().close();
});
