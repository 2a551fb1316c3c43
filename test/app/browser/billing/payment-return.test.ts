import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { openBrowser, openContext } from "../../../harness/browser.ts";
import { describeSampleMember, type Route, serveApp } from "../serve-app.ts";
import { freeDays, noPlan, refusal, sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";
import { seePage } from "./see-page.ts";

/** A person comes back from the checkout: the page asks Stripe itself, since its own word may be late. */
let [looks, hasAgent]: [number, boolean] = [0, false];
/** What is known here, and what a look at Stripe finds; a look is refused while `broken`. */
let [known, paid]: [BillingOut, BillingOut | undefined] = [noPlan(), undefined];
let broken: boolean;
const edge: Route = (method, where) => {
  if (where === "/me") {
    const { entitlement, subscription } = known;
    const me = describeSampleMember();
    return { status: 200, body: { ...me, entitlement, subscription, agent: hasAgent ? me.agent : null } };
  }
  if (where === "/billing/plans") return { status: 200, body: samplePlans };
  if (where === "/billing/invoices") return { status: 200, body: { invoices: [], upcoming: null, card: null, waiting: null } };
  if (where === "/billing/usage") return { status: 200, body: { from: Date.now(), days: [], quests: [], projects: [], time: [] } };
  if (where === "/billing/refresh" && method === "POST") {
    looks += 1;
    if (broken) return refusal(502, "upstream", "Stripe does not answer.");
    known = paid ?? known;
  }
  return where === "/billing" || where === "/billing/refresh" ? { status: 200, body: known } : undefined;
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  [app, browser] = await Promise.all([serveApp(edge), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
beforeEach(async () => {
  [looks, hasAgent, known, paid, broken] = [0, false, noPlan(), undefined, false];
  page = await (await openContext(browser)).newPage();
  await page.clock.install(); // what is repeated by the clock need not be waited for
});
afterEach(() => page.context().close());
const comeBack = () => page.goto(`${app.url}/plan-usage?paid=1#messages=20`);
/** Lets the clock go on until so many looks were made. */
async function letLook(times: number): Promise<void> {
  while (looks < times) {
    const before = looks;
    await page.clock.fastForward(2_000);
    await expect.poll(() => looks).toBeGreaterThan(before);
  }
}

test("who pays before they have an agent waits on a page of its own until Stripe says so, then the workspace opens", async () => {
  await comeBack();
  await page.getByText("Waiting for the payment to be confirmed.").waitFor();
  expect(await page.getByRole("button", { name: "Start free trial" }).count()).toBe(0);
  expect(await page.getByRole("region", { name: "Plans" }).count()).toBe(0);
  expect(await page.title()).toBe("Plan and usage · GrowQR");
  await seePage(page, "return-waiting");
  await letLook(2);
  paid = freeDays();
  await letLook(3);
  await page.getByText(/^Your free days run until .*; then your card pays \$29\.00 a month, unless you cancel before\./).waitFor();
  await page.getByText("Your agent is being set up.").waitFor();
  hasAgent = true;
  await page.clock.fastForward(2_000);
  await page.getByRole("navigation", { name: "Workspace" }).waitFor();
  await page.getByText(/^Your free days run until .* Your agent is ready\.$/).waitFor();
  await seePage(page, "return-free-days");
  await page.getByRole("link", { name: "Go to your agent" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Grow Agent" }).waitFor();
});

test("who never paid is told so after ten looks, sees the plans, and looks once more by the keyboard", async () => {
  await comeBack();
  await letLook(10);
  await page.getByText("No payment has arrived yet. If you left the page before paying, nothing was charged.").waitFor();
  await page.getByRole("button", { name: "Try it 14 days free: Studio" }).waitFor();
  await page.clock.fastForward(60_000);
  await seePage(page, "return-missing");
  expect(looks).toBe(10);
  paid = sampleBilling({ subscription: sampleSubscription() });
  hasAgent = true;
  await page.getByRole("button", { name: "Look again" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Your payment was received. Your agent is ready.").waitFor();
  expect(looks).toBeGreaterThan(10);
});

test("a look that fails is said, offers no plan meanwhile, and is repeated on a press", async () => {
  broken = true;
  await comeBack();
  await page.getByText("Whether your payment has arrived can't be read just now.").waitFor();
  await page.getByRole("alert").getByText("Stripe does not answer.").waitFor();
  expect(await page.getByRole("region", { name: "Plans" }).count()).toBe(0);
  await seePage(page, "return-failed");
  broken = false;
  [paid, hasAgent] = [sampleBilling({ subscription: sampleSubscription() }), true];
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByText("Your payment was received.").waitFor();
});
