import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { captchaToken, usualInstance } from "../../doubles/identity/instance.ts";
import { keepPictures, violations, widths } from "../../harness/browser.ts";
import { signInCode } from "../../local/identity.ts";
import { alert, appUrl, button, changeInstance, giveAddress, heading, inside, makePerson, page, serveSignIn } from "./sample-sign-in.ts";

/**
 * SPEC 3.1: a sign-up at an instance of Clerk whose bot protection is on. Cloudflare's script is stood in
 * for; its address, and the content policy that lets it in, are the real ones.
 */
serveSignIn();
beforeEach(() => changeInstance({ captcha: true }));
afterEach(() => changeInstance(usualInstance));

type Widget = { asks: boolean; token: string };
/** Turnstile as far as Clerk's script knows it: it asks the person, or finds by itself that they are one. */
function turnstile({ asks, token }: Widget): void {
  type Options = { callback: (token: string) => void; "before-interactive-callback": () => void };
  const render = (place: string, options: Options): string => {
    const press = document.createElement("button");
    const pass = () => options.callback(token);
    Object.assign(press, { type: "button", className: "btn big" });
    press.textContent = "I am a person";
    press.onclick = pass;
    document.querySelector(place)?.append(press);
    if (asks) options["before-interactive-callback"]();
    else queueMicrotask(pass);
    return "widget";
  };
  const remove = () => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "I am a person")?.remove();
  Object.assign(window, { turnstile: { render, remove, reset: () => undefined } });
}
const serveTurnstile = (at: Page, widget: Widget) =>
  at.route("https://challenges.cloudflare.com/**", (route) =>
    route.fulfill({ contentType: "text/javascript", body: `(${turnstile.toString()})(${JSON.stringify(widget)})` }),
  );

test("a person whom it asks answers in the page, and signs up; whoever is known is not asked", async () => {
  await serveTurnstile(page, { asks: true, token: captchaToken });
  await page.goto(appUrl);
  await giveAddress("mia@example.com");
  await button("I am a person").waitFor();
  expect(await page.locator("#clerk-captcha").getByRole("button").count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "bot-protection");
  await button("I am a person").click();
  await heading("Make your account").waitFor();
  await page.getByLabel("Code").fill(signInCode);
  await inside().waitFor();

  await page.context().clearCookies();
  await makePerson("ned@example.com");
  await page.goto(appUrl);
  await giveAddress("ned@example.com");
  await heading("Check your e-mail").waitFor();
  expect(await button("I am a person").count()).toBe(0);
});

test("a person whom it does not ask notices nothing, also on the way back from Google", async () => {
  await serveTurnstile(page, { asks: false, token: captchaToken });
  await page.goto(appUrl);
  await giveAddress("oda@example.com");
  await page.getByLabel("Code").fill(signInCode);
  await inside().waitFor();
  await page.context().clearCookies();
  await page.goto(appUrl);
  await button("Continue with Google").click();
  await inside().waitFor();
});

test("a check that can't be loaded, or is not passed, says what to do, and is made again by the next press", async () => {
  await page.setViewportSize(widths.phone);
  await page.route("https://challenges.cloudflare.com/**", (route) => route.abort("blockedbyclient"));
  await page.goto(appUrl);
  await giveAddress("pol@example.com");
  const told = alert().getByText(/allow that address where an extension or a filter blocks it, or use another browser/);
  await told.waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await keepPictures(page, "bot-protection-blocked");
  await page.unroute("https://challenges.cloudflare.com/**");
  await serveTurnstile(page, { asks: false, token: "a program's" });
  const refused = page.waitForResponse((response) => response.url().includes("/client/sign_ups?"));
  await button("Continue").click();
  expect((await refused).status()).toBe(400);
  await told.waitFor();
  await page.evaluate(turnstile, { asks: false, token: captchaToken });
  await button("Continue").click();
  await heading("Make your account").waitFor();
});
