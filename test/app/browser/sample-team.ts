import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { AgentTypeView } from "../../../schema/agent/agent-type-api.ts";
import { type AgentView, type PlanView, type TaskView, taskDetail } from "../../../schema/agent/team.ts";
import { type ApprovalSubject, approvalAges } from "../../../schema/approval/approval.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import type { BillingOut } from "../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../schema/billing/usage.ts";
import type { EventBody, EventKind } from "../../../schema/event.ts";
import { goalShape } from "../../../schema/goal.ts";
import { type GoalView, memoryActionShapes } from "../../../schema/memory/memory-api.ts";
import { planShape } from "../../../schema/plan/plan.ts";
import type { ProposalView } from "../../../schema/proposal.ts";
import { questDetail, questPreviewOut } from "../../../schema/quest/quest-api.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { keepPicture, openBrowser, openContext, violations, type widths } from "../../harness/browser.ts";
import { type Route, serveApp } from "./serve-app.ts";

/**
 * The real app over a sample actor with a team: what waits for the person, tasks, plans and goals. No event
 * tells of any of them.
 */
export const now = Date.now();
export const minute = 60_000;
export const coder = newId("agt", 2);
export const [booking, menu, stopped, questId] = [newId("tsk", 3), newId("tsk", 4), newId("tsk", 5), newId("qst", 6)];
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
export const command = asking(
  7,
  "Install a package",
  { kind: "command", command: "npm install stripe" },
  { scopes: ["once", "task", "agent", "always"] },
);
const raise = { kind: "budget", of: "task", id: booking, what: "cost", used: 1_000_000, limit: 1_000_000, raise: 1_000_000 } as const;
const budget = asking(8, "Raise the budget of “Booking form” by $1.00?", raise, { costMicros: 1_000_000, createdAt: now - 2 * minute });
export const check = { url: "http://localhost:8080/", should_respond: { status: 200, contains: "Sourdough" }, serve: "node serve.mjs" };
export const plan: PlanView = {
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
export const { quest, steps } = questDetail.parse({
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
export const { values: _v, skipped: _s, touches: _t, ...questLine } = quest;
export const goal: GoalView = {
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
export const kind = (id: string, title: string): AgentTypeView => ({
  ...{ id, title, purpose: `${title} work`, own: false, path: null, usable: true, issues: [], model: "standard" },
  ...{ tools: [], capabilities: [], budget: {}, service: null },
});
export function proposed(kind: "goal" | "profile", title: string, change: string[]): ProposalView {
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
  payments: { open: true, customer: false },
  paidTwice: false,
  support: "support@example.com",
  ...{
    entitlement: "trialing",
    subscription: {
      plan: "trial",
      quantity: 1,
      upcoming: null,
      disputed: false,
      status: "trialing",
      periodEnd: Date.parse("2026-12-05T12:00:00Z"),
    },
  },
  ...{
    periodStart: Date.parse("2026-11-21T12:00:00Z"),
    limits: {
      title: "Trial",
      ...{ stacks: 1, supportDays: 3 },
      agents: 4,
      cpus: 2,
      memoryMb: 3072,
      pids: 512,
      egressMb: 5_120,
      diskMb: 10_240,
      domains: 1,
      apps: 3,
      appDataMb: 512,
      appsAwake: false,
    },
  },
  withoutPayment: { stopsAt: Date.parse("2026-12-05T12:00:00Z"), archivedAt: Date.parse("2027-03-05T12:00:00Z") },
  used: { apps: 1, domains: 0, disk: { bytes: 310 * 1_024 ** 2, at: Date.parse("2026-11-21T13:00:00Z") } },
  model: { usedMicros: 1_250_000, limitMicros: 5_000_000, calls: 41 },
  tokens: { input: 180_000, output: 20_000 },
  agents: [{ agent: coder, costMicros: 1_250_000, inputTokens: 180_000, outputTokens: 20_000, calls: 41, ownMicros: 0 }],
};
const spent = { costMicros: 1_250_000, ownMicros: 0, inputTokens: 180_000, outputTokens: 20_000, calls: 41 };
const usage: UsageOut = {
  from: Date.parse("2026-11-21T12:00:00Z"),
  began: Date.parse("2026-11-21T12:00:00Z"),
  days: [{ day: 20_778, ...spent }],
  quests: [{ quest: questId, ...spent }],
  projects: [{ project: "bakery", ...spent }],
  models: [{ model: "claude-sonnet-5", ...spent }],
  agentCosts: [{ agent: coder, ...spent }],
  time: [{ day: 20_778, activeMs: 3_600_000, idleMs: 7_200_000, deadMs: 0, pausedMs: 0, stoppedMs: 3_600_000 }],
  agents: [{ agent: coder, activeMs: 3_600_000, idleMs: 7_200_000, deadMs: 0 }],
  machine: [{ day: 20_778, egressBytes: 48 * 1_024 ** 2, diskBytes: 310 * 1_024 ** 2 }],
};
const account: Record<string, object> = { "/billing": billing, "/billing/usage": usage, "/billing/plans": { plans: [] } };
const remembered = {
  facts: [
    { path: "profile.md", title: "Profile", text: "Name: Mara", at: now },
    { path: "profile/mornings.md", title: "Mornings", text: "They bake before five.", at: now },
  ],
  decisions: [{ path: "decisions/2026-11-20-rye-abc123.md", title: "Rye first", at: now }],
};
export const answers = {
  remembered,
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
export let page: Page;
type Look = { size?: keyof typeof widths; more?: object };
export async function open(where: string, { size = "desktop", more = {} }: Look = {}) {
  page = await (await openContext(browser, { size })).newPage();
  await page.addInitScript((team) => Object.assign(window, { sampleTeam: team }), { answers, agents, tasks, at: now, ...more });
  await goTo(where);
}
/** Loads another place of the app in the same page. */
export const goTo = (where: string) => page.goto(`${app.url}${where}${where.includes("#") ? "" : "#messages=20"}`);
/** What the page has sent since it was loaded; a page that has just been is waited for. */
export async function inputs(name: string): Promise<unknown> {
  const sample = await page.waitForFunction(() => Reflect.get(window, "sample"));
  return sample.evaluate(({ actor }, action) => actor.inputs[action] ?? [], name);
}
/** As the actor writes it. */
export const append = <K extends EventKind>(kind: K, body: EventBody<K>) =>
  page.evaluate(([kind, body]) => void Reflect.get(window, "sample").actor.append(kind, body), [kind, body] as const);
export const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
export async function seen(name: string) {
  expect(await violations(page)).toEqual([]);
  expect(await fits()).toBe(true);
  await keepPicture(page, `team-${name}`);
}

/** Serves the app to the tests of one file, each with a page of its own. `more`: the edge's other answers. */
export function serveTeam(more: Route = () => undefined): void {
  beforeAll(async () => {
    const route: Route = (method, path, body, query) =>
      more(method, path, body, query) ?? (method === "GET" && account[path] ? { status: 200, body: account[path] } : undefined);
    [app, browser] = await Promise.all([serveApp(route), openBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  afterEach(() => page.context().close());
}
