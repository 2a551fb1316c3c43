import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { planChangeIn } from "../../../../schema/billing/payment.ts";
import { subscriptionPlans } from "../../../../schema/billing/subscription-plan.ts";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { type Payments, startPayments } from "../../../doubles/payments/server.ts";
import { press } from "../../../doubles/payments/test-client.ts";
import { keepPicture, openBrowser, openContext, violations, widths } from "../../../harness/browser.ts";
import { type Route, serveApp } from "../serve-app.ts";
import { day, samplePlans, sampleSubscription, sampleTrial } from "./sample-billing.ts";

/** A member chooses the plan, pays on the page of the double of Stripe, comes back and manages it there. */
const [key, secret, price] = ["sk_test_0123456789", "whsec_0123456789", "price_studio"];
let payments: Payments;
let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
let customer: string;
let told: Partial<BillingOut> = {};
/** Calls that pay are refused so. */
let broken: string | undefined;

async function call(where: string, form: Record<string, string>): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(payments.url + where, { method: "POST", body: new URLSearchParams(form), headers, redirect: "manual" });
  const { url, id } = (await answer.json()) as { url?: string; id: string };
  return url ?? id;
}
const pages: Record<string, string> = {};
const edge: Route = (_, where, sent) => {
  if (where === "/billing/checkout" || where === "/billing/portal") {
    if (!broken) return { status: 200, body: { url: pages[where] } };
    return { status: 503, body: { error: { code: "unavailable", message: broken, retryable: false, requestId: "req_1" } } };
  }
  const invoices = payments.bank.invoicesOf(customer).map((each) => ({
    ...{ id: each.id, number: each.number, at: each.created * 1_000, amount: each.amount, currency: "usd", status: each.status },
    ...{ title: "Studio", due: 0, refunded: 0, takenBack: false, failures: 0, file: null, isPlan: false },
    url: `${payments.bank.base}/invoice/${each.id}`,
  }));
  if (where === "/billing/invoices") return { status: 200, body: { invoices, upcoming: null, card: null, waiting: null } };
  const [paid] = payments.bank.subscriptionsOf(customer);
  const subscription = sampleSubscription({ status: paid?.status === "past_due" ? "past_due" : "active" });
  const now: BillingOut = paid
    ? { ...trial, entitlement: "active", payments: { open: true, customer: true }, subscription, ...told }
    : { ...trial, ...told };
  if (where === "/billing/renewal") {
    told = { ...told, subscription: { ...subscription, status: (JSON.parse(sent) as { renews: boolean }).renews ? "active" : "canceled" } };
    renewals.push(sent);
    return { status: 200, body: { subscription: { ...subscription, ...told.subscription } } };
  }
  if (where === "/billing/plan") {
    const wanted = planChangeIn.parse(JSON.parse(sent));
    changes.push(wanted);
    const before = told.subscription ?? subscription;
    if (!payAt) {
      const { from: _, ...choice } = wanted;
      const isLess = wanted.plan === "studio" && before.plan === "workshop";
      told = { ...told, subscription: { ...before, ...(isLess ? { upcoming: choice } : { ...choice, upcoming: null }) } };
    }
    return { status: 200, body: { subscription: told.subscription ?? before, payAt: payAt ?? null } };
  }
  if (where === "/billing/plans") return { status: 200, body: samplePlans };
  if (where === "/billing/usage") return usage;
  if (where === "/egress") return { status: 200, body: { days: [], today: { requests: 4, bytes: 1_000_000 }, mostBytes: 1_000_000 } };
  return where === "/billing" || where === "/billing/refresh" ? { status: 200, body: now } : undefined;
};
const renewals: string[] = [];
const changes: unknown[] = [];
/** Where more is paid first: the card did not. */
let payAt: string | undefined;
const today = Math.floor(Date.now() / day);
const work = { ownMicros: 0, inputTokens: 900_000, outputTokens: 80_000, calls: 300 };
const [mb, gb] = [1_024 ** 2, 1_024 ** 3];
const used: UsageOut = {
  ...{ from: (today - 9) * day, began: (today - 9) * day },
  days: [8, 7, 5, 4, 1, 0].map((ago, index) => ({
    day: today - ago,
    costMicros: 400_000 + 300_000 * index,
    ...work,
    ownMicros: 20_000 * index,
  })),
  quests: [
    { quest: "qst_01ARZ3NDEKTSV4RRFFQ69G5FAV", costMicros: 4_100_000, ...work },
    { quest: null, costMicros: 2_800_000, ...work },
  ],
  projects: [
    { project: "bakery", costMicros: 5_100_000, ...work },
    { project: null, costMicros: 1_800_000, ...work },
  ],
  models: [
    { model: "claude-sonnet-5", costMicros: 6_900_000, ...work, ownMicros: 180_000 },
    { model: "llama-4-maverick-17b-128e-instruct-fp8", costMicros: 0, ...work, ownMicros: 120_000 },
  ],
  agentCosts: [],
  time: [6, 5, 4, 2, 1, 0].map((ago, index) => {
    const hours = { active: 1 + index, idle: 6 - index, dead: index === 2 ? 1 : 0 };
    const [activeMs = 0, idleMs = 0, deadMs = 0] = Object.values(hours).map((each) => each * 3_600_000);
    return { day: today - ago, activeMs, idleMs, deadMs, pausedMs: index === 3 ? 5_400_000 : 0, stoppedMs: 9 * 3_600_000 };
  }),
  agents: [
    { agent: newId("agt"), activeMs: 12 * 3_600_000, idleMs: 30 * 3_600_000, deadMs: 3_600_000 },
    { agent: newId("agt"), activeMs: 9 * 3_600_000, idleMs: 0, deadMs: 0 },
  ],
  machine: [6, 5, 4, 2, 1, 0].map((ago, index) => ({
    ...{ day: today - ago, egressBytes: 180 * mb * (1 + index) },
    diskBytes: index === 0 || ago === 0 ? null : 2 * gb + 300 * mb * index,
  })),
};
const unused: UsageOut = {
  ...{ from: today * day, began: today * day, days: [], quests: [], projects: [], models: [], agentCosts: [] },
  ...{ time: [], agents: [], machine: [] },
};
const refused = { error: { code: "unavailable", message: "The database is away.", retryable: false, requestId: "req_1" } };
let usage: { status: number; body: object } = { status: 200, body: unused };
const trial = sampleTrial();
beforeAll(async () => {
  payments = await startPayments({
    port: 0,
    key,
    secret,
    prices: { [price]: subscriptionPlans.studio.price },
    webhook: "http://127.0.0.1:1/",
  });
  app = await serveApp(edge);
  customer = await call("/v1/customers", { email: "ada@example.com" });
  const back = `${app.url}/plan-usage`;
  const bought = { mode: "subscription", customer, "line_items[0][price]": price, "line_items[0][quantity]": "1" };
  pages["/billing/checkout"] = await call("/v1/checkout/sessions", { ...bought, success_url: `${back}?paid=1`, cancel_url: back });
  pages["/billing/portal"] = await call("/v1/billing_portal/sessions", { customer, return_url: back });
  browser = await openBrowser();
  page = await (await openContext(browser)).newPage();
});
afterAll(async () => {
  await browser.close();
  await Promise.all([app.close(), payments.close()]);
});
const seen = async (name: string) => {
  expect(await violations(page)).toEqual([]);
  await keepPicture(page, `payment-${name}`);
};

