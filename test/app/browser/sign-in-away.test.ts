import { decodeJwt } from "jose";
import type { Request, Route } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { usualInstance } from "../../doubles/identity/instance.ts";
import { keepPictures, signInAs, violations, widths } from "../../harness/browser.ts";
import { alert, appUrl, changeInstance, context, identity, inside, page, serveSignIn } from "./sample-sign-in.ts";

/** SPEC 3.1: session tokens live a minute. Clerk renews them, and the page outlasts its absence. */
serveSignIn((method, path) => {
  if (method === "GET" && path === "/git/tokens") return { status: 200, body: { tokens: [] } };
  if (method === "GET" && path === "/ready") return { status: 200, body: { ready: true, parts: {} } }; // Clerk is away for this browser alone
  return undefined;
});
afterEach(() => changeInstance(usualInstance));

const line = () => page.locator(".offline");
const tokensAsked = (seen: Request[]) =>
  seen.filter((request) => request.method() === "POST" && /\/sessions\/\w+\/tokens/.test(request.url()));
const bearers = (seen: Request[]) => seen.flatMap((request) => request.headers().authorization ?? []);
const lifeOf = (bearer = "") => {
  const { exp = 0, iat = 0 } = decodeJwt(bearer.replace("Bearer ", ""));
  return exp - iat;
};
/** Signs somebody in and loads the page anew: it has a token of a minute, and none of Clerk's script. */
async function open(email: string): Promise<Request[]> {
  await page.clock.install();
  await page.goto(appUrl);
  await signInAs(page, email);
  await inside().waitFor();
  const seen: Request[] = [];
  page.on("request", (request) => seen.push(request));
  await page.reload();
  await inside().fill("What I was about to write");
  return seen;
}
/** A screen that is read from the edge. */
const goToTokens = async () => {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: /^Git tokens/ }).click();
};
const tokensRead = () => page.getByText("No Git tokens yet");
const goBack = () => page.getByRole("link", { name: /^Grow Agent/ }).click();

test("a token is renewed in an open page before its end, and nobody notices", async () => {
  const seen = await open("quin@example.com");
  await changeInstance({ tokenSeconds: 59 }); // by which a renewed one is known
  await page.clock.fastForward(50_000);
  await goToTokens();
  await tokensRead().waitFor();
  await expect.poll(() => tokensAsked(seen).length).toBe(1);
  await goBack();
  await page.clock.fastForward(65_000); // over
  await goToTokens();
  await tokensRead().waitFor();
  await expect.poll(() => lifeOf(bearers(seen).at(-1))).toBe(59);
  expect(tokensAsked(seen).length).toBe(2);
  expect([await line().count(), await alert().count()]).toEqual([0, 0]);
  await goBack();
  expect(await inside().inputValue()).toBe("What I was about to write");
});

const [refuses, hangs] = [(route: Route) => route.abort(), () => new Promise<void>(() => undefined)];
test.each([
  ["refuses connections", refuses],
  ["never answers", hangs],
])("while Clerk %s a token serves until its end; then one line says what waits, and goes by itself", async (how, meet) => {
  const seen = await open(`${how.replaceAll(" ", ".")}@example.com`);
  await context.route(`${identity.url}/**`, meet);
  await page.clock.fastForward(50_000); // ten seconds before its end
  await goToTokens();
  await tokensRead().waitFor();
  expect([await line().count(), await alert().count()]).toEqual([0, 0]);
  await goBack();
  await page.clock.fastForward(15_000);
  const served = bearers(seen).length;
  await goToTokens();
  await page.getByText(/^Sign-in does not answer right now/).waitFor();
  await line().filter({ hasText: "Sign-in is away since" }).waitFor();
  expect(bearers(seen).length).toBe(served); // nothing is sent with a token that is over
  expect(await line().count()).toBe(1);
  expect(await page.getByRole("status").filter({ hasText: "it comes back by itself" }).count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "sign-in-away");
  await page.setViewportSize(widths.phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.setViewportSize(widths.desktop);
  await goBack();
  expect(await inside().inputValue()).toBe("What I was about to write");
  await goToTokens();
  await context.unroute(`${identity.url}/**`, meet);
  await line().waitFor({ state: "detached" }); // nobody presses anything
  await tokensRead().waitFor();
  expect([await alert().count(), bearers(seen).length > served]).toEqual([0, true]);
});
