import { expect, test } from "vitest";
import { type DomainView, domainIn } from "../../../schema/domain/domain.ts";
import { deployKeyIn, type GitTokenView } from "../../../schema/git/git-token.ts";
import type { ProjectView } from "../../../schema/project/project.ts";
import type { ReleaseView } from "../../../schema/release/release.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { answers, inputs, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/**
 * Domains, danger, what a release changed and the picture in the list, in the real app over a sample edge.
 */
const commit = "d".repeat(40);
const release: ReleaseView = {
  ...{ id: newId("rel", 52), project: "guest-book", commit, receipt: newId("rct", 53), state: "serving", by: "member" },
  ...{ createdAt: now - 9 * minute, servedAt: now - 8 * minute },
};
const project: ProjectView = {
  ...{ id: newId("prj", 50), name: "guest-book", repo: "projects/guest-book", state: "running", app: "well" },
  ...{ address: "http://guest-book.apps.localhost:20000/", published: false, current: release, kept: [], createdAt: now - 200 * minute },
};
const detail = {
  ...{ project, main: { can: false, reason: "What is on main serves already." }, environment: ["It runs on Node."] },
  automation: { repair: "ask", deploys: "ask" },
};
const name = "shop.example.org";
const waiting: DomainView = {
  ...{ id: newId("dom", 54), project: "guest-book", name, state: "waiting_dns", reason: "The TXT record is missing." },
  records: [
    { type: "TXT", name: `_growqr.${name}`, value: `growqr-domain=${"a".repeat(43)}`, found: false },
    { type: "CNAME", name, value: "guest-book.apps.example.net", found: true },
  ],
  ...{ address: `https://${name}/`, demo: false, checkedAt: now, nextCheckAt: now + minute, createdAt: now },
};
let domains: DomainView[] = [];
let refuse: string | undefined;
let entries = 0;
const keysPath = `/git/repos/${siblingId("rep", project.id)}/deploy-keys`;
const keyText = `gqt_${"A".repeat(43)}`;
let deployKeys: GitTokenView[] = [];
/** The deploy keys of the sample edge. */
function answerKeys(method: string, path: string, body: string) {
  if (method === "GET") return { status: 200, body: { deployKeys } };
  if (method === "DELETE") {
    deployKeys = deployKeys.filter(({ id }) => !path.endsWith(id));
    return { status: 200, body: { removed: true } };
  }
  const { expiresIn, ...asked } = deployKeyIn.parse(JSON.parse(body));
  const made = { id: newId("gtk"), kind: "deploy" as const, repositories: [project.repo], createdAt: now, lastUsedAt: null };
  deployKeys = [{ ...made, ...asked, expiresAt: now + expiresIn * 1_000 }];
  return { status: 201, body: { deployKey: deployKeys[0]!, token: keyText } };
}
const refusal = (message: string) => ({ error: { code: "conflict", message, retryable: false, requestId: "req_1" } });
serveTeam((method, path, body) => {
  if (path === "/projects/guest-book/entries") {
    entries += 1;
    const url = "data:text/html,<h1>Guest book</h1>";
    return { status: 201, body: { url, address: project.address!, expiresAt: now + minute } };
  }
  if (path.startsWith(keysPath)) return answerKeys(method, path, body);
  if (path === "/projects/guest-book/secrets") return { status: 200, body: { secrets: [] } };
  if (!path.startsWith("/projects/guest-book/domains")) return undefined;
  const id = path.split("/")[4];
  if (method === "GET") return { status: 200, body: { domains, most: 1, demo: false } };
  if (method === "DELETE") {
    domains = [];
    return { status: 200, body: { removed: true } };
  }
  if (id !== undefined) {
    const { reason: _, ...right } = waiting;
    domains = [{ ...right, state: "active", records: waiting.records.map((record) => ({ ...record, found: true })) }];
    return { status: 200, body: domains[0]! };
  }
  if (refuse !== undefined) return { status: 409, body: refusal(refuse) };
  domains = [{ ...waiting, name: domainIn.parse(JSON.parse(body)).name }];
  return { status: 201, body: domains[0]! };
});
const openProject = (path: string, more: object = {}, size: "desktop" | "phone" = "desktop") =>
  open(path, {
    size,
    more: {
      answers: {
        ...answers,
        projects: { projects: [project] },
        project: detail,
        releases: { releases: [release] },
        projectRemove: { project },
        ...more,
      },
    },
  });

