import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { z } from "zod";
import {
  differenceSettleIn,
  type PaymentDesk,
  type PaymentDifference,
  type PaymentEventView,
  type PaymentLook,
} from "../../../../schema/billing/payment-desk.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { openBrowser, openContext, violations } from "../../../harness/browser.ts";
import { describeSampleMember, type Route, serveApp } from "../serve-app.ts";
import { refusal, sampleSubscription } from "./sample-billing.ts";
import { seePage } from "./see-page.ts";

/** The operators' page of payments in the real app; a sample edge knows one member. */
const memberId = newId("mem", 1);
const at = Date.UTC(2026, 10, 22, 9);
const event = (n: number, change: Partial<PaymentEventView> = {}): PaymentEventView => ({
  ...{ id: `evt_${n}`, type: "invoice.paid", member: memberId, receivedAt: at + n * 60_000, processedAt: at + n * 60_000 + 1_200 },
  parked: null,
  ...change,
});
type SeenInvoice = NonNullable<PaymentLook["invoices"]>[number];
const invoice = (id: string, change: Partial<SeenInvoice>): SeenInvoice => ({
  ...{ id, title: "Studio", at, amount: 2_900, currency: "usd", status: "paid", failures: 0, refunded: 0, takenBack: false },
  ...change,
});
const differences: PaymentDifference[] = [
  { member: memberId, kind: "invoice", invoice: "in_1", expectedCents: 1_234, foundCents: 1_134, since: at },
  { member: memberId, kind: "ledger", invoice: null, expectedCents: 204, foundCents: 200, since: at + 3_600_000 },
];
const well = { ok: true, state: "Stripe answers, and has all prices." };
const quietDesk: PaymentDesk = { ...well, troubled: [], differences: [], events: [] };
const troubledDesk: PaymentDesk = {
  ...{ ok: false, state: "Stripe answers. Of one member something is paid whose price no setting names." },
  troubled: [{ member: memberId, trouble: { kind: "unknown_price", since: at } }],
  differences,
  events: [
    event(9, { type: "charge.dispute.created", processedAt: null }),
    event(8, { type: "payout.paid", member: null, parked: "account" }),
    event(7, { type: "invoice.paid", member: null, parked: "customer" }),
  ],
};
const look: PaymentLook = {
  member: { id: memberId, name: "Ada Byron", email: "ada@example.com" },
  entitlement: "grace",
  subscription: sampleSubscription({ status: "past_due", disputed: true, periodEnd: at }),
  customer: { id: "cus_ada", readAt: at, nextLook: at + 3_600_000, comparedAt: null, trouble: { kind: "unknown_price", since: at } },
  use: {
    model: { usedMicros: 6_250_000, limitMicros: 25_000_000 },
    limits: { apps: 10, diskMb: 40_960 },
    used: { apps: 3, disk: { bytes: 310 * 1_024 ** 2, at } },
  },
  invoices: [
    invoice("in_2", { at, amount: 7_000, title: "Change to Studio", takenBack: true }),
    invoice("in_1", { at: at - 86_400_000, refunded: 1_500 }),
  ],
  differences: differences.slice(0, 1),
  events: [
    event(5, { type: "charge.dispute.created", processedAt: null }),
    event(3),
    event(2, { type: "customer.subscription.created" }),
    event(1, { type: "checkout.session.completed" }),
  ],
};
/** As the edge: settled is what stands so now, and nothing else. */
function settle({ reason: _, ...seen }: z.infer<typeof differenceSettleIn>): ReturnType<Route> {
  const found = desk.differences.find(({ since, ...now }) => isDeepStrictEqual(now, seen));
  if (!found) return refusal(409, "conflict", "Something else changed first.");
  desk = { ...desk, differences: desk.differences.filter((each) => each !== found) };
  return { status: 200, body: { ok: true } };
}
let seen: PaymentLook = look;
let [desk, calls, roles, hasAgent]: [PaymentDesk, string[], string[], boolean] = [quietDesk, [], [], false];
const edge: Route = (method, where, body) => {
  const me = describeSampleMember();
  if (where === "/me") return { status: 200, body: { ...me, roles: ["member", ...roles], agent: hasAgent ? me.agent : null } };
  if (!where.startsWith("/payments")) return undefined;
  if (!roles.includes("operator")) return refusal(403, "forbidden", "You may not do that.");
  if (where === "/payments") return { status: 200, body: desk };
  calls.push(`${method} ${where} ${body}`);
  if (where === "/payments/differences") return settle(differenceSettleIn.parse(JSON.parse(body)));
  return body.includes("nobody") ? refusal(404, "not_found", "There is no such member.") : { status: 200, body: seen };
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
  [desk, calls, roles, hasAgent, seen] = [quietDesk, [], ["operator"], false, look];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = (where: string) => page.goto(`${app.url}${where}#messages=20`);
const region = (name: string) => page.getByRole("region", { name, exact: true });

test("an operator goes from a member in trouble to a look with a reason, and reads how the payments went", async () => {
  desk = troubledDesk;
  await open("/payment-desk");
  await page.getByText("Something is paid whose price no setting names since").waitFor();
  await page.getByRole("button", { name: `Look at ${memberId}`, exact: true }).focus();
  await page.keyboard.press("Enter");
  const form = region("Look at a member's payments");
  expect(await form.getByLabel("E-mail address or id").inputValue()).toBe(memberId);
  await page.keyboard.press("Enter"); // the reason has the focus, and there is none yet
  expect(await form.getByRole("button", { name: "Look", exact: true }).getAttribute("aria-disabled")).toBe("true");
  expect(calls).toEqual([]);
  await page.keyboard.type("Ticket 4711");
  await page.keyboard.press("Enter");
  const standing = region("How it stands");
  await standing.getByText("Studio, the payment was taken back by the bank on").waitFor();
  await standing.getByText("cus_ada").waitFor();
  expect(await standing.getByRole("list", { name: "State" }).innerText()).toMatch(/Compared with Stripe\s+Never/);
  expect(await standing.getByRole("table", { name: "Used of the plan" }).getByRole("row").allInnerTexts()).toEqual([
    expect.stringMatching(/^Limit\s+Used\s+Allowed$/),
    expect.stringMatching(/^Model time, this period\s+\$6\.25\s+\$25\.00$/),
    expect.stringMatching(/^Projects online\s+3\s+10$/),
    expect.stringMatching(/^Disk, measured on 22 November\s+310 MB\s+40 GB$/),
  ]);
  const billed = standing.getByRole("table", { name: "Invoices" });
  expect((await billed.getByRole("row").allInnerTexts()).slice(1)).toEqual([
    expect.stringMatching(/^22 November 2026\s+Change to Studio\s+\$70\.00\s+Paid, then taken back$/),
    expect.stringMatching(/^21 November 2026\s+Studio\s+\$29\.00\s+Paid, \$15\.00 given back$/),
  ]);
  expect(await standing.getByRole("link").count()).toBe(0); // the pages of invoices are the member's
  await form.getByText("no card, and no page of an invoice").waitFor();
  await standing.getByRole("list", { name: "Differences" }).getByText("$1.00 told to Stripe and not billed since").waitFor();
  expect(await standing.getByRole("button", { name: /^Settle/ }).count()).toBe(0);
  expect(await standing.getByRole("list", { name: "Events" }).locator(":scope > li").allInnerTexts()).toEqual([
    expect.stringMatching(/The bank took a payment back[\s\S]*Not followed yet/),
    expect.stringMatching(/An invoice was paid[\s\S]*Followed within 1\.2 s/),
    expect.stringContaining("A plan began"),
    expect.stringContaining("A checkout was finished"),
  ]);
  expect(await standing.getByText("evt_3").isVisible()).toBe(false);
  await standing.getByRole("list", { name: "Events" }).getByText("Details").nth(1).click();
  await standing.getByText("evt_3").waitFor();
  expect(calls).toEqual([`POST /payments/looks {"account":"${memberId}","reason":"Ticket 4711"}`]);
  const told = region("What Stripe told that is not followed, or parked");
  await told.getByText("Parked: it is of a connected account").waitFor();
  await told.getByText("payout.paid").first().waitFor(); // nobody has written words for it
  await seePage(page, "payment-desk-troubled", 2_700);
  await form.getByLabel("E-mail address or id").fill("nobody@example.com");
  await form.getByRole("button", { name: "Look", exact: true }).click();
  await form.getByRole("alert").getByText("There is no such member.").waitFor();
});

test("while Stripe is away, and of who has no plan, a look says so and shows the rest", async () => {
  seen = { ...look, use: null, invoices: null };
  await open("/payment-desk");
  const form = region("Look at a member's payments");
  const again = async () => {
    await form.getByRole("button", { name: "Look", exact: true }).click();
  };
  await form.getByLabel("E-mail address or id").fill(memberId);
  await form.getByLabel(/^Reason/).fill("Ticket 4711");
  await again();
  const standing = region("How it stands");
  await standing.getByText("The invoices can't be read at Stripe now.").waitFor();
  await standing.getByText("There is no plan.").waitFor();
  await standing.getByText("cus_ada").waitFor();
  expect(await standing.getByRole("table").count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  seen = { ...look, use: { ...look.use!, used: { apps: 0, disk: null } }, invoices: [] };
  await again();
  await standing.getByText("There is none yet.").waitFor();
  await standing.getByRole("row", { name: "Disk Not measured yet 40 GB" }).waitFor();
});

test("what does not add up is looked at, and settled once with a reason; the focus stays in its section", async () => {
  desk = troubledDesk;
  await open("/payment-desk");
  const section = region("Where cents do not add up");
  const rows = section.getByRole("list", { name: "Differences" }).locator(":scope > li");
  await rows.first().waitFor();
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringMatching(/\$1\.00 told to Stripe and not billed since[\s\S]*for the period: \$12\.34\. On the invoice: \$11\.34\./),
    expect.stringMatching(/\$0\.04 used and not written down to be told since[\s\S]*Models cost: \$2\.04\./),
  ]);
  expect(await section.getByText("in_1").isVisible()).toBe(false);
  await section.getByText("Details").click();
  await section.getByText("in_1").waitFor();
  const settleButton = section.getByRole("button", { name: /^Settle: \$1\.00/ });
  await settleButton.click();
  await page.keyboard.type("short");
  await page.keyboard.press("Enter");
  await section.getByText("One line of at least eight letters.").waitFor();
  await seePage(page, "payment-desk-settle", 1_900);
  await section.getByRole("button", { name: "Cancel" }).click();
  expect(await settleButton.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.keyboard.type("Credit of a dollar");
  const gate = Promise.withResolvers<void>();
  await page.route("**/payments/differences", (route) => gate.promise.then(() => route.continue()));
  await page.keyboard.press("Enter");
  await section.getByRole("button", { name: "Settling" }).waitFor();
  await page.keyboard.press("Enter");
  gate.resolve();
  await section.getByRole("status").getByText("Settled. It comes back if its amounts change.").waitFor();
  await expect.poll(() => rows.count()).toBe(1);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Where cents do not add up");
  const seen = { member: memberId, kind: "invoice", invoice: "in_1", expectedCents: 1_234, foundCents: 1_134 };
  expect(calls).toHaveLength(1);
  expect(JSON.parse(calls[0]!.replace("POST /payments/differences ", ""))).toEqual({ ...seen, reason: "Credit of a dollar" });
  await rows.getByRole("button", { name: `Look at the payments of ${memberId}` }).click();
  expect(await region("Look at a member's payments").getByLabel("E-mail address or id").inputValue()).toBe(memberId);
});

test("where the amounts are others by then nothing is settled, and they are read again; another failure keeps the form", async () => {
  desk = troubledDesk;
  await open("/payment-desk");
  const section = region("Where cents do not add up");
  await section.getByRole("button", { name: /^Settle: \$0\.04/ }).click();
  desk = { ...desk, differences: differences.slice(1).map((each) => ({ ...each, foundCents: 201 })) };
  await page.keyboard.type("Credit of four cents");
  await page.keyboard.press("Enter");
  await section.getByRole("alert").getByText("Nothing was settled: its amounts have changed since you read them.").waitFor();
  await section.getByText("$0.03 used and not written down to be told").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Where cents do not add up");
  expect(await section.getByRole("form").count()).toBe(0);
  await section.getByRole("button", { name: /^Settle: \$0\.03/ }).click();
  expect(await section.getByRole("alert").count()).toBe(0);
  roles = [];
  await page.keyboard.type("Credit of three cents");
  await page.keyboard.press("Enter");
  await section.getByRole("alert").getByText("You may not do that. Nothing was settled.").waitFor();
  expect(await section.getByLabel(/^Reason/).inputValue()).toBe("Credit of three cents");
});

test("an operator without an agent comes by the door, one with an agent by the rail; what is empty is said", async () => {
  await open("/");
  await page.getByRole("link", { name: "Payments" }).click();
  await page.getByText("None. What is paid is what the accounts say.").waitFor();
  await page.getByText("None. What was used, told and billed is the same.").waitFor();
  await page.getByText("Nothing. All that Stripe told was followed.").waitFor();
  await seePage(page, "payment-desk-empty", 1_000);
  hasAgent = true;
  await open("/quest");
  await page.getByRole("link", { name: "Payments" }).click();
  await page.getByText("Stripe answers, and has all prices.").waitFor();
  expect(await page.title()).toBe("Payments · GrowQR");
});

test("for others the page is not there, and the rail does not name it", async () => {
  [roles, hasAgent] = [[], true];
  await open("/payment-desk");
  await page.getByText("This page is for operators").waitFor();
  expect(await page.getByRole("link", { name: "Payments" }).count()).toBe(0);
  expect(await page.getByRole("region", { name: "Look at a member's payments" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  hasAgent = false; // without an agent they stand at the door
  await open("/payment-desk?again");
  await page.getByRole("button", { name: "Start free trial" }).waitFor();
});
