import { expect, test } from "vitest";
import type { IncidentDetail } from "../../../schema/incident/incident.ts";
import type { ProjectView } from "../../../schema/project/project.ts";
import { newId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { answers, inputs, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** Incidents of a project in the real app over a sample actor: list, page, repair, and the rules. */
const release = newId("rel", 61);
const plan = newId("pln", 62);
const project: ProjectView = {
  ...{
    id: newId("prj", 60),
    name: "guest-book",
    repo: "projects/guest-book",
    state: "failing",
    app: "crashed",
    published: false,
    kept: [],
  },
  ...{ address: "http://guest-book.apps.localhost:20000/", reason: "It ended 5 times.", createdAt: now - 200 * minute },
  current: {
    ...{ id: release, project: "guest-book", commit: "d".repeat(40), receipt: newId("rct", 63), state: "serving", by: "member" },
    ...{ createdAt: now - 9 * minute, servedAt: now - 8 * minute },
  },
};
const detail = {
  project,
  main: { can: true, reason: "The receipt speaks for it." },
  environment: [],
  automation: { repair: "ask", deploys: "ask" },
};
const incident: IncidentDetail = {
  ...{ id: newId("inc", 64), project: "guest-book", release, state: "open", cause: "health", reason: "It ended 5 times.", failures: 0 },
  openedAt: now - 3 * minute,
  evidence: { at: now - 3 * minute, state: "crashed", log: "Error: no such table: note", requests: 40, errors: 12 },
  steps: [
    { at: now - 3 * minute, kind: "opened", text: "It ended 5 times.", release },
    { at: now - 3 * minute, kind: "told", text: "You were told." },
  ],
};
const { evidence: _evidence, steps: _steps, ...line } = incident;
const over = { ...line, id: newId("inc", 65), state: "closed", cause: "errors", openedAt: now - 90 * minute, closedAt: now - 80 * minute };
serveTeam((_method, path) => (path.startsWith("/projects/guest-book") ? { status: 200, body: { secrets: [] } } : undefined));

type Look = { size?: "desktop" | "phone"; answers?: object };
const openProject = (search: string, { size = "desktop", answers: more = {} }: Look = {}) =>
  open(`/project/guest-book?${search}`, {
    size,
    more: {
      answers: {
        ...{ ...answers, projects: { projects: [project] }, project: detail, releases: { releases: [project.current] } },
        ...{ incidents: { incidents: [line, over] }, incident: { incident }, repair: { incident } },
        ...{ automate: { automation: { repair: "auto", deploys: "ask" } }, ...more },
      },
    },
  });
const become = (changed: object) =>
  page.evaluate(
    ([to, id]) => {
      const { actor } = Reflect.get(window, "sample");
      Object.assign(actor.answers, to);
      actor.append("incident.state", { id, project: "guest-book", state: "repairing", cause: "health", reason: "It ended 5 times." });
    },
    [changed, incident.id] as const,
  );

test.for(screens(0))("what is not well and what was stands in a list, and each has a page: %s", async (size) => {
  await openProject("tab=overview", { size });
  await page.getByRole("link", { name: "What is done about it" }).click();
  await page.getByText("Has crashed too often and is not started again").waitFor();
  await page.getByText("It lasted 10 m 00 s.").waitFor();
  await seen(`incidents-${size}`);
  await page.getByRole("link", { name: "Not well, and nothing is done about it" }).click();
  await page.getByRole("list", { name: "Timeline" }).getByText("You were told.").waitFor();
  await page.getByText("What was seen").click();
  await page.getByText("12 of 40 answers in the minutes before were errors.").waitFor();
  await page.getByText("Error: no such table: note").waitFor();
  await seen(`incident-${size}`);
});

test("“Repair it” is asked once, then the page follows the repair by itself to its end", async () => {
  await openProject(`tab=monitoring&incident=${incident.id}`);
  await page.getByRole("button", { name: "Repair it" }).click();
  await page.getByRole("button", { name: "Go back", exact: true }).click();
  expect(await inputs("repair")).toEqual([]);
  await page.getByRole("button", { name: "Repair it" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Repair it" }).click();
  await expect.poll(() => inputs("repair")).toEqual([{ incident: incident.id }]);
  const steps = [...incident.steps, { at: now, kind: "began", text: "A repair has begun.", plan }];
  await become({ incident: { incident: { ...incident, state: "repairing", plan, steps } } });
  await page.getByText("Being repaired").waitFor();
  expect(await page.getByRole("button", { name: "Repair it" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "The repair" }).getAttribute("href")).toContain(plan);
  await page.setViewportSize(widths.phone);
  await seen("incident-repairing-phone");
  const closed = { ...incident, state: "closed", plan, closedAt: now, steps: [...steps, { at: now, kind: "closed", text: "It is well." }] };
  await become({ incident: { incident: closed } });
  await page.getByText("Over", { exact: true }).waitFor();
});

test("one that waits for the member's word leads to the question, and a project that was always well says so", async () => {
  const asked = { ...incident, state: "asked", approval: newId("apr", 66) };
  await openProject(`tab=monitoring&incident=${incident.id}`, { answers: { incident: { incident: asked } } });
  await page.getByText("Waits for your word: is it repaired?").waitFor();
  await page.getByRole("link", { name: "The question" }).waitFor();
  await become({ incidents: { incidents: [] } });
  await page.getByRole("link", { name: "All incidents" }).click();
  await page.getByText("No incidents").waitFor();
});

test("what is done by itself is chosen in the settings, at once and told when it was refused", async () => {
  await openProject("tab=settings");
  await page.getByLabel("When it is not well").selectOption("Repair it and deploy the repair");
  await expect.poll(() => inputs("automate")).toEqual([{ project: "guest-book", repair: "auto" }]);
  await page.getByLabel("When a newer version is proven").selectOption("Put online what is proven");
  await expect.poll(() => inputs("automate")).toHaveLength(2);
  await seen("project-automation");
  await page.setViewportSize(widths.phone);
  await seen("project-automation-phone");
});
