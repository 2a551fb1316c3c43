import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { requireAgent } from "../../../actors/agent/agent.ts";
import { keepChangedFiles } from "../../../actors/git/changes.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { placeOfFile, viewPlanResult } from "../../../actors/plan/plan-result.ts";
import { closePreview, listPreviews } from "../../../actors/preview.ts";
import { changedFileTable } from "../../../schema/git/changed-file.table.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { proofTable } from "../../../schema/proof/proof.table.ts";
import { releaseTable } from "../../../schema/release/release.table.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** What an accepted plan has brought, from the actor's own tables. */
const folder = ownFolder();
const req = () => newId("req");
const planTask = (id: string, more: object = {}) => ({ id, title: `Do ${id}`, owner: "quest", outputs: [`${id}.md`], ...more });
const hash = (letter: string) => letter.repeat(40);
let count = 0;

async function accepted() {
  const actor = await startActor(folder, { places: 1 });
  const tasks = [planTask("site"), planTask("site-merge", { depends_on: ["site"] })];
  const made = await proposePlan(actor.self, { plan: { title: "Bakery", story: "", tasks } } as never, req(), req());
  await actOnPlan(actor.self, { planId: made.plan.id, act: "accept", revision: 1 }, req(), req());
  await actor.settle(Date.now() + 1_000);
  return { actor, planId: made.plan.id as never };
}
/** The task's work as its last push left it. */
async function pushed(actor: TestActor, name: string, branch: string, commit: string, state: "in_progress" | "verified") {
  const task = await actor.taskNamed(name);
  const facts = { ...task.facts, state, commit };
  await actor.db
    .update(taskTable)
    .set({ branch, state, facts, updatedAt: Date.now() + ++count })
    .where(eq(taskTable.id, task.id));
  return { ...task, repo: `projects/${task.project}` };
}
async function commit(actor: TestActor, repo: string, branch: string, letter: string, paths: string[]) {
  const files = paths.map((path) => ({ path, status: "added" as const, additions: 1, deletions: 0 }));
  const body = { repo, branch, hash: hash(letter), title: "Pages", author: "agent", files, truncated: false };
  await record(actor.self, req(), async (writer) => {
    const seq = await writer.append("commit", { ref: `commit:${repo}:${hash(letter)}`, body });
    await keepChangedFiles(writer, seq!, body);
  });
}

test("a plan that has pushed nothing has brought nothing, and another member's is not found", async () => {
  const { actor, planId } = await accepted();
  expect(await viewPlanResult(actor.db, planId)).toEqual({
    proven: null,
    preview: null,
    project: null,
    place: null,
    files: { total: 0, list: [] },
    receipts: [],
  });
  await expect(viewPlanResult(actor.db, newId("pln") as never)).rejects.toMatchObject({ code: "not_found" });
  await actor.close();
});

test("the page, the files and the place follow the work: from a branch while it is made, to main once it is merged", async () => {
  const { actor, planId } = await accepted();
  const { repo, worker } = await pushed(actor, "site", "agent/a/site", hash("a"), "in_progress");
  await commit(actor, repo, "agent/a/site", "a", ["site/index.html", "site/style.css"]);
  const { channel } = await requireAgent(actor.db, worker!);
  await actor.db.update(changedFileTable).set({ channel });
  await commit(actor, repo, "main", "e", ["elsewhere.md"]); // not of this plan's agents
  const made = await viewPlanResult(actor.db, planId);
  expect(made.place).toEqual({ repo, branch: "agent/a/site", commit: hash("a") });
  expect(made.preview).toMatchObject({ source: { branch: "agent/a/site", folder: "site" } });
  expect(made.files).toMatchObject({ total: 2, list: [{ path: "site/index.html" }, { path: "site/style.css" }] });

  await pushed(actor, "site-merge", "main", hash("a"), "verified"); // main was only moved forward: no commit is told of it
  const moved = await viewPlanResult(actor.db, planId);
  expect([moved.place?.branch, moved.preview?.id]).toEqual(["main", made.preview?.id]);

  await pushed(actor, "site-merge", "main", hash("b"), "verified");
  await commit(actor, repo, "main", "b", ["site/index.html"]);
  await pushed(actor, "site", "agent/a/site", hash("c"), "verified");
  const merged = await viewPlanResult(actor.db, planId);
  expect(merged.place).toEqual({ repo, branch: "main", commit: hash("b") });
  expect(merged.preview).toMatchObject({ source: { branch: "main", folder: "site" } });
  for (const { id } of (await listPreviews(actor.db)).previews) await closePreview(actor.self, id, req());
  expect((await viewPlanResult(actor.db, planId)).preview).toBeNull();
  await actor.close();
});

test("of the files the pages stand first, the highest of them at the head, and tests and reports last", () => {
  const newestFirst = [
    ".growqr/environment.yaml",
    "docs/reviews/site.md",
    "hostile.test.mjs",
    "menu/index.html",
    "styles.css",
    "about.html",
    "src/a.ts",
    "index.html",
  ];
  expect(newestFirst.sort((a, b) => placeOfFile(a) - placeOfFile(b))).toEqual([
    ...["index.html", "about.html", "menu/index.html", "styles.css", "src/a.ts"],
    ...["docs/reviews/site.md", ".growqr/environment.yaml", "hostile.test.mjs"],
  ]);
});

test("once a plan's work is on main its project is told: what serves of it, and whether main may go online", async () => {
  const { actor, planId } = await accepted();
  const { repo } = await pushed(actor, "site", "agent/a/site", hash("a"), "verified");
  const project = repo.slice("projects/".length);
  const told = async () => (await viewPlanResult(actor.db, planId)).project;
  expect(await told()).toBeNull();
  const { id: task } = await pushed(actor, "site-merge", "main", hash("b"), "verified");
  const main = { can: false, reason: "Nothing is on main yet." }; // no branch was looked at here
  expect(await told()).toMatchObject({ view: { name: project, published: false }, main });
  expect((await told())?.view.current).toBeUndefined();
  const id = newId("rel", ++count);
  const row = { id, project, commit: hash("b"), receipt: newId("rct"), task, by: "member", createdAt: 1 } as const;
  await actor.db.insert(releaseTable).values({ ...row, state: "serving" });
  expect((await told())?.view.current).toMatchObject({ id, commit: hash("b") });
  await actor.db.delete(projectTable).where(eq(projectTable.name, project));
  expect(await told()).toBeNull();
  await actor.close();
});

test("of each task the newest receipt is told, in the order of the plan, and whether it is stale", async () => {
  const { actor, planId } = await accepted();
  const [site, merge] = [await actor.taskNamed("site"), await actor.taskNamed("site-merge")];
  const proof = (id: `rct_${string}`, task: typeof site, at: number, staleAt: number | null) =>
    actor.db.insert(proofTable).values({
      ...{
        id: id as never,
        task: task.id,
        repo: "projects/bakery",
        branch: "b",
        commit: hash("a"),
        checks: at,
        receipt: "no.receipt.here",
      },
      ...{ at, staleAt },
    });
  const [old, newest, last] = [newId("rct"), newId("rct"), newId("rct")];
  await proof(last, merge, 1, null);
  await proof(old, site, 2, null);
  await proof(newest, site, 3, 4);
  expect((await viewPlanResult(actor.db, planId)).receipts).toEqual([
    { id: newest, taskId: site.id, title: "Do site", checks: 3, stale: true, strength: null, proven: null },
    { id: last, taskId: merge.id, title: "Do site-merge", checks: 1, stale: false, strength: null, proven: null },
  ]);
  await actor.close();
});
