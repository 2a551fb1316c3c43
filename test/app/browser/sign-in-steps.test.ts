import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { backupCode, usualInstance } from "../../doubles/identity/instance.ts";
import { keepPictures, signInAs, violations, widths } from "../../harness/browser.ts";
import { signInCode } from "../../local/identity.ts";
import {
  address,
  alert,
  appUrl,
  button,
  changeInstance,
  context,
  giveAddress,
  heading,
  identity,
  inside,
  makePerson,
  page,
  sendAnother,
  serveSignIn,
  signOut,
} from "./sample-sign-in.ts";

/** SPEC 3.1: whatever Clerk asks is asked on our screens, and a press that gets no answer holds nobody. */
serveSignIn((method, path) => (method === "GET" && path === "/git/tokens" ? { status: 200, body: { tokens: [] } } : undefined));
afterEach(() => changeInstance(usualInstance));

const field = (label: string) => page.getByLabel(label);
const answer = async (label: string, text: string) => {
  await field(label).fill(text);
  await page.keyboard.press("Enter");
};
const code = () => page.getByLabel("Code", { exact: true });

describe("a second proof", () => {
  test("is asked for, can be shown by another way, sent once more, and is asked for again after a reload", async () => {
    await makePerson("mia@example.com", { password: "correct horse", secondFactors: ["totp", "email_code", "backup_code"] });
    await page.clock.install();
    await page.goto(appUrl);
    await giveAddress("mia@example.com");
    await answer("Password", "correct horse");
    await heading("One more step").waitFor();
    await answer("Code of your authenticator app", "000000");
    await alert().getByText("Incorrect code").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "second-proof");
    await button("Send a code to your e-mail").click();
    await page.getByText("A code was sent to mia@example.com.").waitFor();
    await page.reload();
    await page.getByText("A code was sent to mia@example.com.").waitFor();
    await sendAnother();
    await page.getByText("Another code was sent to mia@example.com.").waitFor();
    await button("Use a backup code").click();
    await answer("One of your backup codes", backupCode);
    await inside().waitFor();
  });

  test("is asked of a password in a browser that is not known, where the instance does so, on a phone too", async () => {
    await page.setViewportSize(widths.phone);
    await changeInstance({ clientTrust: true });
    await makePerson("noa@example.com", { password: "correct horse" });
    await page.goto(appUrl);
    await giveAddress("noa@example.com");
    await answer("Password", "correct horse");
    await page.getByText("A code was sent to noa@example.com.").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await answer("Code from your e-mail", signInCode);
    await inside().waitFor();
  });

  test("follows where the answer to the password was lost", async () => {
    await makePerson("ole@example.com", { password: "correct horse", secondFactors: ["totp"] });
    await page.goto(appUrl);
    await giveAddress("ole@example.com");
    let lost = 0;
    await page.route(/attempt_first_factor/, async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await answer("Password", "correct horse");
    await answer("Code of your authenticator app", signInCode);
    await inside().waitFor();
  });
});

describe("a sign-up", () => {
  test("asks for the names that an instance wants, by an address and by Google, and after a reload", async () => {
    await changeInstance({ names: true });
    await page.goto(appUrl);
    await giveAddress("new.pia@example.com");
    await code().fill(signInCode);
    await heading("Nearly there").waitFor();
    await page.reload();
    await heading("Nearly there").waitFor();
    await field("First name").fill("Pia");
    await answer("Last name", "Berg");
    await inside().waitFor();
    await signOut();
    await button("Continue with Google").click();
    await heading("Nearly there").waitFor();
    await field("First name").fill("Gina");
    await answer("Last name", "Google");
    await inside().waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
  });
});

describe("a provider", () => {
  test("that was told no leads back to the first step, which says so; one that is told yes may ask for a second proof", async () => {
    await changeInstance({ google: "declined" });
    await page.goto(appUrl);
    await button("Continue with Google").click();
    await alert().getByText("You did not grant access to your Google account").waitFor();
    await address().waitFor();
    expect(page.url()).toBe(`${appUrl}/`);
    await changeInstance({ google: "allowed" });
    await makePerson("gina@example.com", { secondFactors: ["totp"] });
    await button("Continue with Google").click();
    await answer("Code of your authenticator app", signInCode);
    await inside().waitFor();
  });
});

describe("a press that gets no answer", () => {
  /** The first such call is held back until the test lets it go; later ones are answered. */
  async function hold(call: RegExp) {
    const held = Promise.withResolvers<void>();
    let isFirst = true;
    await page.route(call, async (route) => {
      if (isFirst) {
        isFirst = false;
        await held.promise;
      }
      await route.continue();
    });
    return { asked: page.waitForRequest(call), letGo: held.resolve };
  }
  const tookLong = () => alert().getByText(/^Sign-in takes long to answer/);

  test.each(["again", "late"])("says so after ten seconds; an answer %s counts, at the address and at the code", async (how) => {
    await makePerson(`${how}@example.com`);
    await page.clock.install();
    await page.goto(appUrl);
    const first = await hold(/\/client\/sign_ins\?/);
    await giveAddress(`${how}@example.com`);
    await first.asked;
    await page.clock.fastForward(11_000);
    await tookLong().waitFor();
    if (how === "late") first.letGo();
    else await button("Continue").click();
    const next = await hold(/attempt_first_factor/);
    await code().fill(signInCode);
    await next.asked;
    await page.clock.fastForward(11_000);
    await tookLong().waitFor();
    if (how === "late") next.letGo();
    else await button("Sign in").click();
    await inside().waitFor();
  });

  test("is nobody's once another address is used, at once, and its answer brings nobody back", async () => {
    await Promise.all(["rae@example.com", "sue@example.com"].map((email) => makePerson(email)));
    await page.goto(appUrl);
    await giveAddress("sue@example.com");
    await heading("Check your e-mail").waitFor();
    const wrong = await hold(/attempt_first_factor/);
    await code().fill("111111");
    await wrong.asked;
    await button("Use another address").click();
    await giveAddress("rae@example.com");
    await page.getByText("A code was sent to rae@example.com.").waitFor();
    const answered = page.waitForResponse(/attempt_first_factor/);
    wrong.letGo();
    expect((await answered).status()).toBe(404); // Clerk has given up that attempt
    expect(await alert().count()).toBe(0);
    await code().fill(signInCode);
    await inside().waitFor();
  });
});

