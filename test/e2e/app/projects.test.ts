import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meOut } from "../../../schema/account/account.ts";
import { planOut } from "../../../schema/agent/team.ts";
import { projectDetail } from "../../../schema/project/project.ts";
import { keepPicture, signInAs, toConversation, type Visit, violations, visit } from "../../harness/browser.ts";
import { skipAfterFailure } from "../../harness/in-order.ts";
import { type Events, type Person, person } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** A plan, its result and what becomes of it, in two real browsers: at a desk and on a phone. In order. */
describe("a plan and its project", () => {
  const visitor = bringVisitor("lena", { settleMs: 240_000 });
  const minute = 60_000;
  const project = "guest-book";
  let lena: Person;
  let events: Events;
  let phone: Visit;
  skipAfterFailure();
  beforeAll(async () => {
    lena = await person(visitor.product, visitor.email);
    const { agent } = meOut.parse((await lena.call("GET", "/me")).body);
    events = await lena.events(agent!.id, 0);
    phone = await visit(visitor.browser, visitor.product, { size: "phone" });
    await signInAs(phone.page, visitor.email);
  });
  afterAll(() => events?.close());

  async function seen(name: string): Promise<void> {
    for (const { page } of [visitor, phone]) expect(await violations(page)).toEqual([]);
    await keepPicture(visitor.page, `${name}-desk`);
    await keepPicture(phone.page, `${name}-phone`);
  }
  const card = ({ page }: Pick<Visit, "page">): Locator => page.getByRole("article", { name: "Plan A guest book" });

  test("an accepted plan stays one card, and shows at its end the page that it made, on both screens", {
    timeout: limit(6 * minute),
  }, async () => {
    const task = { project, outputs: ["index.html"], acceptance: [{ file: "index.html", contains: "Guest book" }] };
    const tasks = [
      { ...task, id: "page", title: "Write the page", owner: "product-flow" },
      { ...task, id: "page-merge", title: "Merge the page", owner: "repo", depends_on: ["page"] },
    ];
    const given = { title: "A guest book", story: "The member wants a guest book.", tasks };
    const { plan } = planOut.parse((await lena.call("POST", "/plans", { plan: given })).body);
    await card(visitor).getByRole("button", { name: "Accept and start" }).click();
    await card(visitor)
      .getByText(/of 2 done/)
      .waitFor({ timeout: limit(minute) });
    await seen("result-works");
    const answering = setInterval(async () => {
      for (const { body } of events.of("approval.asked"))
        await lena.call("POST", `/approvals/${body.id}/decision`, { decision: "allow", device: "laptop", scope: "once" });
    }, 1_000);
    await events
      .wait("plan.state", ({ body }) => body.planId === plan.id && body.state === "done", 5 * minute)
      .finally(() => clearInterval(answering));
    for (const { page } of [visitor, phone]) {
      await toConversation(page);
      const frame = card({ page }).frameLocator("iframe");
      await frame
        .getByText("Guest book")
        .first()
        .waitFor({ timeout: limit(minute) });
      await card({ page }).getByText("Done · 2 of 2 tasks verified").waitFor();
      await card({ page })
        .getByText(/^Proven: /)
        .waitFor();
      expect(await card({ page }).count()).toBe(1);
    }
    await seen("result-done");
  });

  test("words of it are changed by pressing on them, are proven like an agent's, and both screens see them", {
    timeout: limit(3 * minute),
  }, async () => {
    const { page } = visitor;
    await card(visitor).getByRole("link", { name: "Change something…" }).click();
    const pane = page.getByRole("complementary", { name: "Preview" });
    await pane.getByText("Press on the words or the picture").waitFor();
    const heading = pane.frameLocator("iframe").getByRole("heading", { name: "Guest book" });
    await heading.click();
    await pane.getByLabel("The words of this heading").fill("Guest book of Lena & friends");
    await pane.getByRole("button", { name: "Save these words" }).click();
    await pane.getByText("Your change is in the project.").waitFor({ timeout: limit(2 * minute) });
    for (const place of [pane, card(phone)])
      await place
        .frameLocator("iframe")
        .getByRole("heading", { name: "Guest book of Lena & friends" })
        .waitFor({ timeout: limit(minute) });
    await seen("result-changed");
    await pane.getByRole("button", { name: "Close the preview" }).click();
  });

  test("it is deployed by a press, a second screen watches, and what runs is seen in the page of its project", {
    timeout: limit(6 * minute),
  }, async () => {
    await visitor.page.goto(`${visitor.product.edgeUrl}/project/${project}`);
    await phone.page.goto(`${visitor.product.edgeUrl}/project`);
    await phone.page.getByRole("link", { name: new RegExp(`^${project}.*Not online`) }).click();
    for (const { page } of [visitor, phone]) await page.getByText("It is not online yet").waitFor();
    await seen("project-idle");
    await visitor.page.getByRole("button", { name: "Only for me" }).click();
    for (const { page } of [visitor, phone]) {
      await page
        .frameLocator(`iframe[title="${project}"]`)
        .getByText("Guest book")
        .first()
        .waitFor({ timeout: limit(3 * minute) });
      await page.getByText("You alone see it at this address.").waitFor();
      await page.getByText("What is online is its newest version.").waitFor();
    }
    await seen("project-runs");
  });

  test("its releases, log, metrics, checks and settings are read, and it is published by a second press", async () => {
    const { page } = visitor;
    const tab = (name: string) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name }).click();
    await tab("Releases");
    await page.getByText("Serves now").waitFor();
    await page.getByText(/^Put online by you, served after/).waitFor();
    await tab("Logs");
    await page.getByText("Follows").waitFor();
    await tab("Metrics");
    await page
      .getByText("Nothing was measured yet")
      .or(page.getByRole("heading", { name: "Requests" }))
      .waitFor();
    await tab("Checks");
    await page.getByText("Its newest version is proven and can go online").waitFor();
    await tab("Settings");
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByLabel("Name").fill("GREETING");
    await page.getByLabel("Value").fill("never-shown-again");
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByText(/^Value 1, set /).waitFor();
    await seen("project-settings");
    await tab("Overview");
    await page.getByRole("button", { name: "Show it to everybody…" }).click();
    await page.getByRole("button", { name: "Show it", exact: true }).click();
    await page.getByText("Everybody sees it at this address.").waitFor();
    await phone.page.getByText("Everybody sees it at this address.").waitFor();
    expect(projectDetail.parse((await lena.call("GET", `/projects/${project}`)).body).project.published).toBe(true);
    expect([visitor.errors, phone.errors]).toEqual([[], []]);
  });
});
