import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { roomRules } from "../../../schema/proof/room-rules.ts";
import { makeStatement, signReceipt } from "../../../schema/receipt/receipt.ts";
import type { receiptView } from "../../../schema/receipt/receipt-api.ts";
import type { PublicKey } from "../../../schema/wire/key.ts";
import { publicPart } from "../../../schema/wire/key.ts";
import { keepPicture, openBrowser, openContext, violations } from "../../harness/browser.ts";
import { command, newReceiptKey, proof, zero } from "../../harness/receipt-sample.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** A receipt in the real app, signed as the platform signs it. */
const seen = { seconds: 20, output: zero, ms: 40 };
const passed = proof({
  repository: "projects/bakery",
  commit: "a1b2c3d4".repeat(5),
  held: {
    rules: ["base-and-outputs", "two-places", "a-rule-of-later"],
    agreed: {
      files: [{ name: "package.json", mode: "100644", digest: { gitBlob: "b".repeat(40) }, changes: ["Adds left-pad 1.3.0."] }],
      more: 0,
    },
  },
  checks: [
    command({ command: "node --test", tests: { runner: "node:test", ran: 5, skipped: 1, names: ["opens at seven", "bakes rye"] } }),
    command({ name: "acceptance.1", command: "sh check.sh", tests: null }),
    { ...seen, name: "outputs.0", kind: "file", file: "index.html", contains: "<h1>Hello</h1>" },
    { ...seen, name: "outputs.1", kind: "file", file: "style.css" },
    { ...seen, name: "acceptance.0", kind: "url", url: "http://localhost:8080/", status: 200, contains: "Sourdough" },
  ],
});
let view: z.infer<typeof receiptView>;
let key: PublicKey;
let pair: Awaited<ReturnType<typeof newReceiptKey>>;
const route: Route = (method, path) => {
  if (method !== "GET") return undefined;
  if (path === `/receipts/${passed.id}`) return { status: 200, body: view };
  return path === "/.well-known/jwks.json" ? { status: 200, body: { keys: [key] } } : undefined;
};
let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  pair = await newReceiptKey("r1");
  key = publicPart(pair);
  const facts = {
    title: "Bakery website",
    repo: passed.repository,
    branch: `agent/${passed.task}/website`,
    commit: passed.commit,
    key: "r1",
  };
  const receipt = await signReceipt(pair, makeStatement(passed));
  view = { id: passed.id, task: passed.task, ...facts, checks: passed.checks.length, issuedAt: passed.finishedAt, staleAt: null, receipt };
  [app, browser] = await Promise.all([serveApp(route), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
afterEach(() => page.context().close());

test.each(screens(6))("a receipt says what was proven in words; hashes, branch and commands fold behind “Details” (%s)", async (size) => {
  page = await (await openContext(browser, { size })).newPage();
  await page.goto(`${app.url}/receipt/${passed.id}#messages=20`);
  const article = page.getByRole("article");
  await article.getByText("Valid", { exact: true }).waitFor();
  const checks = await article.getByRole("listitem").filter({ visible: true }).allInnerTexts();
  expect(checks.map((line) => line.split("\n")[0])).toEqual([
    "its tests pass · 5 tests ran, 1 was left out",
    "a check of its own passes · how much it looks at is not known",
    "index.html contains “Hello”",
    "style.css is there",
    "the page opens and says “Sourdough”",
    "package.json · Adds left-pad 1.3.0.", // changed with the member's word
    "style.css is empty", // what no check noticed
  ]);
  await article.getByText("we broke it on purpose in 8 ways, and its checks noticed 7").waitFor();
  const shown = await article.innerText();
  expect(shown).not.toMatch(/[0-9a-f]{7,}|agent\/|node --test|localhost/);
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, `receipt-${size}`);
  await article.getByText("Details", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await article.getByRole("region", { name: "Commands to verify" }).waitFor();
  await article.getByText(/^by npm install from package.json, .*unpinned: package.json leaves open which versions come$/).waitFor();
  for (const exact of [
    passed.commit.slice(0, 12),
    view.branch,
    "node --test",
    "index.html, with “<h1>Hello</h1>” in it",
    "r1",
    "opens at seven; bakes rye and 3 more",
    roomRules["two-places"],
    "a-rule-of-later",
  ])
    await article.getByText(exact).first().waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await keepPicture(page, `receipt-details-${size}`, true);
});

test("a receipt of a task of which not all was checked does not call it verified, and names what was not", async () => {
  const [first, second] = ["The page names the bakery", "An order can be sent"];
  const coverage = [
    { name: "scenarios.0", text: first, state: "checked" as const, by: ["acceptance.0"] },
    { name: "scenarios.1", text: second, state: "not checked" as const },
  ];
  const receipt = await signReceipt(pair, makeStatement({ ...passed, coverage }));
  const whole = view;
  view = { ...whole, receipt };
  page = await (await openContext(browser, { size: "phone" })).newPage();
  await page.goto(`${app.url}/receipt/${passed.id}#messages=20`);
  const article = page.getByRole("article");
  await article.getByRole("heading", { name: "1 of 2 checked" }).waitFor();
  await article.getByText(`Not checked: ${second}.`).waitFor();
  expect(await article.getByText("Verified").count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, "receipt-part-phone");
  view = whole;
});
