import { expect, test } from "vitest";
import type { EventBody } from "../../../schema/event.ts";
import type { CommitStatusView } from "../../../schema/git/commit-status.ts";
import type { ProjectView } from "../../../schema/project/project.ts";
import { newId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { smallTargets } from "../../harness/small-targets.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { answers, booking, goTo, inputs, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** How pushed commits stand, in the real app over a sample actor and edge. */
serveTeam((_method, path) => {
  if (path === "/receipts") return { status: 200, body: { receipts: [], next: null } };
  return path.endsWith("/shares") ? { status: 200, body: { shares: [] } } : undefined;
});
const repo = "projects/bakery";
const hashOf = (n: number) => n.toString(16).padStart(40, "a");
const head = hashOf(1);
const status = (change: Partial<CommitStatusView>): CommitStatusView => ({
  ...{ repo, hash: head, branch: "main", state: "passed", source: "checks", checks: [], createdAt: now - 9 * minute },
  ...change,
});
const failed = status({
  state: "failed",
  reason: "npm test: it ended with 1, not with 0",
  checks: [
    { name: "checks.0", what: "npm run lint", passed: true, ms: 1_240 },
    { name: "checks.1", what: "npm test", passed: false, ms: 8_300, reason: "It ended with 1, not with 0.\n✗ places are counted" },
    { name: "checks.2", what: "http://localhost:8080/ answers 200", passed: false, ms: 61_000, reason: "Nothing answered within 60 s." },
  ],
  endedAt: now - 8 * minute,
});
const project: ProjectView = {
  ...{ id: newId("prj", 40), name: "bakery", repo, state: "idle", published: false, kept: [], createdAt: now - 200 * minute },
};
const detail = {
  project,
  main: { can: false, reason: "Main is newer than its receipt.", commit: head },
  environment: ["It runs on Node."],
  automation: { repair: "ask", deploys: "ask" },
};
const line = (n: number, title: string) => ({
  ...{ repo, hash: hashOf(n), title, at: now, seq: n, additions: 3, deletions: 1 },
});
const { seq: _seq, additions: _additions, deletions: _deletions, ...first } = line(1, "Count places before they are booked");
const patch = "@@ -1 +1 @@\n-places\n+countPlaces(places)";
const commit = {
  ...{ ...first, seq: 1, branch: "main", author: "Ada Lind", truncated: false },
  files: [{ path: "book.mjs", status: "modified", additions: 1, deletions: 1, patch }],
};
type Look = { size?: keyof typeof widths; statuses?: CommitStatusView[]; more?: object };
const openWith = (path: string, { size = "desktop", statuses = [], more = {} }: Look = {}) =>
  open(path, {
    size,
    more: {
      repos: [{ repo, title: "Bakery", branches: [{ name: "main", hash: head }], shown: "main" }],
      answers: {
        ...{ ...answers, project: detail, projects: { projects: [project] }, releases: { releases: [] }, statuses: { statuses } },
        ...{ commit: { commit }, changes: { total: 0, files: [], commits: [line(1, commit.title)] } },
        ...{ tree: { repo, ref: "main", entries: [], truncated: false }, ...more },
      },
    },
  });
/** The actor answers so from now on, and tells of it. */
const become = (statuses: CommitStatusView[], more: object = {}) => {
  const { checks: _checks, createdAt: _at, ...told } = statuses[0]!;
  const body: EventBody<"commit.status"> = told;
  return page.evaluate(
    ([changed, event]) => {
      const { actor } = Reflect.get(window, "sample");
      Object.assign(actor.answers, changed);
      actor.append("commit.status", event);
    },
    [{ statuses: { statuses }, ...more }, body] as const,
  );
};
const text = (words: string) => page.getByText(words, { exact: true });

test.for(screens(4))("a commit's page says how it stands, why, and each of its checks: %s", async (size) => {
  await openWith(`/commit/${head}`, { size, statuses: [failed] });
  await text("2 of 3 checks failed").waitFor();
  expect(await inputs("statuses")).toContainEqual({ project: "bakery", hash: head });
  await page.getByText("npm test: it ended with 1, not with 0").waitFor();
  expect(await page.getByText("Nothing answered within 60 s.").isVisible()).toBe(false);
  const fold = page.getByText("Its 3 checks", { exact: true });
  await fold.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Nothing answered within 60 s.").waitFor();
  await page.getByRole("listitem").filter({ hasText: "npm run lint" }).getByRole("img", { name: "Passed" }).waitFor();
  await text("8.3 s").waitFor();
  await seen(`commit-status-${size}`);
  const proven = status({ source: "proof", receiptId: newId("rct", 43), taskId: booking });
  await become([proven]);
  await text("Proven by its task").waitFor();
  expect(await page.getByRole("link", { name: "Its receipt" }).getAttribute("href")).toContain(`/receipt/${proven.receiptId}`);
  expect(await page.getByRole("link", { name: "Its task" }).getAttribute("href")).toContain(`/timeline?task=${booking}`);
  await seen(`commit-proven-${size}`);
});

test("a commit without a status, or of no project by now, says nothing of it", async () => {
  await openWith(`/commit/${head}`);
  await page.getByText("By Ada Lind in bakery").waitFor();
  await expect.poll(() => inputs("statuses")).toHaveLength(1);
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(await page.getByText(/[Cc]hecks/).count()).toBe(0);
});

test.for(screens(5))("beside a branch stands how its newest commit stands, and it leads there: %s", async (size) => {
  await openWith("/files?repo=projects%2Fbakery", { size, statuses: [status({ state: "running" })] });
  const beside = page.getByRole("link", { name: "Newest commit: Its checks run" });
  await beside.waitFor();
  await seen(`branch-status-${size}`);
  if (size === "phone") expect(await smallTargets(page)).toEqual([]);
  await become([failed]);
  await page.getByRole("link", { name: "Newest commit: 2 of 3 checks failed" }).press("Enter");
  await page.waitForURL((url) => url.pathname === `/commit/${head}`);
});

const task = `agent/${booking}/booking-form`;
const list = [
  { ...failed, title: commit.title },
  status({
    hash: hashOf(2),
    title: "Add a menu",
    branch: task,
    state: "error",
    reason: "The host has no room.",
    createdAt: now - 20 * minute,
  }),
  status({ hash: hashOf(3), branch: "main", state: "failed", checks: failed.checks, createdAt: now - 30 * minute }),
  status({
    hash: hashOf(4),
    branch: task,
    state: "skipped",
    reason: "A newer commit came first.",
    createdAt: now - 40 * minute,
  }),
  ...Array.from({ length: 20 }, (_none, n) =>
    status({ hash: hashOf(n + 5), createdAt: now - (n + 50) * minute, ...(n === 0 ? { branch: "edit/0123456789abcdef" } : {}) }),
  ),
];
const commits = () => page.getByRole("list", { name: "Pushed commits" });

test.for(screens(5))("the project lists its pushed commits, newest first, and more by a press: %s", async (size) => {
  await openWith("/project/bakery?tab=checks", { size, statuses: list });
  const rows = commits().locator("> li");
  await expect.poll(() => rows.count()).toBe(20);
  await rows.nth(0).getByRole("link", { name: "Count places before they are booked" }).waitFor();
  const second = rows.nth(1);
  for (const words of ["Add a menu on booking-form", "Its checks could not be run", "The host has no room."])
    await second.getByText(words, { exact: true }).waitFor();
  await rows
    .nth(2)
    .getByRole("link", { name: `Commit ${hashOf(3).slice(0, 8)}` })
    .waitFor();
  await rows.nth(4).getByText("on a branch of its own").waitFor();
  await rows.nth(0).getByText("Its 3 checks").click();
  await rows.nth(0).getByText("Nothing answered within 60 s.").waitFor();
  await seen(`pushed-commits-${size}`);
  if (size === "phone") expect(await smallTargets(page)).toEqual([]);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect.poll(() => rows.count()).toBe(24);
  expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);
  await rows.nth(0).getByRole("link").click();
  await page.waitForURL((url) => url.pathname === `/commit/${head}`);
});

