import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { meOut } from "../../schema/account/account.ts";
import { provisionSteps } from "../../schema/stack/stack.ts";
import {
  answers,
  keepPictures,
  openContext,
  quiet,
  say,
  signInAs,
  stopButton,
  textOf,
  toConversation,
  violations,
  widths,
} from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { containers, gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person, withActor } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { bringVisitor } from "../harness/visitor.ts";

/** A baker's first day: from the door to a page of her own, and back after her stack has slept. In order. */
const visitor = bringVisitor("ada");
const { email, product } = visitor;
let ada: Person;
let actor: string;
let member: string;
let events: Events;
skipAfterFailure();
afterEach(() => toConversation(visitor.page));
afterAll(() => events?.close());

const boxes = async () => (await containers(product.instance)).filter((line) => line.includes(member));

test("she signs in, is offered the trial, and sees each step of the provision with its time", async () => {
  const { page } = visitor;
  await page.getByRole("heading", { name: "Sign in to GrowQR" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "sign-in");
  await signInAs(page, email);
  await page.getByRole("heading", { name: /^Welcome, Ada/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "trial");
  await page.getByRole("button", { name: "Start free trial" }).click();
  await page.getByRole("heading", { name: "Setting up your own workshop" }).waitFor();
  await say(page, "hello"); // while it starts
  await expect.poll(() => page.getByRole("listitem").filter({ hasText: "Check plan" }).innerText()).toMatch(/\d s$/);
});

test("what she wrote while the stack starts is sent when the agent is ready, and answered", async () => {
  const { page } = visitor;
  await page.getByText("Kept on this device, sends when your agent wakes").waitFor();
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "first-run");
  await answers(page)
    .first()
    .getByText("demo", { exact: false })
    .waitFor({ timeout: limit(90_000) });
  await quiet(page);
  await expect.poll(() => page.getByRole("log").getByText("hello", { exact: true }).count()).toBe(1);
});

test("her agent is one pair of containers, and a memory with its first layout in one commit", async () => {
  ada = await person(product, email);
  const me = meOut.parse((await ada.call("GET", "/me")).body);
  [actor, member] = [me.agent!.id, me.member.id];
  events = await ada.events(actor, 0);
  await events.wait("provision.step", ({ body }) => body.step === "ready" && body.state === "done");
  const done = events.of("provision.step").filter(({ body }) => body.state === "done");
  expect(done.map(({ body }) => body.step)).toEqual([...provisionSteps]);
  for (const { body } of done) expect(body.ms).toBeGreaterThanOrEqual(0);
  expect((await boxes()).map((line) => line.split(" ")[1])).toEqual(["running", "running"]);
  const git = (...args: string[]) => gitIn(product.instance, member, "growqr/memory", ...args);
  const files = (await git("ls-tree", "-r", "--name-only", "main")).trim().split("\n");
  const first = ["profile.md", "index.md", "goals/README.md", "decisions/README.md", "policies/README.md"];
  expect(files).toEqual(expect.arrayContaining(first));
  expect(await git("show", "main:profile.md")).toContain("Name: Ada");
  expect(await git("log", "-1", "--format=%B", "main")).toMatch(/^memory\(layout\): [\s\S]*^Agent: agt_[\s\S]*^Outbox: out_/m);
});

test("an answer streams in pieces that add up, and a reload in its middle loses nothing", async () => {
  const { page } = visitor;
  const counted = async () => {
    const text = await textOf(answers(page).last())
      .innerText()
      .catch(() => "");
    return [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  };
  await say(page, "count slowly to 40");
  await stopButton(page).waitFor();
  await expect.poll(counted, { timeout: limit(30_000) }).toContain(4);
  const before = await counted();
  await page.reload();
  await expect.poll(async () => (await counted()).length).toBeGreaterThanOrEqual(before.length);
  await quiet(page);
  await expect.poll(counted).toEqual(Array.from({ length: 40 }, (_none, at) => at + 1));
  const text = events.of("message.text").at(-1)!.body;
  const pieces = events.deltas().flatMap(({ delta }) => (delta.partId === text.partId ? [delta] : []));
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.map(({ index }) => index)).toEqual(pieces.map((_none, at) => at));
  expect(text.text.startsWith(pieces.map((piece) => piece.text).join(""))).toBe(true); // its last piece may come with it
});

test("she asks for a page: tools fold to lines, commits come with their diff, the decision is remembered", async () => {
  const { page } = visitor;
  await say(page, "make me a page that says hello");
  await stopButton(page).waitFor();
  const answer = answers(page).last();
  await answer.getByText(/^Remembered:/).waitFor({ timeout: limit(60_000) });
  await quiet(page);
  await expect.poll(() => answer.getByRole("img", { name: "Done" }).count()).toBeGreaterThan(3);
  expect(await answer.getByText("Write", { exact: true }).locator("..").innerText()).toMatch(/index\.html[\s\S]*\d s/);
  const changes = answer.getByRole("region", { name: /^Changes in/ }).first();
  expect(await changes.innerText()).toMatch(/^\s*1\s*<!doctype html>/);
  const preview = page.getByRole("complementary", { name: "Preview" });
  await page.frameLocator("iframe[title='hello page']").getByRole("heading", { name: "hello" }).waitFor(); // without a press
  await preview.getByRole("button", { name: "Close the preview" }).click();
  const panel = page.getByRole("complementary", { name: "Task" });
  expect(await panel.getByText("make me a page that says hello").count()).toBe(1);
  expect(await panel.innerText()).toMatch(/Tokens\s+[\d,]+/);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "conversation");
});

