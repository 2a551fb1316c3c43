import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { namePlace, nameSeenBrowser } from "../../../edge/app/account/browser-name.ts";
import type { ExportOut } from "../../../schema/account/export.ts";
import { newId } from "../../../schema/wire/id.ts";
import { keepPictures, openContext, signInAs, violations, widths } from "../../harness/browser.ts";
import { limit } from "../../harness/suite/limit.ts";
import { signInCode } from "../../local/identity.ts";
import { appUrl, browser, context, identity, inside, makePerson, page, serveSignIn } from "./sample-sign-in.ts";
import type { Route } from "./serve-app.ts";

/** SPEC 3.1: the account page in the real app, with Clerk's own script against a double of its API. */
/** What the page's own calls to the edge are answered. */
const calls: string[] = [];
const erasure = { state: "none", step: null, askedAt: null, endedAt: null, confirmBy: "Kim Lind", deletesSignIn: true };
const noExport: ExportOut = {
  ...{ state: "none", part: null, filesDone: 0, files: null, bytes: 0, missing: [], linkEndsAt: null, stands: false },
};
/** How far the export is by the edge, as a test sets it; a link begins it. */
let exported = noExport;
let links = 0;
const reminders = {
  email: { on: true, address: "kim@example.com", sends: true, demo: null },
  push: { key: null, devices: [{ id: newId("dev"), name: "Kim's phone", createdAt: 1_800_000_000_000 }] },
  webhook: null,
};
const edge: Route = (method, where, body) => {
  if (where === "/reminders") return { status: 200, body: reminders };
  if (where === "/account/exports" && method === "POST") {
    exported = { ...noExport, state: "ready", linkEndsAt: Date.now() + 3_600_000 };
    return { status: 201, body: { ...exported, url: `${appUrl}/account/exports/archive?ticket=link-${++links}` } };
  }
  if (where === "/account/exports") return { status: 200, body: exported };
  if (where === "/account/exports/archive") return { status: 200, body: "an archive" };
  if (where !== "/account/erasure") return undefined;
  if (method === "POST") calls.push(body);
  return { status: method === "POST" ? 202 : 200, body: method === "POST" ? { ...erasure, state: "erasing", step: "stack" } : erasure };
};

serveSignIn(edge);

const rows = (at: Page) => at.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
async function open(at: Page, email: string): Promise<void> {
  await at.goto(appUrl);
  await signInAs(at, email);
  await inside(at).waitFor();
  await at.goto(`${appUrl}/profile`);
  await at.getByRole("form", { name: "Name" }).waitFor();
}