test("a plan is chosen, declined, paid once, and said to be paid; the invoice opens at Stripe", async () => {
  await page.goto(`${app.url}/plan-usage`);
  broken = "Payments can't be reached right now. Nothing was changed.";
  await page.getByRole("button", { name: "Choose Studio" }).click();
  await page.getByRole("alert").getByText(broken).waitFor();
  broken = undefined;
  await page.getByRole("button", { name: "Choose Studio" }).click();
  await page.getByRole("button", { name: "Pay with a card that is declined" }).click();
  await page.getByRole("alert").getByText("Your card was declined.").waitFor();
  told = { ...trial }; // the edge has not heard of it yet
  await page.getByRole("button", { name: "Pay $29.00" }).click();
  await page.getByText("Waiting for the payment to be confirmed.").waitFor();
  told = {};
  await page.getByText("Your payment was received.").waitFor();
  expect(await page.getByRole("button", { name: "Choose Studio" }).count()).toBe(0);
  const invoice = page.getByRole("link", { name: /^See invoice GROW-0001/ });
  expect(await invoice.getAttribute("href")).toContain("/invoice/");
  await seen("paid");
  await page.setViewportSize(widths.phone);
  await seen("paid-phone");
});

test("a missing payment and a plan that is cancelled or stopped say how to come back", async () => {
  const subscription = sampleSubscription({ status: "past_due", periodEnd: Date.now() - day });
  told = { entitlement: "grace", subscription };
  await page.goto(`${app.url}/plan-usage`);
  await page.getByText("The payment page takes any card.").waitFor();
  await page.getByRole("button", { name: "Pay what is open" }).click();
  await page.getByRole("heading", { name: "Your plan" }).waitFor();
  told = { entitlement: "suspended", subscription };
  await page.getByRole("link", { name: "Back to GrowQR" }).click();
  await page.getByText(/is missing\. Your stack was stopped/).waitFor();
  await page.getByRole("button", { name: "Pay what is open" }).waitFor();
  told = {
    entitlement: "active",
    subscription: sampleSubscription({ status: "canceled", periodEnd: Date.now() + day }),
  };
  await page.reload();
  await page.getByText(/^Cancelled: it runs until/).waitFor();
  await page.getByRole("button", { name: "Keep the plan" }).waitFor();
  told = { payments: { open: false, customer: false } };
  await page.reload();
  await page.getByText("Payments are not set up on this GrowQR yet").waitFor();
  expect(await page.getByRole("button", { name: "Choose Studio" }).count()).toBe(0);
});

