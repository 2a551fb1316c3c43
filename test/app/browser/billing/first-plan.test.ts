import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { InvoiceView } from "../../../../schema/billing/payment.ts";
import { openBrowser, openContext } from "../../../harness/browser.ts";
import { describeSampleMember, type Route, serveApp } from "../serve-app.ts";
import { day, freeDays, noPlan, refusal, sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";
import { seePage } from "./see-page.ts";

/** What a person begins with, the free days of a plan, and a payment that the bank took back. */
let account: BillingOut;
let hasAgent: boolean;
let calls: string[];
let broken: boolean;
let invoices: InvoiceView[];
const edge: Route = (method, where, body) => {
  if (where === "/me") {
    const { entitlement, subscription } = account;
    const me = describeSampleMember();
    return { status: 200, body: { ...me, entitlement, subscription, agent: hasAgent ? me.agent : null } };
  }
  if (method !== "GET" && (where.startsWith("/billing/") || where === "/actors/provision")) calls.push(`${where} ${body}`);
  if (where === "/billing/checkout")
    return broken ? refusal(502, "upstream", "Payments can't be reached right now.") : { status: 200, body: { url: `${app.url}/left` } };
  if (where === "/billing/trial") {
    hasAgent = true;
    return { status: 202, body: {} };
  }
  if (where === "/billing/renewal") {
    account = freeDays({ status: "canceled" });
    account = { ...account, entitlement: "active" };
    return { status: 200, body: { subscription: account.subscription ?? {} } };
  }
  if (where === "/billing/plans") return { status: 200, body: samplePlans };
  if (where === "/billing/invoices") return { status: 200, body: { invoices, upcoming: null, card: null, waiting: null } };
  if (where === "/billing/usage") return { status: 200, body: { from: Date.now(), days: [], quests: [], projects: [], time: [] } };
  return where === "/billing" ? { status: 200, body: account } : undefined;
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
  [account, hasAgent, calls, broken, invoices] = [noPlan(), false, [], false, []];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = (where: string) => page.goto(`${app.url}${where}#messages=20`);
const plan = (title: string) => page.getByRole("region", { name: title, exact: true });

test("the door leads to the plans by the keyboard; a plan begins with free days, or is paid at once", async () => {
  await open("/");
  await page.getByRole("button", { name: "Start free trial" }).waitFor();
  await seePage(page, "plan-door");
  await page.getByRole("link", { name: "Choose a plan instead" }).focus();
  await page.keyboard.press("Enter");
  await plan("Studio").getByText("It is charged $29.00 a month when the days end, unless you cancel before.").waitFor();
  await plan("Studio").getByText("In these days there is $5.00 of model time.").waitFor();
  for (const absent of ["Used of your limits", "Model time", "Invoices"]) expect(await plan(absent).count()).toBe(0);
  await seePage(page, "plan-first", 1_200);
  broken = true;
  await plan("Workshop").getByLabel("Model time a month").selectOption({ index: 1 });
  await plan("Workshop").getByText("It is charged $198.00 a month").waitFor();
  await plan("Workshop").getByRole("button", { name: "Pay now: Workshop with $180.00 of model time" }).focus();
  await page.keyboard.press("Enter");
  await plan("Workshop").getByRole("alert").getByText("Payments can't be reached right now.").waitFor();
  broken = false;
  await plan("Studio").getByRole("button", { name: "Try it 14 days free: Studio" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/left");
  expect(calls.map((call) => call.replace("/billing/checkout ", "")).map((body) => JSON.parse(body) as unknown)).toEqual([
    { plan: "workshop", quantity: 2, trial: false },
    { plan: "studio", quantity: 1, trial: true },
  ]);
});

test("the trial without a card begins from its plan as it does at the door", async () => {
  await open("/plan-usage");
  await plan("Trial").getByRole("button", { name: "Start free trial" }).click();
  await page.getByRole("heading", { level: 1, name: "Grow Agent" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  expect(calls).toEqual(["/billing/trial {}"]);
});

test("who has a plan and no agent is not offered a trial", async () => {
  account = freeDays();
  await open("/");
  await page.getByRole("button", { name: "Set up your agent" }).waitFor();
  expect(await page.getByText(/trial/i).count()).toBe(0);
  await page.getByRole("link", { name: "Plan and usage" }).click();
  await plan("Your plan")
    .getByText(/^Free until /)
    .waitFor();
  expect(await page.getByRole("button", { name: "Start free trial" }).count()).toBe(0);
});

test("free days say what the card pays and when; they are changed and cancelled without a charge", async () => {
  [account, hasAgent] = [freeDays(), true];
  await open("/plan-usage");
  await plan("Your plan")
    .getByText(/^Free until .*\. Then your card pays \$29\.00 a month, unless you cancel before\.$/)
    .waitFor();
  await plan("Your plan")
    .getByText(/^\$29\.00 is charged on .* for the first month, /)
    .waitFor();
  await plan("Studio").getByText("This is your plan.").waitFor();
  expect(await page.getByRole("button", { name: /^Try it|^Pay now/ }).count()).toBe(0);
  await seePage(page, "plan-free-days", 1_700);
  await plan("Workshop").getByRole("button", { name: "Change to Workshop" }).click();
  const change = page.getByRole("dialog", { name: "Change to Workshop?" });
  await change.getByText("What you have at once, in your free days with the model time that they have:").waitFor();
  await expect.poll(() => change.getByRole("definition").allInnerTexts()).toEqual(expect.arrayContaining(["nothing", "$99.00 a month"]));
  await change.getByRole("button", { name: "Change", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Cancel plan" }).click();
  const question = page.getByRole("dialog", { name: "Cancel the plan?" });
  await question.getByText(/, and nothing is charged\./).waitFor();
  await question.getByRole("button", { name: "Cancel the plan" }).click();
  await page.getByText(/^Cancelled: it runs until/).waitFor();
  await page.getByRole("button", { name: "Keep the plan" }).waitFor();
  expect(calls).toEqual(['/billing/renewal {"renews":false}']);
});

test("a payment that the bank took back is said with what to do, and nothing open is asked for", async () => {
  const subscription = sampleSubscription({ status: "past_due", disputed: true, periodEnd: Date.now() - day });
  [account, hasAgent] = [sampleBilling({ entitlement: "grace", subscription }), true];
  invoices = [
    {
      ...{
        id: "in_1",
        number: "GROW-0001",
        title: "Studio",
        at: Date.now() - 3 * day,
        amount: 2_900,
        due: 0,
        refunded: 0,
        takenBack: true,
        currency: "usd",
      },
      ...{ status: "paid", isPlan: false, failures: 0, url: "https://pay.example/in_1", file: null },
    },
  ];
  await open("/plan-usage");
  await plan("Your plan")
    .getByText(/^Your bank took your payment back on .*\. Tell your bank that you know this payment, and ask it to return the money/)
    .waitFor();
  await plan("Invoices").getByText("Paid, then taken back").waitFor();
  await plan("Your plan").getByRole("button", { name: "Cancel plan" }).waitFor(); // at the payment page
  await plan("Your plan").getByRole("button", { name: "Manage billing" }).waitFor();
  expect(await page.getByText("Pay what is open").count()).toBe(0);
  await plan("Workshop").getByText("Your bank took a payment back. Once it is returned, you can change the plan.").waitFor();
  await seePage(page, "plan-disputed", 1_600);
  account = sampleBilling({ entitlement: "suspended", subscription });
  await page.reload();
  await plan("Your plan")
    .getByText(/Ask your bank to return it, or choose a plan anew: the one of before ends then\.$/)
    .waitFor();
  await plan("Your plan").getByRole("button", { name: "Manage billing" }).waitFor();
  expect(await page.getByText("Pay what is open").count()).toBe(0);
  await page.getByRole("link", { name: "GrowQR, to the conversation" }).click();
  await page.getByText("once it is returned, or the next month is paid, everything runs again").waitFor();
});