test.for(screens(1))("a domain is added, told what it needs, looked at and removed: %s", async (size) => {
  [domains, refuse] = [[], undefined];
  await openProject("/project/guest-book?tab=settings", {}, size);
  await page.getByRole("button", { name: "Add a domain" }).click();
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByText("A name such as shop.example.org.").waitFor();
  await page.getByLabel("Domain", { exact: true }).fill(name);
  refuse = `Another account has proven that ${name} is its own.`;
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByText(`${refuse} Nothing was added.`).waitFor();
  refuse = undefined;
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByText("The TXT record is missing.").waitFor();
  await page.getByText(`_growqr.${name}`).waitFor();
  expect(await page.getByRole("button", { name: "Add a domain" }).count()).toBe(0); // the plan allows one
  expect(await page.getByRole("link", { name: "See plans" }).getAttribute("href")).toBe("/plan-usage");
  await seen(`project-domain-${size}`);
  await page.getByRole("button", { name: `Check ${name} now` }).click();
  await page.getByRole("link", { name: "Open", exact: true }).waitFor();
  expect(await page.getByText(`_growqr.${name}`).count()).toBe(0);
  await page.getByText("Nobody sees it there yet: the project is not published.").waitFor();
  await seen(`project-domain-active-${size}`);
  await page.getByRole("button", { name: `Remove ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
  await page.getByRole("button", { name: "Add a domain" }).waitFor();
});

test.for(screens(2))("a deploy key is made, shown once with its command, and removed: %s", async (size) => {
  deployKeys = [];
  await openProject("/project/guest-book?tab=settings", {}, size);
  await page.getByText("There are none yet.").waitFor();
  await page.getByRole("button", { name: "New deploy key" }).click();
  const form = page.getByRole("form", { name: "New deploy key" });
  await form.getByRole("button", { name: "Make the key" }).click();
  await form.getByText("Say which machine has it, in one line.").waitFor();
  await form.getByLabel("Name of the machine").fill("CI");
  await form.getByLabel("It may").selectOption("push");
  await form.getByText("which takes only what was proven").waitFor();
  await seen(`project-deploy-key-form-${size}`);
  await form.getByRole("button", { name: "Make the key" }).dblclick();
  const command = page.getByRole("region", { name: "Command to clone" });
  await command.waitFor();
  expect(await command.innerText()).toContain(`x:${keyText}@`);
  await page.getByText(/Reads and pushes\. Until .* Never used\./).waitFor();
  await seen(`project-deploy-key-${size}`);
  await page.getByRole("button", { name: "Remove CI" }).click();
  await page.getByRole("button", { name: "Really remove CI" }).click();
  await page.getByText("There are none yet.").waitFor();
  expect(await page.content()).not.toContain(keyText);
});

test("a project is deleted only once its name is written, and one that can't be says why", async () => {
  await openProject("/project/guest-book?tab=settings");
  const danger = page.getByRole("region", { name: "Danger" });
  await danger.getByRole("button", { name: "Delete it" }).click();
  const form = page.getByRole("form", { name: "Delete it" });
  const press = form.getByRole("button", { name: "Delete it" });
  await press.click({ force: true });
  await form.getByLabel("Write guest-book to confirm").fill("guest-boo");
  await press.click({ force: true });
  expect(await inputs("projectRemove")).toEqual([]);
  await seen("project-danger");
  await page.setViewportSize(widths.phone);
  await seen("project-danger-phone");
  await form.getByLabel("Write guest-book to confirm").fill("guest-book");
  await press.dblclick();
  await expect.poll(() => inputs("projectRemove")).toEqual([{ project: "guest-book", confirm: "guest-book", repository: "archive" }]);
  await page.getByRole("heading", { name: "Projects", level: 1 }).waitFor();
});

test("a project that is being taken away says so", async () => {
  await openProject("/project/guest-book?tab=settings", { project: { ...detail, project: { ...project, state: "removing" } } });
  await page.getByText("It is being taken away. This goes on").waitFor();
  expect(await page.getByRole("button", { name: "Delete it" }).count()).toBe(0);
});

test("a release shows what changed since the one before, each commit with its diff", async () => {
  const changes = {
    ...{ since: { release: newId("rel", 51), commit: "c".repeat(40) }, totalFiles: 2, complete: false },
    commits: [{ repo: "projects/guest-book", hash: commit, title: "Notes can be deleted", at: now, seq: 9, additions: 12, deletions: 3 }],
    files: [
      { path: "server.mjs", status: "modified", additions: 8, deletions: 3 },
      { path: "public/delete.js", status: "added", additions: 4, deletions: 0 },
    ],
  };
  await openProject("/project/guest-book?tab=releases", { releaseChanges: changes });
  await page.getByText("What changed since the one before").waitFor();
  expect(await inputs("releaseChanges")).toEqual([]);
  await page.getByText("What changed since the one before").click();
  await page.getByText(/Since the release before: 1 commit, 2 files/).waitFor();
  await page.getByRole("link", { name: /Notes can be deleted/ }).waitFor();
  await page.getByText("public/delete.js").waitFor();
  await page.getByText("There is more than is shown here").waitFor();
  await seen("project-release-changes");
  await page.setViewportSize(widths.phone);
  await seen("project-release-changes-phone");
});

test("the list shows what serves, small and inert; on a phone, and where nothing serves, its state", async () => {
  entries = 0;
  const { current: _current, address: _address, app: _app, ...bare } = project;
  const idle: ProjectView = { ...bare, id: newId("prj", 55), name: "blog", state: "idle" };
  const suspended: ProjectView = { ...project, id: newId("prj", 56), name: "menu", state: "suspended", app: "suspended" };
  const list = { projects: { projects: [project, idle, suspended] } };
  await openProject("/project", list);
  const picture = page.locator("iframe");
  await picture.waitFor();
  expect([await picture.count(), entries]).toEqual([1, 1]);
  expect(await picture.evaluate((frame: HTMLIFrameElement) => [frame.inert, frame.tabIndex, frame.sandbox.value])).toEqual([
    true,
    -1,
    "allow-scripts allow-same-origin",
  ]);
  await seen("projects-pictures");
  await picture.click({ force: true, position: { x: 20, y: 20 } });
  await page.waitForURL(/\/project\/guest-book/); // it is inert: the row takes the press
  await page.context().close();
  entries = 0;
  await openProject("/project", list, "phone");
  await page.getByRole("link", { name: /^guest-book/ }).waitFor();
  expect([await page.locator("iframe").count(), entries]).toEqual([0, 0]);
});

test.for(screens(3))(
  "agents whose box lacks their languages: told, and it is restarted by one press when nobody works: %s",
  async (size) => {
    const withBox = (box: object) => ({ ...answers, projects: { projects: [] }, releases: { releases: [] }, project: { ...detail, box } });
    const lacking = { image: "workshop", next: "full" };
    const restart = () => page.getByRole("button", { name: "Restart the box" });
    const settings = "/project/guest-book?tab=settings";
    await open(settings, { size, more: { answers: withBox({ image: "workshop", next: "workshop", preparing: "It is being built." }) } });
    await page.getByText("It is being built. Then the box can be restarted.").waitFor();
    expect(await restart().count()).toBe(0);
    await open(settings, { size, more: { answers: withBox(lacking) } });
    await page.getByText("Somebody works in it just now.").waitFor();
    await restart().click({ force: true });
    expect(await page.getByRole("button", { name: "Restart it" }).count()).toBe(0);
    await open(settings, { size, more: { answers: { ...withBox(lacking), stop: { scope: "stack", stopped: 0, seq: 1 } }, tasks: [] } });
    await restart().click();
    await page.getByRole("button", { name: "Restart it" }).click();
    await page.getByRole("button", { name: "Restarting" }).waitFor();
    expect(await inputs("stop")).toEqual([{ scope: "stack", again: true }]);
    await seen(`box-${size}`);
  },
);
