import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { type InvoicesOut, type InvoiceView, type PlanPreview, planChangeIn } from "../../../../schema/billing/payment.ts";
import { allowedBy } from "../../../../schema/billing/subscription-plan.ts";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext } from "../../../harness/browser.ts";
import { type Route, serveApp } from "../serve-app.ts";
import { day, refusal, sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";
import { seePage } from "./see-page.ts";

/** What a member with a paid plan sees of money: what is next, and what a change costs and ends. */
let account: BillingOut;
let invoices: InvoicesOut;
let preview: PlanPreview | { refused: string } | undefined;
/** Whether the plan can't be read just now. */
let away = false;
/** The amount counted for this moment does not hold any more. */
let expired: number | undefined;
let subscriptionAfter: NonNullable<BillingOut["subscription"]> | undefined;
const today = Math.floor(Date.now() / day);
const midnight = today * day;
const work = { ownMicros: 0, inputTokens: 2_000_000, outputTokens: 85_000, calls: 300 };
const usage: UsageOut = {
  ...{ from: midnight - 10 * day, began: midnight - 10 * day },
  days: Array.from({ length: 10 }, (_, index) => ({ day: today - 10 + index, costMicros: 1_500_000, ...work })),
  quests: [
    { quest: newId("qst"), costMicros: 9_000_000, ...work },
    { quest: null, costMicros: 6_000_000, ...work },
  ],
  projects: [{ project: "bakery", costMicros: 15_000_000, ...work }],
  models: [
    { model: "claude-sonnet-5", costMicros: 12_000_000, ...work },
    { model: "claude-haiku-5", costMicros: 3_000_000, ...work },
  ],
  agentCosts: [{ agent: newId("agt"), costMicros: 0, inputTokens: 9_000, outputTokens: 900, calls: 4, ownMicros: 340_000 }],
  time: [{ day: today - 1, activeMs: 41 * 3_600_000, idleMs: 63 * 3_600_000, deadMs: 0, pausedMs: 0, stoppedMs: 0 }],
  agents: [],
  machine: [],
};
const edge: Route = (method, where, body) => {
  asked.push(`${method} ${where}`);
  if (where === "/billing/plan/preview") {
    if (preview && "refused" in preview) return refusal(409, "conflict", preview.refused);
    return preview ? { status: 200, body: preview } : refusal(502, "upstream", "Payments can't be reached right now.");
  }
  if (where === "/billing/renewal") {
    const subscription = sampleSubscription({
      periodEnd,
      status: (JSON.parse(body) as { renews: boolean }).renews ? "active" : "canceled",
    });
    if (!away) account = { ...account, subscription };
    return { status: 200, body: { subscription } };
  }
  if (where === "/billing/portal") return { status: 200, body: { url: `${app.url}/nothing-comes` } };
  if (where === "/billing" && away) return refusal(500, "internal", "Not just now.");
  if (where === "/billing/plan" && method === "PUT") {
    const { proratedAt } = planChangeIn.parse(JSON.parse(body));
    if (proratedAt !== undefined && proratedAt === expired) return refusal(409, "proration_expired", "It was counted too long ago.");
    agreed.push(proratedAt);
    account = { ...account, subscription: subscriptionAfter ?? account.subscription };
    return { status: 200, body: { subscription: account.subscription ?? {}, payAt: null } };
  }
  if (where === "/billing/plans") return { status: 200, body: samplePlans };
  if (where === "/billing/invoices") return { status: 200, body: invoices };
  if (where === "/billing/usage") return { status: 200, body: usage };
  return where === "/billing" || where === "/billing/refresh" ? { status: 200, body: account } : undefined;
};

let asked: string[] = [];
/** To which moments' amounts a change was agreed. */
let agreed: (number | null | undefined)[] = [];
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
const invoice = (change: Partial<InvoiceView>): InvoiceView => ({
  ...{
    id: "in_1",
    number: "GROW-0001",
    title: "Studio",
    at: midnight - 10 * day,
    amount: 2_900,
    due: 0,
    refunded: 0,
    takenBack: false,
    currency: "usd",
  },
  ...{ status: "paid", isPlan: false, failures: 0, url: "https://pay.example/invoice/1", file: "https://pay.example/file/1" },
  ...change,
});
/** A change that is paid now, as Stripe counts it for that moment. */
const previewOf = (amount: number, proratedAt: number): PlanPreview => ({
  atOnce: { amount, currency: "usd", proratedAt },
  later: { amount: 11_781, currency: "usd", at: periodEnd },
  isKnown: true,
});
const gb = 1_024 ** 3;
const periodEnd = midnight + 20 * day;
beforeEach(async () => {
  account = sampleBilling({
    subscription: sampleSubscription({ periodEnd }),
    periodStart: midnight - 10 * day,
    model: { usedMicros: 15_000_000, limitMicros: 25_000_000, calls: 600 },
    tokens: { input: 4_000_000, output: 170_000 },
    used: { apps: 10, domains: 2, disk: { bytes: 12 * gb, at: midnight - day } },
  });
  const card = { brand: "visa", last4: "4242", expires: `${new Date(periodEnd).getUTCFullYear() + 1}-04` };
  invoices = { invoices: [invoice({})], upcoming: { amount: 3_451, currency: "usd", at: periodEnd }, card, waiting: null };
  [preview, subscriptionAfter, away, expired] = [undefined, undefined, false, undefined];
  [asked, agreed] = [[], []];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = () => page.goto(`${app.url}/plan-usage`);
const part = (title: string) => page.getByRole("region", { name: title, exact: true });
const nameDate = (at: number) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at);
const nameDay = (at: number) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(at);

test("the plan says how it stands, what was used and is paid next; what it allows is behind a fold", async () => {
  await open();
  await part("Your plan").getByRole("heading", { name: "Studio, $29.00 a month Active" }).waitFor();
  const facts = part("Your plan").getByRole("definition");
  await expect.poll(() => facts.allInnerTexts()).toEqual(expect.arrayContaining([`$34.51 on ${nameDay(periodEnd)}`, "104 h 00 m"]));
  await part("Your plan")
    .getByText(`$34.51 is charged on ${nameDate(periodEnd)} for the next month, with tax and promotions.`)
    .waitFor();
  await part("Your plan")
    .getByText(/^Your card is the Visa ending 4242, which expires in April \d{4}\.$/)
    .waitFor();
  await part("Your plan").getByText("With your plan you are answered within 2 working days.").waitFor();
  expect(await part("Your plan").getByRole("link", { name: "support@example.com" }).getAttribute("href")).toBe(
    "mailto:support@example.com",
  );
  await part("Your plan").getByText("What your plan allows").focus();
  await page.keyboard.press("Enter");
  for (const allowed of ["40 GB", "standard and large"]) await part("Your plan").getByText(allowed, { exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await part("Used of your limits")
    .getByText(`measured on ${nameDay(midnight - day)}`)
    .waitFor();
  await part("Used of your limits").getByText("12 GB of 40 GB").waitFor();
  await part("Model time")
    .getByText(/^At this pace: about \$4\d\.\d\d by .*\. Your plan has \$25\.00: it is used up about /)
    .waitFor();
  await part("Model time").getByText("claude-sonnet-5 is 80 percent of what models cost.").waitFor();
  await part("Model time").getByText("$0.34, own key").waitFor();
  const byModel = page.getByRole("table", { name: "By model" });
  await byModel.getByRole("progressbar", { name: "80 percent" }).waitFor();
  await seePage(page, "plan-usage", 2_900);
  expect(await part("Trial").count()).toBe(0);
  await part("Workshop").getByText("standard and large", { exact: true }).waitFor();
  await part("Studio").getByText("Yours", { exact: true }).waitFor();
  await part("Studio").getByLabel("Model time a month").selectOption({ index: 2 });
  await part("Studio").getByRole("button", { name: "Change to Studio with $75.00 of model time" }).waitFor();
  expect(await part("Studio").getByText("Yours", { exact: true }).count()).toBe(0);
  await part("Your plan").getByRole("link", { name: "Change plan" }).press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Plans");
  await part("Model time").getByRole("link", { name: "Choose models" }).click();
  await page.getByRole("heading", { name: "Models and keys" }).waitFor();
});

test("a limit that is reached leads to the plans by the keyboard", async () => {
  await open();
  await part("Used of your limits").getByRole("link", { name: "See plans, for more of: Projects online" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Plans");
  await page.keyboard.press("Tab");
  expect(await part("Plans").locator(":focus").count()).toBe(1);
});

test("a change that waits for its payment is there after a reload, with where it is paid and until when", async () => {
  invoices.waiting = { plan: "workshop", quantity: 1, payAt: "https://pay.example/waiting", until: midnight + day };
  await open();
  await page.reload();
  await part("Your plan")
    .getByText(/^Your change to Workshop waits for its payment until /)
    .waitFor();
  const pay = part("Your plan").getByRole("link", { name: "Pay for Workshop" });
  expect(await pay.getAttribute("href")).toBe("https://pay.example/waiting");
  await seePage(page, "plan-waiting", 1_200);
});

test("a larger plan is asked about with Stripe's amounts, announced, and the keyboard goes on from there", async () => {
  const answer = Promise.withResolvers<void>();
  await page.route("**/billing/plan/preview*", async (route) => {
    await answer.promise;
    await route.continue();
  });
  preview = previewOf(5_554, 1_700_000_000);
  subscriptionAfter = sampleSubscription({ plan: "workshop", periodEnd });
  await open();
  await part("Workshop").getByRole("button", { name: "Change to Workshop" }).focus();
  await page.keyboard.press("Enter");
  const question = page.getByRole("dialog", { name: "Change to Workshop?" });
  await question.getByText("Reading what it would cost.").waitFor();
  await question.getByRole("button", { name: "Change", exact: true }).press("Enter");
  await question.getByText("Reading what it would cost.").waitFor();
  answer.resolve();
  const said = () => question.getByRole("definition").allInnerTexts();
  await expect.poll(said).toEqual(expect.arrayContaining(["$55.54", "$117.81", "$99.00 a month"]));
  await question.getByText(/, with the Visa ending 4242\. Counted with tax and promotions, except after that\.$/).waitFor();
  expect(await question.getByRole("term").allInnerTexts()).toEqual(
    expect.arrayContaining(["Now", `On ${nameDate(periodEnd)}`, "After that", "Model time in this period", "Agents at work at once"]),
  );
  await seePage(page, "plan-preview");
  await question.getByRole("button", { name: "Pay $55.54" }).press("Enter");
  await part("Plans").getByRole("status").getByText("Your plan is Workshop now.").waitFor();
  // The card is another one now: the keyboard goes on in its section.
  expect(await part("Plans").locator(":focus").count()).toBe(1);
  expect(agreed).toEqual([1_700_000_000]);
});

test("an amount that does not hold any more is read anew, and nothing is paid until that is agreed to", async () => {
  [preview, expired] = [previewOf(5_554, 1_700_000_000), 1_700_000_000];
  subscriptionAfter = sampleSubscription({ plan: "workshop", periodEnd });
  await open();
  await part("Workshop").getByRole("button", { name: "Change to Workshop" }).click();
  const question = page.getByRole("dialog", { name: "Change to Workshop?" });
  const pay = question.getByRole("button", { name: "Pay $55.54" });
  await pay.waitFor();
  preview = previewOf(5_520, 1_700_001_200);
  await pay.click();
  await question.getByRole("alert").getByText("It was counted too long ago.").waitFor();
  await question.getByRole("button", { name: "Pay $55.20" }).waitFor();
  expect(agreed).toEqual([]);
  await seePage(page, "plan-expired");
  await question.getByRole("button", { name: "Pay $55.20" }).click();
  await part("Plans").getByRole("status").getByText("Your plan is Workshop now.").waitFor();
  expect(agreed).toEqual([1_700_001_200]);
});

test("a smaller plan says what is above its limits and stays, also where Stripe can't be asked", async () => {
  const subscription = sampleSubscription({ plan: "workshop", periodEnd });
  account = {
    ...account,
    subscription,
    limits: allowedBy(subscription),
    used: { apps: 14, domains: 7, disk: { bytes: 60 * gb, at: midnight - day } },
  };
  subscriptionAfter = { ...subscription, upcoming: { plan: "studio", quantity: 1 } };
  await open();
  await part("Studio").getByRole("button", { name: "Change to Studio" }).click();
  const question = page.getByRole("dialog", { name: "Change to Studio?" });
  await question.getByText("The payment service could not be asked: counted before tax and promotions.").waitFor();
  await question.getByText("$29.00 a month").waitFor();
  await question.getByText("You have 14 projects online and Studio allows 10: they stay online").waitFor();
  await question.getByText("One of your projects has 7 domains and Studio allows 5").waitFor();
  const smaller = await question.getByRole("term").allInnerTexts();
  for (const limit of ["Model time a month", "Agents at work at once", "Projects online", "Disk for everything", "Support within"])
    expect(smaller).toContain(limit);
  await question.getByText("You keep 60 GB and Studio allows 40 GB").waitFor();
  await seePage(page, "plan-smaller");
  await question.getByRole("button", { name: /^Change on / }).click();
  await part("Plans")
    .getByRole("status")
    .getByText(`From ${nameDate(periodEnd)} on it is Studio.`)
    .waitFor();
});

test("where Stripe does not say what is charged, that is said; what it refuses can't be agreed to", async () => {
  preview = { atOnce: null, later: null, isKnown: false };
  await open();
  const ask = () => part("Workshop").getByRole("button", { name: "Change to Workshop" }).click();
  await ask();
  const question = page.getByRole("dialog", { name: "Change to Workshop?" });
  await question.getByText(/^about \$\d\d\.\d\d$/).waitFor();
  await question.getByText(/The payment service could not be asked: /).waitFor();
  await question.getByRole("button", { name: /^Pay about \$/ }).waitFor();
  await page.keyboard.press("Escape");
  preview = { atOnce: null, later: { amount: 9_900, currency: "usd", at: periodEnd }, isKnown: true };
  await ask();
  await question.getByText("Counted with tax and promotions.").waitFor();
  await question.getByText("nothing", { exact: true }).waitFor();
  await question.getByRole("button", { name: "Change", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  preview = { refused: "A payment is missing. Pay it first." };
  await ask();
  await question.getByRole("alert").getByText("A payment is missing. Pay it first.").waitFor();
  expect(await question.getByRole("button").allInnerTexts()).toEqual(["Go back"]);
  await seePage(page, "plan-refused");
});

test("the last act is what is announced, also where the plan can't be read again", async () => {
  account = { ...account, subscription: sampleSubscription({ periodEnd, upcoming: { plan: "workshop", quantity: 1 } }) };
  subscriptionAfter = sampleSubscription({ periodEnd });
  await open();
  const said = (text: string) => part("Your plan").getByRole("status").getByText(text).waitFor();
  await part("Your plan").getByRole("button", { name: "Cancel plan" }).click();
  await page.getByText("The change of plan that you decided is dropped now.").waitFor();
  await page.keyboard.press("Escape");
  await part("Your plan").getByRole("button", { name: "Stay on Studio" }).click();
  await said("Your plan stays.");
  away = true;
  await part("Your plan").getByRole("button", { name: "Cancel plan" }).click();
  await page.getByRole("button", { name: "Cancel the plan" }).click();
  await said(`Your plan is cancelled. It runs until ${nameDate(periodEnd)}.`);
  await part("Your plan").getByRole("button", { name: "Keep the plan" }).click();
  await said("Your plan goes on.");
});

test("what was paid at Stripe is asked for once, and a page that the browser had kept has nothing on its way", async () => {
  const missing = sampleSubscription({ status: "past_due", periodEnd: midnight - 10 * day });
  account = { ...account, entitlement: "grace", subscription: missing };
  invoices = { ...invoices, upcoming: null };
  await page.route("**/nothing-comes", (route) => route.fulfill({ status: 204 })); // the page stays
  await open();
  await expect.poll(() => asked).toContain("POST /billing/refresh");
  await part("Your plan").getByRole("button", { name: "Pay what is open" }).click();
  await part("Your plan").getByRole("button", { name: "Opening" }).waitFor();
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await part("Your plan").getByRole("button", { name: "Pay what is open" }).waitFor();
  expect(asked.filter((each) => each === "POST /billing/refresh")).toHaveLength(1);
});

test("a plan whose bank took a payment back can't be stayed on, and a stopped one says since when", async () => {
  const subscription = sampleSubscription({
    ...{ status: "past_due", disputed: true, periodEnd: midnight - 10 * day },
    upcoming: { plan: "studio", quantity: 2 },
  });
  const withoutPayment = { stopsAt: midnight - 3 * day, archivedAt: midnight + 87 * day };
  account = { ...account, entitlement: "suspended", subscription, withoutPayment };
  await open();
  await part("Your plan").getByText("Your bank took your payment back").waitFor();
  await part("Your plan").getByRole("button", { name: "Manage billing" }).waitFor();
  expect(
    await part("Your plan")
      .getByRole("button", { name: /^Stay on/ })
      .count(),
  ).toBe(0);
  await part("Plans")
    .getByText(/^You confirm the payment on the next page/)
    .waitFor();
  account = { ...account, subscription: { ...subscription, disputed: false } };
  await page.reload();
  await part("Your plan")
    .getByText(`is missing. Your stack was stopped on ${nameDate(midnight - 3 * day)}.`)
    .waitFor();
});

test("invoices say what they are for and how they stand, and an open one is paid at its page", async () => {
  const due = sampleSubscription({ status: "past_due", periodEnd: midnight - 10 * day });
  const withoutPayment = { stopsAt: midnight - 3 * day, archivedAt: midnight + 87 * day };
  account = { ...account, entitlement: "suspended", subscription: due, withoutPayment };
  const url = "https://pay.example/invoice/3";
  invoices = {
    ...{ upcoming: null, card: null, waiting: null },
    invoices: [
      invoice({ id: "in_3", number: "GROW-0003", at: midnight - 10 * day, status: "open", failures: 3, url, due: 2_900, isPlan: true }),
      invoice({ id: "in_2", number: "GROW-0002", at: midnight - 40 * day, title: "Studio, Model time", amount: 3_320, refunded: 500 }),
      invoice({ id: "in_1", at: midnight - 70 * day, file: null }),
    ],
  };
  await open();
  await part("Your plan").getByText("Stopped", { exact: true }).waitFor();
  expect(await part("Your plan").getByRole("link", { name: "Pay $29.00" }).getAttribute("href")).toBe(url);
  expect(await page.getByRole("button", { name: "Pay what is open" }).count()).toBe(0);
  await part("Invoices").getByText("Payment failed").waitFor();
  await part("Invoices").getByText("Paid, $5.00 given back").waitFor();
  await part("Invoices").getByRole("cell", { name: "Studio, Model time", exact: true }).waitFor();
  const links = await part("Invoices")
    .getByRole("link")
    .evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
  expect(links[0]).toBe(`Pay invoice GROW-0003 of ${nameDate(midnight - 10 * day)}`);
  expect(links).toHaveLength(5);
  expect(new Set(links).size).toBe(5);
  await part("Model time").getByText("claude-sonnet-5 is 80 percent").waitFor();
  expect(await page.getByText(/^At this pace/).count()).toBe(0);
  await part("Your plan")
    .getByText(`is missing. Your stack was stopped on ${nameDate(midnight - 3 * day)}.`)
    .waitFor(); // the rest is the banner's
  await seePage(page, "plan-suspended", 2_900);
  await page.setViewportSize({ width: 360, height: 4_600 });
  const spills = await page.evaluate(() =>
    [...document.querySelectorAll("table")].some((table) => table.getBoundingClientRect().right > innerWidth - 16),
  );
  expect(spills).toBe(false);
  await keepPicture(page, "plan-suspended-360");
  account = { ...account, subscription: { ...due, status: "canceled" } };
  await page.reload();
  await part("Invoices")
    .getByText(/^A plan that you choose now begins anew/)
    .waitFor();
  await part("Invoices")
    .getByRole("link", { name: /^See invoice GROW-0003/ })
    .waitFor();
});