test("checks are run again by one press on the newest commit of a branch, and not twice at once", async () => {
  await openWith("/project/bakery?tab=checks", { statuses: list });
  const again = commits().getByRole("button", { name: "Check its branch again" });
  await expect.poll(() => again.count()).toBe(2); // main's newest and the task's newest
  const refusal = page.getByRole("alert");
  await again.nth(1).press("Enter");
  await refusal.waitFor(); // the actor refuses it
  expect(await inputs("verify")).toEqual([{ project: "bakery", branch: task }]);
  const queued = status({ state: "queued" });
  await page.evaluate(
    (answer) => {
      const { actor } = Reflect.get(window, "sample");
      actor.answers.verify = answer;
      actor.gates.verify = new Promise((open) => Object.assign(window, { openGate: open }));
    },
    { status: queued },
  );
  const newest = page.getByRole("button", { name: "Check the newest version now" });
  await newest.dblclick({ noWaitAfter: true });
  await page.getByRole("button", { name: "Asking" }).waitFor();
  await page.evaluate(() => Reflect.get(window, "openGate")());
  await become([queued, ...list.slice(1)]);
  const goes = page.getByRole("button", { name: "Its checks are under way" });
  await goes.waitFor();
  expect(await goes.getAttribute("aria-disabled")).toBe("true");
  await goes.click({ force: true });
  expect(await inputs("verify")).toEqual([
    { project: "bakery", branch: task },
    { project: "bakery", branch: "main" },
  ]);
  await seen("pushed-commits-under-way");
  await become([status({ checks: failed.checks.slice(0, 1) }), ...list.slice(1)]);
  await newest.waitFor();
  await expect.poll(() => again.count()).toBe(1);
});

test("a project without pushed commits says how it gets checks", async () => {
  await openWith("/project/bakery?tab=checks", { size: "phone" });
  await page.getByText("No pushed commit was checked yet").waitFor();
  await page.getByText(".growqr/environment.yaml").waitFor();
  await page.getByRole("button", { name: "Check the newest version now" }).waitFor();
  await seen("pushed-commits-none-phone");
});

test("the overview names main's newest commit while its checks run or went wrong, and not when they passed", async () => {
  await openWith("/project/bakery", { statuses: [failed] });
  const told = page.getByText("Newest commit of main: 2 of 3 checks failed");
  await told.waitFor();
  await page.setViewportSize(widths.phone);
  await seen("overview-failed-commit-phone");
  await page.getByRole("link", { name: "See its checks" }).click();
  await page.getByRole("heading", { name: "Pushed commits" }).waitFor();
  await become([status({})]);
  await goTo("/project/bakery");
  await told.waitFor(); // the page was loaded anew, with the answers of its beginning
  await become([status({})]);
  await told.waitFor({ state: "detached" });
});
