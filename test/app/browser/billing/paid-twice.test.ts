import { expect, test } from "vitest";
import { open, page, seen, serveTeam } from "../sample-team.ts";
import { sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";

/** A member whose two plans are charged at once reads it on the card of their plan. */
let paidTwice = true;
serveTeam((_method, path) => {
  if (path === "/billing/plans") return { status: 200, body: samplePlans };
  if (path === "/billing") return { status: 200, body: sampleBilling({ subscription: sampleSubscription(), paidTwice }) };
  return undefined;
});

test("the card of the plan says that two are paid, and whom to write to; of one plan it says nothing", async () => {
  await open("/plan-usage");
  const card = page.getByRole("region", { name: "Your plan", exact: true });
  const said = "You pay for two plans at once. Write to support@example.com and what was paid twice is paid back.";
  await card.getByText("You pay for two plans at once.").waitFor();
  expect(await card.innerText()).toContain(said);
  expect(await card.getByRole("link", { name: "support@example.com" }).first().getAttribute("href")).toBe("mailto:support@example.com");
  await seen("paid-twice");
  paidTwice = false;
  await page.reload();
  await card.getByText("Questions? Write to").waitFor();
  expect(await card.innerText()).not.toContain("two plans");
});