test("what it says it did is in her Git: the page on a branch of its agent, and why in her memory", async () => {
  const { body: made } = await events.wait("commit", ({ body }) => body.repo === "projects/hello-page");
  expect(made.branch.startsWith(`agent/${actor}/`)).toBe(true);
  expect(made.files).toMatchObject([{ path: "index.html", status: "added", patch: expect.stringContaining("+") }]);
  const git = (repo: string, ...args: string[]) => gitIn(product.instance, member, repo, ...args);
  expect(await git(made.repo, "show", `${made.hash}:index.html`)).toContain("<h1>hello</h1>");
  expect((await git(made.repo, "rev-parse", made.branch)).trim()).toBe(made.hash);
  const { body: why } = await events.wait("commit", ({ body }) => body.title.startsWith("memory(decision)"));
  expect(why.files[0]?.path).toMatch(/^decisions\/\d{4}-\d\d-\d\d-/);
  expect(await git("growqr/memory", "show", `${why.hash}:${why.files[0]!.path}`)).toContain("index.html");
  expect(await git("growqr/memory", "log", "-1", "--format=%B", why.hash)).toMatch(/^Outbox: out_/m);
  expect(events.of("project.created")).toHaveLength(1);
  expect(events.of("message.text").at(-1)?.body.text).toContain("Done: your page says **hello**");
  const ran = events.of("tool.call").flatMap(({ body: { call } }) => (call.state === "done" ? [call.tool] : []));
  expect(ran).toEqual(["platform_open_project", "bash", "write", "bash", "platform_remember"]);
});

test("she sees the page itself beside the conversation, at the width of a phone too, by a link, and on a phone", async () => {
  const { page, browser } = visitor;
  await page.getByRole("article", { name: "Preview hello page" }).getByRole("link", { name: "Open", exact: true }).click();
  const pane = page.getByRole("complementary", { name: "Preview" });
  const shown = page.frameLocator("iframe[title='hello page']");
  await shown.getByRole("heading", { name: "hello" }).waitFor();
  await pane.getByRole("button", { name: "As on a phone" }).click();
  await expect.poll(() => shown.locator("body").evaluate(() => window.innerWidth)).toBe(390);
  expect(await violations(page)).toEqual([]);
  await keepPictures(page, "preview");
  await pane.getByRole("button", { name: "Share" }).click();
  await pane.getByRole("button", { name: "Make a link" }).click();
  const link = await pane.getByText(/\/\.growqr\/enter\?share=/).innerText();
  const guest = await openContext(browser, { size: "phone" });
  const other = await guest.newPage();
  await other.goto(link);
  await other.getByRole("heading", { name: "hello" }).waitFor();
  await pane.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog", { name: "Revoke this link?" }).getByRole("button", { name: "Revoke it" }).click();
  await expect.poll(() => other.reload().then(() => other.title())).toBe("This link has ended");
  await guest.close();
  await page.setViewportSize(widths.phone);
  await page.getByRole("main", { name: "Preview" }).waitFor();
  await shown.getByRole("heading", { name: "hello" }).waitFor();
  await page.getByRole("button", { name: "Back to the conversation" }).click();
  await shown.getByRole("heading", { name: "hello" }).waitFor(); // it stands in the conversation as well
  await page.setViewportSize(widths.desktop);
});

test("she stops the stack in the middle of an answer: no container runs, and what was said is kept", async () => {
  const { page } = visitor;
  await say(page, "tell me a long story");
  await answers(page).last().getByText("the valley").first().waitFor();
  await page.getByRole("button", { name: "Stop the stack" }).click();
  await page.getByRole("dialog", { name: "Stop the stack?" }).getByRole("button", { name: "Stop it" }).click();
  await page
    .getByText(/^Stack stopped/)
    .first()
    .waitFor();
  const { body: cut } = await events.wait("turn.state", ({ body }) => body.state === "stopped");
  expect(await textOf(answers(page).last()).innerText()).toContain("the valley");
  await eventually("both containers are stopped", async () => (await boxes()).every((line) => line.endsWith("exited")));
  const observed = async () => withActor.parse((await ada.call("GET", "/actors/me")).body).actor.status;
  await eventually("the registry says stopped", async () => (await observed()) === "stopped");
  const said = () => readFileSync(path.join(product.folder, "runner.log"), "utf8").split("\n");
  await eventually("the stop of the turn is not tried for ever where nothing runs", async () =>
    said().some((line) => line.includes('"work done"') && line.includes(`"stop:${cut.turnId}"`)),
  );
});

test("her next message wakes it and is answered, with all that she had", async () => {
  const { page } = visitor;
  await say(page, "hello again");
  await page.getByText("Stack woken").waitFor({ timeout: limit(60_000) });
  await answers(page)
    .last()
    .getByText("demo", { exact: false })
    .first()
    .waitFor({ timeout: limit(60_000) });
  await quiet(page);
  await keepPictures(page, "woken");
  expect((await boxes()).map((line) => line.split(" ")[1])).toEqual(["running", "running"]);
  expect(await gitIn(product.instance, member, "projects/hello-page", "log", "--oneline", "--all")).toContain("Page that says");
});

test("she finds the same conversation after signing out and in again", async () => {
  const { page, errors } = visitor;
  await page.getByRole("button", { name: /^Sign out/ }).click();
  await page.getByRole("dialog", { name: "Sign out?" }).getByRole("button", { name: "Sign out" }).click();
  await signInAs(page, email);
  await answers(page).last().getByText("demo", { exact: false }).first().waitFor();
  expect(errors).toEqual([]);
});
