import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { projectTable } from "../../schema/project/project.table.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";
import { begin as beginIn, bringToMain, command, make, minute, prove, repositoryIsThere } from "./beginner.ts";
import { project } from "./release/deployer.ts";

/** A project that a member begins from a template (issue 25.7). */
const folder = ownFolder();
ownClock(Date.parse("2026-11-27T08:00:00Z"));
const begin = () => beginIn(folder);

test("a project from a template is made step by step, each an event, until it serves for its member alone", async () => {
  const { actor, machine, repository, steps, view } = await begin();
  const { project: made } = await make(actor, { title: "Bread and more" });
  expect(made).toMatchObject({ name: project, state: "making", beginning: { step: "repository", template: "landing-page" } });
  await repositoryIsThere(actor);
  expect(repository.commits).toEqual([
    {
      branch: `edit/${made.id}`,
      files: expect.arrayContaining(["update README.md", "create site/index.html", "create .growqr/environment.yaml"]),
    },
  ]);
  expect(await actor.taskNamed("template")).toMatchObject({ state: "complete", branch: `edit/${made.id}`, facts: { by: "member" } });
  expect(await view()).toMatchObject({ state: "making", beginning: { step: "checks", title: "Bread and more" } });
  await bringToMain(actor, await prove(actor));
  const done = ["repository", "files", "checks", "main", "online"].flatMap((step) => [`${step} running`, `${step} done`]);
  expect(await steps()).toEqual([...done, "ready done"]);
  expect([machine.puts.length, (await actor.act("approvals", { state: "pending" })).approvals]).toEqual([1, []]);
  const seen = await view();
  expect(seen).toMatchObject({ state: "running", published: false, current: { by: "member" } });
  expect(seen.beginning).toBeUndefined();
});

test("what is for a terminal, or is not to go online, is ready once it is main", async () => {
  const { actor, machine, steps } = await begin();
  await make(actor, { online: false });
  await repositoryIsThere(actor);
  await bringToMain(actor, await prove(actor));
  expect((await steps()).slice(-2)).toEqual(["main done", "ready done"]);
  expect(machine.puts).toEqual([]);
});

test("a second press is the same project; a name that is taken is refused", async () => {
  const { actor, repository, steps } = await begin();
  const first = await make(actor);
  expect((await make(actor)).project.id).toBe(first.project.id);
  await expect(make(actor, { template: "blog" })).rejects.toMatchObject({ code: "conflict" });
  await expect(actor.act("projectMake", { name: project })).rejects.toMatchObject({ code: "conflict" });
  await repositoryIsThere(actor);
  await make(actor);
  await bringToMain(actor, await prove(actor));
  await expect(make(actor)).rejects.toMatchObject({ code: "conflict", message: "There is a project bakery already." });
  expect([repository.commits.length, (await steps()).filter((step) => step === "files running").length]).toEqual([1, 1]);
});

test("without a template it is its repository alone", async () => {
  const { actor, steps } = await begin();
  const { project: made } = await actor.act("projectMake", { name: project });
  expect(made.beginning).toBeUndefined();
  await repositoryIsThere(actor);
  expect(await steps()).toEqual([]);
});

test("checks that fail say why, and are run again at the next press", async () => {
  const { actor, steps, view } = await begin();
  await make(actor);
  await repositoryIsThere(actor);
  const task = await actor.taskNamed("template");
  await command(actor, { kind: "verify_failed", commit: task.facts.commit!, reason: "The registry does not answer." });
  expect(await view()).toMatchObject({ state: "idle", beginning: { step: "checks", reason: "The registry does not answer." } });
  expect((await steps()).at(-1)).toBe("checks failed");
  await make(actor);
  expect((await view()).beginning).toMatchObject({ step: "checks" });
  expect((await view()).beginning?.reason).toBeUndefined();
  await bringToMain(actor, await prove(actor));
  const again = ["checks failed", "checks running", "checks done", "main running", "main done"];
  expect((await steps()).slice(-8)).toEqual([...again, "online running", "online done", "ready done"]);
});

test("a task that its member has cancelled is handed in anew at the next press, from the same commit", async () => {
  const { actor, repository, steps } = await begin();
  await make(actor);
  await repositoryIsThere(actor);
  await command(actor, { kind: "cancel", reason: "cancelled by you" });
  expect((await steps()).at(-1)).toBe("checks failed");
  await make(actor);
  await actor.settle(Date.now() + minute);
  expect([repository.commits.length, (await steps()).slice(-3)]).toEqual([1, ["files running", "files done", "checks running"]]);
  await bringToMain(actor, await prove(actor));
  expect((await steps()).at(-1)).toBe("ready done");
});

test("a repository with files of before is not written over", async () => {
  const { actor, repository, view } = await begin();
  repository.age = 2;
  await make(actor);
  await repositoryIsThere(actor);
  expect([repository.commits, (await view()).beginning]).toEqual([
    [],
    expect.objectContaining({ step: "files", reason: expect.stringContaining("Begin it under another name") }),
  ]);
});

test("a release that fails is told as its last step, and the next press deploys it again", async () => {
  const { actor, machine, steps, view } = await begin();
  await make(actor);
  await repositoryIsThere(actor);
  machine.answers.push([{ type: "end", served: false, failed: { step: "health", reason: "It does not answer at /.", log: "" } }]);
  await bringToMain(actor, await prove(actor));
  expect([(await steps()).at(-1), (await view()).beginning?.reason]).toEqual(["online failed", expect.stringContaining("does not answer")]);
  await make(actor);
  await actor.settle(Date.now() + 3 * minute);
  expect([(await steps()).slice(-3), machine.puts.length]).toEqual([["online running", "online done", "ready done"], 2]);
});

test("the repository of a project that was deleted is told anew under its name", async () => {
  const { actor, steps } = await begin();
  await make(actor);
  await repositoryIsThere(actor);
  await command(actor, { kind: "cancel", reason: "cancelled by you" });
  await actor.db.delete(projectTable).where(eq(projectTable.name, project));
  actor.host.branches.clear();
  await make(actor);
  await repositoryIsThere(actor);
  expect((await steps()).filter((step) => step === "repository done")).toHaveLength(2);
});
