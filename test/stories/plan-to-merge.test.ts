import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../schema/account/account.ts";
import { planOut, plansOut, type TaskView, taskDetail, tasksOut } from "../../schema/agent/team.ts";
import { cloneAddress, gitTokenMade } from "../../schema/git/git-token.ts";
import { slug } from "../../schema/memory/memory.ts";
import { goalsOut } from "../../schema/memory/memory-api.ts";
import { projectDetail } from "../../schema/project/project.ts";
import { readReceipt } from "../../schema/receipt/receipt.ts";
import { receiptView } from "../../schema/receipt/receipt-api.ts";
import { searchOut } from "../../schema/search/search.ts";
import {
  answers,
  keepPicture,
  openBrowser,
  openContext,
  pressInList,
  quiet,
  say,
  settle,
  signInAs,
  toConversation,
  type Visit,
  violations,
  visit,
} from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { skipAfterFailure } from "../harness/in-order.ts";
import { gitIn } from "../harness/member-containers.ts";
import { type Events, type Person, person } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/** From a goal to a merged result, as a member meets it at a desk with the phone beside it. In order. */
const product = inject("product");
const email = `mira@plan-${Date.now()}.example.com`;
const minute = 60_000;
const project = "bakery-website";
let browser: Browser;
let desk: Visit;
let phone: Visit;
let mira: Person;
let member: string;
let events: Events;

/** Both screens as they are now, for people to look at. */
async function picture(name: string): Promise<void> {
  await keepPicture(desk.page, `plan-${name}-desk`);
  await keepPicture(phone.page, `plan-${name}-phone`);
}
const signed = z.object({ receipts: z.array(receiptView) });
const card = (page: Page, title: RegExp) => page.getByRole("article", { name: title }).or(page.getByRole("region", { name: title }));
const task = (page: Page, title: string, state: string) => card(page, new RegExp(`^Task ${title}.*, ${state}$`));
const states = (id: string) => events.of("task.state").flatMap(({ body }) => (body.taskId === id ? [body.facts.state] : []));
async function taskOf(name: string): Promise<TaskView> {
  const { tasks } = tasksOut.parse((await mira.call("GET", "/tasks?limit=100")).body);
  return tasks.find((each) => each.name === name)!;
}

beforeAll(async () => {
  browser = await openBrowser();
  desk = await visit(browser, product);
  await settle(desk.page, email, 2 * minute);
  phone = await visit(browser, product, { size: "phone" });
  await signInAs(phone.page, email);
  mira = await person(product, email);
  const { agent, member: me } = meOut.parse((await mira.call("GET", "/me")).body);
  member = me.id;
  events = await mira.events(agent!.id, 0, { steady: true });
});
afterAll(async () => {
  events?.close();
  await browser?.close();
});
skipAfterFailure();

test("a goal in the member's words becomes a plan of tasks with checks and an estimate; nothing has begun", async () => {
  const { page } = desk;
  await page.getByRole("button", { name: /^I want to open a bakery/ }).click();
  const plan = card(page, /^Plan Bakery website, tested and reviewed/);
  await plan.waitFor({ timeout: limit(minute) });
  await quiet(page);
  expect(await plan.innerText()).toMatch(/waiting for you · 4 tasks · about \d+ min, \$\d/);
  expect(await page.getByRole("log").innerText()).not.toMatch(/\b(pln|gol|prp|tsk)_/);
  await card(phone.page, /^Plan Bakery website/).waitFor();
  expect(tasksOut.parse((await mira.call("GET", "/tasks")).body).tasks).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await picture("1-plan");
});