test("the plan is cancelled after a question that says what is charged and when, and kept again", async () => {
  told = {};
  await page.goto(`${app.url}/plan-usage`);
  await page.getByText(/^\$29\.00 is charged on /).waitFor();
  await page.getByRole("button", { name: "Cancel plan" }).click();
  const question = page.getByRole("dialog", { name: "Cancel the plan?" });
  await question.getByText(/nothing more is charged/).waitFor();
  await question.getByRole("button", { name: "Cancel the plan" }).click();
  await page.getByText(/^Cancelled: it runs until/).waitFor();
  await page.getByRole("button", { name: "Keep the plan" }).click();
  await page.getByRole("button", { name: "Cancel plan" }).waitFor();
  expect(renewals.map((each) => JSON.parse(each) as unknown)).toEqual([{ renews: false }, { renews: true }]);
});

test("a paid plan is changed to more at once, to less from the next period, and that is taken back", async () => {
  told = {};
  changes.length = 0;
  await page.setViewportSize({ ...widths.desktop, height: 1_400 });
  await page.goto(`${app.url}/plan-usage`);
  const plan = (title: string) => page.getByRole("region", { name: title, exact: true });
  await plan("Studio").getByText("This is your plan.").waitFor();
  await plan("Workshop").getByText("$99.00 a month", { exact: true }).waitFor();
  payAt = "https://pay.example/invoice";
  await plan("Workshop").getByRole("button", { name: "Change to Workshop" }).click();
  const question = page.getByRole("dialog", { name: "Change to Workshop?" });
  await question.getByText("What you have at once:").waitFor();
  await expect
    .poll(() => question.getByRole("definition").allInnerTexts())
    .toEqual(expect.arrayContaining(["about $70.00", "$99.00 a month"]));
  await question.getByText("The payment service could not be asked: counted before tax and promotions.").waitFor();
  await seen("change");
  await question.getByRole("button", { name: "Pay about $70.00" }).click();
  await plan("Workshop").getByText("Nothing is changed until it is paid.").waitFor();
  expect(await page.getByRole("link", { name: "Pay it" }).getAttribute("href")).toBe(payAt);
  payAt = undefined;
  await plan("Workshop").getByLabel("Model time a month").selectOption({ index: 1 });
  await plan("Workshop").getByText("$198.00 a month", { exact: true }).waitFor();
  await plan("Workshop").getByRole("button", { name: "Change to Workshop with $180.00 of model time" }).click();
  await page.getByRole("button", { name: /^Pay about / }).click();
  await page.getByText(/^\$198\.00 is charged on /).waitFor();
  await plan("Studio").getByRole("button", { name: "Change to Studio" }).click();
  await page.getByRole("button", { name: /^Change on / }).click();
  await page.getByText(/it is Studio: \$29\.00 is charged then/).waitFor();
  await plan("Studio").getByText("It is your plan from the next period on.").waitFor();
  await seen("plans");
  await page.setViewportSize(widths.phone);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await seen("plans-phone");
  await page.setViewportSize(widths.desktop);
  await plan("Your plan").getByRole("button", { name: "Stay on Workshop with $180.00 of model time" }).click();
  await page.getByText(/^\$198\.00 is charged on /).waitFor();
  const [studio, workshop, twice] = [{ plan: "studio", quantity: 1 }, ...[1, 2].map((quantity) => ({ plan: "workshop", quantity }))];
  expect(changes).toEqual([
    { ...workshop, from: studio },
    { ...twice, from: studio },
    { ...studio, from: twice, proratedAt: null }, // it was said that nothing is paid now
    { ...twice, from: twice },
  ]);
});

