import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AgentTypeView } from "../../../schema/agent/agent-type-api.ts";
import { type AgentView, type PlanView, type TaskView, taskDetail } from "../../../schema/agent/team.ts";
import { type ApprovalSubject, type ApprovalView, approvalAges } from "../../../schema/approval/approval.ts";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import { goalShape } from "../../../schema/goal.ts";
import { type GoalView, memoryActionShapes } from "../../../schema/memory/memory-api.ts";
import { planShape } from "../../../schema/plan/plan.ts";
import type { ProposalView } from "../../../schema/proposal.ts";
import { questDetail, questPreviewOut } from "../../../schema/quest/quest-api.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, violations, widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/** What waits for the person, what the team does, plans and goals, in the real app over a sample actor; no event tells of any of it. */
const now = Date.now();
const minute = 60_000;
const coder = newId("agt", 2);
const [booking, menu, stopped, questId] = [newId("tsk", 3), newId("tsk", 4), newId("tsk", 5), newId("qst", 6)];

function taskOf(id: TaskView["id"], title: string, change: Partial<TaskView>): TaskView {
  const facts = { state: "created", run: 0, asked: [], attempts: {}, repairs: 0, reason: "created" } as const;
  const head = { id, plan: null, name: "T001", title, owner: "coding", project: "bakery", specHash: "0".repeat(64) };
  const times = { createdAt: now - 40 * minute, updatedAt: now - 5 * minute };
  return {
    ...head,
    ...times,
    facts: { ...facts, asked: [], attempts: {} },
    progress: "",
    hold: null,
    costMicros: 0,
    history: [],
    ...change,
  };
}
const facts = (state: TaskView["facts"]["state"], more: Partial<TaskView["facts"]> = {}): TaskView["facts"] => ({
  ...{ state, run: 1, asked: [], attempts: {}, repairs: 0, reason: "by the member", ...more },
});
const went = (...states: TaskView["facts"]["state"][]) => states.map((state, n) => ({ state, at: now - (40 - n * 8) * minute }));
const tasks = [
  taskOf(stopped, "Opening hours", { facts: facts("paused", { back: "in_progress" }) }),
  taskOf(menu, "Menu page", { hold: { why: "limit", on: [], text: "three work already" } }),
  taskOf(booking, "Booking form", {
    facts: facts("in_progress", { worker: coder }),
    progress: "Counting places",
    costMicros: 310_000,
    history: went("created", "in_progress", "waiting", "in_progress"),
  }),
];
const agents: AgentView[] = [
  {
    ...{ id: coder, type: "coding", title: "Coding", channel: siblingId("chn", coder), state: "working" },
    ...{ task: { id: booking, title: "Booking form", state: "in_progress" }, createdAt: now, retiredAt: null },
  },
];
function asking(n: number, title: string, subject: ApprovalSubject, more: Partial<ApprovalView>): ApprovalView {
  return {
    ...{ id: newId("apr", n), member: newId("mem", 1), agent: coder, task: booking, title, why: "The form needs it.", subject },
    ...{ reach: "this task", scopes: ["once"], goesOn: false, state: "pending", createdAt: now - minute },
    ...{ expiresAt: now + approvalAges[subject.kind] * 60 * minute, ...more },
  };
}
const command = asking(
  7,
  "Install a package",
  { kind: "command", command: "npm install stripe" },
  { scopes: ["once", "task", "agent", "always"] },
);
const raise = { kind: "budget", of: "task", id: booking, what: "cost", used: 1_000_000, limit: 1_000_000, raise: 1_000_000 } as const;
const budget = asking(8, "Raise the budget of “Booking form” by $1.00?", raise, { costMicros: 1_000_000, createdAt: now - 2 * minute });
const check = { url: "http://localhost:8080/", should_respond: { status: 200, contains: "Sourdough" }, serve: "node serve.mjs" };
const plan: PlanView = {
  ...{ id: newId("pln", 9), state: "proposed", revision: 1, tasks: [], createdAt: now - 3 * minute, updatedAt: now },
  used: { costMicros: 0, beganAt: null, endedAt: null },
  plan: planShape.parse({
    title: "A website for the bakery",
    tasks: [
      {
        ...{ id: "T001", title: "Build the pages", owner: "coding", outputs: ["index.html"], acceptance: [check] },
        ...{ constraints: ["No tracking"], scenarios: ["Given a phone, then it fits"], inputs: { language: "en" }, priority: "high" },
      },
    ],
  }),
  estimate: { costMicros: { expected: 400_000, most: 900_000 }, minutes: { expected: 12, most: 30 } },
};
const { quest, steps } = questDetail.parse({
  quest: {
    ...{
      id: questId,
      quest: "weekly-review",
      version: "1.0.0",
      source: { library: "weekly-review" },
      title: "Weekly review",
      state: "ready",
    },
    ...{ goal: null, plan: null, startedAt: now, proven: 1, of: 4, current: [], nextAt: null, updatedAt: now, values: {}, skipped: {} },
    touches: ["memory"],
  },
  steps: [],
});
const { values: _v, skipped: _s, touches: _t, ...questLine } = quest;
const goal: GoalView = {
  ...goalShape.parse({
    ...{ id: newId("gol", 10), title: "Open a bakery", why: "Bread", created: "2026-11-20", quests: [questId] },
    steps: [{ text: "Rent the oven" }, { text: "Find flour" }],
  }),
  ...{ path: "goals/open-a-bakery.md", done: 0, hash: null },
};
const spaced = {
  ...{
    source: { library: "weekly-review" },
    id: "weekly-review",
    version: "1.0.0",
    title: "Weekly review",
    summary: "Looks back each week.",
  },
  ...{ inputs: [], steps: [], touches: ["memory"], permissions: [] },
};
const kind = (id: string, title: string): AgentTypeView => ({
  ...{ id, title, purpose: `${title} work`, own: false, path: null, usable: true, issues: [], model: "standard" },
  ...{ tools: [], capabilities: [], budget: {}, service: null },
});
function proposed(kind: "goal" | "profile", title: string, change: string[]): ProposalView {
  const none = { turnId: null, goalId: null, hash: null, decidedAt: null, decidedBy: null, state: "pending", edited: false } as const;
  return {
    id: newId("prp"),
    kind,
    title,
    text: `# ${title}\n\nAs they said.`,
    path: `${kind}/x.md`,
    change,
    agentId: newId("agt", 1),
    at: now,
    ...none,
  };
}
const billing: BillingOut = {
  ...{ entitlement: "trialing", subscription: { plan: "trial", status: "trialing", periodEnd: Date.parse("2026-12-05T12:00:00Z") } },
  ...{ periodStart: Date.parse("2026-11-21T12:00:00Z"), limits: { title: "Trial", agents: 4, cpus: 2, memoryMb: 3072, pids: 512 } },
  model: { usedMicros: 1_250_000, limitMicros: 5_000_000, calls: 41 },
  tokens: { input: 180_000, output: 20_000 },
  agents: [{ agent: coder, costMicros: 1_250_000, inputTokens: 180_000, outputTokens: 20_000, calls: 41 }],
};
const answers = {
  approvals: { approvals: [budget, command], next: null, waiting: 2 },
  plans: { plans: [plan], next: null },
  plan: { plan },
  planEdit: { plan },
  taskAct: { task: tasks[0] },
  quests: { quests: [questLine], next: questId },
  questLibrary: { quests: [spaced] },
  questPreview: questPreviewOut.parse({ package: spaced, preview: null, issues: [] }),
  quest: { quest, steps },
  goals: memoryActionShapes.goals.out.parse({ goals: [goal], proposed: [] }),
  goalPut: { goal, hash: null },
  policies: { rules: [], grants: [], error: "rules.0.match is wrong" },
  task: taskDetail.parse({
    task: { ...tasks[2]!, spec: { id: "T001", title: "Booking form", owner: "coding", outputs: ["form.html"] } },
    runs: [
      {
        ...{ id: newId("wrk", 11), project: "bakery", task: booking, kind: "agent", worker: coder, attempt: 1, createdAt: now },
        what: `Task ${booking}, attempt 1: Booking form`,
      },
    ],
    channel: null,
  }),
};

