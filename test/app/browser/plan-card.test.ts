import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlanResult } from "../../../schema/plan/plan-result.ts";
import type { Deployable, ProjectView } from "../../../schema/project/project.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { answers, booking, coder, command, inputs, minute, now, open, page, plan, seen, serveTeam } from "./sample-team.ts";

/** The one card of an accepted plan, from the yes to its end. */
const pageText = `<!doctype html><title>Bakery</title><style>body{font:20px Georgia;margin:60px;background:#fff8ec}</style>
<h1>Sourdough, from seven</h1><p>Rye, wheat and spelt. <input placeholder="Leave a note"></p>`;
let site: Server;
const address = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
const preview = {
  ...{ id: newId("pvw", 20), title: "bakery", state: "open" as const, channel: siblingId("chn", coder), openedAt: now, changedAt: now },
  source: { kind: "pages" as const, repo: "projects/bakery", branch: "main", folder: "" },
};
const entries: string[] = [];
beforeAll(async () => {
  site = createServer((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end(pageText));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => site.close(resolve)));
serveTeam((method, path) => {
  if (method === "POST" && path === "/projects/bakery/entries")
    return { status: 200, body: { url: `${address()}?online`, address: address(), expiresAt: now + minute } };
  if (path === `/previews/${preview.id}/shares`) return { status: 200, body: { shares: [] } };
  if (method !== "POST" || path !== `/previews/${preview.id}/entry`) return undefined;
  entries.push(path);
  return { status: 200, body: { url: `${address()}?n=${entries.length}`, address: address(), expiresAt: now + minute } };
});

const current = {
  ...{ id: newId("rel", 1), project: "bakery", commit: "c".repeat(40), receipt: newId("rct", 1), by: "member" as const },
  ...{ state: "serving" as const, createdAt: now, servedAt: now },
};
const serves = { state: "running" as const, app: "well" as const, address: "http://bakery.apps.localhost/", current };
const change = (path: string) => ({ path, status: "added" as const, additions: 40, deletions: 0 });
/** The project as it stands: at first nothing of it is online. */
function online(view: Partial<ProjectView> = {}, main: Partial<Deployable> = {}): NonNullable<PlanResult["project"]> {
  const idle = { id: newId("prj", 1), name: "bakery", repo: "projects/bakery", state: "idle" as const, kept: [] };
  return {
    view: { ...idle, published: false, createdAt: now, ...view },
    main: { can: true, reason: "It is proven.", commit: "c".repeat(40), ...main },
  };
}
const nothing: PlanResult = { proven: null, preview: null, project: null, place: null, files: { total: 0, list: [] }, receipts: [] };
const brought: PlanResult = {
  proven: { checked: 1, asked: 2, missing: ["The form refuses a date in the past"] },
  preview,
  project: online(),
  place: { repo: "projects/bakery", branch: "main", commit: "c".repeat(40) },
  files: { total: 7, list: ["index.html", "style.css", "notes.mjs", "notes.test.mjs", "README.md"].map(change) },
  receipts: [
    {
      id: newId("rct", 1),
      taskId: booking,
      title: "Booking form",
      checks: 3,
      stale: false,
      strength: { caught: 5, tried: 6 },
      proven: { checked: 1, asked: 2, missing: ["The form refuses a date in the past"] },
    },
    { id: newId("rct", 2), taskId: booking, title: "Merge it", checks: 1, stale: false, strength: { caught: 2, tried: 2 }, proven: null },
  ],
};
const tasksOf = [{ name: "T001", id: booking, state: "in_progress", hold: null }];
const works = { ...plan, state: "accepted", tasks: tasksOf, used: { costMicros: 210_000, beganAt: now - 4 * minute, endedAt: null } };
const covered = { checked: 1, asked: 2 };
const done = { ...works, state: "done", tasks: [{ ...tasksOf[0], state: "verified", covered }], used: { ...works.used, endedAt: now } };
const card = () => page.getByRole("article", { name: "Plan A website for the bakery" });
const answer = (changed: object) => page.evaluate((to) => Object.assign(Reflect.get(window, "sample").actor.answers, to), changed);
const tell = (kind: string, body: object) =>
  page.evaluate(([name, told]) => Reflect.get(window, "sample").actor.append(name, told), [kind, body] as const);
const tellPlan = (state: string, more: object = {}) =>
  tell("plan.state", {
    ...{ planId: plan.id, title: plan.plan.title, state, revision: 1 },
    tasks: [{ name: "T001", title: "Build the pages", owner: "coding", dependsOn: [] }],
    ...plan.estimate,
    ...more,
  });
const factsOf = { run: 1, asked: [] as string[], attempts: {}, repairs: 0, reason: "by the member", worker: coder };
const tellTask = (facts: object) =>
  tell("task.state", { taskId: booking, title: "Booking form", from: "in_progress", planId: plan.id, facts: { ...factsOf, ...facts } });
async function openWith(result: PlanResult, now: object, look: object = {}) {
  await open("/", {
    ...look,
    more: {
      answers: {
        ...answers,
        ...{ plans: { plans: [], next: null }, plan: { plan: now }, planResult: { result }, releases: { releases: [] } },
      },
    },
  });
  await page.waitForFunction(() => Reflect.get(window, "sample") !== undefined);
}

test("a plan at work is one card: what happens now, time and cost, and its tasks folded; no panel repeats it", async () => {
  await openWith(nothing, works);
  await tellPlan("accepted");
  await card().getByText("0 of 1 done · 1 at work").waitFor();
  await card().getByText("Coding: Counting places").waitFor();
  await card()
    .getByText(/^4 m 0\d s of about 12 min · \$0\.21 of about \$0\.40$/)
    .waitFor();
  const panel = page.getByRole("complementary", { name: "Task" });
  expect(await panel.getByText("A website for the bakery").count()).toBe(0);
  expect(await card().getByRole("link", { name: "Booking form", exact: true }).isVisible()).toBe(false);
  await card().getByText("1 task", { exact: true }).click();
  await seen("plan-at-work");
  await card().getByRole("link", { name: "Booking form", exact: true }).click();
  await page.getByRole("complementary", { name: "Task" }).getByRole("heading", { name: "Booking form" }).waitFor();
  await page.setViewportSize(widths.phone);
  await seen("plan-at-work-phone");
});

test("at its end the card shows the page first, then its files, and folded what proves it; each button does what it says", async () => {
  await openWith(nothing, works);
  await tellPlan("accepted");
  await card().getByText("0 of 1 done · 1 at work").waitFor();
  await answer({ plan: { plan: done }, planResult: { result: brought }, preview: { preview } });
  await tellTask({ state: "verified", covered });
  await tellPlan("done", { covered });
  await card().getByText("It took 4 m 00 s and $0.21").waitFor();
  expect(
    await card()
      .getByText(/^Done · /)
      .innerText(),
  ).toBe("Done · 1 of 1 task done · 1 of 2 checked");
  await page.frameLocator('iframe[title="bakery"]').getByRole("heading", { name: "Sourdough, from seven" }).waitFor();
  const made = page.getByRole("region", { name: "What was made" }); // it stays in sight, wherever the card is
  expect(await made.innerText()).toMatch(/A website for the bakery is done/);
  await made.getByRole("link", { name: "Open", exact: true }).click();
  await made.waitFor({ state: "detached" }); // it is looked at
  await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Close the preview" }).click();
  const frame = page.locator('iframe[title="bakery"]');
  expect(await frame.getAttribute("sandbox")).toBe("allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads");
  const worth = card().getByText("To see what the checks are worth, we broke it on purpose in 8 ways, and its checks noticed 7.");
  expect(await worth.isVisible()).toBe(false); // read first, it sounds like a fault
  await card().getByText("4 checks passed · 1 of 2 checked").click();
  await worth.waitFor();
  await card().getByText("Not checked: The form refuses a date in the past.").waitFor();
  await card().getByText("4 checks passed · 1 of 2 checked").click();
  expect(await card().getByText("c".repeat(12)).isVisible()).toBe(false);
  await page.mouse.move(0, 0);
  await seen("plan-done");
  await card().getByRole("button", { name: "As on a phone" }).click();
  await expect.poll(async () => (await frame.boundingBox())?.width).toBe(390);
  await card().getByRole("button", { name: "Share" }).click();
  await card().getByRole("button", { name: "Make a link" }).waitFor();
  await card().getByRole("button", { name: "Share" }).click();
  await card().getByRole("link", { name: "Change something…" }).click();
  const pane = page.getByRole("complementary", { name: "Preview" });
  await pane.getByText("Once the page is there, press on what you want to change.").waitFor();
  await pane.getByRole("button", { name: "Close the preview" }).click();
  await card()
    .getByText(/checks passed · /)
    .click();
  await card().getByRole("link", { name: "Merge it" }).waitFor();
  await card().getByText("Details", { exact: true }).click();
  await card().getByText("c".repeat(12)).waitFor();
  await page.setViewportSize(widths.phone);
  await card().scrollIntoViewIfNeeded();
  await seen("plan-done-phone");
  await page.setViewportSize(widths.desktop);
  await card().getByRole("link", { name: "Open", exact: true }).click();
  await page.getByRole("complementary", { name: "Preview" }).getByRole("button", { name: "Open in a tab of its own" }).waitFor();
  await page.getByRole("textbox", { name: /^Message/ }).fill("Thank you");
  await page.keyboard.press("Enter");
  await made.waitFor({ state: "detached" });
});

test("what serves is shown as it serves, and a program that ended with its agent is no page", async () => {
  const port = { ...preview, source: { kind: "port" as const, agent: coder, port: 5_210 } };
  await openWith({ ...brought, preview: port }, done);
  await tellPlan("done");
  await card().getByText("It is not online.").waitFor();
  expect([await card().locator("iframe").count(), await card().getByRole("button", { name: "Share" }).count()]).toEqual([0, 0]);
  await answer({ planResult: { result: { ...brought, preview: port, project: online(serves) } } });
  await tellPlan("done");
  await page.frameLocator('iframe[title="bakery"]').getByRole("heading", { name: "Sourdough, from seven" }).waitFor();
  await card().getByText("It runs, and you alone see it at").waitFor();
  await seen("plan-serves");
  await card().getByRole("link", { name: "Open", exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/project/bakery");
});

test("it is put online by one press and one question, and the card says where everybody sees it", async () => {
  await openWith(brought, done);
  await tellPlan("done");
  await card().getByText("It is not online.").waitFor();
  await answer({ deploy: { release: current }, publish: { project: online(serves).view } });
  await card().getByRole("button", { name: "Put it online…" }).click();
  await page.getByRole("button", { name: "Go back", exact: true }).click();
  expect([await inputs("deploy"), await inputs("publish")]).toEqual([[], []]);
  await card().getByRole("button", { name: "Put it online…" }).click();
  await seen("plan-put-online");
  await page.getByRole("button", { name: "Put it online", exact: true }).click();
  await expect.poll(() => inputs("publish")).toEqual([{ project: "bakery", published: true }]);
  expect(await inputs("deploy")).toEqual([{ project: "bakery", commit: "c".repeat(40) }]);
  await card().getByText("It is going online.").waitFor();
  const seenByAll = online({ ...serves, published: true });
  await answer({ planResult: { result: { ...brought, project: seenByAll } }, releases: { releases: [current] } });
  await tell("release.state", current);
  await card().getByText("Online. Everybody sees it at").waitFor();
  await card().getByRole("link", { name: "bakery.apps.localhost" }).waitFor();
  await card().getByRole("button", { name: "Copy the address" }).waitFor();
  await seen("plan-online");
  await page.setViewportSize(widths.phone);
  await seen("plan-online-phone");
});

test("while visitors see an earlier version the card says so, and one press puts the newer one online", async () => {
  const newer = online({ ...serves, published: true }, { commit: "d".repeat(40) });
  await openWith({ ...brought, project: newer }, done);
  await tellPlan("done");
  await card().getByText("Visitors see the version before this one.").waitFor();
  await page.frameLocator('iframe[title="bakery"]').getByRole("heading", { name: "Sourdough, from seven" }).waitFor();
  await answer({ deploy: { release: { ...current, id: newId("rel", 3), state: "queued", createdAt: now + minute } } });
  await card().getByRole("button", { name: "Put this version online" }).click();
  await expect.poll(() => inputs("deploy")).toEqual([{ project: "bakery", commit: "d".repeat(40) }]);
  expect(await inputs("publish")).toEqual([]);
  const failed = { ...current, id: newId("rel", 4), state: "failed", createdAt: now + 2 * minute, reason: "GET / answered 500." };
  await answer({ releases: { releases: [failed] } });
  await tell("release.state", failed);
  await card().getByText("The last try failed: GET / answered 500.").waitFor();
  await card().getByRole("link", { name: "What it printed" }).waitFor();
  await seen("plan-newer-failed");
});

test("a plan without a page shows its files first, and the pages of older plans load at a press", async () => {
  await openWith({ ...brought, preview: null }, done);
  await tellPlan("done");
  await card().getByRole("link", { name: "index.html +40" }).waitFor();
  await card().getByRole("link", { name: "All files, 4 more were changed" }).waitFor();
  expect(await card().getByRole("button", { name: "Share" }).count()).toBe(0);
  await card().getByRole("button", { name: "Change something…" }).click(); // there is nothing to press on: the agent is told
  await page.keyboard.type("the colours");
  expect(await page.getByLabel("Message Grow Agent").inputValue()).toBe(
    "In “A website for the bakery” (project bakery), change the colours",
  );
  await seen("plan-files");
  await answer({ planResult: { result: brought } });
  await tell("plan.state", {
    ...{ planId: newId("pln", 30), title: "A newer one", state: "done", revision: 1, tasks: [], ...plan.estimate },
  });
  entries.length = 0;
  await card().getByRole("button", { name: "Show the page" }).click();
  await expect.poll(() => card().locator("iframe").count()).toBe(1);
});

test("what waits for the person stands in the card, with the way to its answer", async () => {
  await openWith(nothing, works);
  await tellPlan("accepted");
  await tell("approval.asked", command);
  await tellTask({ state: "waiting", asked: [command.id] });
  await card().getByText("0 of 1 done · 1 waits for you").waitFor();
  await card().getByText("Install a package").waitFor();
  await seen("plan-waiting");
  await card().getByRole("link", { name: "Answer" }).click();
  await page.waitForURL((url) => url.pathname === "/inbox" && url.searchParams.get("id") === command.id);
});

test("what failed and what was stopped stand in the card, with what is kept and what to press", async () => {
  await openWith(nothing, works);
  await tellPlan("accepted");
  await answer({ planResult: { result: { ...brought, receipts: [] } } });
  await tellTask({ state: "failed", reason: "no form was there after three attempts" });
  await card().getByText("no form was there after three attempts").first().waitFor();
  await card().getByText("What is there is kept:").waitFor();
  expect(await page.locator("iframe").count()).toBe(0);
  await seen("plan-failed");
  const commit = "c".repeat(40);
  await tell("task.check", { taskId: booking, commit, name: "tests.0", what: "cd site && node check.mjs", state: "failed", ms: 5 });
  await tellTask({ state: "failed", errorClass: "bug", commit, reason: "`cd site && node check.mjs`: exit code 1" });
  await card().getByText("0 of 1 checks passed; not so: a check of its own passes").first().waitFor();
  expect(await card().getByText("exit code 1").first().isVisible()).toBe(false);
  await card().getByText("Details", { exact: true }).first().click();
  await card().getByText("exit code 1").first().waitFor();
  await seen("plan-failed-checks");
  await card().getByRole("button", { name: "Try again: Booking form" }).click();
  await expect.poll(() => inputs("taskAct")).toEqual([{ taskId: booking, act: "retry" }]);
  await tellTask({ state: "paused", back: "in_progress" });
  await card().getByText("0 of 1 done · 1 paused").waitFor();
  await answer({ plan: { plan: { ...done, state: "cancelled" } } });
  await tellPlan("cancelled");
  await card().getByText("Cancelled · 0 of 1 task verified").waitFor();
  await page.setViewportSize(widths.phone);
  await seen("plan-cancelled-phone");
});
