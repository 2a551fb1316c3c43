import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { plansOut } from "../../../schema/agent/team.ts";
import { keepPictures, pressInList, quiet, say, signInAs, violations, visit } from "../../harness/browser.ts";
import { person, script } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { bringVisitor } from "../../harness/visitor.ts";

/** The screens of the team's work, as one person opens them, in order; axe and pictures of each. */
describe("the screens", () => {
  const visitor = bringVisitor("vera", { settleMs: 240_000 });
  const { product, email } = visitor;

  const seen = async (page: Page, name: string) => {
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, name);
  };
  const rail = (name: RegExp | string) => visitor.page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name });
  const keys = async (...pressed: string[]) => {
    for (const key of pressed) await visitor.page.keyboard.press(key);
  };

  test("a quest is looked at by a key, says at each field what is missing, and is started, paused, resumed and stopped", async () => {
    const { page } = visitor;
    await page.getByRole("heading", { name: /^Ready in/ }).click();
    await keys("g", "q");
    await page.getByRole("link", { name: "Open Create and run a blog" }).click();
    await page.getByRole("button", { name: /^Start quest/ }).click();
    await page.getByText("Name of the blog is needed").waitFor();
    await seen(page, "quest-wrong");
    const ownQuest = page.getByRole("form", { name: "A quest of your own" });
    await ownQuest.getByLabel("Project, folder and commit").fill(`https://example.com/quest.git@${"a".repeat(40)}`);
    await ownQuest.getByRole("button", { name: "Show it" }).click();
    await page.getByText(/Push that repository into a project of yours/).waitFor();
    await page.getByRole("link", { name: "Open A goal with a weekly review" }).click();
    await page.getByLabel("What you want").fill("Run ten kilometres");
    await page.getByLabel("Why it matters to you").fill("To breathe");
    await page.getByText("Never more than").waitFor();
    await seen(page, "quest-preview");
    await keys("Control+Enter");
    const pane = page.getByRole("complementary", { name: "A goal with a weekly review" });
    await pane.getByRole("link", { name: /^Answer: Why does this goal matter/ }).click({ timeout: limit(120_000) });
    await page.getByLabel("Your answer").fill("I was out of breath on the stairs.");
    await seen(page, "quest-asks");
    await page.getByRole("button", { name: "Answer", exact: true }).click();
    await page.getByText("I was out of breath on the stairs.").waitFor();
    await page.goBack();
    await pane.getByText(/^2 of 14 steps proven/).waitFor({ timeout: limit(120_000) });
    await expect.poll(() => pane.getByRole("link", { name: "Receipt" }).count()).toBe(2);
    await seen(page, "quest-running");
    await pane.getByRole("button", { name: "Pause" }).click();
    await pane.getByText("Paused").waitFor();
    await pane.getByRole("button", { name: "Resume" }).click();
    await pane.getByText("Waits for its next time").waitFor();
    await pane.getByRole("button", { name: "End it" }).click();
    await pane.getByRole("button", { name: "Really stop it" }).click();
    await pane.getByText("Cancelled", { exact: true }).waitFor();
    await page.getByRole("link", { name: /^Finished 1/ }).click();
    await page.getByRole("link", { name: /A goal with a weekly review/ }).waitFor();
  });

  test("a receipt is opened from the quest's step", async () => {
    const { page } = visitor;
    await page.getByRole("link", { name: /A goal with a weekly review/ }).click();
    await page.getByRole("link", { name: "Receipt" }).first().click();
    await page.getByText("Details", { exact: true }).click();
    await page.getByRole("region", { name: "Commands to verify" }).waitFor();
    await seen(page, "receipt");
  });

  test("a plan is read before it is accepted; a task's thread takes a reply, which its agent answers there", async () => {
    const { page } = visitor;
    await rail(/^Grow Agent/).click();
    await say(page, "plan a greeting with your team");
    await page.getByRole("link", { name: "Read and edit" }).waitFor({ timeout: limit(60_000) });
    await quiet(page);
    await pressInList(page.getByRole("link", { name: "Read and edit" }));
    await page.getByRole("article", { name: /^Task 1/ }).waitFor();
    await page.getByRole("button", { name: "Edit" }).first().click();
    await seen(page, "plan-edited");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Accept and start" }).click();
    await page.getByText("At work").waitFor();
    await page.getByRole("link", { name: "Back to the conversation" }).click();
    await pressInList(page.getByText(/^\d+ tasks$/).last()); // the plan's card folds them
    await pressInList(page.getByRole("link", { name: /^Thread of Build the greeting/ }));
    const thread = page.getByRole("log", { name: "Thread of the task" });
    await thread
      .getByRole("article", { name: /^Coding/ })
      .first()
      .waitFor({ timeout: limit(60_000) });
    await page.getByLabel("Reply in the thread").fill("hello");
    await page.keyboard.press("Enter");
    await thread.getByRole("article", { name: /^Vera/ }).getByText("hello", { exact: true }).waitFor();
    await seen(page, "thread");
    const replies = thread.getByRole("article", { name: /^(Vera|Coding)/ });
    await expect
      .poll(async () => /^Coding/.test((await replies.last().getAttribute("aria-label")) ?? ""), { timeout: limit(120_000) })
      .toBe(true);
    await page.getByRole("tab", { name: "Task", exact: true }).click();
    await page.getByRole("heading", { name: "What is wanted" }).waitFor();
    await seen(page, "task-beside");
    await page.getByRole("button", { name: "Close the task" }).click();
    const team = page.getByRole("complementary", { name: "Task" });
    await team.getByRole("tab", { name: "Task", exact: true }).waitFor();
    await seen(page, "team");
  });

  test("the timeline shows every task; one opens beside it with its thread", async () => {
    const { page } = visitor;
    await rail("Timeline").click();
    await page
      .getByRole("link", { name: /Build the greeting/ })
      .first()
      .click();
    await page.getByRole("tab", { name: "Thread" }).click();
    await page.getByRole("log", { name: "Thread of the task" }).waitFor();
    await seen(page, "timeline-thread");
    await page.getByRole("tab", { name: "Task", exact: true }).click();
    await seen(page, "timeline");
  });

  test("what another device answered is said on this one, in the dock and in the inbox", async () => {
    const { page } = visitor;
    const vera = await person(product, email); // her team would ask for its push in the middle of this
    const [plan] = plansOut.parse((await vera.call("GET", "/plans")).body).plans;
    expect(await vera.call("POST", `/plans/${plan!.id}/cancel`)).toMatchObject({ status: 200 });
    const phone = await visit(visitor.browser, product, { size: "phone" });
    await signInAs(phone.page, email);
    const answerOn = async () => {
      const card = phone.page.getByRole("region", { name: /^Approval 1 of/ });
      await card.getByRole("button", { name: /^Allow once/ }).click({ timeout: limit(60_000) });
      await card.waitFor({ state: "hidden" });
    };
    await rail(/^Grow Agent/).click();
    await say(page, script({ tool: "bash", args: { command: "mkfifo dock", description: "as it was told" } }, { text: "went on" }));
    const dock = page.getByRole("region", { name: /^Approval 1 of/ });
    await dock.waitFor({ timeout: limit(60_000) });
    await seen(page, "dock");
    await phone.page.getByRole("region", { name: /^Approval 1 of/ }).waitFor();
    expect(await violations(phone.page)).toEqual([]);
    await answerOn();
    await page.getByText(/Already answered on your phone: allowed/).waitFor();
    await quiet(page);
    await say(page, script({ tool: "bash", args: { command: "mkfifo inbox", description: "as it was told" } }, { text: "went on" }));
    await dock.waitFor({ timeout: limit(60_000) });
    await rail(/waiting/).click();
    await page.getByRole("heading", { name: "What your yes covers" }).or(page.getByText("What your yes covers")).first().waitFor();
    await seen(page, "inbox");
    await answerOn();
    await page.getByText(/^Already answered on your phone: allowed\./).waitFor();
    await seen(page, "inbox-answered-elsewhere");
    await page.getByRole("link", { name: "Answered", exact: true }).click();
    await page
      .getByRole("link", { name: /Allowed once, on your phone/ })
      .first()
      .click();
    await seen(page, "inbox-answered");
    await page.getByRole("link", { name: "Rules" }).click();
    await page.getByText("Kept in").waitFor();
    await seen(page, "rules");
    expect(phone.errors).toEqual([]);
    await phone.context.close();
  });

  test("what is remembered of a person is accepted, explained, compared with before, and taken back", async () => {
    const { page } = visitor;
    await rail(/^Grow Agent/).click();
    await say(page, "remember that I prefer short answers");
    await page
      .getByRole("region", { name: /^Proposed: / })
      .getByRole("button", { name: "Accept" })
      .click({ timeout: limit(60_000) });
    await quiet(page);
    await page
      .getByText(/accepted/)
      .first()
      .waitFor();
    await say(page, "what do you remember about me?");
    const recalled = page.getByRole("button", { name: /^Recalled/ }).last();
    await recalled.click({ timeout: limit(60_000) });
    await page.getByRole("list", { name: "Sources" }).getByRole("link").first().waitFor();
    await quiet(page);
    await seen(page, "why-answer");
    await page.getByRole("link", { name: /^Memory: .*short answers/ }).click();
    await page.getByRole("button", { name: "Why", exact: true }).click();
    await page.getByRole("region", { name: "Why this file says what it says" }).getByRole("link").first().waitFor();
    await seen(page, "memory-why");
    await page.getByRole("link", { name: "History", exact: true }).click();
    await page
      .getByRole("region", { name: "Memory" })
      .getByRole("link", { name: /short answers/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Revert this change" }).waitFor();
    await seen(page, "memory-diff");
    await page.getByRole("button", { name: "Revert this change" }).click();
    await page.getByRole("button", { name: "Really revert" }).click();
    await page.getByRole("button", { name: "Reverted" }).waitFor({ timeout: limit(60_000) });
    await rail(/^Goals/).click();
    await page.getByRole("button", { name: "New goal" }).click();
    await seen(page, "goals");
    expect(visitor.errors).toEqual([]);
  });
});