let app: Awaited<ReturnType<typeof serveApp>>;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  const route: Route = (method, path) => (method === "GET" && path === "/billing" ? { status: 200, body: billing } : undefined);
  [app, browser] = await Promise.all([serveApp(route), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
afterEach(() => page.context().close());
type Look = { size?: keyof typeof widths; more?: object };
async function open(where: string, { size = "desktop", more = {} }: Look = {}) {
  page = await (await browser.newContext({ viewport: widths[size], locale: "en-GB" })).newPage();
  page.setDefaultTimeout(20_000);
  await page.addInitScript((team) => Object.assign(window, { sampleTeam: team }), { answers, agents, tasks, at: now, ...more });
  await page.goto(`${app.url}${where}#messages=20`);
}
const inputs = (name: string): Promise<unknown> => page.evaluate((of) => Reflect.get(window, "sample").actor.inputs[of] ?? [], name);
const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
async function seen(name: string) {
  expect(await violations(page)).toEqual([]);
  expect(await fits()).toBe(true);
  await keepPicture(page, `team-${name}`);
}

test("a page opened in the middle of the work shows who works on what, what is held and what is paused", async () => {
  await open("/");
  await page.getByRole("link", { name: "Coding, Working, Counting places" }).waitFor();
  await page.getByText("Coding three work already").waitFor();
  await page.getByRole("button", { name: "Resume Opening hours" }).click();
  expect(await inputs("taskAct")).toEqual([{ taskId: stopped, act: "resume" }]);
  await seen("panel");
  await page.goto(`${app.url}/timeline?task=${booking}#messages=20`);
  await page.getByRole("cell", { name: "Waited for you" }).waitFor();
  expect(await page.locator("td .ph").count()).toBe(4);
  await page.getByText("Task, attempt 1: Booking form", { exact: true }).waitFor(); // ids say nothing to a person
  await seen("task");
});

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
  await page.goto(`${app.url}/inbox#messages=20`);
  await page.getByRole("link", { name: /A website for the bakery/ }).click();
  await page.getByRole("button", { name: "Accept and start" }).waitFor();
  await page.goto(`${app.url}/inbox?tab=rules#messages=20`);
  await page.getByText(/what it forbade stays forbidden and what it allowed is asked each time/).waitFor();
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

test("a plan's acceptance checks and constraints are shown, changed, removed and added", async () => {
  await open(`/plan/${plan.id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByText(/^Everything else/).click();
  const first = page.getByRole("group", { name: "Check 1" });
  expect(await first.getByLabel("With this in the answer").inputValue()).toBe("Sourdough");
  await first.getByLabel("With this in the answer").fill("Rye");
  await page.getByRole("button", { name: "Add a check" }).click();
  const second = page.getByRole("group", { name: "Check 2" });
  await second.getByLabel("Address in the sandbox").fill("https://example.com");
  await seen("plan");
  await page.getByRole("button", { name: "Save" }).click();
  await second.getByText(/^must be http:\/\/localhost/).waitFor();
  expect(await second.getByLabel("Address in the sandbox").evaluate((one) => one === document.activeElement)).toBe(true);
  await second.getByRole("combobox").selectOption("A file is there");
  await second.getByLabel("File").fill("menu.html");
  await page.setViewportSize(widths.phone);
  await seen("plan-phone");
  await page.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(() => inputs("planEdit"))
    .toMatchObject([
      {
        edits: [
          {
            task: {
              acceptance: [{ ...check, should_respond: { status: 200, contains: "Rye" } }, { file: "menu.html" }],
              constraints: ["No tracking"],
            },
          },
        ],
      },
    ]);
});

test("a plan's scenarios, inputs and priority are shown and changed; what is wrong is said beside its field", async () => {
  await open(`/plan/${plan.id}`);
  expect(await page.getByText("Given a phone, then it fits").isVisible()).toBe(false); // the letter of it is behind one press
  await page.getByText("Details", { exact: true }).click();
  await page.getByText("Given a phone, then it fits").waitFor();
  await page.getByText("language = en").waitFor();
  await page.getByText("Before others").waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByText(/^Everything else/).click();
  await page.getByLabel("Priority").selectOption("After others");
  await page.getByLabel(/^What it starts from/).fill("language = de\nposts = 3");
  const scenarios = page.getByLabel(/^Scenarios/);
  await scenarios.fill(`Given a phone, then it fits\n${"x".repeat(1_001)}`);
  await page.getByLabel("Title").press("Enter");
  await expect.poll(() => scenarios.evaluate((one) => one === document.activeElement && one.ariaInvalid)).toBe("true");
  await page.getByText(/^“x{39}…”: /).waitFor();
  await page.setViewportSize(widths.phone);
  await seen("plan-wrong-phone");
  expect(await inputs("planEdit")).toEqual([]);
  await scenarios.fill("Given a phone, then it fits\nGiven a reader, then it is read out");
  await page.getByRole("button", { name: "Save" }).click();
  const wanted = { scenarios: ["Given a phone, then it fits", "Given a reader, then it is read out"], priority: "low" };
  await expect
    .poll(() => inputs("planEdit"))
    .toMatchObject([{ edits: [{ task: { ...wanted, inputs: { language: "de", posts: 3 }, constraints: ["No tracking"] } }] }]);
});

test("a plan reads as what it makes and how that is checked; who does it is a list", async () => {
  await open(`/plan/${plan.id}`, { more: { types: [kind("coding", "Coding"), kind("testing", "Testing")] } });
  const card = page.getByRole("article", { name: /^Task 1/ });
  await card
    .getByRole("definition")
    .filter({ hasText: /^index\.html$/ })
    .waitFor();
  await card.getByText("the page opens and says “Sourdough”").waitFor();
  expect(await card.getByText("http://localhost:8080/").first().isVisible()).toBe(false);
  await seen("plan-plain");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Who does it").selectOption("Testing");
  await page.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => inputs("planEdit")).toMatchObject([{ edits: [{ task: { owner: "testing" } }] }]);
});

test("what was written in a plan is kept over Back and other tasks, and is saved before the plan is accepted", async () => {
  const two = {
    ...plan,
    plan: planShape.parse({ ...plan.plan, tasks: [...plan.plan.tasks, { ...plan.plan.tasks[0], id: "T002", title: "Menu" }] }),
  };
  await open(`/plan/${plan.id}`, {
    more: { answers: { ...answers, plan: { plan: two }, planEdit: { plan: { ...two, revision: 2 } }, planAct: { plan: two } } },
  });
  await page
    .getByRole("article", { name: /^Task 1/ })
    .getByRole("button", { name: "Edit" })
    .click();
  await page.getByLabel("Title").fill("Build all pages");
  await page
    .getByRole("article", { name: /^Task 2/ })
    .getByRole("button", { name: "Edit" })
    .click();
  await page.getByLabel("What is wanted").fill("Prices too");
  await page.getByText("Unsaved changes").waitFor();
  await page.getByRole("link", { name: "Back to the conversation" }).click();
  await page.getByRole("log").waitFor();
  await page.goBack();
  await page.getByText("What you changed is kept here and saved first").waitFor();
  await page
    .getByRole("article", { name: /^Task 2/ })
    .getByText("Unsaved changes")
    .waitFor();
  expect(await page.getByLabel("Title").inputValue()).toBe("Build all pages");
  await page.setViewportSize(widths.phone);
  await seen("plan-unsaved-phone");
  await page.getByLabel("Title").fill("");
  await page.getByRole("button", { name: "Start with your changes" }).click();
  await page.getByRole("alert").filter({ hasText: "what you wrote is kept" }).waitFor();
  expect([await inputs("planEdit"), await inputs("planAct")]).toEqual([[], []]);
  await page.getByLabel("Title").fill("Build all pages");
  await page.getByRole("button", { name: "Start with your changes" }).click();
  await expect.poll(() => inputs("planAct")).toMatchObject([{ act: "accept", revision: 2 }]);
  const edits = [
    { kind: "change", id: "T001", task: { title: "Build all pages" } },
    { id: "T002", task: { description: "Prices too" } },
  ];
  expect(await inputs("planEdit")).toMatchObject([{ revision: 1, edits }]);
  await page.getByRole("button", { name: "Accept and start" }).waitFor();
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

test("a plan at work is one card with its tasks, and says at its end what it took", async () => {
  const tasksOf = [{ name: "T001", id: booking, state: "in_progress", hold: null }];
  const works = { ...plan, state: "accepted", tasks: tasksOf, used: { costMicros: 210_000, beganAt: now - 4 * minute, endedAt: null } };
  await open("/", { more: { answers: { ...answers, plans: { plans: [works], next: null }, plan: { plan: works } } } });
  await page.waitForFunction(() => Reflect.get(window, "sample") !== undefined);
  const told = (state: string) => {
    const body = {
      planId: plan.id,
      title: plan.plan.title,
      state,
      revision: 1,
      tasks: [{ name: "T001", title: "Build the pages", owner: "coding", dependsOn: [] }],
    };
    return page.evaluate((of) => Reflect.get(window, "sample").actor.append("plan.state", of), { ...body, ...plan.estimate });
  };
  await told("accepted");
  const card = page.getByRole("article", { name: "Plan A website for the bakery" });
  await card.getByText("0 of 1 done · 1 at work").waitFor();
  await card.getByText(/^4 m 0\d s of about 12 min · \$0\.21 of about \$0\.40$/).waitFor();
  await page.getByRole("heading", { name: "At work" }).waitFor();
  await seen("plan-at-work");
  expect(await page.getByText("Booking form", { exact: true }).count()).toBe(1);
  const done = { ...works, state: "done", tasks: [{ ...tasksOf[0], state: "verified" }], used: { ...works.used, endedAt: now } };
  await page.evaluate((of) => Object.assign(Reflect.get(window, "sample").actor.answers, of), {
    plan: { plan: done },
    plans: { plans: [], next: null },
  });
  await told("done");
  await card.getByText("It took 4 m 00 s and $0.21").waitFor();
  await page.setViewportSize(widths.phone);
  await seen("plan-done-phone");
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
  await page.getByRole("link", { name: "Plan and usage" }).click();
  await page.getByText("Your trial ends on 5 December 2026.").waitFor();
  await page.getByText("$1.25 of $5.00").waitFor();
  await page.getByRole("row", { name: "Coding 200 k $1.25" }).waitFor();
  await page.getByText("3 GB").waitFor();
  await seen("usage");
  await page.setViewportSize(widths.phone);
  await seen("usage-phone");
});

test("five seconds after the connection is gone everything says so, and nothing says “Ready”", async () => {
  await open("/");
  await page.getByRole("heading", { name: "Grow Agent", level: 1 }).waitFor();
  await page.waitForFunction(() => Reflect.get(window, "sample")?.actor.calls.includes("since")); // it is connected
  const from = Date.now();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await page.getByText(/^Offline for 5 s\. Messages go out later\.$/).waitFor();
  expect(Date.now() - from).toBeLessThan(6_500);
  await page.getByRole("link", { name: "Grow Agent, Offline" }).waitFor();
  await page.getByText("Stack not seen now").waitFor();
  expect(await page.title()).toMatch(/Grow Agent, Offline/);
  await seen("offline");
});

test("a search that read a repository only in part says so, whether it found something or nothing", async () => {
  await open("/memories");
  await page.waitForFunction(() => Reflect.get(window, "sample") !== undefined);
  const search = async (hits: object[], partial: boolean) => {
    const answer = { hits, ms: 1, hot: true, seq: 1, behind: false, partial };
    await page.evaluate((of) => Object.assign(Reflect.get(window, "sample").actor.answers, { search: of }), answer);
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

test.for(["desktop", "phone"] as const)(
  "a stack that its person stopped says so above each composer, and what starts it: %s",
  async (size) => {
    const stack = { tier: "stopped", observed: "stopped", provisioning: false, ready: false, trouble: null };
    await open("/", { size, more: { stack } });
    const said = page.getByRole("status").filter({ hasText: "You stopped your stack." });
    await said.getByText(/A message to any agent starts it again/).waitFor();
    await seen(`stopped-${size}`);
    await page.goto(`${app.url}/timeline?task=${booking}&view=thread#messages=20`);
    await said.waitFor();
    await page.getByLabel("Reply in the thread").waitFor();
    await seen(`stopped-thread-${size}`);
    await page.goto(`${app.url}/#messages=20`);
    await said.waitFor();
    await page.evaluate(() => Object.assign(Reflect.get(window, "sample").actor.answers, { start: { seq: 1 } }));
    await said.getByRole("button", { name: "Start it" }).click();
    await expect.poll(() => inputs("start")).toHaveLength(1);
    await page.evaluate(() => Reflect.get(window, "sample").actor.append("stack.state", { tier: "running", observed: "stopped" }));
    await expect.poll(() => said.count()).toBe(0);
  },
);

test("a goal is changed where it stands; a tick while another is saved follows it; its quests are there", async () => {
  await open("/goal");
  await page.getByRole("link", { name: "Weekly review" }).waitFor();
  await seen("goals");
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.goalPut = new Promise((release) => Object.assign(window, { release }));
  });
  await page.getByRole("checkbox", { name: "Rent the oven" }).click();
  await page.getByRole("checkbox", { name: "Find flour" }).click();
  await expect.poll(() => page.getByRole("checkbox", { checked: true }).count()).toBe(2);
  await page.evaluate(() => Reflect.get(window, "release")());
  const done = (...of: boolean[]) => ({ id: goal.id, steps: goal.steps.map((step, n) => ({ ...step, done: of[n] })) });
  await expect.poll(() => inputs("goalPut")).toEqual([done(true, false), done(true, true)]);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Percent, else by its steps").fill("140");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "Percent: " }).waitFor();
  await page.getByLabel("Percent, else by its steps").fill("40");
  await page.getByLabel("Why it matters").fill("");
  await page.getByLabel("By when, if there is a date").fill("2027-03-01");
  await page.setViewportSize(widths.phone);
  await seen("goal-phone");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("article", { name: "Goal Open a bakery" }).waitFor();
  expect(await inputs("goalPut")).toMatchObject([{}, {}, { id: goal.id, why: null, by: "2027-03-01", progress: 40 }]);
});

test("a quest that asks nothing can serve a goal all the same, and a count of the newest alone says so", async () => {
  await open("/quest?pick=weekly-review");
  await page.getByRole("link", { name: "Running 1+" }).waitFor();
  await page.getByLabel("Serves a goal").selectOption("Open a bakery");
  await seen("quest");
  await page.getByRole("button", { name: /^Start quest/ }).click();
  await expect.poll(() => inputs("questStart")).toEqual([{ quest: "weekly-review", inputs: {}, goal: goal.id }]);
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
  await page.goto(`${app.url}/files?repo=projects%2Fbakery#messages=20`);
  const branches = page.getByRole("combobox", { name: "Branch" });
  await expect.poll(() => branches.getByRole("option").count()).toBe(5);
  await page.getByText("index.html", { exact: true }).waitFor();
  await seen("files-phone");
  const last = bakery.branches[4]!.name;
  await branches.selectOption(last);
  await page.waitForURL((url) => url.searchParams.get("ref") === last);
  await expect.poll(() => inputs("tree")).toContainEqual({ repo: bakery.repo, ref: last });
});

/** What has the focus: nothing (the page's top, from which Tab begins anew), or where. */
const focused = () =>
  page.evaluate(() => (document.activeElement === document.body ? "nothing" : document.activeElement?.closest("main, aside")?.tagName));
const tell = (kind: string, body: object, changed: object) =>
  page.evaluate(
    ([name, told, to]) => {
      const { actor } = Reflect.get(window, "sample");
      Object.assign(actor.answers, to);
      actor.append(name, told);
    },
    [kind, body, changed] as const,
  );
test.each([
  { what: "a plan's page", where: `/plan/${plan.id}`, press: "Accept and start", act: "planAct" },
  { what: "the conversation", where: "/?card", press: "Accept and start", act: "planAct" },
  { what: "a quest's pane", where: `/quest?tab=running&id=${questId}`, press: "Start", act: "questAct" },
  { what: "a question in the inbox", where: `/inbox?id=${command.id}`, press: /^Allow once/, act: "decide" },
  { what: "a question above the field", where: "/", press: /^Allow once/, act: "decide" },
])("after “$press” in $what, by key, the focus stays in place and Tab goes on from there", async ({ where, press, act }) => {
  const accepted = { ...plan, state: "accepted" };
  const active = { ...quest, state: "running" };
  const decided = { counted: true, text: "", approval: { ...command, state: "allowed" } };
  await open(where, {
    more: {
      answers: {
        ...answers,
        approvals: { approvals: [command], next: null, waiting: 1 },
        approval: { approval: command },
        planAct: { plan: accepted },
        questAct: { quest: active },
        decide: decided,
      },
    },
  });
  const planned = { planId: plan.id, title: plan.plan.title, state: "accepted", revision: 1, tasks: [], ...plan.estimate };
  const button = page.getByRole("button", { name: press, exact: true });
  if (where === "/?card") {
    await page.getByText("Answer 10.").waitFor();
    await tell("plan.state", { ...planned, state: "proposed" }, {});
  }
  await button.focus();
  const place = await focused();
  await expect.poll(() => button.getAttribute("aria-disabled")).not.toBe("true");
  await page.keyboard.press("Enter");
  await expect.poll(async () => ((await inputs(act)) as unknown[]).length).toBe(1);
  const over = {
    id: command.id,
    agent: command.agent,
    title: command.title,
    state: "allowed",
    decided: { at: now, device: "your computer" },
  };
  const begun = { questId, title: quest.title, state: "running", proven: 1, of: 4, current: [], nextAt: null };
  if (act === "decide")
    await tell("approval.decided", over, {
      approvals: { approvals: [], next: null, waiting: 0 },
      approval: { approval: { ...command, ...over } },
    });
  else if (act === "planAct") await tell("plan.state", planned, { plan: { plan: accepted }, plans: { plans: [accepted], next: null } });
  else
    await tell("quest.state", begun, {
      quest: { quest: active, steps },
      quests: { quests: [{ ...questLine, state: "running" }], next: null },
    });
  await button.waitFor({ state: "hidden" });
  await expect.poll(focused).toBe(place);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.className)).not.toBe("skip");
  expect(await focused()).toBe(place);
});
