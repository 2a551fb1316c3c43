import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { PaymentDesk, PaymentEventView, PaymentLook } from "../../../../schema/billing/payment-desk.ts";
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
const quietDesk: PaymentDesk = { ok: true, state: "Stripe answers, and has all prices.", troubled: [], events: [] };
const troubledDesk: PaymentDesk = {
  ...{ ok: false, state: "Stripe answers. Of one member something is paid whose price no setting names." },
  troubled: [{ member: memberId, trouble: { kind: "unknown_price", since: at } }],
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
  customer: { id: "cus_ada", readAt: at, nextLook: at + 3_600_000, trouble: { kind: "unknown_price", since: at } },
  events: [
    event(5, { type: "charge.dispute.created", processedAt: null }),
    event(3),
    event(2, { type: "customer.subscription.created" }),
    event(1, { type: "checkout.session.completed" }),
  ],
};
let [desk, calls, roles, hasAgent]: [PaymentDesk, string[], string[], boolean] = [quietDesk, [], [], false];
const edge: Route = (method, where, body) => {
  const me = describeSampleMember();
  if (where === "/me") return { status: 200, body: { ...me, roles: ["member", ...roles], agent: hasAgent ? me.agent : null } };
  if (!where.startsWith("/payments")) return undefined;
  if (!roles.includes("operator")) return refusal(403, "forbidden", "You may not do that.");
  if (where === "/payments") return { status: 200, body: desk };
  calls.push(`${method} ${where} ${body}`);
  return body.includes("nobody") ? refusal(404, "not_found", "There is no such member.") : { status: 200, body: look };
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
  [desk, calls, roles, hasAgent] = [quietDesk, [], ["operator"], false];
  page = await (await openContext(browser)).newPage();
});
afterEach(() => page.context().close());
const open = (where: string) => page.goto(`${app.url}${where}#messages=20`);
const region = (name: string) => page.getByRole("region", { name, exact: true });

test("an operator goes from a member in trouble to a look with a reason, and reads how the payments went", async () => {
  desk = troubledDesk;
  await open("/payment-desk");
  await page.getByText("Something is paid whose price no setting names since").waitFor();
  await page.getByRole("button", { name: `Look at ${memberId}` }).focus();
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
  expect(await standing.getByRole("list", { name: "Events" }).locator(":scope > li").allInnerTexts()).toEqual([
    expect.stringMatching(/The bank took a payment back[\s\S]*Not followed yet/),
    expect.stringMatching(/An invoice was paid[\s\S]*Followed within 1\.2 s/),
    expect.stringContaining("A plan began"),
    expect.stringContaining("A checkout was finished"),
  ]);
  expect(await standing.getByText("evt_3").isVisible()).toBe(false);
  await standing.getByText("Details").nth(1).click();
  await standing.getByText("evt_3").waitFor();
  expect(calls).toEqual([`POST /payments/looks {"account":"${memberId}","reason":"Ticket 4711"}`]);
  const told = region("What Stripe told that is not followed, or parked");
  await told.getByText("Parked: it is of a connected account").waitFor();
  await told.getByText("payout.paid").first().waitFor(); // nobody has written words for it
  await seePage(page, "payment-desk-troubled", 1_900);
  await form.getByLabel("E-mail address or id").fill("nobody@example.com");
  await form.getByRole("button", { name: "Look", exact: true }).click();
  await form.getByRole("alert").getByText("There is no such member.").waitFor();
});

test("an operator without an agent comes by the door, one with an agent by the rail; what is empty is said", async () => {
  await open("/");
  await page.getByRole("link", { name: "Payments" }).click();
  await page.getByText("None. What is paid is what the accounts say.").waitFor();
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
