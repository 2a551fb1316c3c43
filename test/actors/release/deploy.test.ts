import { eq } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, newCommit, openProject, project, startDeployer, taskState } from "./deployer.ts";

/** Releases of a project, from the press to what serves; the machine's answers are the test's. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const minute = 60_000;
const says = async (refused: Promise<unknown>) =>
  (await refused.then(String, (error: Error) => error)) as { code?: string; message: string };

test("what is not proven, or was proven of an older commit, is refused with the reason that the project shows before", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  expect(await says(actor.act("deploy", { project }))).toMatchObject({ code: "not_found" });
  await openProject(actor);
  const refused = async (reason: RegExp) => {
    const { main } = await actor.act("project", { project });
    expect(main).toMatchObject({ can: false, reason: expect.stringMatching(reason) });
    expect(await says(actor.act("deploy", { project }))).toMatchObject({ code: "conflict", message: expect.stringMatching(reason) });
  };
  await refused(/^.*Nothing is on main/);
  await moveMain(actor, { proven: false });
  await refused(/Nothing was merged into main with a receipt/);
  const { commit } = await moveMain(actor);
  expect((await actor.act("project", { project })).main).toMatchObject({ can: true, commit });
  expect(await says(actor.act("deploy", { project, commit: newCommit() }))).toMatchObject({ code: "conflict" });
  await moveMain(actor, { proven: false });
  await refused(/newer commits than/);
  expect([machine.calls, await actor.events("release.state")]).toEqual([[], []]);
});

test("the Grow Agent hears when everybody sees a project: with its first release, or once it is published; never again", async () => {
  const actor = await startDeployer(folder, new AppMachine());
  await openProject(actor);
  const told = async () => {
    await actor.settle(Date.now() + minute);
    const words = (await actor.events("agent.prompt")).map(({ text }) => text);
    return words.filter((text) => text.startsWith("bakery is online: everybody sees it at http://bakery.apps.localhost/.")).length;
  };
  await moveMain(actor);
  await actor.act("deploy", { project });
  expect(await told()).toBe(0);
  for (const _ of [1, 2]) await actor.act("publish", { project, published: true });
  expect(await told()).toBe(1);
  for (const published of [false, true]) await actor.act("publish", { project, published });
  expect(await told()).toBe(1);
  await moveMain(actor);
  await actor.act("deploy", { project });
  expect(await told()).toBe(1);
});

test("a project that was published before its first release is told of with that", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  await actor.act("publish", { project, published: true });
  expect(machine.addressCalls).toEqual([{ published: true }]);
  expect(await actor.events("agent.prompt")).toEqual([]);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  expect(await actor.events("agent.prompt")).toMatchObject([{ text: expect.stringMatching(/^bakery is online/) }]);
  expect(machine.addressCalls.slice(1)).toEqual([{}]); // a release says nothing of who sees it: the member may say it just then
});

test("a release is started once with the project's secrets, serves, and its task is deployed", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  const id = await openProject(actor);
  const { commit, task } = await moveMain(actor);
  const [first, again] = [await actor.act("deploy", { project: id }, "one"), await actor.act("deploy", { project: id }, "one")];
  expect(again).toEqual(first);
  await actor.settle();
  const { release } = first;
  expect(machine.puts).toMatchObject([
    { release: release.id, repo: "projects/bakery", commit, env: { API_KEY: "a secret of mine" }, reach: [], watchSeconds: 60 },
  ]);
  expect(machine.puts).toMatchObject([{ expects: { port: 8080, path: "/orders", status: 200, contains: "Bread" } }]);
  const told = (await actor.events("release.state")).map(({ state, step }) => `${state} ${step ?? ""}`.trim());
  expect(told).toEqual(["queued", "starting setup", "starting start", "starting health", "starting switch", "serving"]);
  const view = (await actor.act("projects", {})).projects[0];
  expect(view).toMatchObject({
    id,
    state: "running",
    address: "http://bakery.apps.localhost/",
    published: false,
    current: { id: release.id },
  });
  expect(await taskState(actor, task)).toBe("deployed");
  expect(JSON.stringify(await actor.events("release.state"))).not.toContain("a secret of mine");
});

test("an answer that breaks off is asked for again, with the same release, and its steps are told once", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  machine.answers.push([{ type: "step", step: "setup" }], { status: 503, body: {} });
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  expect(machine.puts.map((put) => put.release)).toEqual([release.id, release.id, release.id]);
  const told = (await actor.events("release.state")).map(({ step, state }) => step ?? state);
  expect(told).toEqual(["queued", "setup", "start", "health", "switch", "serving"]);
});

test("an actor that dies in the middle goes on with the release when it is back", async () => {
  const machine = new AppMachine();
  const before = await startDeployer(folder, machine, { runs: [] });
  await openProject(before);
  const { commit } = await moveMain(before);
  const { release } = await before.act("deploy", { project });
  await before.close();
  const actor = await startDeployer(folder, machine, { file: before.file });
  actor.host.branches.set("main", commit);
  await actor.settle();
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ id: release.id, state: "serving" }]);
});

test("a second press for the same commit is the same release, and one for another commit waits for its end", async () => {
  const actor = await startDeployer(folder, new AppMachine(), { runs: [] });
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project }, "one");
  expect((await actor.act("deploy", { project }, "two")).release.id).toBe(release.id);
  await moveMain(actor);
  expect(await says(actor.act("deploy", { project }))).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("is being started"),
  });
});

test("main that has moved on when the machine would be asked fails the release, and nothing is started", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  actor.host.branches.set("main", newCommit());
  await actor.act("deploy", { project });
  await actor.settle();
  expect(machine.puts).toEqual([]);
  expect((await actor.act("releases", { project })).releases).toMatchObject([
    { state: "failed", reason: expect.stringContaining("stale") },
  ]);
});

test("one that fails keeps its step, its reason and the end of its log, without the values that it was given", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  const { task } = await moveMain(actor);
  const failed = {
    step: "health",
    reason: "/ answered 500 with a secret of mine",
    log: `boom ${"x".repeat(20_000)} a secret of mine`,
  } as const;
  machine.answers.push([
    { type: "step", step: "setup" },
    { type: "end", served: false, failed },
  ]);
  await actor.act("deploy", { project });
  await actor.settle();
  const [release] = (await actor.act("releases", { project })).releases;
  expect(release).toMatchObject({ state: "failed", step: "health", reason: "/ answered 500 with [redacted]" });
  expect(release!.log).toMatch(/x \[redacted\]$/);
  expect(release!.log!.length).toBeLessThanOrEqual(8_000);
  expect([await taskState(actor, task), (await actor.act("projects", {})).projects[0]?.state]).toEqual(["verified", "idle"]);
});

test("one that never starts leaves the one that serves in its place", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const good = (await actor.act("deploy", { project })).release;
  await actor.settle();
  vi.advanceTimersByTime(minute);
  await moveMain(actor);
  machine.answers.push([{ type: "end", served: false, failed: { step: "start", reason: "It ended with 1.", log: "" } }]);
  const bad = (await actor.act("deploy", { project })).release;
  await actor.settle();
  const { releases } = await actor.act("releases", { project });
  expect(releases.map(({ id, state }) => [id, state])).toEqual([
    [bad.id, "failed"],
    [good.id, "serving"],
  ]);
  const told = (await actor.events("release.state")).filter(({ id }) => id === bad.id).map(({ state }) => state);
  expect(told).toEqual(["queued", "failed"]);
  expect((await actor.act("projects", {})).projects[0]).toMatchObject({ state: "running", current: { id: good.id } });
});

test("one that its machine takes back is told once with the reason, and its task is no longer deployed", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  const first = await moveMain(actor);
  const good = (await actor.act("deploy", { project })).release;
  await actor.settle();
  vi.advanceTimersByTime(minute);
  const second = await moveMain(actor);
  const bad = (await actor.act("deploy", { project })).release;
  await actor.settle();
  expect((await actor.act("releases", { project })).releases.map(({ state }) => state)).toEqual(["serving", "replaced"]);
  machine.serve(good.id, { takenBack: { release: bad.id, at: Date.now(), reason: "It ended with 1.", log: "boom" } });
  await actor.settle(Date.now() + minute);
  const [taken, kept] = (await actor.act("releases", { project })).releases;
  expect([taken, kept]).toMatchObject([
    { id: bad.id, state: "rolled_back", reason: "It ended with 1.", log: "boom" },
    { id: good.id, state: "serving" },
  ]);
  expect((await actor.events("notice")).map(({ code }) => code)).toEqual(["taken_back"]);
  expect(machine.notices).toMatchObject([{ kind: "taken_back", release: bad.id, number: 0, project }]);
  expect([await taskState(actor, first.task), await taskState(actor, second.task)]).toEqual(["deployed", "verified"]);
});

test("an app that is out of order for a minute is one incident, which ends when it is well", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project });
  await actor.settle();
  const told = async () => (await actor.events("app.state")).map(({ state }) => state);
  await actor.settle(Date.now() + 5 * minute);
  machine.serve(release.id, { state: "restarting", reason: "It ended with 137." });
  await actor.settle(Date.now() + 70_000);
  machine.serve(release.id, { state: "crashed", reason: "It ends again and again." });
  expect((await actor.act("projects", {})).projects[0]).toMatchObject({ state: "failing", reason: "It ended with 137." });
  await actor.settle(Date.now() + 5 * minute);
  machine.serve(release.id);
  await actor.settle(Date.now() + 2 * minute);
  expect(await told()).toEqual(["well", "restarting", "crashed", "well"]);
  expect((await actor.events("incident.state")).map(({ state }) => state)).toEqual(["open", "asked", "closed"]);
  expect((await actor.events("notice")).map(({ code }) => code)).toEqual(["app_unwell"]);
  expect(machine.notices).toMatchObject([{ kind: "app_unwell", release: release.id }]);
});

test("the release before is gone back to by a call, which changes nothing a second time", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  expect(await says(actor.act("rollBack", { project }))).toMatchObject({
    code: "conflict",
    message: "Nothing of bakery is deployed. Deploy what is proven on its main first.",
  });
  await moveMain(actor);
  const old = (await actor.act("deploy", { project })).release;
  await actor.settle();
  expect(await says(actor.act("rollBack", { project }))).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("no earlier"),
  });
  vi.advanceTimersByTime(minute);
  const { task } = await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle();
  for (const _ of [1, 2])
    expect((await actor.act("rollBack", { project, to: old.id })).release).toMatchObject({ id: old.id, state: "serving" });
  expect(machine.calls.filter((call) => call.startsWith("POST"))).toHaveLength(1);
  expect(await taskState(actor, task)).toBe("verified");
  expect(await says(actor.act("rollBack", { project, to: newId("rel") }))).toMatchObject({ code: "not_found" });
  expect((await actor.act("project", { project })).project.kept.map(({ release }) => release)).not.toContain(old.id);
  await actor.act("power", { project, running: false });
  expect((await actor.act("projects", {})).projects[0]).toMatchObject({ state: "stopped" });
  await actor.act("power", { project, running: true });
  expect((await actor.act("projects", {})).projects[0]).toMatchObject({ state: "running" });
  const shown = await actor.act("publish", { project, published: true });
  expect(shown.project).toMatchObject({ published: true });
  expect(await actor.events("project.state")).toMatchObject([{ name: project, published: true }]);
  for (const _ of [1, 2]) await actor.act("publish", { project, published: false });
  const ended = await actor.db.select().from(workTable).where(eq(workTable.kind, "views"));
  expect(ended.map(({ payload }) => payload)).toMatchObject([{ key: project }]); // what strangers have open, once
});

test("going back past a migration is done only for who knows it", async () => {
  const machine = new AppMachine();
  machine.migrates = true;
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  const serve = async () => {
    await moveMain(actor);
    const { release } = await actor.act("deploy", { project });
    await actor.settle();
    return release.id;
  };
  const [to, newer] = [await serve(), await serve()];
  expect((await actor.act("project", { project })).project.kept).toEqual([{ release: to, pastMigration: true }]);
  expect(await says(actor.act("rollBack", { project, to }))).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("changed its data"),
  });
  expect(machine.seen?.current).toBe(newer);
  expect((await actor.act("rollBack", { project, to, pastMigration: true })).release).toMatchObject({ id: to, state: "serving" });
});

test("a machine that does not answer, or has nothing of the app, is said, and what it says later counts again", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + 3 * minute);
  await actor.act("publish", { project, published: true });
  const [real, seen] = [machine.answer, machine.seen!];
  const state = async () => (await actor.act("projects", {})).projects[0];
  machine.answer = () => ({ status: 503, body: {} });
  await actor.settle(Date.now() + minute);
  expect(await state()).toMatchObject({ state: "running", app: "well" });
  await actor.settle(Date.now() + 8 * minute);
  expect(await state()).toMatchObject({ state: "failing", app: "unreachable", reason: expect.stringContaining("does not answer") });
  expect(machine.notices.map(({ kind }) => kind)).toEqual(["unreachable"]);
  machine.answer = real;
  await actor.settle(Date.now() + 3 * minute);
  expect(await state()).toMatchObject({ state: "running", app: "well" });
  machine.seen = undefined;
  await actor.settle(Date.now() + 3 * minute);
  expect(await state()).toMatchObject({ state: "failing", app: "lost", reason: expect.stringContaining("has nothing of it") });
  machine.seen = seen;
  await actor.settle(Date.now() + 3 * minute);
  expect([await state(), (await actor.act("incidents", { project })).incidents]).toMatchObject([{ app: "well" }, []]);
});

test("a receipt that is named must be the one that speaks for main", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { receipt: stale } = await actor.act("project", { project });
  await moveMain(actor);
  const { receipt } = await actor.act("project", { project });
  expect(await says(actor.act("deploy", { project, receipt: newId("rct") }))).toMatchObject({ code: "not_found" });
  expect(await says(actor.act("deploy", { project, receipt: stale! }))).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("older"),
  });
  expect(machine.puts).toEqual([]);
  expect((await actor.act("deploy", { project, receipt: receipt! })).release.receipt).toBe(receipt);
});

test("the eleventh project fails at once, with the machine's own words", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const reason = "Your plan has 10 projects online at once. Take one offline before you put another one online.";
  machine.answers.push([{ type: "end", served: false, failed: { step: "setup", reason, log: "" } }]);
  await actor.act("deploy", { project });
  await actor.settle();
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ state: "failed", reason }]);
  expect(machine.puts).toHaveLength(1);
});