describe("the account page", () => {
  test("is there from the first screen for a person without an agent, with its question before a sign-out everywhere", async () => {
    await page.route("**/me", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), agent: null } });
    });
    await page.goto(appUrl);
    await signInAs(page, "robin@example.com");
    await page.getByRole("button", { name: "Start free trial" }).waitFor();
    await page.getByRole("link", { name: "Your account" }).click();
    await page.getByRole("form", { name: "Name" }).waitFor();
    expect(await page.title()).toBe("Your account · GrowQR");
    await page.getByRole("button", { name: "Export all your data" }).waitFor();
    expect(await page.getByRole("region", { name: "Notifications" }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Go back" }).click();
    await page.setViewportSize(widths.phone);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.getByRole("link", { name: "Back to the start" }).click();
    await page.getByRole("button", { name: "Start free trial" }).waitFor();
  });

  test("shows who the person is, changes the name, sets a password and changes it; a refusal is said", async () => {
    await open(page, "pia.moss@example.com");
    expect(await page.getByLabel("First name").inputValue()).toBe("Pia");
    await page.getByRole("list", { name: "E-mail addresses" }).getByText("pia.moss@example.com").waitFor();
    await page.getByLabel("First name").fill("Philippa");
    await page.getByRole("button", { name: "Change the name" }).click();
    await page.getByText("Changed.", { exact: true }).waitFor();
    await page.reload();
    await page.getByRole("form", { name: "Name" }).waitFor();
    expect(await page.getByLabel("First name").inputValue()).toBe("Philippa");
    await page.getByLabel("New password").fill("short");
    await page.getByRole("button", { name: "Set a password" }).click();
    await page
      .getByRole("alert")
      .getByText(/8 characters or more/)
      .waitFor();
    await page.getByLabel("New password").fill("correct horse");
    await page.getByRole("button", { name: "Set a password" }).click();
    await page.getByLabel("Current password").fill("wrong horse");
    await page.getByLabel("New password").fill("battery staple");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page
      .getByRole("alert")
      .getByText(/Password is incorrect/)
      .waitFor();
    await page.getByLabel("Current password").fill("correct horse");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "account");
    await page.setViewportSize(widths.phone);
    await page.getByRole("button", { name: "Sign out everywhere" }).scrollIntoViewIfNeeded();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test("offers who does not know their password the way of the sign-in: a code, and a new one", async () => {
    await makePerson("sol@example.com", { password: "correct horse" });
    await page.goto(appUrl);
    await page.getByLabel("E-mail address").fill("sol@example.com");
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("button", { name: "Send me a code instead" }).click();
    await page.getByLabel("Code").fill(signInCode);
    await inside(page).waitFor();
    await page.goto(`${appUrl}/profile`);
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByRole("button", { name: "Go back" }).click();
    await page.getByLabel("Current password").waitFor();
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    const question = page.getByRole("dialog", { name: "Set a new password by e-mail?" });
    await question.getByText("a code is sent to sol@example.com").waitFor();
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "account-forgotten");
    await question.getByRole("button", { name: "Sign out and send the code" }).click();
    await page.getByText("A code was sent to sol@example.com").waitFor();
    await page.getByLabel("Code").fill(signInCode);
    await page.getByLabel("New password").fill("battery staple");
    await page.getByRole("button", { name: "Set the password and sign in" }).click();
    await inside(page).waitFor();
  });

  test("lists each browser that is signed in and ends one of them, then all", async () => {
    const elsewhere = await openContext(browser);
    const third = await openContext(browser);
    try {
      const [other, last] = [await elsewhere.newPage(), await third.newPage()];
      for (const each of [other, last]) {
        await each.goto(appUrl);
        await signInAs(each, "sam@example.com");
        await inside(each).waitFor();
      }
      await open(page, "sam@example.com");
      await rows(page).nth(2).waitFor();
      expect(await rows(page).first().innerText()).toMatch(/Chrome on Linux[\s\S]*This browser/);
      await page.getByRole("button", { name: "Sign out Chrome on Linux" }).first().click();
      await expect.poll(() => rows(page).count()).toBe(2);
      await page.getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByRole("dialog", { name: "Sign out everywhere?" }).getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByLabel("E-mail address").waitFor();
      for (const each of [other, last]) {
        await each.reload();
        await each.getByLabel("E-mail address").waitFor();
      }
    } finally {
      await Promise.all([elsewhere.close(), third.close()]);
    }
  });

  test("has the browser save all data by a link, and shows how far that is, what was missing and that it broke off", async () => {
    exported = noExport;
    await open(page, "kim@example.com");
    const data = page.getByRole("region", { name: "Your data" });
    const saved = page.waitForEvent("download");
    await data.getByRole("button", { name: "Export all your data" }).click();
    expect((await saved).suggestedFilename()).toBe("growqr-export.zip");
    await data.getByText("Your browser begins to save it.").waitFor();
    await data.getByText(/^Whoever has the link can save it too, until \d/).waitFor();
    await data.getByRole("button", { name: "Copy the link" }).waitFor();
    exported = { ...exported, state: "packing", part: "repositories", filesDone: 14, files: 19, bytes: 43_000_000 };
    await data.getByText(/^Your repositories, file 15 of 19 · 41 MB so far$/).waitFor();
    expect(await data.getByRole("progressbar", { name: "The export" }).getAttribute("value")).toBe("14");
    await keepPictures(page, "account-export");
    exported = { ...exported, stands: true };
    await data.getByText(/^Nothing was saved for a minute/).waitFor();
    await data.getByRole("button", { name: "Start the export again" }).waitFor();
    exported = { ...exported, state: "broken", stands: false };
    await data
      .getByRole("alert")
      .getByText(/^It ended after 41 MB, and what was saved is not complete/)
      .waitFor();
    const again = page.waitForEvent("download");
    await data.getByRole("button", { name: "Export all your data" }).click();
    await again;
    exported = { ...exported, state: "saved", filesDone: 13, files: 13, bytes: 1_000, missing: ["the repositories: nobody is there"] };
    await data.getByText("Your browser has it all: growqr-export.zip, 1 kB.").waitFor();
    await data.getByText("the repositories: nobody is there").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test("has this browser's colours changed, and says by which ways the person hears of what waits", async () => {
    await open(page, "kim@example.com");
    const colours = page.getByRole("group", { name: "Colours in this browser" });
    await colours.getByRole("radio", { name: "Dark" }).check();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
    await page.reload();
    expect(await colours.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
    await colours.getByRole("radio", { name: "As this device" }).check();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined();
    const ways = page.getByRole("region", { name: "Notifications" });
    await expect
      .poll(() => ways.getByRole("listitem").allInnerTexts())
      .toEqual([
        expect.stringMatching(/^E-mail\s+To kim@example.com$/),
        expect.stringMatching(/^On your devices\s+1 device$/),
        expect.stringMatching(/^At an address of yours\s+None$/),
      ]);
    expect(await violations(page)).toEqual([]);
    await ways.getByRole("link", { name: "Change how you hear of what waits" }).click();
    await page.getByRole("heading", { name: "Reminders" }).waitFor();
  });

  test("offers the data before it erases, and erases nothing before the name is written", async () => {
    exported = noExport;
    await open(page, "kim@example.com");
    await page.getByRole("button", { name: "Erase your account" }).click();
    const form = page.getByRole("form", { name: "Erase your account" });
    await form.getByText("You have not taken your data along.").waitFor();
    const saved = page.waitForEvent("download");
    await form.getByRole("button", { name: "Export it first" }).click();
    await saved;
    await form.getByText(/^Your data is being saved, 0 bytes so far. Wait for the end of it/).waitFor();
    exported = { ...exported, state: "saved" };
    await form.getByText("Your data was saved as growqr-export.zip.").waitFor();
    await form.getByRole("textbox").fill("Kim");
    await form.getByRole("textbox").press("Enter");
    expect(await form.getByRole("button", { name: "Erase it all" }).getAttribute("aria-disabled")).toBe("true");
    expect(calls).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await form.getByRole("textbox").fill("kim  lind");
    await form.getByRole("button", { name: "Erase it all" }).click();
    await expect.poll(() => calls.length).toBe(1);
    expect(JSON.parse(calls[0] ?? "")).toEqual({ confirm: "kim  lind" });
  });

  test("says what could not be read, and reads it again; an empty list is never shown for a failure", async () => {
    await open(page, "lou@example.com");
    await context.route(`${identity.url}/v1/me/sessions/active*`, (route) => route.abort());
    await page.reload();
    const section = page.getByRole("region", { name: "Where you are signed in" });
    await section.getByRole("alert").waitFor({ timeout: limit(60_000) });
    expect(await rows(page).count()).toBe(0);
    await context.unrouteAll();
    await section.getByRole("button", { name: "Retry" }).click();
    await rows(page).first().waitFor();
  });
});

test("a browser and its place are named by what the provider knows", () => {
  expect(nameSeenBrowser({ browser_name: "Firefox", device_type: "Macintosh" })).toBe("Firefox on Macintosh");
  expect(nameSeenBrowser({ browser_name: null, device_type: null })).toBe("A browser");
  expect(namePlace({ city: "Lisbon", country: "PT" })).toBe("Lisbon, PT");
  expect(namePlace({ city: null, country: null })).toBe("");
});
