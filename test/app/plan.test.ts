import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFeedItems } from "../../edge/app/conversation/feed-item.ts";
import { newCheckForm } from "../../edge/app/plan/plan-check-form.ts";
import { fillTaskForm, moveTask, newTaskId, readTaskForm, sortIssues } from "../../edge/app/plan/plan-edit.ts";
import { planShape } from "../../schema/plan/plan.ts";
import { specShape } from "../../schema/task/spec.ts";
import { newId } from "../../schema/wire/id.ts";
import { facts, home, Story, task } from "./team-story.ts";

describe("editing a plan", () => {
  const first = specShape.parse({ id: "T001", title: "Build", owner: "coding", outputs: ["a.js"], scenarios: ["Given a, then b"] });
  const plan = planShape.parse({ title: "Plan", tasks: [first, { ...first, id: "T002", outputs: ["b.js"] }] });
  test("what the form does not show of a task stays as it was", () => {
    const form = {
      id: "T001",
      title: "Build it",
      description: "",
      owner: "coding",
      project: "",
      priority: "normal" as const,
      depends: [],
      inputs: "",
      scenarios: "Given a, then b",
      outputs: "a.js\n",
      tests: "npm test",
      acceptance: [],
      constraints: "",
      cost: "0.5",
      minutes: "",
    };
    const next = readTaskForm(form, first);
    expect(next).toMatchObject({
      ok: true,
      value: { title: "Build it", scenarios: ["Given a, then b"], tests: ["npm test"], budget: { cost_usd: 0.5 } },
    });
  });
  test("each kind of check is shown, changed, removed and added; one left as it was stays so", () => {
    const acceptance = [
      { url: "http://localhost:8080/", should_respond: { status: 200, contains: "Sourdough" }, serve: "node serve.mjs" },
      { url: "http://localhost:8080/no", should_respond: 404 },
      { file: "menu.html", contains: "Rye", timeout: 5 },
      { command: "node check.mjs", exit_code: 3 },
    ];
    const before = specShape.parse({ ...first, acceptance, constraints: ["No tracking"] });
    const form = fillTaskForm(before);
    expect(readTaskForm(form, before)).toEqual({ ok: true, value: before });
    const [page, , file] = form.acceptance;
    const changes = [{ ...page!, contains: "Bread" }, file!, { ...newCheckForm(form.acceptance), what: "http://localhost:9000/" }];
    expect(readTaskForm({ ...form, acceptance: changes, constraints: "No tracking\nNo fonts from elsewhere" }, before)).toMatchObject({
      ok: true,
      value: {
        acceptance: [
          { should_respond: { status: 200, contains: "Bread" }, serve: "node serve.mjs" },
          { file: "menu.html", contains: "Rye", timeout: 5 },
          { url: "http://localhost:9000/", should_respond: 200 },
        ],
        constraints: ["No tracking", "No fonts from elsewhere"],
      },
    });
    const away = { ...form, acceptance: [{ ...page!, what: "https://example.com/" }] };
    expect(readTaskForm(away, before)).toMatchObject({
      ok: false,
      issues: [{ path: "acceptance.0.url", message: expect.stringMatching(/^must be http:/) }],
    });
  });
  test("a task that is saved as it was read stays as it was, whatever its named inputs are", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/);
    const value = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom("", " x ", "1.10", "007", "a\nb\n", "true"),
      fc.boolean(),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5 }), (inputs) => {
        const before = specShape.parse({ ...first, inputs });
        expect(readTaskForm(fillTaskForm(before), before)).toEqual({ ok: true, value: before });
      }),
    );
    const before = specShape.parse({ ...first, inputs: { language: "en" } });
    const after = readTaskForm({ ...fillTaskForm(before), inputs: "version = 1.10\nphone = 0171\nposts = 4" }, before);
    expect(after).toMatchObject({ value: { inputs: { version: "1.10", phone: "0171", posts: 4 } } });
  });
  test("scenarios, inputs and priority are changed line by line; a line left as it was keeps its text and its kind", () => {
    const scenarios = ["Given a phone,\nwhen it opens,\nthen it fits", "Given a, then b"];
    const before = specShape.parse({
      ...first,
      scenarios,
      priority: "high",
      inputs: { language: "en", posts: 3, port: "8080", feed: true },
    });
    const form = fillTaskForm(before);
    expect(form.inputs).toBe("language = en\nposts = 3\nport = 8080\nfeed = true");
    expect(readTaskForm(form, before)).toEqual({ ok: true, value: before });
    const changed = {
      scenarios: form.scenarios.replace("then b", "then c"),
      priority: "low" as const,
      inputs: "port = 9090\nposts = 4\nfeed = true\ntitle = a = b",
    };
    expect(readTaskForm({ ...form, ...changed }, before)).toMatchObject({
      ok: true,
      value: {
        scenarios: [scenarios[0], "Given a, then c"],
        priority: "low",
        inputs: { port: "9090", posts: 4, feed: true, title: "a = b" },
      },
    });
    expect(readTaskForm({ ...form, inputs: "src/posts\nlanguage = en" }, before)).toMatchObject({
      value: { inputs: ["src/posts", "language = en"] },
    });
    const list = specShape.parse({ ...first, inputs: ["x = 3"] });
    expect(readTaskForm(fillTaskForm(list), list)).toEqual({ ok: true, value: list });
  });
  test("what is wrong is said beside its field, with the line it is about; the rest is said together", () => {
    const form = {
      ...fillTaskForm(first),
      scenarios: `Given a, then b\n${"x".repeat(1_001)}`,
      inputs: `text = ${"y".repeat(4_001)}`,
      cost: "much",
    };
    const read = readTaskForm(form, first);
    const said = sortIssues(read.ok ? [] : read.issues, form);
    expect(said.other).toEqual([]);
    expect(Object.keys(said.at).sort()).toEqual(["cost", "inputs", "scenarios"]);
    expect(said.at.scenarios).toMatch(/^“x{39}…”: /);
    expect(said.at.inputs).toMatch(/^“text”: /);
    const bare = { ...fillTaskForm(first), outputs: "", tests: "", acceptance: [] };
    const none = readTaskForm(bare, first);
    expect(sortIssues(none.ok ? [] : none.issues, bare)).toEqual({ at: {}, other: [expect.stringMatching(/^give an output/)] });
  });
  test("a task that nothing can prove is refused before it is sent", () => {
    const form = {
      id: "T003",
      title: "Think",
      description: "",
      owner: "coding",
      project: "",
      priority: "normal" as const,
      depends: [],
      inputs: "",
      scenarios: "",
      outputs: "",
      tests: "",
      acceptance: [],
      constraints: "",
      cost: "",
      minutes: "",
    };
    expect(readTaskForm(form, undefined)).toMatchObject({ ok: false });
    expect(readTaskForm({ ...form, outputs: "../up.js" }, undefined)).toMatchObject({ ok: false });
    expect(readTaskForm({ ...form, outputs: "a.js", cost: "much" }, undefined)).toMatchObject({ ok: false });
  });
  test("moving a task swaps it with its neighbour, and the ends stay", () => {
    expect(moveTask(plan, "T002", -1)).toEqual(["T002", "T001"]);
    expect(moveTask(plan, "T001", -1)).toBeUndefined();
    expect(newTaskId(plan)).toBe("T003");
  });
});

test("a task of a plan stands in the plan's card and nowhere else in the conversation", () => {
  const planId = newId("pln", 12);
  const made = { taskId: task, title: "Booking form", from: "none" as const, facts: facts("created"), owner: "coding" };
  const plan = { planId, title: "A website", state: "accepted" as const, revision: 1, tasks: [], ...{ minutes: { expected: 1, most: 2 } } };
  const shown = (story: Story) =>
    buildFeedItems(story.log().view(), [], { read: 99, until: 99 }).flatMap((item) => (item.type === "row" ? [item.row.type] : []));
  const alone = new Story().add(home, "task.state", made);
  expect(shown(alone)).toEqual(["task"]);
  const both = new Story()
    .add(home, "plan.state", { ...plan, costMicros: { expected: 1, most: 2 } })
    .add(home, "task.state", { ...made, planId });
  expect(shown(both)).toEqual(["plan"]);
});
