import { expect, test } from "vitest";
import { planShape } from "../../../schema/plan/plan.ts";
import { widths } from "../../harness/browser.ts";
import { answers, check, inputs, kind, open, page, plan, seen, serveTeam } from "./sample-team.ts";

serveTeam();

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
  expect(await second.getByLabel("Address in the sandbox").evaluate((field) => field === document.activeElement)).toBe(true);
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

test("a plan says which of its files settle how it is checked, and that a task may change any", async () => {
  const task = { ...plan.plan.tasks[0]!, outputs: ["index.html", "package.json"], anywhere: true };
  const changed = { ...plan, plan: { ...plan.plan, tasks: [task] } };
  await open(`/plan/${plan.id}`, { more: { answers: { ...answers, plan: { plan: changed }, plans: { plans: [changed], next: null } } } });
  await page.getByText("package.json: it settles what is installed or how the work is checked").waitFor();
  await page.getByText("any file that it needs, but for checks that are there already").waitFor();
  await seen("plan-settles");
  await page.setViewportSize(widths.phone);
  await seen("plan-settles-phone");
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
  await expect.poll(() => scenarios.evaluate((field) => field === document.activeElement && field.ariaInvalid)).toBe("true");
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
