import { expect, test } from "vitest";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { answers, booking, coder, goTo, inputs, minute, now, open, page, seen, serveTeam, stopped } from "./sample-team.ts";

serveTeam();

test("a page opened in the middle of the work shows who works on what, what is held and what is paused", async () => {
  await open("/");
  await page.getByRole("link", { name: "Coding, Working, Counting places" }).waitFor();
  await page.getByText("Coding three work already").waitFor();
  await page.getByRole("button", { name: "Resume Opening hours" }).click();
  expect(await inputs("taskAct")).toEqual([{ taskId: stopped, act: "resume" }]);
  await seen("panel");
  await goTo(`/timeline?task=${booking}`);
  await page.getByRole("cell", { name: "Waited for you" }).waitFor();
  expect(await page.getByRole("cell").locator("i[aria-hidden]").count()).toBe(4);
  await page.getByText("Task, attempt 1: Booking form", { exact: true }).waitFor(); // ids say nothing to a person
  await seen("task");
});

test("files and what an agent said do not go with the pages that hold them", async () => {
  const files = [
    {
      repo: "projects/bakery",
      branch: "main",
      hash: "a".repeat(40),
      seq: 3,
      path: "index.html",
      status: "added",
      additions: 9,
      deletions: 0,
    },
  ];
  const channels = [
    {
      id: siblingId("chn", coder),
      title: "Coding",
      agent: coder,
      type: "coding",
      presence: "working",
      lastSeq: 2,
      read: 0,
      unread: 3,
      files: 1,
    },
  ];
  await open("/", { more: { channels, answers: { ...answers, changes: { total: 35, files, commits: [] } } } });
  await page.getByRole("tab", { name: "Files 35" }).click();
  await page.getByRole("link", { name: "index.html +9" }).waitFor();
  await page.getByRole("link", { name: "Coding, Working, 3 new" }).click();
  await page.getByRole("log", { name: "Conversation with Coding" }).waitFor();
  expect(await page.getByText("has not said anything yet").count()).toBe(0);
  await expect.poll(() => inputs("read")).toContainEqual({ channel: channels[0]!.id, seq: expect.any(Number) });
});

test("the plan's end, what it allows and what was used stand on one page", async () => {
  await open("/");
  await page.getByRole("link", { name: "Settings" }).click();
  await seen("settings");
  await page.getByRole("link", { name: /^Plan and usage/ }).click();
  await page.getByText(/^Your trial ends on 5 December 2026\..*visitors no longer see what you have online/).waitFor();
  await page.getByRole("region", { name: "Used of your limits" }).getByText("$1.25 of $5.00").waitFor();
  await page.getByRole("row", { name: "Coding 200 k $1.25" }).waitFor();
  await page.getByText("What your plan allows").click();
  await page.getByText("3 GB").waitFor();
  await seen("usage");
  await page.setViewportSize(widths.phone);
  await seen("usage-phone");
});

test("five seconds after the connection is gone everything says so, and nothing says “Ready”", async () => {
  await open("/");
  await page.getByRole("heading", { name: "Grow Agent", level: 1 }).waitFor();
  await page.waitForFunction(() => Reflect.get(window, "sample")?.actor.calls.includes("since")); // it is connected
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + minute); // the page's time is the test's from here on
  await page.context().setOffline(true);
  await page.clock.runFor(4_900);
  expect(await page.getByText(/^Offline for/).count()).toBe(0);
  await page.clock.runFor(500); // the next frame shows it
  await page.getByText(/^Offline for 5 s\. Your messages are sent once you are back online\.$/).waitFor();
  await page.getByRole("link", { name: "Grow Agent, Offline" }).waitFor();
  await page.getByText("Not connected").waitFor();
  expect(await page.title()).toMatch(/Grow Agent, Offline/);
  await page.clock.resume();
  await seen("offline");
});

test("a helper whose work is done makes room in the rail: it is found behind one line, and stays while it is looked at", async () => {
  await open("/");
  const helper = page.getByRole("navigation", { name: "Workspace" }).getByRole("link", { name: /^Coding, / });
  await helper.waitFor();
  const rests = (state: "idle" | "retired") =>
    page.evaluate(([body]) => Reflect.get(window, "sample").actor.append("agent.state", body), [
      { agentId: coder, type: "coding", title: "Coding", channel: siblingId("chn", coder), state },
    ] as const);
  await rests("idle");
  await helper.waitFor({ state: "hidden" });
  const line = page.getByRole("button", { name: "Helpers at rest, 1" });
  await line.click();
  await helper.click();
  await line.waitFor({ state: "hidden" });
  await helper.and(page.locator("[aria-current=page]")).waitFor();
  await rests("retired");
  await page.getByRole("link", { name: /^Grow Agent/ }).click();
  await line.waitFor();
});

