import { expect, test } from "vitest";
import { widths } from "../../harness/browser.ts";
import { answers, goTo, inputs, open, page, proposed, seen, serveTeam } from "./sample-team.ts";

serveTeam();

test("what waits is counted together and listed: questions, plans and quests; a cost stands where it is known", async () => {
  await open("/");
  await page.getByRole("link", { name: "4 waiting for you" }).click();
  await page.getByText("Cost at most $1.00").waitFor();
  await seen("inbox");
  await page.getByRole("link", { name: /Install a package/ }).click();
  await page.getByText("Reaches this task").waitFor();
  expect(await page.getByText("Cost", { exact: true }).count()).toBe(0);
  await page.getByRole("link", { name: /Weekly review/ }).click();
  await page.waitForURL(/\/quest\?tab=running&id=/);
  await goTo("/inbox");
  await page.getByRole("link", { name: /A website for the bakery/ }).click();
  await page.getByRole("button", { name: "Accept and start" }).waitFor();
  await goTo("/inbox?tab=rules");
  await page.getByText(/what it forbade stays forbidden and what it allowed is asked each time/).waitFor();
  await page.getByText("What every agent may reach on the internet").click();
  await page.getByText("JavaScript packages (npm, pnpm)").waitFor();
  await seen("rules");
});

test("on a phone the inbox offers every scope that the question allows", async () => {
  await open("/inbox", { size: "phone" });
  await page.getByRole("link", { name: /A website for the bakery/ }).waitFor();
  await seen("inbox-phone-list");
  await page.getByRole("link", { name: /Install a package/ }).click();
  await page.getByRole("radio", { name: /^For Coding/ }).check();
  await seen("inbox-phone");
  await page.getByRole("button", { name: "Allow for this agent" }).click();
  await expect.poll(() => inputs("decide")).toMatchObject([{ decision: "allow", scope: "agent" }]);
});

test("goals and memory that are proposed wait in the same inbox; progress on a goal does not look like a new one", async () => {
  const proposals = {
    proposals: [
      proposed("goal", "Open a bakery", ["Done: Rent the oven", "0 % before, 50 % with it"]),
      proposed("profile", "Short answers", []),
    ],
    next: null,
  };
  await open("/", { more: { answers: { ...answers, proposals } } });
  await page.getByRole("link", { name: "6 waiting for you" }).click();
  await expect.poll(() => page.title()).toBe("(6) Inbox · GrowQR");
  await page.getByRole("link", { name: /Progress on a goal · Done: Rent the oven/ }).click();
  const card = page.getByRole("region", { name: "Proposed: Open a bakery" });
  await card.getByText("Progress on your goal").waitFor();
  expect(await card.getByRole("button", { name: "Edit" }).count()).toBe(0);
  await seen("inbox-progress");
  await page.setViewportSize(widths.phone);
  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Inbox 6" }).waitFor();
  await page.getByRole("link", { name: /About you/ }).click();
  await page.getByRole("region", { name: "Proposed: Short answers" }).getByRole("button", { name: "Accept", exact: true }).waitFor();
  await seen("inbox-proposal-phone");
});