describe("a browser without a network", () => {
  test("is told so at a code, which counts later; nobody is signed out, and signing out does not pretend", async () => {
    await page.goto(appUrl);
    await giveAddress("tom@example.com");
    await heading("Make your account").waitFor();
    await context.setOffline(true);
    await code().fill(signInCode);
    await alert()
      .getByText(/^Sign-in does not answer right now/)
      .waitFor();
    await context.setOffline(false);
    await button("Make the account").click();
    await inside().waitFor();
    await context.setOffline(true);
    await signOut();
    await heading("Sign-in cannot be reached").waitFor();
    await button("Try again").click();
    await context.setOffline(false);
    await inside().waitFor();
  });
});

/** What Clerk's API says of a token or of the browser, whatever it is asked. */
const refuses = (call: RegExp, status: number, code: string) =>
  page.route(call, (route) => {
    const headers = { "access-control-allow-origin": appUrl, "access-control-allow-credentials": "true" };
    const body = JSON.stringify({ errors: [{ code, message: code, long_message: code }] });
    return route.fulfill({ status, headers, contentType: "application/json", body });
  });
/** A screen that is read from the edge, for which a page needs a token. */
const readTokens = async () => {
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: /^Git tokens/ }).click();
};
const leave = () => page.getByRole("link", { name: /^Grow Agent/ }).click();
async function open(email: string): Promise<void> {
  await page.clock.install();
  await page.goto(appUrl);
  await signInAs(page, email);
  await inside().waitFor();
  await page.reload();
  await inside().waitFor();
}
describe("a session goes on", () => {
  test("where a token is refused as of a browser that is to show that a person sits there, and says that it waits", async () => {
    await open("uma@example.com");
    const call = /\/sessions\/\w+\/tokens/;
    await refuses(call, 401, "requires_captcha");
    await page.clock.fastForward(65_000);
    await readTokens();
    await page.locator(".offline").filter({ hasText: "Sign-in is away since" }).waitFor();
    await page.unroute(call);
    await page.clock.fastForward(40_000);
    await page.locator(".offline").waitFor({ state: "detached" });
    await page.getByText("No Git tokens yet").waitFor();
  });

  test("where the plain call is refused, as on an instance for development, after a try of Clerk's script that failed", async () => {
    await open("val@example.com");
    const tokens = /\/sessions\/\w+\/tokens/;
    let tried = 0;
    await page.route(tokens, async (route) => {
      if (tried++ > 0) return route.continue();
      await refuses(/\/v1\/client\?/, 401, "dev_browser_unauthenticated");
      await route.abort();
    });
    await page.clock.fastForward(65_000);
    await readTokens();
    await page.getByText("No Git tokens yet").waitFor();
    await page.locator(".offline").waitFor({ state: "detached" });
    expect(tried).toBeGreaterThan(1);
  });

  test("where the browser is offline, though its token is over", async () => {
    await open("wim@example.com");
    await readTokens(); // its files are there now
    await page.getByText("No Git tokens yet").waitFor();
    await leave();
    await context.setOffline(true);
    await page.clock.fastForward(65_000);
    await readTokens();
    await page.locator(".offline").filter({ hasText: "Sign-in is away since" }).waitFor();
    await context.setOffline(false);
    await page.locator(".offline").waitFor({ state: "detached" });
    await page.getByText("No Git tokens yet").waitFor();
  });

  test("as somebody else's where somebody else signed in in this browser: the page loads anew", async () => {
    await open("vic@example.com");
    const made = z.object({ token: z.string() }).parse(await (await makePerson("wes@example.com")).json());
    const [cookie] = (await context.cookies(identity.url)).filter(({ name }) => name.startsWith("growqr_identity_"));
    if (!cookie) throw new Error("nobody is signed in");
    await page.getByRole("link", { name: "Settings" }).click();
    const tokens = page.getByRole("link", { name: /^Git tokens/ });
    await tokens.waitFor();
    await context.addCookies([{ ...cookie, value: made.token }]);
    const loaded = page.waitForEvent("load");
    await page.clock.fastForward(65_000);
    await tokens.click();
    await loaded;
    const empty = page.getByText("No Git tokens yet");
    await empty.or(tokens).first().waitFor();
    if (await tokens.isVisible()) await tokens.click(); // the press fell on the page that was going
    await empty.waitFor();
  });
});
