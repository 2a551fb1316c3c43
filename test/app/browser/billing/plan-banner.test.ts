import { expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { limitReached } from "../../../../schema/billing/limit-reached.ts";
import type { InvoicesOut, InvoiceView } from "../../../../schema/billing/payment.ts";
import { describePlaceLimit } from "../../../../schema/billing/place-limit.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { keepPicture, nextFrames, violations, widths } from "../../../harness/browser.ts";
import { answers, append, fits, open, page, seen, serveTeam } from "../sample-team.ts";
import { describeSampleMember } from "../serve-app.ts";
import { day, refusal, sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";

/** What a plan that does not go on by itself says on every page, and the ways to the plans. */
const due = sampleSubscription({ status: "past_due", periodEnd: Date.now() - 3 * day });
const withoutPayment = { stopsAt: Date.now() + 4 * day, archivedAt: Date.now() + 94 * day };
const invoice: InvoiceView = {
  ...{
    id: "in_1",
    number: "GROW-0002",
    title: "Studio",
    at: Date.now() - 3 * day,
    amount: 3_500,
    due: 2_900,
    refunded: 0,
    takenBack: false,
  },
  ...{ currency: "usd", status: "open", isPlan: true, failures: 3, url: "https://pay.example/in_1", file: null },
};
let account: BillingOut;
let invoices: InvoicesOut["invoices"] | undefined;
let asked: string[] = [];
serveTeam((method, path) => {
  if (path.startsWith("/billing")) asked.push(`${method} ${path}`);
  const { entitlement, subscription } = account;
  if (path === "/me") return { status: 200, body: { ...describeSampleMember(), entitlement, subscription } };
  if (path === "/billing/plans") return { status: 200, body: samplePlans };
  if (path === "/billing/portal") return { status: 200, body: { url: `${new URL(page.url()).origin}/portal-of-stripe` } };
  if (path === "/billing/invoices")
    return invoices ? { status: 200, body: { invoices, upcoming: null, waiting: null } } : refusal(503, "unavailable", "Away.");
  return path === "/billing" ? { status: 200, body: account } : undefined;
});
type Standing = { subscription?: BillingOut["subscription"]; unpaid?: InvoiceView[] | undefined };
function stand(entitlement: BillingOut["entitlement"], { subscription = due, ...more }: Standing = {}) {
  account = sampleBilling({ entitlement, subscription, withoutPayment });
  invoices = "unpaid" in more ? more.unpaid : [invoice];
  asked = [];
}
const banner = () => page.getByRole("status", { name: "Your plan" });
const stopped = { stack: { tier: "stopped", observed: "stopped", provisioning: false, ready: true }, agents: [], tasks: [] };

test("a payment that is missing is on every page, and its button leads to the invoice", async () => {
  stand("grace");
  for (const where of ["/", "/goal", "/plan-usage"]) {
    await open(where);
    await banner().getByText("A payment of $29.00 failed 3 times.").waitFor();
    await banner()
      .getByText(
        /^Your agents work on until .*, with a week's model time; then your stack stops and visitors can't see what you have online\. Nothing is deleted\.$/,
      )
      .waitFor();
    expect(await banner().getByRole("link", { name: "Pay $29.00" }).getAttribute("href")).toBe(invoice.url);
    expect(await page.getByRole("link", { name: "Your stack is stopped" }).count()).toBe(0);
    if (where === "/plan-usage") {
      const card = page.getByRole("region", { name: "Your plan", exact: true });
      await card.getByText(/^The invoice can be paid with any card\. To use another card .* press Manage billing/).waitFor();
      expect(await card.getByText(/is missing\.|Everything runs/).count()).toBe(0); // the banner says it
    }
    await seen(`banner-grace${where.replace("/", "-")}`);
    await page.context().close();
  }
  await open("/goal", { size: "phone" });
  await banner().getByRole("link", { name: "Pay $29.00" }).waitFor();
  await seen("banner-grace-phone");
});

test("a stack that is stopped says why, until when, and is reached by keyboard; nothing offers to start it", async () => {
  stand("suspended");
  await open("/files", { more: stopped });
  await banner()
    .getByText(/^Your stack is stopped\. A payment of \$29\.00 failed 3 times\. Paying restarts it in seconds\.$/)
    .waitFor();
  await page.getByText("Your stack is stopped, so files can't be read until your plan is active.").waitFor();
  expect(await page.getByRole("button", { name: /^(Start|Wake)/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Find or run" }).click();
  await page.keyboard.type("the");
  await page.getByRole("option").first().waitFor();
  expect(await page.getByRole("option", { name: /^(Start|Stop) the stack$/ }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Inbox", exact: true }).waitFor();
  await banner().getByRole("link", { name: "Export your data" }).focus();
  await page.keyboard.press("Tab");
  expect(
    await banner()
      .getByRole("link", { name: "Pay $29.00" })
      .evaluate((link) => link === document.activeElement),
  ).toBe(true);
  await seen("banner-suspended");
  await page.getByRole("link", { name: "Your stack is stopped" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
  await banner().waitFor();
  await seen("banner-suspended-plan");
  await banner().getByRole("link", { name: "Export your data" }).click();
  await page.getByRole("button", { name: "Export all your data" }).waitFor();
});

test("a stack that the plan stopped is stopped everywhere, also where its actor still says that it runs", async () => {
  stand("suspended");
  const runs = { stack: { tier: "running", observed: "running", provisioning: false, ready: true } };
  await open("/files", { more: runs });
  await page.getByText("Your stack is stopped, so files can't be read until your plan is active.").waitFor();
  await page.getByText("Stopped until your plan is active").first().waitFor();
  expect(await page.getByText(/could not be read|Stack running|^Ready/).count()).toBe(0);
  expect(await page.getByRole("button", { name: /the stack$|Retry/ }).count()).toBe(0);
  await seen("banner-suspended-files");
  await page.getByRole("link", { name: "GrowQR, to the conversation" }).click();
  await page.getByRole("heading", { level: 1, name: "Grow Agent" }).waitFor();
  expect(await page.getByText(/Stack running|^Ready/).count()).toBe(0);
  await page.getByPlaceholder("Nobody can answer until your plan is active").waitFor();
  const turnId = newId("trn");
  await append("message.sent", { messageId: newId("msg"), clientId: turnId, text: "Bake a page", turnId });
  await append("turn.state", { turnId, state: "failed", reason: limitReached.model, ms: 900 });
  await page.getByText("This turn failed after").waitFor();
  expect(await page.getByRole("button", { name: "Ask again" }).count()).toBe(0);
  await seen("banner-suspended-home");
});

test("on a phone and at 360 px nothing is cut, and no approval is promised where none can go on", async () => {
  stand("suspended");
  for (const size of ["phone", "narrow"] as const) {
    await open("/goal", { size: "phone", more: stopped });
    if (size === "narrow") await page.setViewportSize({ ...widths.phone, width: 360 });
    await banner().getByRole("link", { name: "Pay $29.00" }).waitFor();
    expect(await page.getByText(/waiting for you$|approvals? waiting$/).count()).toBe(0);
    await page.getByRole("link", { name: /^Inbox/ }).waitFor();
    await nextFrames(page);
    expect(await fits()).toBe(true);
    for (const act of await banner().getByRole("link").all()) {
      const box = await act.boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= page.viewportSize()!.width).toBe(true);
    }
    expect(await violations(page)).toEqual([]);
    await keepPicture(page, `team-banner-${size}`);
    await page.context().close();
  }
  await open("/", { size: "phone", more: stopped });
  await banner().waitFor();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("link", { name: "Your stack is stopped" }).click();
  await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
});

test("without the page of the invoice the button opens the portal, also while invoices can't be read", async () => {
  for (const unpaid of [[], undefined]) {
    stand("suspended", { unpaid });
    await open("/", { more: stopped });
    await banner().getByRole("button", { name: "Pay what is open" }).click();
    await page.waitForURL("**/portal-of-stripe");
    await page.context().close();
  }
  await open("/", { more: stopped });
  await banner().waitFor();
});

test("what ended without a payment leads to the plans, except on the page that has them", async () => {
  const ended = sampleSubscription({ plan: "trial", status: "trialing", periodEnd: Date.now() - day });
  for (const entitlement of ["suspended", "archived"] as const) {
    stand(entitlement, { subscription: ended, unpaid: [] });
    await open("/", { more: stopped });
    const stands = entitlement === "archived" ? "archived" : "stopped";
    await banner()
      .getByText(new RegExp(`^Your stack is ${stands}\\. The trial ended on `))
      .waitFor();
    expect(await page.getByText(/a message (starts|wakes) it/).count()).toBe(0);
    await seen(`banner-ended-${entitlement}`);
    await banner().getByRole("link", { name: "Choose a plan" }).click();
    await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
    await banner().getByRole("link", { name: "Export your data" }).waitFor();
    await banner().getByRole("link", { name: "Choose a plan" }).click(); // from above what else stands on the page
    await page.waitForURL((url) => url.hash === "#plans");
    await page.context().close();
  }
  stand("suspended", { subscription: { ...due, disputed: true } });
  await open("/", { more: stopped });
  await banner().getByText("Your stack is stopped. Your bank took a payment back.").waitFor();
  expect(await banner().getByText(/^Pay/).count()).toBe(0);
  await page.context().close();
  stand("grace", { subscription: { ...due, disputed: true }, unpaid: [] });
  await open("/goal");
  await banner()
    .getByText(/^Ask your bank to return it\. Your agents work on until /)
    .waitFor();
  await banner().getByRole("link", { name: "What to do" }).click();
  await page.getByText(/Tell your bank that you know this payment/).waitFor();
  expect(await banner().getByRole("link").count()).toBe(0);
});

test("while the plan goes on there is no banner, and nothing of payments is asked", async () => {
  stand("active", { subscription: sampleSubscription(), unpaid: [] });
  await open("/goal");
  await page.getByRole("heading", { level: 1, name: "Goals" }).waitFor();
  await page.getByRole("link", { name: /waiting for you$/ }).waitFor();
  expect(await banner().count()).toBe(0);
  expect(asked).toEqual([]);
});

test("an account that stands otherwise is read again: on coming back, at the time, and with the plan", async () => {
  stand("active", { subscription: sampleSubscription(), unpaid: [] });
  await open("/goal");
  await page.getByRole("link", { name: /waiting for you$/ }).waitFor();
  const comesBack = () => page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
  stand("archived");
  await expect.poll(async () => (await comesBack(), page.getByRole("link", { name: "Your stack is archived" }).count())).toBe(1);
  await banner().getByText("Your stack is archived.").waitFor();
  stand("active", { subscription: sampleSubscription(), unpaid: [] });
  await comesBack();
  await page.getByRole("link", { name: /waiting for you$/ }).waitFor();
  expect(await banner().count()).toBe(0);
  await page.context().close();
  stand("trialing", { subscription: sampleSubscription({ plan: "trial", status: "trialing", periodEnd: Date.now() + 4_000 }), unpaid: [] });
  await open("/goal");
  await page.getByRole("link", { name: /waiting for you$/ }).waitFor();
  stand("suspended", { subscription: sampleSubscription({ plan: "trial", status: "trialing", periodEnd: Date.now() }), unpaid: [] });
  await banner().getByText("Your stack is stopped. The trial ended on").waitFor();
  await page.getByRole("link", { name: "Your stack is stopped" }).waitFor();
});

test("a task that waits for a free place of the plan leads to the plans", async () => {
  stand("active", { subscription: sampleSubscription(), unpaid: [] });
  const { task } = answers.task;
  const waits = (text: string) => {
    const held = { ...task, facts: { ...task.facts, state: "created" }, hold: { why: "limit", on: [], text } };
    return { answers: { ...answers, task: { ...answers.task, task: held } } };
  };
  await open(`/timeline?task=${task.id}`, { more: waits(describePlaceLimit(3)) });
  await page.getByText("queued for a free place: your plan lets 3 agents work at once").first().waitFor();
  await seen("limit-task");
  await page.getByRole("link", { name: "See plans" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
  await page.context().close();
  await open(`/timeline?task=${task.id}`, { more: waits("queued for a free place: its plan lets 3 work at once") });
  await page.getByText("queued for a free place: its plan lets 3 work at once").first().waitFor();
  expect(await page.getByRole("link", { name: "See plans" }).count()).toBe(0);
});
