import { expect, test } from "vitest";
import type { BillingOut } from "../../../../schema/billing/billing.ts";
import { limitReached } from "../../../../schema/billing/limit-reached.ts";
import type { EgressUse } from "../../../../schema/stack/egress-use.ts";
import { errorTable } from "../../../../schema/wire/error.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { append, fits, goTo, open, page, seen, serveTeam } from "../sample-team.ts";
import { sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";

/** Wherever a limit of the plan is met, the sentence that says so is followed by the way to the plans. */
const account: BillingOut = sampleBilling({ subscription: sampleSubscription() });
const mostBytes = 5_120 * 1_024 ** 2;
const egress: EgressUse = { days: [], today: { requests: 9, bytes: mostBytes }, mostBytes };
serveTeam((_method, path) => {
  if (path === "/billing/plans") return { status: 200, body: samplePlans };
  if (path === "/egress") return { status: 200, body: egress };
  return path === "/billing" ? { status: 200, body: account } : undefined;
});
const links = () => page.getByRole("link", { name: "See plans" });

/** A turn that met two limits, as its actor writes it. */
async function failTurn() {
  const turnId = newId("trn");
  await append("message.sent", { messageId: newId("msg"), clientId: turnId, text: "Bake a page", turnId });
  await append("turn.state", { turnId, state: "running" });
  const refused = (name: string) => `npm was not let to ${name}:443. ${limitReached.egress} What was used stands under Rules.`;
  for (const name of ["registry.npmjs.org", "github.com"])
    await append("notice", { level: "warning", code: "egress_refused", text: refused(name), turnId });
  await append("turn.state", { turnId, state: "failed", reason: limitReached.model, ms: 900, kept: "Nothing had been done yet." });
  await append("notice", { level: "error", code: "failed", text: `The agent could not finish. ${limitReached.model}`, turnId });
}

test("a turn that a limit of the plan ended leads to the plans, once, on a desk and on a phone", async () => {
  for (const size of ["desktop", "phone"] as const) {
    await open("/", { size });
    await page.getByRole("log").getByText("Answer 10.", { exact: true }).waitFor();
    await failTurn();
    await page.getByText(`The agent could not finish. ${limitReached.model}`).waitFor();
    await links().first().waitFor();
    expect(await links().count()).toBe(1);
    await page.getByText(`The agent could not finish. ${limitReached.model}`).getByRole("link", { name: "See plans" }).waitFor();
    await seen(`limit-turn-${size}`);
    await links().press("Enter");
    await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
    await page.context().close();
  }
});

test("a turn that used the model time up has the link in the notice that says so; another failure has none", async () => {
  await open("/");
  await page.getByRole("log").getByText("Answer 10.", { exact: true }).waitFor();
  for (const reason of [limitReached.model, "The budget of the task is used up."]) {
    const turnId = newId("trn");
    await append("turn.state", { turnId, state: "running" });
    await append("turn.state", { turnId, state: "failed", reason, ms: 900 });
    await append("notice", { level: "error", code: "failed", text: `The agent could not finish. ${reason}`, turnId });
    await page.getByText(`The agent could not finish. ${reason}`).waitFor();
  }
  const said = page.getByText(`The agent could not finish. ${limitReached.model}`);
  await said.getByRole("link", { name: "See plans" }).waitFor();
  expect(await links().count()).toBe(1);
});

test("what waits for room, and an app that is not let out, lead to the plans outside of any turn", async () => {
  await open("/", { size: "phone" });
  await page.getByRole("log").getByText("Answer 10.", { exact: true }).waitFor();
  await append("notice", { level: "warning", code: "storage_full", text: limitReached.disk });
  const app = `The app of bakery was not let to api.example:443. ${limitReached.egress} What was used stands under Rules.`;
  await append("notice", { level: "warning", code: "egress_refused", text: app });
  for (const text of [limitReached.disk, app]) await page.getByText(text).getByRole("link", { name: "See plans" }).waitFor();
  expect(await fits()).toBe(true);
  await goTo("/inbox?tab=rules");
  await page.getByText("What your agents and apps asked of the internet in the last month").click();
  await page.getByText(limitReached.egress).getByRole("link", { name: "See plans" }).click();
  await page.getByRole("heading", { level: 1, name: "Plan and usage" }).waitFor();
});

test("a form that is refused since no plan runs leads to the plans, and keeps what was written", async () => {
  await open("/goal");
  await page.getByRole("button", { name: "Change" }).waitFor();
  await page.evaluate((message) => {
    const goalPut = () => {
      throw Object.assign(new Error(message), { group: "user", code: "payment_required" });
    };
    Object.assign(Reflect.get(window, "sample").actor.answers, { goalPut });
  }, errorTable.payment_required.message);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Why it matters").fill("Bread for all");
  await page.getByRole("button", { name: "Save" }).click();
  const refused = page.getByRole("alert").filter({ hasText: errorTable.payment_required.message });
  await refused.getByText("What you wrote is kept here.").waitFor();
  await refused.getByRole("link", { name: "See plans" }).waitFor();
  await seen("limit-form");
});
