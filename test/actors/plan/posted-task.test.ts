import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { takePostedTask } from "../../../actors/plan/posted-task.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { taskPostIn } from "../../../schema/task/task-post.ts";
import type { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** A task that the member writes themselves (issue 25.6). */
const folder = ownFolder();
ownClock(Date.parse("2026-11-27T08:00:00Z"));

const sample = `id: task-001
title: Create blog website
owner: manager
priority: high
inputs:
  - type: template
    name: simple-static
outputs:
  - path: /workspace/tasks/task-001/src
acceptance:
  - url: http://devsite:8080
  - should_respond: 200
tests:
  - run: ./run-tests.sh
`;
const specOf = (text: string) => taskPostIn.parse({ spec: text }).spec!;
const post = (actor: TestActor, text: string) => actor.act("taskCreate", { spec: specOf(text) });
const tasksOf = async (actor: TestActor, plan: Id<"pln"> | Id<"qst"> | null) =>
  (
    await actor.db
      .select()
      .from(taskTable)
      .where(eq(taskTable.plan, plan as Id<"pln">))
  ).sort((a, b) => (a.id > b.id ? -1 : 1));
/** What is refused, by its field. */
const refusal = (actor: TestActor, text: string) =>
  takePostedTask(actor.self, { spec: specOf(text) }, newId("req"), newId("req")).then(
    () => undefined,
    (error: AppError) => error.meta.issues,
  );

test("for the manager it is built, tested, reviewed, merged and put online: a plan, which begins at once", async () => {
  const actor = await startActor(folder);
  const { task } = await post(actor, sample);
  expect(task).toMatchObject({ name: "task-001", owner: "coding", project: "create-blog-website", plan: expect.stringMatching(/^pln_/) });
  const tasks = await tasksOf(actor, task.plan);
  expect(tasks.map(({ spec }) => [spec.owner, spec.deploy, spec.depends_on.join()])).toEqual([
    ["coding", true, ""],
    ["testing", true, "task-001"],
    ["reviewer", true, "task-001-test"],
    ["repo", true, "task-001-review"],
  ]);
  expect(tasks[0]?.spec).toMatchObject({
    outputs: ["src", "run-tests.sh"], // nobody else could write it
    inputs: ["template: simple-static"],
    acceptance: [{ url: "http://localhost:8080", should_respond: 200 }],
  });
  expect((await actor.act("plans", {})).plans).toMatchObject([{ id: task.plan, state: "accepted" }]);
});

test("that goes online is merged first, and one that nobody merges is refused by its field", async () => {
  const actor = await startActor(folder);
  const { task } = await post(actor, "id: blog\ntitle: Blog\nowner: coding\noutputs: [index.html]\ndeploy: true\n");
  expect((await tasksOf(actor, task.plan)).map(({ spec }) => spec.owner)).toEqual(["coding", "testing", "reviewer", "repo"]);
  const words = (owner: string, more = "") => `id: words\ntitle: Words\nowner: ${owner}\noutputs: [words.md]\n${more}`;
  expect(await refusal(actor, words("product-flow", "deploy: true\n"))).toEqual([
    { path: "spec.deploy", message: expect.stringContaining("only what is merged into main goes online") },
  ]);
  expect(await refusal(actor, words("nobody"))).toMatchObject([{ path: "spec.owner" }]);
  const lone = await post(actor, words("product-flow"));
  expect(lone.task.plan).toBeNull();
});

test("in a project that is there no check becomes an output by itself", async () => {
  const actor = await startActor(folder);
  await post(actor, "id: first\ntitle: First\nowner: coding\nproject: shop\noutputs: [index.html]\n");
  await actor.settle();
  const { task } = await post(actor, sample.replace("owner: manager", "owner: manager\nproject: shop"));
  expect((await tasksOf(actor, task.plan))[0]?.spec.outputs).toEqual(["src"]);
});
