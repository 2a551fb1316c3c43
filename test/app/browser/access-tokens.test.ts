import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AccessTokenView, accessTokenIn } from "../../../schema/account/access-token.ts";
import { newId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The page for access tokens, in the real app over a sample edge that keeps them in a list. */
const token = `gqp_${"A".repeat(43)}`;
const day = 86_400_000;
let kept: AccessTokenView[] = [];
let calls: string[] = [];
/** For how long each was asked, in seconds. */
let lives: number[] = [];
/** Calls of this method are refused. */
let broken: string | undefined;
const full = "You have 20 access tokens already; revoke one first.";
const tokens: Route = (method, where, body) => {
  if (!where.startsWith("/account/tokens")) return undefined;
  calls.push(method);
  if (broken === method) return { status: 409, body: { error: { code: "conflict", message: full, retryable: false, requestId: "req_1" } } };
  if (method === "GET") return { status: 200, body: { accessTokens: kept } };
  if (method === "DELETE") {
    kept = kept.map((each) => (where.endsWith(each.id) ? { ...each, revoked: true, expiresAt: Date.now() + 60_000 } : each));
    return { status: 200, body: { removed: true } };
  }
  const { expiresIn, ...asked } = accessTokenIn.parse(JSON.parse(body));
  lives.push(expiresIn);
  kept = [tokenView({ ...asked, expiresAt: Date.now() + expiresIn * 1_000 }), ...kept];
  return { status: 201, body: { accessToken: kept[0], token } };
};
function tokenView(change: Partial<AccessTokenView> = {}): AccessTokenView {
  const now = Date.now();
  return {
    id: newId("pat"),
    name: "CI",
    scopes: ["read"],
    createdAt: now,
    expiresAt: now + 90 * day,
    lastUsedAt: null,
    revoked: false,
    ...change,
  };
}

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(tokens), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [kept, calls, lives, broken] = [[], [], [], undefined];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = (where = "/access-token") => page.goto(`${app.url}${where}`);
const box = (name: string) => page.getByRole("checkbox", { name: new RegExp(`^${name}`) });
const button = (name: string) => page.getByRole("button", { name });
const picture = (name: string) => keepPicture(page, `access-tokens-${name}`);
const name = () => page.getByLabel("Name", { exact: true });
const shown = () => page.getByRole("region", { name: "Access token", exact: true });

test("one is made for what was chosen, once, and shown once with what it may; it is revoked in two presses", async () => {
  await open();
  await page.getByText("No access tokens").waitFor();
  await picture("none");
  await button("New token").click();
  expect(await box("read").isChecked()).toBe(true);
  expect(await page.getByLabel("Ends after").inputValue()).toBe(String(90 * 86_400));
  await name().fill("Till at the counter");
  await box("work").check();
  await page.getByLabel("Ends after").selectOption({ label: "One day" });
  expect(await violations(page)).toEqual([]);
  await picture("form");
  await button("Make the token").dblclick();
  await shown().waitFor();
  expect(await shown().innerText()).toBe(token);
  await page.getByText("It may read and have work done until").waitFor();
  expect(kept).toMatchObject([{ name: "Till at the counter", scopes: ["read", "work"] }]);
  expect(lives).toEqual([86_400]);
  expect(calls.filter((method) => method === "POST")).toHaveLength(1);
  expect(await violations(page)).toEqual([]);
  await picture("made");
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page)).toEqual([]);
  await picture("made-dark");
  await button("Revoke Till at the counter").click();
  expect(calls).not.toContain("DELETE");
  await button("Really revoke Till at the counter").click();
  await page.getByText("No access tokens").waitFor();
  expect(await page.content()).not.toContain(token);
});

test("what is wrong is said at its field and nothing is sent; a refusal keeps what was chosen", async () => {
  await open();
  await button("New token").click();
  await box("read").uncheck();
  await button("Make the token").click();
  expect(await name().getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Choose at least one.").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(calls).not.toContain("POST");
  await name().fill("CI");
  await box("git").check();
  broken = "POST";
  await button("Make the token").click();
  await page.getByText(`${full} No token was shown`).waitFor();
  expect([await box("git").isChecked(), await name().inputValue()]).toEqual([true, "CI"]);
  broken = undefined;
  await button("Make the token").click();
  await shown().waitFor();
  expect(kept).toMatchObject([{ scopes: ["git"] }]);
});

test("ended ones are folded away; a revocation that failed says so; a list that can't be read is read again", async () => {
  kept = [
    tokenView({ lastUsedAt: Date.now(), scopes: ["read", "work", "git", "admin"] }),
    tokenView({ name: "Old", expiresAt: 1 }),
    tokenView({ name: "Lost", expiresAt: 2, revoked: true }),
  ];
  broken = "GET";
  await open();
  const refused = page.getByRole("alert").filter({ hasText: full });
  await refused.waitFor();
  broken = undefined;
  await refused.getByRole("button", { name: "Retry" }).click();
  await page
    .getByText(/May read, have work done, change repositories, and do everything that costs or opens something\. Until .* Last used /)
    .waitFor();
  expect(await page.getByText("Old").isVisible()).toBe(false);
  await page.getByText("Ended in the last month (2)").click();
  await page.getByText(/^Ended 1 January 1970\. It might read\. Never used\./).waitFor();
  await page.getByText(/^Revoked 1 January 1970\./).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture("ended");
  broken = "DELETE";
  await button("Revoke CI").click();
  await button("Really revoke CI").click();
  await page.getByText("It may still be used: revoke it again.").waitFor();
});

/** The buttons of two, the first of them asked once: its words make a line more here, and move the second. */
async function askFirst() {
  kept = [tokenView(), tokenView({ name: "Till" })];
  await page.setViewportSize({ width: 360, height: 740 });
  await open();
  const till = async () => (await button("Revoke Till").boundingBox())!;
  const { y: unasked } = await till();
  await button("Revoke CI").click();
  await button("Really revoke CI").waitFor();
  const { x, y, height } = await till();
  expect(y).toBeGreaterThan(unasked);
  return { x: x + 10, y: y + height - 2 };
}
test("a press beside a button that asks “Really?” lands where it was made, though the list moves with that button's words", async () => {
  const { x, y } = await askFirst();
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  await button("Revoke CI").waitFor();
  await button("Really revoke Till").waitFor();
});

test("a tap elsewhere, and a step of the keyboard, take the question back", async () => {
  await page.context().close();
  page = await (await openContext(browser, { touch: true })).newPage();
  const { x, y } = await askFirst();
  await page.touchscreen.tap(x, y);
  await button("Revoke CI").waitFor();
  await button("Really revoke Till").waitFor();
  await page.keyboard.press("Tab");
  await button("Revoke Till").waitFor();
  expect(calls).not.toContain("DELETE");
});

test("it is reached from the settings and the palette, and fits a phone", async () => {
  await open("/");
  await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Settings" }).click();
  await page
    .getByRole("main")
    .getByRole("link", { name: /^Access tokens/ })
    .click();
  await page.getByRole("heading", { name: "Access tokens" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("programs");
  await page.getByRole("option", { name: /Access tokens/ }).waitFor();
  await page.keyboard.press("Escape");
  kept = [tokenView({ name: "A program with quite a long name that wants two lines" })];
  await page.setViewportSize(widths.phone);
  await open();
  await button("New token").click();
  await name().fill("Phone");
  await picture("phone-form");
  await button("Make the token").click();
  await shown().waitFor();
  await picture("phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  for (const each of ["New token", "Revoke A program"]) expect((await button(each).boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await violations(page)).toEqual([]);
});