test("the member keeps the goal, changes one thing of the plan, and accepts it as it then stands", async () => {
  const { page } = desk;
  await card(page, /^Proposed: Open a bakery/)
    .getByRole("button", { name: "Accept", exact: true })
    .click();
  await events.wait("goal.state", (event) => event.body.title === "Open a bakery" && event.body.progress === 0, minute);
  await page.getByText("accepted", { exact: true }).first().waitFor(); // the card is one line now: what is below has moved up
  await pressInList(page.getByRole("link", { name: "Read and edit" }));
  const first = page.getByRole("article", { name: /^Task 1, Build the bakery website/ });
  await first.getByRole("button", { name: "Edit" }).click();
  const wanted = page.getByLabel("What is wanted");
  await wanted.fill(`${await wanted.inputValue()}\nSay “Open from 7 to 12”.`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("revision 2", { exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture("2-edited");
  await page.getByRole("button", { name: "Accept and start" }).click();
  await toConversation(page);
  await pressInList(page.getByText("4 tasks", { exact: true })); // the plan's card folds them
  await task(page, "Build the bakery website", "Working").waitFor({ timeout: limit(minute) });
  await picture("3-working");
});

test("a test that fails in the clean room is told and mended; then it is tested and reviewed by others", {
  timeout: limit(8 * minute),
}, async () => {
  const { page } = desk;
  const failed = await events.wait("task.check", (event) => event.body.state === "failed", 4 * minute);
  expect(failed.body).toMatchObject({ what: "node --test", reason: expect.stringContaining("contact.html, which is not there") });
  await events.wait("task.state", (event) => event.body.taskId === failed.body.taskId && event.body.facts.state === "verified", 4 * minute);
  await task(page, "Build the bakery website", "Verified").getByText("checks passed").waitFor();
  await task(page, "Review the bakery website", "Verified").waitFor({ timeout: limit(4 * minute) });
  expect(states(failed.body.taskId).filter((state) => state === "complete")).toHaveLength(2);
  const { runs, task: now } = taskDetail.parse((await mira.call("GET", `/tasks/${failed.body.taskId}`)).body);
  const { branch, facts } = now;
  const { worker } = facts;
  expect(runs.map((run) => run.kind)).toEqual(["agent", "shell", "agent", "shell"]);
  expect(branch).toBe(`agent/${worker}/site`);
  expect(await mira.call("GET", `/agents/${worker}`)).toMatchObject({ status: 200, body: { agent: { type: "coding" } } });
  expect(events.of("approval.asked").filter(({ body }) => body.task === failed.body.taskId)).toEqual([]);
});

test("the push of a version is asked with its exact command; the phone answers, and the desk says so", {
  timeout: limit(6 * minute),
}, async () => {
  const question = card(desk.page, /^Approval 1 of 1/);
  await question
    .getByText("Its work becomes the current version of the project, and gets a version number.")
    .waitFor({ timeout: limit(3 * minute) });
  await question.getByText("Details", { exact: true }).click();
  await question.getByText("git push -q origin main --tags").first().waitFor();
  await task(desk.page, "Merge the bakery website", "Needs you").waitFor();
  const asked = await events.wait("approval.asked", () => true);
  expect(asked.body).toMatchObject({
    state: "pending",
    title: "Make it the current version of bakery-website, v1.0.0",
    subject: { kind: "command", command: expect.stringContaining("git tag -a v1.0.0") },
  });
  const there = phone.page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Inbox 1" });
  await there.waitFor();
  expect(await violations(desk.page)).toEqual([]);
  await picture("4-asked");
  await phone.page.getByRole("button", { name: /^Allow once/ }).click();
  await desk.page.getByText(/Already answered on your phone: allowed/).waitFor();
  await picture("5-answered");
  await events.wait("approval.decided", () => true);
  expect(events.of("approval.decided").map(({ body }) => [body.state, body.decided?.device])).toEqual([["allowed", "your phone"]]);
});

test("it ends merged and verified, each step with a receipt, and says so on both screens", { timeout: limit(6 * minute) }, async () => {
  await events.wait("plan.state", (event) => event.body.state === "done", 4 * minute);
  for (const { page } of [desk, phone]) {
    if (page === phone.page) await page.getByRole("link", { name: "Talk" }).click();
    await answers(page)
      .last()
      .getByText("a clean checkout proved it")
      .waitFor({ timeout: limit(minute) });
  }
  await events.wait("preview.state", ({ body: { source } }) => source.kind === "pages" && source.branch === "main", minute);
  for (const { page } of [desk, phone]) {
    const made = page.frameLocator('iframe[title="bakery website"]');
    await made.getByText("Open from 7 to 12").waitFor({ timeout: limit(minute) }); // what was merged is seen without a press
  }
  await picture("6-end");
  const hands = events.of("task.handoff").map(({ body }) => `${body.fromOwner} → ${body.toOwner}`);
  expect(hands).toEqual(["coding → testing", "testing → reviewer", "reviewer → repo"]);
  const keys = await (await fetch(`${product.edgeUrl}/.well-known/jwks.json`)).json();
  for (const name of ["site", "site-test", "site-review", "site-merge"]) {
    const { id, facts } = await taskOf(name);
    expect([name, facts.state, facts.proven]).toEqual([name, "verified", facts.commit]);
    const { receipts } = signed.parse((await mira.call("GET", `/receipts?task=${id}&current=true`)).body);
    const said = await readReceipt(receipts[0]!.receipt, keys);
    expect([receipts.length, said.subject[0].digest.gitCommit]).toEqual([1, facts.commit]);
  }
  const git = (...args: string[]) => gitIn(product.instance, member, `projects/${project}`, ...args);
  expect(await git("show", "main:index.html")).toContain("Open from 7 to 12");
  expect((await git("ls-tree", "-r", "--name-only", "main")).split("\n")).toEqual(
    expect.arrayContaining(["contact.html", "hostile.test.mjs", "docs/reviews/site.md"]),
  );
  expect((await git("rev-parse", "v1.0.0^{commit}")).trim()).toBe((await git("rev-parse", "main")).trim());
});

test("progress of the goal is recorded, what was decided is in memory, and why is answered with its place", {
  timeout: limit(6 * minute),
}, async () => {
  const { page } = desk;
  await card(page, /^Proposed: Open a bakery/)
    .getByRole("button", { name: "Accept", exact: true })
    .click();
  await events.wait("goal.state", (event) => event.body.progress === 33, minute);
  const { goals } = goalsOut.parse((await mira.call("GET", "/goals")).body);
  expect(goals).toMatchObject([{ title: "Open a bakery", done: 33 }]);
  const log = () => gitIn(product.instance, member, "growqr/memory", "log", "--format=%B", "main");
  const decision = await eventually("the decision's commit", async () => /^.*plain HTML.*$/m.exec(await log())?.[0]);
  expect(decision).toContain(project);
  const { id } = await taskOf("site");
  const kept = await gitIn(product.instance, member, "growqr/memory", "show", `main:tasks/${id}/log.md`);
  expect(kept).toMatch(/none → created[\s\S]*created → assigned[\s\S]*complete → in_progress[\s\S]*complete → verified/);
  const hits = async () => searchOut.parse((await mira.call("GET", "/memory/search?q=plain%20HTML")).body).hits;
  await eventually("the search knows of it", async () => (await hits()).find((hit) => hit.path?.startsWith("decisions/")));
  await say(page, "Why is it plain HTML?");
  await quiet(page);
  const answer = answers(page).last();
  await answer
    .getByText("was built as plain HTML")
    .first()
    .waitFor({ timeout: limit(3 * minute) });
  await answer.getByRole("button", { name: /^Recalled/ }).click();
  await answer
    .getByRole("link", { name: /^decisions\/.*:\d+$/ })
    .first()
    .waitFor();
  expect(await violations(page)).toEqual([]);
  await picture("7-why");
  expect([desk.errors, phone.errors]).toEqual([[], []]);
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test("a stranger with stock git and a Git token clones it, and one file shows that each receipt holds", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-stranger-"));
  const clone = path.join(folder, project);
  const env = { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: "0" };
  const run = async (program: string, args: string[], cwd = clone) =>
    (await promisify(execFile)(program, args, { cwd, env, timeout: limit(minute) })).stdout;
  const named = { name: "Stranger", repositories: [`projects/${project}`] };
  const { token } = gitTokenMade.parse((await mira.call("POST", "/git/tokens", named)).body);
  await run("git", ["clone", "-q", cloneAddress(product.edgeUrl, `projects/${project}`, token)], folder);
  await run("git", ["fetch", "-q", "origin", "refs/notes/*:refs/notes/*"]);
  const file = await fetch(`${product.edgeUrl}/verify-receipt.mjs`);
  expect(file.status).toBe(200);
  writeFileSync(path.join(clone, "verify-receipt.mjs"), await file.text());
  const { receipts } = signed.parse((await mira.call("GET", "/receipts?limit=100")).body);
  expect(new Set(receipts.map(({ task }) => task)).size).toBe(4);
  for (const { commit, key } of receipts) {
    const said = await run("node", ["verify-receipt.mjs", "--jwks", `${product.edgeUrl}/.well-known/jwks.json`, "--commit", commit]);
    expect(said).toContain(`ok    signature by key ${key}`);
    expect(said).toContain(`ok    commit ${commit} of projects/${project}`);
    expect(said).not.toContain("FAIL");
  }
  rmSync(folder, { recursive: true, force: true });
});

test("the plan that worked is kept as a pattern and proposed again from memory", async () => {
  const [plan] = plansOut.parse((await mira.call("GET", "/plans")).body).plans;
  const kept = await Promise.all([1, 2].map(() => mira.call("POST", `/plans/${plan!.id}/keep`)));
  expect(kept.map((each) => each.status)).toEqual([200, 200]);
  const path = `patterns/${slug(plan!.plan.title)}-${plan!.id.slice(-6).toLowerCase()}.yaml`;
  await events.wait("commit", (event) => event.body.files.some((file) => file.path === path));
  const again = planOut.parse((await mira.call("POST", "/plans", { pattern: path })).body).plan;
  expect(again).toMatchObject({ state: "proposed", plan: { tasks: plan!.plan.tasks } });
  expect(await mira.call("POST", `/plans/${again.id}/keep`)).toMatchObject({ status: 409 });
  for (const pattern of ["patterns/none.yaml", "../profile.md"])
    expect(await mira.call("POST", "/plans", { pattern })).toMatchObject({ status: 404 });
  expect(await mira.call("POST", `/plans/${again.id}/reject`)).toMatchObject({ status: 200, body: { plan: { state: "rejected" } } });
});

test("one press and one question put it online; what a stranger orders there its owner reads, and the agent has heard of it", {
  timeout: limit(6 * minute),
}, async () => {
  const { page } = desk;
  await page.goto(product.edgeUrl);
  const done = card(page, /^Plan Bakery website, tested and reviewed/).first();
  await done.getByRole("button", { name: "Put it online…" }).click();
  await page.getByRole("button", { name: "Put it online", exact: true }).click();
  await done.getByText("Online. Everybody sees it at").waitFor({ timeout: limit(3 * minute) });
  const { address } = projectDetail.parse((await mira.call("GET", `/projects/${project}`)).body).project;
  const stranger = await openContext(browser, { size: "phone" });
  const shop = await stranger.newPage();
  await shop.goto(address!);
  await shop.getByLabel("Your name").fill("Ada");
  await shop.getByLabel("What would you like?").fill("Two loaves");
  await shop.getByRole("button", { name: "Send it" }).click();
  await shop.getByText("Thank you, Ada. We have it.").waitFor();
  await keepPicture(shop, "plan-8-online-stranger");
  await stranger.close();
  await events.wait("message.text", ({ body }) => body.text.includes(`is online: everybody sees it at ${address}`), minute);
  const told = answers(page).last().getByText(`is online: everybody sees it at ${address}`);
  const below = page.getByRole("button", { name: /^(\d+ new|Latest)$/ }); // it may stand below what is read
  await told.or(below).first().waitFor();
  if (await below.isVisible()) await below.click();
  await told.waitFor();
  await picture("8-online");
  await page.goto(`${product.edgeUrl}/project/${project}?tab=logs`);
  await page.getByText("New order from Ada: Two loaves").waitFor({ timeout: limit(minute) });
  expect(await violations(page)).toEqual([]);
});
