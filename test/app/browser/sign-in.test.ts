import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { keepPictures, openBrowser, openContext, signInAs, violations, watch, widths } from "../../harness/browser.ts";
import { ofThisWorker } from "../../harness/suite/each-worker.ts";
import { partsOf, testInstance } from "../../harness/suite/test-instance.ts";
import { type Identity, signInCode, startIdentity } from "../../local/identity.ts";
import { serveApp } from "./serve-app.ts";

/** SPEC 3.1: Clerk's own script in the real app, against a double of its API; a sample edge does the rest. */
const instance = ofThisWorker(partsOf.app.map(testInstance));
const appUrl = `http://localhost:${instance.ports.edge}`;
const folder = mkdtempSync(path.join(tmpdir(), "growqr-sign-in-"));
let app: Awaited<ReturnType<typeof serveApp>>;
let identity: Identity;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

beforeAll(async () => {
  [identity, browser] = await Promise.all([startIdentity(instance, folder, { appUrl }), openBrowser()]);
  app = await serveApp(undefined, { port: instance.ports.edge, identityUrl: identity.url });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([app.close(), identity.stop()]);
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  context = await openContext(browser);
  page = await context.newPage();
  errors = [];
  watch(page, errors);
});
afterEach(async () => {
  await context.close();
  expect(errors).toEqual([]);
});

/** The app's own screens, of whoever is signed in. */
const inside = (at: Page) => at.getByRole("textbox", { name: /^Message / });
const address = (at: Page) => at.getByLabel("E-mail address");
const alert = (at: Page) => at.getByRole("alert");
/** A program gives a person an account, and a password where it is told one. */
const makePerson = (email: string, password?: string) =>
  fetch(`${identity.url}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email, ...(password ? { password } : {}) }) });
async function signOut(at: Page): Promise<void> {
  await at.getByRole("button", { name: /^Sign out/ }).click();
  await at.getByRole("dialog", { name: "Sign out?" }).getByRole("button", { name: "Sign out" }).click();
}
const askCode = async (email: string) => {
  await address(page).fill(email);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
};

describe("a person signs in", () => {
  test("by a code, as somebody new: a wrong one is said, another can be sent, and the next start needs none of Clerk's script", async () => {
    await page.goto(appUrl);
    await address(page).waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "sign-in");
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByText("Write your e-mail address, such as you@example.com.").waitFor();
    await askCode("new@example.com");
    await page.getByRole("heading", { name: "Make your account" }).waitFor();
    await page.getByLabel("Code").fill("111111");
    await alert(page).getByText("Incorrect code").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "sign-in-code");
    await page.getByRole("button", { name: "Send another code" }).click();
    await page.getByText("Another code was sent to new@example.com").waitFor();
    await page.getByLabel("Code").fill(signInCode);
    await inside(page).waitFor();
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(request.url()));
    await page.reload();
    await inside(page).waitFor();
    expect(scripts.filter((url) => url.includes("/clerk-"))).toEqual([]);
    await signOut(page);
    await page.getByRole("heading", { name: "Sign in to GrowQR" }).waitFor();
    await page.reload();
    await address(page).waitFor();
    await signInAs(page, "new@example.com");
    await inside(page).waitFor();
  });

  test("by a password, or by a code in its place; a wrong password is said, and another address can be used", async () => {
    await makePerson("pat@example.com", "correct horse");
    await page.goto(appUrl);
    await askCode("pat@example.com");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await alert(page)
      .getByText(/Password is incorrect/)
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Use another address" }).click();
    await askCode("pat@example.com");
    await page.getByRole("button", { name: "Send me a code instead" }).click();
    await page.getByRole("heading", { name: "Check your e-mail" }).waitFor();
    await page.getByRole("button", { name: "Use another address" }).click();
    await askCode("pat@example.com");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await inside(page).waitFor();
  });

  test("by Google, new and known, and by one press as one of the demo's people, on a phone too", async () => {
    await page.setViewportSize(widths.phone);
    await page.goto(`${appUrl}/projects`);
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await page.getByRole("navigation").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await context.clearCookies();
    await page.goto(`${appUrl}/projects`);
    await page.getByRole("button", { name: "Continue with Google" }).click();
    await page.getByRole("navigation").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/projects"); // where they were
    await context.clearCookies();
    await page.goto(appUrl);
    await keepPictures(page, "sign-in-phone");
    await page.getByRole("button", { name: /^Ada Lind/ }).click();
    await inside(page).waitFor();
  });
});

test("a press made while the page still loads what it signs in with is kept, and a second one adds nothing", async () => {
  const hold = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await context.route(/\/clerk-/, async (route) => {
    asked.resolve();
    await hold.promise;
    await route.continue();
  });
  const began: string[] = [];
  page.on("request", (request) => request.method() === "POST" && /\/sign_(ins|ups)\?/.test(request.url()) && began.push(request.url()));
  await page.goto(appUrl);
  const ada = page.getByRole("button", { name: /^Ada Lind/ });
  await ada.click();
  await page.getByRole("button", { name: "Continue", exact: true }).and(page.locator("[aria-disabled=true]")).waitFor();
  await ada.click();
  await asked.promise;
  hold.resolve();
  await inside(page).waitFor();
  expect(began.length).toBe(1);
});

describe("a session", () => {
  test("is in every tab: a sign-in and a sign-out in one are heard in the other", async () => {
    const other = await context.newPage();
    watch(other, errors);
    await Promise.all([page.goto(appUrl), other.goto(appUrl)]);
    await address(other).waitFor();
    await signInAs(page, "tabs@example.com");
    await Promise.all([inside(page).waitFor(), inside(other).waitFor()]);
    await signOut(other);
    await page.getByRole("heading", { name: "You were signed out" }).waitFor();
    await signInAs(page, "tabs@example.com");
    await Promise.all([inside(page).waitFor(), inside(other).waitFor()]);
  });

  test("that can't be asked for says so, and is found when it can; signing out then does not pretend", async () => {
    await page.goto(appUrl);
    await signInAs(page, "away@example.com");
    await inside(page).waitFor();
    await context.route(`${identity.url}/**`, (route) => route.abort());
    await signOut(page);
    await page.getByRole("heading", { name: "GrowQR cannot be reached" }).waitFor();
    await context.unroute(`${identity.url}/**`);
    await page.getByRole("button", { name: "Try again" }).click();
    await inside(page).waitFor();
  });

  test("begins on a page that loads again where its sheet of styles did not come", async () => {
    let lost = 0;
    await page.route("**/*.css", (route) => (lost++ === 0 ? route.abort("internetdisconnected") : route.continue()));
    await page.goto(appUrl);
    await address(page).waitFor();
    await expect.poll(() => page.evaluate(() => document.styleSheets.length)).toBe(1);
    expect(lost).toBe(2);
  });

  test("that can't be asked for at the start is asked for again by itself", async () => {
    await page.goto(appUrl);
    await signInAs(page, "later@example.com");
    await inside(page).waitFor();
    await context.route(`${identity.url}/**`, (route) => route.abort());
    await page.reload();
    await page.getByRole("heading", { name: "GrowQR cannot be reached" }).waitFor();
    await context.unroute(`${identity.url}/**`);
    await inside(page).waitFor();
  });
});
