import { expect, test } from "vitest";
import type { ProjectView } from "../../../schema/project/project.ts";
import { projectSecretIn } from "../../../schema/project/project-secret.ts";
import type { ReleaseView } from "../../../schema/release/release.ts";
import { newId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { answers, inputs, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** The list of projects and a project's page, in the real app over a sample actor and edge. */
const address = "http://guest-book.apps.localhost:20000/";
const [first, second] = [newId("rel", 41), newId("rel", 42)];
const commit = "d".repeat(40);
const receipt = newId("rct", 43);
const release = (id: typeof first, change: Partial<ReleaseView> = {}): ReleaseView => ({
  ...{
    id,
    project: "guest-book",
    commit,
    receipt,
    state: "serving",
    by: "member",
    createdAt: now - 9 * minute,
    servedAt: now - 8 * minute,
  },
  ...change,
});
const serving = release(second);
const before = release(first, { state: "replaced", createdAt: now - 90 * minute, servedAt: now - 89 * minute });
const project: ProjectView = {
  ...{ id: newId("prj", 40), name: "guest-book", repo: "projects/guest-book", state: "running", app: "well" },
  ...{ address, published: false, current: serving, kept: [{ release: first, pastMigration: false }], createdAt: now - 200 * minute },
};
const { current: _current, address: _address, app: _app, ...bare } = project;
const idle: ProjectView = { ...bare, state: "idle" };
const detail = {
  project,
  main: { can: true, reason: "The receipt speaks for it.", commit: "e".repeat(40) },
  environment: [
    "It runs on Node.",
    "Before its checks npm ci installs what package-lock.json names.",
    "node server.mjs serves it on port 8080.",
  ],
  receipt,
  automation: { repair: "ask", deploys: "ask" },
};
const minutes = Array.from({ length: 120 }, (_none, n) => ({
  ...{
    at: now - (120 - n) * minute,
    cpu: 4 + (n % 9),
    memoryMb: 60 + n / 10,
    requests: n % 13,
    errors: n === 60 ? 3 : 0,
    p50: 4,
    p95: 11 + (n % 5),
  },
}));
const logLine = (text: string, stream = "out") => JSON.stringify({ at: now, release: second, stream, text });

const away = { error: { code: "conflict", message: "The app does not answer.", retryable: false, requestId: "req_1" } };
let entry: object | undefined;
let entries = 0;
let secrets: { name: string; version: number; updatedAt: number }[] = [];
let values: string[] = [];
let logs: string[] = [];
let logCalls: string[] = [];
let crash: string[] = [];
serveTeam((method, path, body, query) => {
  if (path === "/projects/guest-book/entries") {
    entries += 1;
    return entry ? { status: 201, body: entry } : { status: 409, body: away };
  }
  if (path === "/projects/guest-book/metrics") return { status: 200, body: { minutes } };
  if (path.endsWith("/shares")) return { status: 200, body: { shares: [] } };
  if (path === "/receipts") return { status: 200, body: { receipts: [], next: null } };
  if (path === "/projects/guest-book/logs") {
    if (query.get("crash") === "last") return { status: 200, body: crash.map((each) => `${each}\n`).join("") };
    logCalls.push(query.get("search") ?? "");
    return { status: 200, body: `${logs.filter((each) => each.includes(query.get("search") ?? "")).join("\n")}\n` };
  }
  if (!path.startsWith("/projects/guest-book/secrets")) return undefined;
  const name = path.split("/")[4] ?? "";
  if (method === "GET") return { status: 200, body: { secrets } };
  secrets = secrets.filter((secret) => secret.name !== name);
  if (method === "DELETE") return { status: 200, body: { removed: true } };
  values.push(projectSecretIn.parse(JSON.parse(body)).value);
  secrets.push({ name, version: values.length, updatedAt: now });
  return { status: 200, body: secrets.at(-1)! };
});
type Look = { size?: "desktop" | "phone"; answers?: object };
const openProject = (path: string, { size = "desktop", answers: more = {} }: Look = {}) =>
  open(path, {
    size,
    more: {
      answers: {
        ...{ ...answers, projects: { projects: [project] }, project: detail, releases: { releases: [serving, before] } },
        ...{ deploy: { release: release(newId("rel", 44), { state: "queued", createdAt: now - minute }) }, rollBack: { release: before } },
        ...{ publish: { project }, power: { project }, ...more },
      },
    },
  });
const become = (changed: object) =>
  page.evaluate((to) => {
    const { actor } = Reflect.get(window, "sample");
    Object.assign(actor.answers, to);
    actor.append("project.state", { projectId: "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV", name: "guest-book", published: false });
  }, changed);

test.for(screens(4))("the list says how each project stands and where it is seen, and opens it: %s", async (size) => {
  const failing: ProjectView = {
    ...project,
    id: newId("prj", 45),
    name: "menu",
    state: "failing",
    app: "crashed",
    reason: "It ended 5 times.",
  };
  await openProject("/project", {
    size,
    answers: { projects: { projects: [project, failing, { ...idle, id: newId("prj", 46), name: "blog" }] } },
  });
  await page.getByRole("link", { name: /guest-book.*Running.*Answers as it should.*seen by you alone.*Last release/ }).waitFor();
  await page.getByRole("link", { name: /menu.*Not well.*It ended 5 times/ }).waitFor();
  await page.getByRole("link", { name: /blog.*Not online.*Nothing of it is online yet/ }).waitFor();
  await seen(`projects-${size}`);
  await page.getByRole("link", { name: /^guest-book/ }).click();
  await page.getByRole("heading", { name: "guest-book", level: 1 }).waitFor();
  await seen(`project-${size}`);
});

test("without a project the page says what to do", async () => {
  await openProject("/project", { answers: { projects: { projects: [] } } });
  await page.getByText("No projects yet").waitFor();
  await page.getByRole("link", { name: "Ask for something" }).click();
  await page.getByLabel("Message Grow Agent").waitFor();
});

test("what is proven is deployed at a press; where it can't be the reason stands there, and the press does nothing", async () => {
  const refused = { ...detail, project: idle, main: { can: false, reason: "Main is newer than its receipt." } };
  await openProject("/project/guest-book", { answers: { project: refused, releases: { releases: [] } } });
  await page.getByText("It is not online yet").waitFor();
  await page.getByText("It is not online. Main is newer than its receipt.").waitFor();
  const deploy = page.getByRole("button", { name: "Put it online…" });
  expect(await deploy.count()).toBe(0);
  await seen("project-idle");
  await become({ project: { ...detail, project: idle } });
  await page.getByText("It is not online.", { exact: true }).waitFor();
  await page.evaluate(() => {
    const { actor } = Reflect.get(window, "sample");
    actor.gates.deploy = new Promise((open) => Object.assign(window, { openGate: open }));
  });
  await deploy.click();
  await page.getByRole("button", { name: "Put it online", exact: true }).dblclick({ noWaitAfter: true });
  await page.getByRole("button", { name: "Asking" }).waitFor();
  await page.evaluate(() => Reflect.get(window, "openGate")());
  await page.getByText("It is going online.").waitFor(); // no event has told of it yet
  await expect.poll(() => inputs("publish")).toEqual([{ project: "guest-book", published: true }]);
  await expect.poll(() => inputs("deploy")).toEqual([{ project: "guest-book", commit: "e".repeat(40) }]);
  const starting = release(newId("rel", 44), { state: "starting", step: "health", createdAt: now - minute });
  await become({ project: { ...detail, project: { ...idle, state: "deploying" } }, releases: { releases: [starting] } });
  await page.getByText("A release is on its way: Asks whether it is well").waitFor();
  await seen("project-deploying");
  const failed = {
    ...starting,
    state: "failed",
    reason: "GET / answered 500 for 30 s.",
    log: "Error: no such table: note\n    at server.mjs:12",
  };
  await become({ project: { ...detail, project: idle }, releases: { releases: [failed] } });
  await page.getByText("The newest release: Failed because it was not well").waitFor();
  await page.getByText("GET / answered 500 for 30 s.").waitFor();
  expect(await deploy.getAttribute("aria-disabled")).toBe("false"); // it may be tried again
  await page.getByRole("button", { name: "Only for me" }).click();
  await expect.poll(() => inputs("deploy")).toHaveLength(2);
  expect(await inputs("publish")).toHaveLength(1);
  await page.setViewportSize(widths.phone);
  await seen("project-failed-phone");
  await page.getByRole("link", { name: "What it printed" }).click();
  await page.getByText("What it printed last").click();
  await page.getByText("no such table: note").waitFor();
  await seen("project-releases-failed-phone");
});

test("what lies on main is opened, changed, shared and taken along from its project's page", async () => {
  const preview = {
    ...{ id: newId("pvw", 47), title: "guest book", state: "open", channel: newId("chn", 47), openedAt: now, changedAt: now },
    source: { kind: "pages", repo: "projects/guest-book", branch: "main", folder: "" },
  };
  await openProject("/project/guest-book", { answers: { project: { ...detail, project: idle, preview }, preview: { preview } } });
  await page.getByRole("button", { name: "Download" }).waitFor();
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("button", { name: "Make a link" }).waitFor();
  await page.setViewportSize(widths.phone);
  await seen("project-acts-phone");
  await page.setViewportSize(widths.desktop);
  await page.getByRole("link", { name: "Change something…" }).click();
  await page.waitForURL((url) => url.searchParams.get("preview") === preview.id && url.searchParams.get("change") === "true");
  await page.getByRole("complementary", { name: "Preview" }).waitFor();
});

test("publishing and going back are asked once, and then said; unpublishing is one press", async () => {
  await openProject("/project/guest-book");
  await page.getByText("You alone see it at this address.").waitFor();
  await page.getByText("The app does not answer.").waitFor();
  await page.getByRole("button", { name: "Show it to everybody…" }).click();
  await page.getByRole("button", { name: "Go back", exact: true }).click();
  expect(await inputs("publish")).toEqual([]);
  await page.getByRole("button", { name: "Show it to everybody…" }).click();
  await page.getByRole("button", { name: "Show it", exact: true }).click();
  await expect.poll(() => inputs("publish")).toEqual([{ project: "guest-book", published: true }]);
  await become({ project: { ...detail, project: { ...project, published: true } } });
  await page.getByText("Everybody sees it at this address.").waitFor();
  await page.getByRole("button", { name: "Show it to me alone" }).click();
  await expect.poll(() => inputs("publish")).toHaveLength(2);
  await page.getByRole("link", { name: "Releases" }).click();
  await page.getByText("Put online by you, served after 1 m 00 s.").first().waitFor();
  await seen("project-releases");
  await page.getByRole("button", { name: "Go back to this" }).click();
  await page.getByText("its data stays as it is").waitFor();
  await page.getByRole("button", { name: "Go back to it" }).click();
  await expect.poll(() => inputs("rollBack")).toEqual([{ project: "guest-book", to: first, pastMigration: false }]);
  const kept = [{ release: first, pastMigration: true }];
  await become({ project: { ...detail, project: { ...project, kept } } });
  await page.getByRole("button", { name: "Go back to this" }).click();
  await page.getByText("Newer releases have changed its data since").waitFor();
  await seen("project-back-past-migration");
  await page.getByRole("button", { name: "Go back to it" }).click();
  await expect
    .poll(async () => (await inputs("rollBack")) as unknown[])
    .toContainEqual({ project: "guest-book", to: first, pastMigration: true });
  await become({ project: { ...detail, project: { ...project, kept: [] } } });
  await page.getByRole("button", { name: "Go back to this" }).waitFor({ state: "detached" });
});

test.for(screens(5))("a release that waits for its machine says why, and is cancelled by one press: %s (issue 10.13)", async (size) => {
  const reason = "Your machine does not answer. The release goes on by itself once it does.";
  const waiting = release(newId("rel", 47), { state: "queued", createdAt: now - minute, reason });
  const deploying = { ...detail, project: { ...project, state: "deploying" } };
  const cancelled = { ...waiting, state: "cancelled", reason: "You cancelled it before it served.", endedAt: now };
  await openProject("/project/guest-book", {
    size,
    answers: { project: deploying, releases: { releases: [waiting, serving, before] }, cancelRelease: { release: cancelled } },
  });
  await page.getByText(reason).waitFor();
  await seen(`project-waits-${size}`);
  await page.getByRole("button", { name: "Cancel this release" }).click();
  await expect.poll(() => inputs("cancelRelease")).toEqual([{ project: "guest-book", release: waiting.id }]);
  await become({ project: detail, releases: { releases: [cancelled, serving, before] } });
  await page.getByRole("button", { name: "Cancel this release" }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Releases" }).click();
  await page.getByText("You cancelled it before it served.").waitFor();
});

test("the log is shown, searched, and followed again after its connection broke", async () => {
  [logs, logCalls] = [[logLine("listening on 8080"), logLine("GET / 200"), logLine("note is too long", "err")], []];
  await openProject("/project/guest-book?tab=logs");
  await page.getByText("note is too long").waitFor();
  logs.push(logLine("POST /note 201")); // the answer ended: it is asked again by itself
  await page.getByText("POST /note 201").waitFor();
  expect(await page.getByText("listening on 8080").count()).toBe(1);
  await seen("project-logs");
  await page.getByLabel("Lines that hold this text").fill("GET");
  await expect.poll(() => logCalls.at(-1)).toBe("GET");
  await page.getByText("listening on 8080").waitFor({ state: "hidden" });
  await page.setViewportSize(widths.phone);
  await seen("project-logs-phone");
});

test("what it printed until its last crash is shown at a press, with when that was and its exit code", async () => {
  [logs, crash] = [[logLine("listening on 8080")], []];
  await openProject("/project/guest-book?tab=logs");
  await page.getByText("listening on 8080").waitFor();
  expect(await page.getByRole("button", { name: "Last crash" }).count()).toBe(0);
  const end = { at: now - minute, release: second, stream: "platform", text: "Its process ended with 9. It is started again." };
  const ended = JSON.stringify({ ...end, ended: { code: 9 } });
  crash = [logLine("reads the notes"), logLine("Error: no such note", "err"), ended];
  logs.push(ended); // the log tells it, so it is asked for
  await page.getByRole("button", { name: "Last crash" }).click();
  await page.getByText(/^It crashed on .+ at \d\d:\d\d, exit code 9\. This is what it printed until then\.$/).waitFor();
  await page.getByText("Error: no such note").waitFor();
  expect(await page.getByText("listening on 8080").count()).toBe(0);
  await seen("project-crash");
  await page.getByLabel("Lines that hold this text").fill("READS");
  await page.getByText("Error: no such note").waitFor({ state: "hidden" });
  await page.setViewportSize(widths.phone);
  await seen("project-crash-phone");
  await page.getByLabel("Lines that hold this text").fill("");
  await page.getByRole("button", { name: "Last crash", pressed: true }).click();
  await page.getByText("listening on 8080").waitFor();
});

test("metrics are drawn with the same in words, at both widths and in both themes", async () => {
  await openProject("/project/guest-book?tab=metrics");
  const requests = page.getByRole("img", { name: /^Requests: \d+ requests, 3 with an error$/ });
  await requests.locator("canvas").waitFor();
  const painted = () =>
    requests.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  expect(await painted()).toBeGreaterThan(10);
  await seen("project-metrics");
  await page.setViewportSize(widths.phone);
  await expect.poll(async () => (await requests.boundingBox())!.width).toBeLessThan(390);
  await seen("project-metrics-phone");
});

test("a secret is written, replaced and removed, and its value is shown nowhere", async () => {
  [secrets, values] = [[], []];
  await openProject("/project/guest-book?tab=settings");
  await page.getByText("node server.mjs serves it on port 8080.").waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("Nothing is written here yet.").waitFor();
  await page.getByLabel("Name").fill("STRIPE_KEY");
  await page.getByLabel("Value").fill("sk_live_hidden");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText(/^Value 1, set /).waitFor();
  expect(values).toEqual(["sk_live_hidden"]);
  expect(await page.content()).not.toContain("sk_live_hidden");
  await seen("project-settings");
  await page.getByRole("button", { name: "Remove STRIPE_KEY" }).click();
  await page.getByRole("button", { name: "Really remove STRIPE_KEY" }).click();
  await expect.poll(() => secrets).toEqual([]);
  await page.getByRole("button", { name: "Stop it" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop it" }).click();
  await expect.poll(() => inputs("power")).toEqual([{ project: "guest-book", running: false }]);
});

test("secrets that are newer than those of what serves say so, and one press gives them to a new release", async () => {
  secrets = [
    { name: "MAIL_KEY", version: 2, updatedAt: now },
    { name: "STRIPE_KEY", version: 3, updatedAt: now },
  ];
  const made = { snapshot: "a".repeat(64), environment: "b".repeat(64), secrets: { STRIPE_KEY: 2, OLD_KEY: 1, MAIL_KEY: 2 } };
  const [current, earlier] = [serving, before].map((each) => ({ ...each, made }));
  const onMain = { ...detail, project: { ...project, current }, main: { ...detail.main, can: true, commit: current!.commit } };
  await openProject("/project/guest-book?tab=settings", {
    answers: {
      project: onMain,
      releases: { releases: [current, earlier] },
      deploy: { release: { ...serving, state: "queued" } },
    },
  });
  await page.getByText(/^Value 3, set .* What is online has value 2$/).waitFor();
  expect(await page.getByText(/^Value 2, set [^.]*$/).count()).toBe(1); // the one that is as it was given
  await page.getByText("It still has OLD_KEY. Put it online again to use these.").waitFor();
  await seen("project-secrets-newer");
  await page.getByRole("button", { name: "Put it online again" }).click();
  await expect.poll(() => inputs("deploy")).toEqual([{ project: "guest-book", commit: current!.commit }]);
  await become({ project: { ...onMain, main: { ...onMain.main, commit: "9".repeat(40) } } });
  await page.getByText("It still has OLD_KEY. The next release gets these.").waitFor();
  expect(await page.getByRole("button", { name: "Put it online again" }).count()).toBe(0);
  await page.getByRole("link", { name: "Releases" }).click();
  await page.getByText("Details").first().click();
  await page.getByText("STRIPE_KEY (value 2), OLD_KEY (value 1), MAIL_KEY (value 2)").first().waitFor();
  await seen("project-release-details");
  await page.getByRole("button", { name: "Go back to this" }).click();
  await page.getByRole("dialog").getByText("It runs with the secrets that it was started with.").waitFor();
});

test("what is typed in a page that runs stays while its health is told; gone or back, it is loaded anew", async () => {
  [entry, entries] = [{ url: "data:text/html,<input aria-label=Note>", address, expiresAt: now + minute }, 0];
  const { app: _unknown, ...fresh } = project;
  await openProject("/project/guest-book", { answers: { project: { ...detail, project: fresh } } });
  const note = page.frameLocator("iframe[title='guest-book']").getByLabel("Note");
  await note.fill("Good bread");
  const told = async (more: Partial<ProjectView>, at: string) => {
    await become({ project: { ...detail, project: { ...fresh, ...more, address: at } } });
    await page.getByText(at).waitFor();
  };
  for (const app of ["well", "unwell", "well"] as const) await told({ app }, `${address}${app}`);
  expect([await note.inputValue(), entries]).toEqual(["Good bread", 1]);
  await told({ app: "crashed" }, `${address}gone`);
  await expect.poll(() => entries).toBe(2);
  await told({ app: "well" }, `${address}back`);
  await expect.poll(() => entries).toBe(3);
  entry = undefined;
});

test("a project that its plan does not let run, one that was stopped and one that sleeps say so and how each comes back", async () => {
  await openProject("/project/guest-book", {
    answers: { project: { ...detail, project: { ...project, state: "suspended", app: "suspended" } } },
  });
  await page.getByText("Your plan does not let it run").waitFor();
  expect(await page.getByRole("link", { name: "See plans" }).getAttribute("href")).toBe("/plan-usage");
  await seen("project-suspended");
  await become({ project: { ...detail, project: { ...project, state: "stopped", app: "stopped" } } });
  await page.getByRole("button", { name: "Start it" }).click();
  await expect.poll(() => inputs("power")).toEqual([{ project: "guest-book", running: true }]);
  await become({ project: { ...detail, project: { ...project, state: "asleep", app: "asleep" } } });
  await page.getByText("It sleeps until somebody visits it").waitFor();
  await seen("project-asleep");
  await page.getByRole("button", { name: "Wake it" }).click();
  await expect.poll(() => inputs("power")).toHaveLength(2);
  await become({ project: { ...detail, project: { ...project, app: "waking" } } });
  await page.getByText("It sleeps until").waitFor({ state: "detached" }); // its address says that it wakes
  await page.getByRole("link", { name: "Checks" }).click();
  await page.getByText("Its newest version is proven and can go online").waitFor();
  await page.getByRole("link", { name: "The receipt that proves it" }).waitFor();
  await seen("project-checks");
});
