import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type GitTokenView, gitTokenIn } from "../../../schema/git/git-token.ts";
import { newId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** The page for Git tokens, in the real app over a sample edge that keeps them in a list. */
const token = `gqt_${"A".repeat(43)}`;
const bakery = { repo: "projects/bakery", title: "Bakery", branches: [{ name: "main", hash: "a".repeat(40) }], shown: "main" };
const memory = { repo: "growqr/memory", title: "Memory", branches: [{ name: "main", hash: "b".repeat(40) }], shown: "main" };
const day = 86_400_000;
let kept: GitTokenView[] = [];
let calls: string[] = [];
/** Calls of this method are refused, so. */
let broken: string | undefined;
const tooMany = { status: 409, code: "conflict", message: "You have 50 Git tokens already." };
let refusal = tooMany;
const tokens: Route = (method, where, body) => {
  if (!where.startsWith("/git/")) return undefined;
  calls.push(method);
  if (broken === method)
    return {
      status: refusal.status,
      body: { error: { code: refusal.code, message: refusal.message, retryable: false, requestId: "req_1" } },
    };
  if (method === "GET") return { status: 200, body: { tokens: kept } };
  if (method === "DELETE") {
    kept = kept.filter(({ id }) => !where.endsWith(id));
    return { status: 200, body: { removed: true } };
  }
  const { expiresIn, ...asked } = gitTokenIn.parse(JSON.parse(body));
  kept = [tokenView({ ...asked, expiresAt: Date.now() + expiresIn * 1_000 }), ...kept];
  return { status: 201, body: { gitToken: kept[0], token } };
};
function tokenView(change: Partial<GitTokenView> = {}): GitTokenView {
  const now = Date.now();
  const usual = {
    name: "Laptop",
    repositories: ["projects/bakery"],
    scope: "read",
    kind: "token",
    createdAt: now,
    expiresAt: now + 90 * day,
  } as const;
  return { id: newId("gtk"), lastUsedAt: null, ...usual, repositories: [...usual.repositories], ...change };
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
  [kept, calls, broken, refusal] = [[], [], undefined, tooMany];
  page = await (await openContext(browser)).newPage();
  await page.addInitScript((repos) => Object.assign(window, { sampleRepos: repos }), [memory, bakery]);
});
afterEach(() => page.context().close());
const open = (where: string) => page.goto(`${app.url}${where}#messages=20`);
const box = (name: string) => page.getByRole("checkbox", { name });
const button = (name: string) => page.getByRole("button", { name });
const picture = (name: string) => keepPicture(page, `git-tokens-${name}`);
const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

test("“Clone” of a project makes a token for it, once, and shows the one command and how its receipts are checked", async () => {
  await open("/files?repo=projects%2Fbakery");
  await page.getByRole("link", { name: "Clone projects/bakery" }).click();
  await page.getByRole("form", { name: "New Git token" }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Clone of bakery");
  expect(await box("Bakery").isChecked()).toBe(true);
  await box("Memory").waitFor();
  expect(await box("Memory").isChecked()).toBe(false);
  expect(await page.getByLabel("Ends after").inputValue()).toBe(String(90 * 86_400));
  expect(await violations(page)).toEqual([]);
  await picture("form");
  await button("Make the token").dblclick();
  const command = page.getByRole("region", { name: "Command to clone" });
  await command.waitFor();
  expect(await command.innerText()).toBe(`git clone http://x:${token}@${new URL(app.url).host}/git/projects/bakery.git`);
  expect(await page.getByRole("region", { name: "Commands to verify" }).innerText()).toContain(`curl -O ${app.url}/verify-receipt.mjs`);
  await page.getByText("Reads projects/bakery.").waitFor();
  expect(kept).toMatchObject([{ name: "Clone of bakery", repositories: ["projects/bakery"] }]);
  expect(calls.filter((method) => method === "POST")).toHaveLength(1);
  expect(await violations(page)).toEqual([]);
  await picture("made");
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page)).toEqual([]);
  await picture("made-dark");
  await button("Revoke Clone of bakery").click();
  await button("Really revoke Clone of bakery").click();
  await page.getByText("No Git tokens yet").waitFor();
  expect(await page.content()).not.toContain(token);
});