test("a search that read a repository only in part says so, whether it found something or nothing", async () => {
  await open("/memories");
  await page.waitForFunction(() => Reflect.get(window, "sample") !== undefined);
  const search = async (hits: object[], partial: boolean) => {
    const answer = { hits, ms: 1, hot: true, seq: 1, behind: false, partial };
    await page.evaluate((search) => Object.assign(Reflect.get(window, "sample").actor.answers, { search }), answer);
  };
  const hit = {
    source: "messages",
    title: "You",
    excerpt: "Rye and wheat",
    repo: null,
    path: null,
    line: null,
    commit: null,
    seq: 3,
    at: now,
  };
  const field = page.getByLabel("Search memory, files, messages and decisions");
  const part = page.getByText(/^Searched only in part: a repository has more files than are read/);
  await search([hit], false);
  await field.fill("rye");
  await page.getByText("1 place", { exact: true }).waitFor();
  expect(await part.count()).toBe(0);
  await search([hit], true);
  await field.fill("wheat");
  await part.waitFor();
  await seen("search-partial");
  await search([], true);
  await field.fill("spelt");
  await page.getByText("Memory, project files in part, messages and decisions were searched.").waitFor();
  await page.setViewportSize(widths.phone);
  await part.waitFor();
  await seen("search-partial-phone");
});

test.for(screens(7))("a stack that its person stopped says so above each composer, and what starts it: %s", async (size) => {
  const stack = { tier: "stopped", observed: "stopped", provisioning: false, ready: false, trouble: null };
  await open("/", { size, more: { stack } });
  const said = page.getByRole("status").filter({ hasText: "You stopped your stack." });
  await said.getByText(/A message to any agent starts it again/).waitFor();
  await seen(`stopped-${size}`);
  await goTo(`/timeline?task=${booking}&view=thread`);
  await said.waitFor();
  await page.getByLabel("Reply in the thread").waitFor();
  await seen(`stopped-thread-${size}`);
  await goTo("/");
  await said.waitFor();
  await page.evaluate(() => Object.assign(Reflect.get(window, "sample").actor.answers, { start: { seq: 1 } }));
  await said.getByRole("button", { name: "Start it" }).click();
  await expect.poll(() => inputs("start")).toHaveLength(1);
  await page.evaluate(() => Reflect.get(window, "sample").actor.append("stack.state", { tier: "running", observed: "stopped" }));
  await expect.poll(() => said.count()).toBe(0);
});

test("while the stack is asleep files and memory say so and how they can be read; awake, they are read", async () => {
  const asleep = { tier: "stopped", observed: "stopped", provisioning: false, ready: false, trouble: null, asleep: true };
  const tree = {
    head: "c".repeat(40),
    entries: [{ path: "profile.md", title: "Profile", type: "file", bytes: 9, at: null }],
    truncated: false,
  };
  const bakery = { repo: "projects/bakery", title: "Bakery", branches: [{ name: "main", hash: "0".repeat(40) }], shown: "main" };
  const more = { stack: asleep, repos: [bakery], answers: { ...answers, memoryTree: tree, memoryHistory: { commits: [], next: null } } };
  await open("/files", { more });
  await page.getByText("Your stack is asleep, so files can't be read until it is awake.").waitFor();
  expect([await inputs("repos"), await page.getByText("Reading", { exact: true }).count()]).toEqual([[], 0]);
  await seen("files-asleep");
  await page.getByRole("link", { name: "Memory", exact: true }).click();
  await page.getByText("Your stack is asleep, so the files of memory can't be read until it is awake").waitFor();
  await page.getByText("They bake before five.").waitFor(); // what is known of the person is there all the same
  await page.getByText("All files").click();
  expect(await inputs("memoryTree")).toEqual([]);
  await page.evaluate(() => Object.assign(Reflect.get(window, "sample").actor.answers, { start: { seq: 1 } }));
  await page.getByRole("button", { name: "Wake it" }).click();
  await expect.poll(() => inputs("start")).toHaveLength(1);
  await page.evaluate(() => Reflect.get(window, "sample").actor.append("stack.state", { tier: "running", observed: "running" }));
  await page.getByRole("link", { name: "profile.md" }).waitFor();
  expect(await page.getByText("Your stack is asleep").count()).toBe(0);
});

test("on a phone a sub-agent's channel says whose it is, and all of a repository's branches can be chosen", async () => {
  const branch = (n: number) => ({
    name: `agent/${newId("tsk", n)}/${n === 1 ? "booking-form-with-a-rather-long-name" : "menu"}`,
    hash: `${n}`.repeat(40),
  });
  const bakery = {
    repo: "projects/bakery",
    title: "Bakery",
    branches: [{ name: "main", hash: "0".repeat(40) }, ...[1, 2, 3, 4].map(branch)],
    shown: "main",
  };
  const entries = ["index.html", "a-very-long-file-name-that-does-not-end-so-soon-at-all.html"].map((name) => ({
    path: name,
    type: "file",
    bytes: 9,
  }));
  const tree = { repo: bakery.repo, ref: "main", entries, truncated: false };
  await open(`/c/${coder}`, { size: "phone", more: { repos: [bakery], answers: { ...answers, tree } } });
  expect((await page.getByRole("heading", { name: "Coding", level: 1 }).boundingBox())?.width).toBeGreaterThan(40);
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  await seen("channel-phone");
  await goTo("/files?repo=projects%2Fbakery");
  const branches = page.getByRole("combobox", { name: "Branch" });
  await expect.poll(() => branches.getByRole("option").count()).toBe(5);
  await page.getByText("index.html", { exact: true }).waitFor();
  await seen("files-phone");
  const last = bakery.branches[4]!.name;
  await branches.selectOption(last);
  await page.waitForURL((url) => url.searchParams.get("ref") === last);
  await expect.poll(() => inputs("tree")).toContainEqual({ repo: bakery.repo, ref: last });
});
