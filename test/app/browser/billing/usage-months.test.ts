import { expect, test } from "vitest";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import { newId } from "../../../../schema/wire/id.ts";
import { widths } from "../../../harness/browser.ts";
import { fits, open, page, seen, serveTeam } from "../sample-team.ts";
import { day, sampleBilling, samplePlans, sampleSubscription } from "./sample-billing.ts";

/** What was used in the months before the running period. */
const from = Date.parse("2026-11-20T12:00:00Z");
const work = { ownMicros: 0, inputTokens: 1_000, outputTokens: 100, calls: 4 };
const none: UsageOut = {
  ...{ from, began: Date.parse("2025-06-03T12:00:00Z"), days: [], quests: [], projects: [], models: [], agentCosts: [] },
  ...{ time: [], agents: [], machine: [] },
};
const october: UsageOut = {
  ...none,
  from: Date.parse("2026-10-01T00:00:00Z"),
  days: [3, 9].map((n) => ({ day: Date.parse("2026-10-01T00:00:00Z") / day + n, costMicros: 2_000_000, ...work })),
  models: [{ model: "claude-sonnet-5", costMicros: 4_000_000, ...work }],
  agentCosts: [{ agent: newId("agt"), costMicros: 4_000_000, ...work }],
};
let asked: (string | null)[] = [];
serveTeam((_method, path, _body, query) => {
  if (path === "/billing/plans") return { status: 200, body: samplePlans };
  if (path === "/billing") return { status: 200, body: sampleBilling({ subscription: sampleSubscription(), periodStart: from }) };
  if (path !== "/billing/usage") return undefined;
  asked.push(query.get("month"));
  return { status: 200, body: query.get("month") === "2026-10" ? october : none };
});
const tab = (name: string) => page.getByRole("tab", { name, exact: true });
const models = () => page.getByRole("region", { name: "Model time" });

test("the months before the period are chosen by keyboard; an empty one says so; what is left is said of the period alone", async () => {
  asked = [];
  await open("/plan-usage");
  await models().getByRole("heading", { name: "Model time since 20 November 2026" }).waitFor();
  expect(await page.getByRole("tab").allInnerTexts()).toEqual([
    ...["This period", "November", "October", "September", "August", "July", "June", "May", "April", "March", "February"],
    ...["January", "December 2025"],
  ]);
  await tab("This period").focus();
  for (const name of ["November", "October"]) {
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => tab(name).getAttribute("aria-selected")).toBe("true");
  }
  await models().getByRole("heading", { name: "Model time in October" }).waitFor();
  await models().getByText("$4.00 for 8 calls of models, which read 2,000 tokens and wrote 200.").waitFor();
  await models().getByRole("row", { name: "An agent that has ended 1,100 $4.00" }).waitFor();
  expect(await page.getByText(/^At this pace|percent of what models cost/).count()).toBe(0);
  await seen("usage-month");
  await page.keyboard.press("End");
  await page.getByText("Nothing was used in December 2025.").waitFor();
  expect(await models().count()).toBe(0);
  await page.keyboard.press("Home");
  await models().getByRole("heading", { name: "Model time since 20 November 2026" }).waitFor();
  expect(asked).toContain("2026-10");
});

test("on a phone the months scroll within their line, and one is chosen by a thumb", async () => {
  await open("/plan-usage", { size: "phone" });
  await tab("October").click();
  await models().getByRole("heading", { name: "Model time in October" }).waitFor();
  await seen("usage-month-phone");
  await page.setViewportSize({ ...widths.phone, width: 360 });
  await tab("December 2025").click();
  await page.getByText("Nothing was used in December 2025.").waitFor();
  expect(await fits()).toBe(true);
});