test("what is used is shown by day, agent, quest, project and model, limits near and reached are said, and a failure is none", async () => {
  usage = { status: 500, body: refused };
  told = { model: { usedMicros: 4_200_000, limitMicros: 5_000_000, calls: 300 }, tokens: { input: 5_400_000, output: 480_000 } };
  await page.setViewportSize({ ...widths.desktop, height: 2_700 });
  await page.reload();
  await page.getByText("Near the limit").waitFor();
  await page.getByText("Limit reached").waitFor(); // the internet, today
  await page.getByText("The database is away.").waitFor();
  usage = { status: 200, body: used };
  await page.getByRole("button", { name: "Retry" }).click();
  await page
    .getByRole("img", { name: /^Cost by day/ })
    .locator("canvas")
    .waitFor();
  await page.getByRole("img", { name: "Hours by day: 21 h 00 m active, 21 h 00 m idle, 1 h 00 m dead" }).locator("canvas").waitFor();
  for (const [by, name] of [["quest", "No quest"], ["project", "bakery"], ["model", "$0.12, own key"]] as const) // biome-ignore format: one line
    await page
      .getByRole("table", { name: `By ${by}` })
      .getByText(name)
      .waitFor();
  await page.getByText("Paid to providers by your own keys: $0.30. It is not part of your plan.").waitFor();
  const ran = page.getByRole("region", { name: "Time your stack ran" });
  await ran.getByText("1 h 30 m asleep, its memory kept").waitFor();
  await ran.getByText(/^\d\d h 00 m it was off$/).waitFor();
  const times = ran.getByRole("table", { name: "Time by agent" });
  await times.getByRole("row", { name: "An agent that has ended 9 h 00 m – –" }).waitFor();
  await times.getByRole("row", { name: "An agent that has ended 12 h 00 m 30 h 00 m 1 h 00 m" }).waitFor();
  const moved = page.getByRole("region", { name: "Internet and disk" });
  await moved.getByRole("img", { name: "Internet by day: 3.7 GB" }).locator("canvas").waitFor();
  await moved.getByText("3.7 GB", { exact: true }).waitFor();
  const name = (ago: number) =>
    new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" }).format((today - ago) * day);
  await moved.getByText(`3.2 GB measured on ${name(1)}: 900 MB more than on ${name(5)}`).waitFor();
  await seen("usage");
  await page.setViewportSize({ ...widths.phone, height: 3_600 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await seen("usage-phone");
});

test("of what was not measured yet nothing is drawn, and that is said", async () => {
  usage = { status: 200, body: unused };
  await page.goto(`${app.url}/plan-usage`);
  await page.getByText("Nothing was measured in this period yet.").waitFor();
  const never = { day: today, activeMs: 0, idleMs: 0, deadMs: 0, pausedMs: 0, stoppedMs: 7_200_000 };
  usage = {
    status: 200,
    body: { ...unused, time: [never], machine: [{ day: today, egressBytes: 0, diskBytes: null }] } satisfies UsageOut,
  };
  await page.reload();
  for (const part of ["Used of your limits", "Internet and disk"])
    await page.getByRole("region", { name: part }).getByText("Not measured yet").waitFor();
  await page.getByText("2 h 00 m it was off").waitFor();
  expect(await page.getByRole("img", { name: /by day/ }).count()).toBe(0);
  expect(await page.getByText("asleep, its memory kept").count()).toBe(0);
  await seen("usage-none");
});

/** A small phone shows all of it, each button is as high as a thumb, and one of them leads. */
async function fitsPhone(name: string): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  const heights = await page.locator("button, input, a").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  expect(await page.locator("button.pri").count()).toBe(1);
  await seen(name);
}
test("the demo's own pages say what is free, charged and next, name what can go wrong, and fit a small phone", async () => {
  const payer = await call("/v1/customers", { email: "tom@example.com" });
  const back = `${app.url}/plan-usage`;
  const bought = { mode: "subscription", customer: payer, "line_items[0][price]": price, success_url: back, cancel_url: back };
  const free = { allow_promotion_codes: "true", "subscription_data[trial_period_days]": "14" };
  const checkout = await call("/v1/checkout/sessions", { ...bought, ...free });
  await page.setViewportSize({ ...widths.phone, width: 375 });
  await page.goto(checkout);
  expect(await page.locator("dd").allInnerTexts()).toEqual([
    "$0.00",
    expect.stringMatching(/^\$29\.00 on \w+ \d+, \d{4}$/),
    "None in this demo",
  ]);
  await page.getByLabel("Promotion code").fill("BAKER20");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("14 days free, then $23.20 a month").waitFor();
  await fitsPhone("demo-checkout");
  await page.getByRole("button", { name: "Pay with a card whose bank asks you to confirm (3-D Secure)" }).click();
  await page.getByRole("heading", { name: "Your bank asks: was it you?" }).waitFor();
  await fitsPhone("demo-bank");
  await press(checkout, "pay");
  const portal = await call("/v1/billing_portal/sessions", { customer: payer, return_url: back });
  await page.goto(portal);
  await page.getByText(/^Studio, \$23\.20 a month, 20 % off\. Free until \w+ \d+, \d{4}\.$/).waitFor();
  await fitsPhone("demo-free-days");
  await page.getByRole("button", { name: "End the free days, and pay" }).click();
  await page.getByText(/Renews on \w+ \d+, \d{4}\.$/).waitFor();
  await page.getByRole("button", { name: "Use a card that is declined" }).click();
  await page.getByText("Visa ending 0341").waitFor();
  await page.getByRole("button", { name: "End the month with a payment that fails" }).click();
  await page.getByText("The last payment failed.").waitFor();
  await fitsPhone("demo-portal");
  expect(await page.locator("button.pri").innerText()).toBe("Pay what is open");
  expect(await page.getByRole("columnheader").allInnerTexts()).toEqual(["Number", "Date", "Amount", "Status"]);
  await page
    .getByRole("row", { name: /\$23\.20 Open$/ })
    .getByRole("link")
    .click();
  await fitsPhone("demo-invoice");
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.getByText("Paid", { exact: true }).waitFor();
});
