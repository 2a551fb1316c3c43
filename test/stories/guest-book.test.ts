import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { FrameLocator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stepWords } from "../../edge/app/project/project-words.ts";
import { meOut } from "../../schema/account/account.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { projectDetail } from "../../schema/project/project.ts";
import { readReceipt } from "../../schema/receipt/receipt.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { keepPicture, keepPictures, say, signInAs, toConversation, violations, visit } from "../harness/browser.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { type Events, type Person, person } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { bringVisitor } from "../harness/visitor.ts";

/**
 * The story of issue 10 in a real browser, with packages from the real registry: a server with a database
 * and a page that is bundled, seen while it is built, proven, put online by one yes, and back after it was
 * killed.
 */
describe("a guest book", () => {
  const visitor = bringVisitor("gina", { settleMs: 240_000 });
  const minute = 60_000;
  const project = "bakery-guest-book";
  const title = "Bakery guest book, tested and reviewed";
  let gina: Person;
  let member = "";
  let events: Events;
  skipAfterFailure();
  beforeAll(async () => {
    gina = await person(visitor.product, visitor.email);
    const { agent, member: me } = meOut.parse((await gina.call("GET", "/me")).body);
    member = me.id;
    events = await gina.events(agent!.id, 0);
  });
  afterAll(() => events?.close());

  async function leaveNote(book: FrameLocator, text: string): Promise<void> {
    await book.getByLabel("Your note").waitFor();
    // Before its script runs, a form is sent by the browser itself, and what was typed is gone.
    await expect.poll(() => book.locator(":root").evaluate(() => document.readyState)).toBe("complete");
    await book.getByLabel("Your note").fill(text);
    await book.getByRole("button", { name: "Leave it" }).click();
    await book.getByRole("listitem").filter({ hasText: text }).getByText("just now").waitFor();
  }

  test("asked for in plain words it is a plan, and after one press it is seen running while it is built", {
    timeout: limit(6 * minute),
  }, async () => {
    const { page } = visitor;
    await say(page, "I want a guest book for my bakery: people leave a note, I can delete one.");
    const plan = page.getByRole("article", { name: `Plan ${title}` });
    await plan.getByRole("button", { name: "Accept and start" }).click({ timeout: limit(minute) });
    const { body } = await events.wait("preview.state", ({ body: { source } }) => source.kind === "port", 4 * minute);
    const [coding, atRest] = [page.getByRole("link", { name: /^Coding/ }).first(), page.getByRole("button", { name: /^Helpers at rest/ })];
    await coding.or(atRest).first().waitFor();
    if (!(await coding.isVisible())) await atRest.click(); // it may be done by now
    await coding.click();
    await page
      .getByRole("article", { name: `Preview ${body.title}` })
      .getByRole("link", { name: "Open", exact: true })
      .click();
    const book = page.frameLocator("iframe[title='Guest book']");
    await leaveNote(book, "While it is being built");
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "guest-book-built");
  });

  test("what it needs is installed and locked, its tests notice what is taken out, and it is merged", {
    timeout: limit(8 * minute),
  }, async () => {
    await events.wait("plan.state", ({ body }) => body.state === "done", 7 * minute);
    expect(events.of("approval.asked").map(({ body }) => body.title)).toEqual([]);
    const built = events.of("task.state").find(({ body }) => body.name === "book" && body.facts.state === "verified")!;
    const { body } = await gina.call("GET", `/receipts?task=${built.body.taskId}`);
    const receipt = receiptView.parse((body as { receipts: unknown[] }).receipts[0]);
    const keys = await (await fetch(`${visitor.product.edgeUrl}/.well-known/jwks.json`)).json();
    const { setup, strength } = (await readReceipt(receipt.receipt, keys)).predicate;
    expect([setup?.commands, setup?.unpinned]).toEqual([["npm ci"], []]);
    expect(strength?.caught).toBeGreaterThan(0);
    expect(projectDetail.parse((await gina.call("GET", `/projects/${project}`)).body).main.can).toBe(true);
  });

  test("one yes puts it online, as a phone beside it sees, people leave notes there, and one is deleted", {
    timeout: limit(5 * minute),
  }, async () => {
    const { page } = visitor;
    const phone = await visit(visitor.browser, visitor.product, { size: "phone" });
    await signInAs(phone.page, visitor.email);
    await phone.page.goto(`${visitor.product.edgeUrl}/project/${project}`);
    await phone.page.getByText("Not online").first().waitFor();
    const underWay = Object.values(stepWords).reduce(
      (any, words) => any.or(phone.page.getByText(words)),
      phone.page.getByText("Going online"),
    );
    const seen = underWay.first().waitFor({ timeout: limit(3 * minute) });
    await toConversation(page);
    await say(page, "put it online");
    await page.getByRole("button", { name: /^Allow/ }).click({ timeout: limit(minute) });
    await events.wait("release.state", ({ body }) => body.state === "serving", 3 * minute);
    await seen;
    await phone.page.getByText("Running").first().waitFor();
    await phone.page.frameLocator(`iframe[title="${project}"]`).getByLabel("Your note").waitFor();
    expect([phone.errors, await phone.page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([[], 390]);
    await keepPicture(phone.page, "guest-book-phone");
    await phone.context.close();
    await page.goto(`${visitor.product.edgeUrl}/project/${project}`);
    const book = page.frameLocator(`iframe[title="${project}"]`);
    await leaveNote(book, "Good bread");
    await leaveNote(book, "Bad bread");
    await book.getByRole("listitem").filter({ hasText: "Bad bread" }).getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => book.getByRole("listitem").count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await keepPictures(page, "guest-book-online");
  });

  test("killed it is back by itself, with what people wrote", async () => {
    const { page } = visitor;
    const { current } = projectDetail.parse((await gina.call("GET", `/projects/${project}`)).body).project;
    const name = dockerName(readInstance(visitor.product.instance), "app", `${project}-${member}-${current!.id}`);
    await promisify(execFile)("docker", ["kill", name]);
    const book = page.frameLocator(`iframe[title="${project}"]`);
    const notes = async () => {
      await page.reload();
      await book
        .getByRole("listitem")
        .first()
        .waitFor({ timeout: limit(5_000) });
      return book.getByRole("listitem").allInnerTexts();
    };
    await expect.poll(() => notes().catch(() => []), { timeout: limit(minute) }).toEqual([expect.stringContaining("Good bread")]);
    expect(visitor.errors).toEqual([]);
  });
});
