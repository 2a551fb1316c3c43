import { afterEach, describe, expect, test } from "vitest";
import { usualInstance } from "../../doubles/identity/instance.ts";
import { keepPictures, openContext, signInAs, violations, widths } from "../../harness/browser.ts";
import { signInCode } from "../../local/identity.ts";
import {
  address,
  alert,
  appUrl,
  browser,
  button,
  changeInstance,
  giveAddress,
  heading,
  inside,
  makePerson,
  page,
  sendAnother,
  serveSignIn,
  signOut,
} from "./sample-sign-in.ts";

/** SPEC 3.1: who has forgotten their password chooses another, by a code that is sent to their address. */
serveSignIn();
afterEach(() => changeInstance(usualInstance));

const code = () => page.getByLabel("Code");
async function forget(email: string): Promise<void> {
  await makePerson(email, { password: "correct horse" });
  await page.clock.install();
  await page.goto(appUrl);
  await giveAddress(email);
  await button("Forgot your password?").click();
  await page.getByText(`A code was sent to ${email}`).waitFor();
}
async function choose(password: string): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await button("Set the password and sign in").click();
}

describe("a forgotten password", () => {
  test("is replaced by a code: what is wrong is said, and whoever else was signed in is so no more", async () => {
    const elsewhere = await openContext(browser);
    try {
      const other = await elsewhere.newPage();
      await other.goto(appUrl);
      await signInAs(other, "fay@example.com");
      await inside(other).waitFor();
      await forget("fay@example.com");
      expect(await violations(page)).toEqual([]);
      await keepPictures(page, "forgotten-code");
      await code().fill("111111");
      await alert().getByText("Incorrect code").waitFor();
      await code().fill(signInCode);
      await heading("Choose a new password").waitFor();
      await choose("short");
      await alert().getByText("Passwords must be 8 characters or more.").waitFor();
      await choose("password123");
      await alert()
        .getByText(/found in an online data breach/)
        .waitFor();
      expect(await violations(page)).toEqual([]);
      await keepPictures(page, "forgotten-new-password");
      await choose("battery staple");
      await inside().waitFor();
      await other.reload();
      await address(other).waitFor();
    } finally {
      await elsewhere.close();
    }
    await signOut();
    await giveAddress("fay@example.com");
    await page.getByLabel("Password").fill("correct horse");
    await button("Sign in").click();
    await alert()
      .getByText(/Password is incorrect/)
      .waitFor();
    await page.getByLabel("Password").fill("battery staple");
    await button("Sign in").click();
    await inside().waitFor();
  });

  test("can come to mind again: the password, or another address, is used instead, on a phone too", async () => {
    await page.setViewportSize(widths.phone);
    await forget("gil@example.com");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await button("Use the password instead").click();
    await button("Forgot your password?").click();
    await button("Use another address").click();
    await giveAddress("gil@example.com");
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await inside().waitFor();
  });

  test("needs another code after the first has expired, or was wrong three times, and not too soon after it", async () => {
    await changeInstance({ codeSeconds: 0, resendSeconds: 60 });
    await forget("hal@example.com");
    await code().fill(signInCode);
    await alert().getByText("This code has expired. Send another one.").waitFor();
    await sendAnother();
    await alert().getByText("A code was sent a moment ago. Wait half a minute, then send another one.").waitFor();
    await changeInstance(usualInstance);
    await button("Send another code").click();
    await page.getByText("Another code was sent to hal@example.com").waitFor();
    for (const wrong of ["111111", "222222", "333333"]) {
      await code().fill(wrong);
      await alert().getByText("Incorrect code").waitFor();
    }
    await code().fill(signInCode);
    await alert().getByText("Too many wrong codes. Send another one.").waitFor();
    await sendAnother();
    await page.getByRole("button", { name: /^Send another code in/ }).waitFor();
    await code().fill(signInCode);
    await heading("Choose a new password").waitFor();
  });

  test("goes on where it was after the page is loaded again, and begins anew after another address", async () => {
    await forget("ira@example.com");
    await page.reload();
    await heading("Set a new password").waitFor();
    await code().fill(signInCode);
    await heading("Choose a new password").waitFor();
    await page.reload();
    await heading("Choose a new password").waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain(signInCode);
    await button("Use another address").click();
    await page.reload();
    await address().waitFor();
  });

  test("is not stuck where the answer to the right code was lost", async () => {
    await forget("jon@example.com");
    let lost = 0;
    await page.route(/attempt_first_factor/, async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await code().fill(signInCode);
    await choose("battery staple");
    await inside().waitFor();
    expect(lost).toBe(2);
  });
});

test("a sign-in by a code, and a sign-up, go on after the page is loaded again too", async () => {
  await makePerson("kay@example.com");
  await page.goto(appUrl);
  await giveAddress("kay@example.com");
  await heading("Check your e-mail").waitFor();
  await page.reload();
  await heading("Check your e-mail").waitFor();
  await button("Use another address").click();
  await giveAddress("lea@example.com");
  await heading("Make your account").waitFor();
  await page.reload();
  await heading("Make your account").waitFor();
  await code().fill(signInCode);
  await inside().waitFor();
  await signOut();
  await address().waitFor();
});
