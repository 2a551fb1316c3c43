import { expect, test } from "vitest";
import type { ProjectView } from "../../../schema/project/project.ts";
import type { Beginning, TemplateView } from "../../../schema/project/template.ts";
import { newId } from "../../../schema/wire/id.ts";
import { screens } from "../../harness/suite/long-run.ts";
import { inputs, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** A project begins from a template, in the real app over a sample actor. */
serveTeam(() => undefined);
const template = (id: TemplateView["id"], title: string, serves = true, image: TemplateView["image"] = "workshop"): TemplateView => ({
  ...{ id, title, serves, image, summary: `What ${title} is for, in a sentence that somebody reads once.` },
});
const templates = [
  template("landing-page", "Landing page"),
  template("blog", "Blog"),
  template("api-go", "API (Go)", true, "full"),
  template("cli", "Command-line program", false),
];
type Step = Omit<Beginning, "template" | "title" | "task">;
const project = (step?: Partial<Step>): ProjectView => ({
  ...{
    id: newId("prj", 80),
    name: "lisas-bread",
    repo: "projects/lisas-bread",
    state: "making",
    published: false,
    kept: [],
    createdAt: now,
  },
  ...(step ? { beginning: { template: "blog", title: "Lisa’s bread", online: true, step: "repository", since: now, ...step } } : {}),
});
const detailOf = (view: ProjectView) => ({
  ...{ project: view, main: { can: false, reason: "Nothing is on main yet." }, environment: [] },
  automation: { repair: "ask", deploys: "ask" },
});
const openNew = (path: string, size: "desktop" | "phone" = "desktop", more: object = {}) =>
  open(path, {
    size,
    more: {
      answers: {
        ...{
          projects: { projects: [] },
          projectTemplates: { templates },
          projectMake: { project: project({}) },
          releases: { releases: [] },
        },
        ...{ project: detailOf(project({})), ...more },
      },
    },
  });
/** The project is at another step, as an event tells. */
const become = (step?: Partial<Step>, state: ProjectView["state"] = "making") =>
  page.evaluate(
    ({ detail, body }) => {
      const { actor } = Reflect.get(window, "sample");
      actor.answers.project = detail;
      actor.append("project.step", body);
    },
    {
      detail: detailOf({ ...project(step), state }),
      body: { projectId: newId("prj", 80), name: "lisas-bread", step: step?.step ?? "ready", state: "done", ms: 1_000 },
    },
  );

/** Presses in each turn of the page's loop: between what was sent, answered and drawn, too. */
async function pressUntilGone(button: HTMLElement | SVGElement): Promise<void> {
  while (button.isConnected) {
    button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve));
  }
}

test.for(screens(4))("a name and a template are all it takes, and each step is seen until it is ready: %s", async (size) => {
  await openNew("/project", size);
  await page.getByRole("link", { name: "New project" }).click();
  await page.getByLabel("What is it called?").fill("Lisa’s bread");
  expect(await page.getByLabel("Short name").inputValue()).toBe("lisas-bread");
  await page.getByRole("radio", { name: /^Blog/ }).check();
  await page.getByText("Its first build takes some minutes").waitFor();
  await seen(`new-project-${size}`);
  await page.getByRole("button", { name: "Make it" }).evaluate(pressUntilGone);
  await page.getByRole("heading", { name: "lisas-bread", level: 1 }).waitFor();
  expect(await inputs("projectMake")).toEqual([{ name: "lisas-bread", title: "Lisa’s bread", template: "blog" }]);
  await page.getByText("It is being made").waitFor();
  const at = page.getByRole("listitem").and(page.locator("[aria-current=step]"));
  await at.getByText("Make its repository").waitFor();
  await become({ step: "checks" });
  await at.getByText("Prove it in a clean checkout").waitFor();
  await seen(`new-project-steps-${size}`);
  await become(undefined, "idle");
  await page.getByText("It is being made").waitFor({ state: "detached" });
});

test("a step that fails says why, and is tried again at a press", async () => {
  await openNew("/project/lisas-bread", "phone", {
    project: detailOf(project({ step: "checks", reason: "The registry does not answer." })),
  });
  await page.getByText("It could not be made yet").waitFor();
  await page.getByText("The registry does not answer.").waitFor();
  await seen("new-project-failed-phone");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => inputs("projectMake")).toEqual([{ name: "lisas-bread", template: "blog" }]);
  await become({ step: "checks", since: now + minute });
  await page.getByText("It is being made").waitFor();
  expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
});

test("what can't be a name is said beside it, and nothing is sent; what was written is there after a reload", async () => {
  await openNew("/project?new=true");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("Letters, digits and spaces, a letter or digit first.").waitFor();
  await page.getByLabel("What is it called?").fill("2026");
  expect(await page.getByLabel("Short name").inputValue()).toBe("");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("Small letters, digits and -, a letter first; 2 to 40.").waitFor();
  await page.getByLabel("Short name").fill("year");
  await page.reload();
  expect(await page.getByLabel("What is it called?").inputValue()).toBe("2026");
  expect(await page.getByLabel("Short name").inputValue()).toBe("year");
  expect(await inputs("projectMake")).toEqual([]);
  await page.getByRole("button", { name: "Not now" }).click();
  await page.getByText("No projects yet").waitFor();
});