test("a token reads unless it is made to push: to projects alone, and it says to which branches", async () => {
  await open("/git-token");
  await page.getByText("No Git tokens yet").waitFor();
  await button("New token").click();
  expect(await page.getByLabel("It may").inputValue()).toBe("read");
  await box("Memory").check();
  await page.getByLabel("It may").selectOption("push");
  await page.getByText("It moves no branch back and removes none.").waitFor();
  await expect.poll(() => box("Memory").count()).toBe(0);
  await box("Bakery").check();
  await page.getByLabel("Name", { exact: true }).fill("Laptop");
  expect(await violations(page)).toEqual([]);
  await picture("push");
  await button("Make the token").click();
  expect(await page.getByRole("region", { name: "Command to push" }).innerText()).toBe("git push origin HEAD:my-change");
  await page.getByText("Reads and pushes to projects/bakery.").waitFor();
  expect(kept).toMatchObject([{ name: "Laptop", repositories: ["projects/bakery"], scope: "push" }]);
});

test("what is wrong is said at its field and nothing is sent; a refusal keeps what was chosen", async () => {
  await open("/git-token");
  await page.getByText("No Git tokens yet").waitFor();
  await button("New token").click();
  await button("Make the token").click();
  expect(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Choose at least one.").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(calls).not.toContain("POST");
  await page.getByLabel("Name", { exact: true }).fill("Laptop");
  await box("Memory").check();
  broken = "POST";
  const keys: (string | undefined)[] = [];
  page.on("request", (request) => request.method() === "POST" && keys.push(request.headers()["idempotency-key"]));
  await button("Make the token").click();
  await page.getByText("You have 50 Git tokens already. No token was shown").waitFor();
  expect(await box("Memory").isChecked()).toBe(true);
  refusal = { status: 402, code: "payment_required", message: "This needs a running trial or a paid plan." };
  await button("Make the token").click();
  await page.getByText("This needs a running trial or a paid plan. No token was shown").waitFor();
  broken = undefined;
  await button("Make the token").click();
  await page.getByRole("region", { name: "Command to clone" }).waitFor();
  const [first] = keys;
  expect(keys).toEqual([first, first, expect.not.stringMatching(first ?? "")]); // what stays a no is kept under its key
  expect(await page.getByRole("region", { name: "Commands to verify" }).count()).toBe(0);
});

test("one that ended says so; a revocation that failed leaves it and says so", async () => {
  const [old, used] = [tokenView({ name: "Old", expiresAt: Date.now() - day }), tokenView({ lastUsedAt: Date.now() })];
  kept = [used, old];
  await open("/git-token");
  await page.getByText(/Ended .* Never used\./).waitFor();
  await page.getByText(/Until .* Last used /).waitFor();
  broken = "DELETE";
  await button("Revoke Laptop").click();
  await button("Really revoke Laptop").click();
  await page.getByText("It still opens them.").waitFor();
  broken = undefined;
  await button("Remove Old").click();
  await expect.poll(() => kept.map(({ name }) => name)).toEqual(["Laptop"]);
});

test("it is reached from the settings, the palette and memory; a list that can't be read is read again, on a phone too", async () => {
  await open("/");
  await page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: "Settings" }).click();
  await page
    .getByRole("main")
    .getByRole("link", { name: /^Git tokens/ })
    .click();
  await page.getByRole("heading", { name: "Git tokens" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("clone");
  await page.getByRole("option", { name: /Git tokens/ }).waitFor();
  await page.keyboard.press("Escape");
  const link = page.getByRole("link", { name: "Clone growqr/memory" });
  await open("/memories");
  await link.waitFor();
  await picture("memory");
  await page.setViewportSize(widths.phone);
  await open("/files?repo=growqr%2Fmemory");
  await link.waitFor();
  expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await fits()).toBe(true);
  [kept, broken] = [[tokenView({ name: "A laptop with quite a long name that wants two lines" })], "GET"];
  await link.click();
  const refused = page.getByRole("alert").filter({ hasText: "You have 50 Git tokens already." }); // the page before has a retry of its own
  await refused.waitFor();
  broken = undefined;
  await refused.getByRole("button", { name: "Retry" }).click();
  await button("Make the token").click();
  await page.getByRole("region", { name: "Command to clone" }).waitFor();
  await picture("phone");
  expect(await fits()).toBe(true);
  for (const name of ["New token", "Revoke A laptop"]) expect((await button(name).boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await violations(page)).toEqual([]);
});
