import { describe, expect, test } from "vitest";
import { keepPictures, signInAs, violations, watch, widths } from "../../harness/browser.ts";
import { signInCode } from "../../local/identity.ts";
import {
  address,
  alert,
  appUrl,
  context,
  errors,
  giveAddress,
  identity,
  inside,
  makePerson,
  page,
  sendAnother,
  serveSignIn,
  signOut,
} from "./sample-sign-in.ts";

/** SPEC 3.1: signing in and out, in one tab and in several. */
serveSignIn();

describe("a person signs in", () => {
  test("by a code, as somebody new: a wrong one is said, another can be sent, and the next start needs none of Clerk's script", async () => {
    await page.clock.install();
    await page.goto(appUrl);
    await address().waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "sign-in");
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByText("Write your e-mail address, such as you@example.com.").waitFor();
    await giveAddress("new@example.com");
    await page.getByRole("heading", { name: "Make your account" }).waitFor();
    await page.getByLabel("Code").fill("111111");
    await alert().getByText("Incorrect code").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "sign-in-code");
    await sendAnother();
    await page.getByText("Another code was sent to new@example.com").waitFor();
    await page.getByLabel("Code").fill(signInCode);
    await inside().waitFor();
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(request.url()));
    await page.reload();
    await inside().waitFor();
    expect(scripts.filter((url) => url.includes("/clerk-"))).toEqual([]);
    await signOut();
    await page.getByRole("heading", { name: "Sign in to GrowQR" }).waitFor();
    await page.reload();
    await address().waitFor();
    await signInAs(page, "new@example.com");
    await inside().waitFor();
  });

  test("by a password, or by a code in its place; a wrong password is said, and another address can be used", async () => {
    await makePerson("pat@example.com", { password: "correct horse" });
    await page.goto(appUrl);
    await giveAddress("pat@example.com");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await alert()
      .getByText(/Password is incorrect/)
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Use another address" }).click();
    await giveAddress("pat@example.com");
    await page.getByRole("button", { name: "Send me a code instead" }).click();
    await page.getByRole("heading", { name: "Check your e-mail" }).waitFor();
    await page.getByRole("button", { name: "Use another address" }).click();
    await giveAddress("pat@example.com");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await inside().waitFor();
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
    await inside().waitFor();
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
  await inside().waitFor();
  expect(began.length).toBe(1);
});

describe("a session", () => {
  test("is in every tab: a sign-in and a sign-out in one are heard in the other", async () => {
    const other = await context.newPage();
    watch(other, errors);
    await Promise.all([page.goto(appUrl), other.goto(appUrl)]);
    await address(other).waitFor();
    await signInAs(page, "tabs@example.com");
    await Promise.all([inside().waitFor(), inside(other).waitFor()]);
    await signOut(other);
    await page.getByRole("heading", { name: "You were signed out" }).waitFor();
    await signInAs(page, "tabs@example.com");
    await Promise.all([inside().waitFor(), inside(other).waitFor()]);
  });

  test("that can't be asked for says so, and is found when it can; signing out then does not pretend", async () => {
    await page.goto(appUrl);
    await signInAs(page, "away@example.com");
    await inside().waitFor();
    await context.route(`${identity.url}/**`, (route) => route.abort());
    await signOut();
    await page.getByRole("heading", { name: "Sign-in cannot be reached" }).waitFor();
    await context.unroute(`${identity.url}/**`);
    await page.getByRole("button", { name: "Try again" }).click();
    await inside().waitFor();
  });

  test("begins on a page that loads again where its sheet of styles did not come", async () => {
    let lost = 0;
    await page.route("**/*.css", (route) => (lost++ === 0 ? route.abort("internetdisconnected") : route.continue()));
    await page.goto(appUrl);
    await address().waitFor();
    await expect.poll(() => page.evaluate(() => document.styleSheets.length)).toBe(1);
    expect(lost).toBe(2);
  });

  test("that can't be asked for at the start is asked for again by itself", async () => {
    await page.goto(appUrl);
    await signInAs(page, "later@example.com");
    await inside().waitFor();
    await context.route(`${identity.url}/**`, (route) => route.abort());
    await page.reload();
    await page.getByRole("heading", { name: "Sign-in cannot be reached" }).waitFor();
    await context.unroute(`${identity.url}/**`);
    await inside().waitFor();
  });

  test("that can't be asked for as our own server is away says that, and is asked for again by itself too", async () => {
    await context.route("**/config", (route) => route.abort());
    await page.goto(appUrl);
    await page.getByRole("heading", { name: "GrowQR cannot be reached" }).waitFor();
    await context.unroute("**/config");
    await address().waitFor();
  });
});
