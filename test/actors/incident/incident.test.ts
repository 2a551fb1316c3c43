import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { incidentTable } from "../../../schema/incident/incident.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, newCommit, project, startDeployer } from "../release/deployer.ts";
import { answer, deployBakery, failTask, fallIll, newestIncident, proveMerge, runs, serving, stepsOf, taskOf } from "./repairer.ts";

/** What is not well becomes an incident, and that a repair, proven before it goes out (issue 10.16). */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const minute = 60_000;

test("an app that is out of order for a minute is one incident, with evidence in which secrets are hidden", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: release } = await serving(actor);
  machine.log = [{ at: 1, release, stream: "err", text: "boom with a secret of mine" }];
  const incident = await fallIll(actor, machine);
  await actor.settle(Date.now() + 5 * minute);
  expect((await actor.act("incidents", { project })).incidents).toHaveLength(1);
  expect(incident).toMatchObject({ project, release, cause: "health", state: "asked", failures: 0 });
  expect(incident.evidence).toMatchObject({ state: "crashed", log: "boom with [redacted]", reason: "It ends with 1: [redacted]" });
  expect(stepsOf(incident)).toEqual(["opened", "asked"]);
  expect((await actor.events("notice")).map(({ code }) => code)).toEqual(["app_unwell"]);
  expect(machine.notices).toMatchObject([{ kind: "app_unwell", release }]);
});

test("answers that are errors for some minutes are an incident too, and a few odd ones are none", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "off" });
  const said = { cpu: 1, memoryMb: 1, p50: 1, p95: 1 };
  const minuteOf = (ago: number, requests: number, errors: number) => ({ ...said, at: Date.now() - ago * minute, requests, errors });
  machine.minutes = [minuteOf(1, 100, 50)];
  await actor.settle(Date.now() + 70_000);
  expect((await actor.act("incidents", { project })).incidents).toEqual([]);
  machine.minutes = [minuteOf(2, 30, 20), minuteOf(1, 30, 25)];
  await actor.settle(Date.now() + 70_000);
  const open = await newestIncident(actor);
  expect(open).toMatchObject({ cause: "errors", state: "open", reason: "45 of its last 60 answers were errors (75 %)." });
  expect(stepsOf(open)).toEqual(["opened", "told"]);
  expect(open.evidence).toMatchObject({ state: "well", requests: 60, errors: 45 });
  machine.minutes = [minuteOf(0, 60, 0)];
  await actor.settle(Date.now() + 3 * minute);
  expect(await newestIncident(actor)).toMatchObject({ state: "closed" });
});

test("an app that ends again and again, and is well at each look, is an incident until it stays up or is stopped", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "off" });
  const { id: release } = await serving(actor);
  machine.log = [{ at: 1, release, stream: "err", text: "boom" }];
  machine.serve(release, { ends: 4 });
  await actor.settle(Date.now() + 3 * minute);
  expect((await actor.act("incidents", { project })).incidents).toEqual([]);
  machine.serve(release, { ends: 6 });
  await actor.settle(Date.now() + 5 * minute);
  expect((await actor.act("incidents", { project })).incidents).toHaveLength(1);
  const open = await newestIncident(actor);
  expect(open).toMatchObject({ cause: "health", state: "open", reason: "It has ended 6 times within 10 minutes." });
  expect(open.evidence).toMatchObject({ state: "well", log: "boom" });
  machine.serve(release, { ends: 3 });
  await actor.settle(Date.now() + 2 * minute);
  expect(await newestIncident(actor)).toMatchObject({ state: "closed" });
});

test("who asked for an app while it was down, or stopped, makes no incident of it once it is back", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "off" });
  const { id: release } = await serving(actor);
  const said = { cpu: 0, memoryMb: 0, p50: 0, p95: 0 };
  machine.minutes = [3, 2, 1].map((ago) => ({ ...said, at: Date.now() + (4 - ago) * minute, requests: 30, errors: 30 }));
  machine.serve(release, { state: "stopped" });
  await actor.settle(Date.now() + 4 * minute);
  machine.serve(release);
  await actor.settle(Date.now() + 3 * minute);
  expect((await actor.act("incidents", { project })).incidents).toEqual([]);
});

test("an app that sleeps, or is woken, neither begins nor ends an incident", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "off" });
  const { id: release } = await serving(actor);
  machine.serve(release, { state: "asleep", ends: 9 });
  await actor.settle(Date.now() + 2 * minute);
  expect((await actor.act("incidents", { project })).incidents).toEqual([]);
  expect((await actor.act("project", { project })).project).toMatchObject({ state: "asleep", app: "asleep" });
  machine.serve(release);
  await actor.settle(Date.now() + 4 * minute);
  await fallIll(actor, machine);
  for (const [at, state] of (["asleep", "waking"] as const).entries()) {
    machine.serve(release, { state });
    await actor.settle(Date.now() + (6 + 2 * at) * minute);
    expect(await newestIncident(actor), state).toMatchObject({ state: "open" });
  }
  machine.serve(release);
  await actor.settle(Date.now() + 10 * minute);
  expect(await newestIncident(actor)).toMatchObject({ state: "closed" });
});

test("a yes begins the repair, its merge is deployed without another one, and the incident ends when that is well", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: ill } = await serving(actor);
  await fallIll(actor, machine);
  await answer(actor, "allow");
  const begun = await newestIncident(actor);
  expect(begun.state).toBe("repairing");
  const { plan } = await actor.act("plan", { planId: begun.plan! });
  expect(plan.state).toBe("accepted");
  expect(plan.plan.tasks.map(({ owner }) => owner)).toEqual(["monitoring", "coding", "testing", "reviewer", "repo"]);
  expect(plan.plan.story).not.toContain("a secret of mine");
  const commit = await proveMerge(actor, begun.plan!);
  expect(machine.puts.at(-1)).toMatchObject({ commit });
  await actor.settle(Date.now() + 3 * minute);
  expect(await serving(actor)).toMatchObject({ commit, by: "platform" });
  expect((await actor.act("approvals", {})).approvals).toHaveLength(1);
  const closed = await newestIncident(actor);
  expect(stepsOf(closed)).toEqual(["opened", "asked", "agreed", "began", "proven", "deployed", "closed"]);
  expect([closed.release, closed.steps.at(-1)?.text]).toEqual([ill, "The repaired release is well."]);
  const handOffs = (await actor.events("release.handoff")).map(({ from, to }) => `${from} ${to}`);
  expect(handOffs).toEqual(["deployment monitoring", "merge deployment", "deployment monitoring"]);
});

test("a no leaves it to the member, who can have it repaired all the same, once for two presses", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: incident } = await fallIll(actor, machine);
  await answer(actor, "deny");
  expect(stepsOf(await newestIncident(actor))).toEqual(["opened", "asked", "declined"]);
  await actor.act("repair", { incident }, "one");
  await actor.act("repair", { incident }, "one");
  await actor.settle();
  await actor.act("repair", { incident }, "two");
  await actor.settle();
  expect(stepsOf(await newestIncident(actor))).toEqual(["opened", "asked", "declined", "agreed", "began"]);
  expect((await actor.act("plans", { limit: 10 })).plans).toHaveLength(1);
});

test("an app that keeps more than it may is asked about whatever its rule is: its repair takes something away", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "auto" });
  const { id: release } = await serving(actor);
  machine.serve(release, { state: "crashed", reason: "Its databases hold 1100 MB.", over: true });
  await actor.settle(Date.now() + 3 * minute);
  expect(await newestIncident(actor)).toMatchObject({ state: "asked", evidence: { over: true } });
});

test("by its rule a project is repaired at once, after three times in a day it is asked, and with “off” it is told", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "auto" });
  const { id: release } = await serving(actor);
  const states: string[] = [];
  for (const policy of ["auto", "auto", "auto", "auto", "off"] as const) {
    await actor.act("automate", { project, repair: policy });
    const { state, plan } = await fallIll(actor, machine);
    states.push(state);
    if (plan) await actor.act("planAct", { planId: plan, act: "cancel" });
    machine.serve(release);
    await actor.settle(Date.now() + 2 * minute);
  }
  expect(states).toEqual(["repairing", "repairing", "repairing", "asked", "open"]);
});

test("an app that is well again ends what has not begun, and what has begun goes on and is the next incident's", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: release } = await serving(actor);
  await fallIll(actor, machine);
  machine.serve(release);
  await actor.settle(Date.now() + 2 * minute);
  expect(stepsOf(await newestIncident(actor))).toEqual(["opened", "asked", "closed"]);
  expect((await actor.act("approvals", { state: "pending" })).approvals).toEqual([]);
  await fallIll(actor, machine);
  await answer(actor, "allow");
  const { plan } = await newestIncident(actor);
  machine.serve(release);
  await actor.settle(Date.now() + 2 * minute);
  expect((await actor.act("plan", { planId: plan! })).plan.state).toBe("accepted");
  expect(await fallIll(actor, machine)).toMatchObject({ state: "repairing", plan });
  await proveMerge(actor, plan!);
  await actor.settle(Date.now() + 3 * minute);
  expect((await newestIncident(actor)).steps.at(-1)).toMatchObject({ kind: "closed", text: "The repaired release is well." });
});

test("two failed repairs go back to the release before, and the Grow Agent and the member are told", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: good } = await serving(actor);
  await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + 3 * minute);
  const { id: ill } = await serving(actor);
  await fallIll(actor, machine);
  await answer(actor, "allow");
  const first = (await newestIncident(actor)).plan!;
  await failTask(actor, await taskOf(actor, first, "monitoring"));
  const second = (await newestIncident(actor)).plan!;
  expect([second === first, (await actor.act("plan", { planId: first })).plan.state]).toEqual([false, "cancelled"]);
  const { plan } = (await actor.act("plan", { planId: second })).plan;
  expect(plan.story).toContain("A repair before this one failed: “Find out why bakery is not well” failed: it can't be done");
  machine.answers.push([{ type: "end", served: false, failed: { step: "start", reason: "It ended with 1.", log: "boom" } }]);
  await proveMerge(actor, second);
  await actor.settle(Date.now() + 2 * minute);
  expect((await serving(actor)).id).toBe(good);
  const over = await newestIncident(actor);
  expect(stepsOf(over)).toEqual(["opened", "asked", "agreed", "began", "failed", "began", "proven", "failed", "handed_over", "closed"]);
  expect(over).toMatchObject({ release: ill, failures: 2 });
  expect((await actor.events("notice")).map(({ code }) => code)).toEqual(["app_unwell", "repair_failed"]);
  expect(machine.notices.map(({ kind }) => kind)).toEqual(["app_unwell", "repair_failed"]);
  const told = (await actor.events("agent.prompt")).filter(({ text }) => text.includes("Repairs were tried and did not help"));
  expect(told).toHaveLength(1);
});

test("what is gone back to is neither a repair that was not well nor what it was to mend", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  const { id: good } = await serving(actor);
  await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + 3 * minute);
  const { id: ill } = await serving(actor);
  await fallIll(actor, machine);
  await answer(actor, "allow");
  await proveMerge(actor, (await newestIncident(actor)).plan!);
  const { id: repaired } = await serving(actor);
  const kept = [ill, good].map((release) => ({ release, pastMigration: release === good }));
  machine.serve(repaired, { state: "crashed", reason: "It ends with 1.", kept });
  await actor.settle(Date.now() + 4 * minute);
  const { plan, failures } = await newestIncident(actor);
  await failTask(actor, await taskOf(actor, plan!, "monitoring"));
  await actor.settle(Date.now() + 2 * minute);
  expect([failures, (await serving(actor)).id]).toEqual([1, good]);
  const said = (await newestIncident(actor)).steps.map(({ text }) => text).join(" ");
  expect(said).toContain("An earlier release serves again. Its data stays as newer releases have changed it.");
});

test("going back whose answer is lost, and an actor that dies then, goes back once and tells it once", async () => {
  const machine = new AppMachine();
  const before = await deployBakery(folder, machine, { repair: "auto" });
  const { id: good } = await serving(before);
  const { commit } = await moveMain(before);
  await before.act("deploy", { project });
  await before.settle(Date.now() + 3 * minute);
  await fallIll(before, machine);
  const real = machine.answer;
  let lost = 0;
  machine.answer = (method, path, body) => {
    const said = real(method, path, body);
    return path.endsWith("/roll-back") && lost++ === 0 ? { status: 503, body: {} } : said;
  };
  for (const _ of [1, 2]) await failTask(before, await taskOf(before, (await newestIncident(before)).plan!, "coding"));
  await before.close();
  const actor = await startDeployer(folder, machine, { file: before.file, runs });
  actor.host.branches.set("main", commit);
  await actor.settle(Date.now() + 5 * minute);
  expect((await serving(actor)).id).toBe(good);
  expect(machine.calls.filter((call) => call.endsWith("/roll-back"))).toHaveLength(1);
  const kinds = stepsOf(await newestIncident(actor));
  expect(kinds.filter((kind) => kind === "handed_over")).toHaveLength(1);
  expect(kinds.at(-1)).toBe("closed");
  expect((await actor.events("notice")).filter(({ code }) => code === "repair_failed")).toHaveLength(1);
});

test("without an earlier release nothing is gone back to; it waits for the member, who can have it tried again", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "auto" });
  const { id: incident } = await fallIll(actor, machine);
  for (const _ of [1, 2]) await failTask(actor, await taskOf(actor, (await newestIncident(actor)).plan!, "coding"));
  const waiting = await newestIncident(actor);
  expect([waiting.state, waiting.steps.at(-1)?.text]).toEqual(["handed_over", expect.stringContaining("No earlier release")]);
  expect(machine.calls.filter((call) => call.includes("roll-back"))).toEqual([]);
  expect((await actor.act("approvals", { state: "pending" })).approvals).toMatchObject([{ title: "Try another repair of bakery?" }]);
  await actor.act("repair", { incident });
  await actor.settle();
  expect(await newestIncident(actor)).toMatchObject({ state: "repairing", failures: 0 });
  expect((await actor.act("approvals", { state: "pending" })).approvals).toEqual([]);
  for (const _ of [1, 2]) await failTask(actor, await taskOf(actor, (await newestIncident(actor)).plan!, "coding"));
  await answer(actor, "allow");
  expect(await newestIncident(actor)).toMatchObject({ state: "repairing", failures: 0 });
});

test("a repair that the member deploys by hand before the platform does is the same release, and ends the incident", async () => {
  const machine = new AppMachine();
  const before = await deployBakery(folder, machine, { repair: "auto" });
  const { plan } = await fallIll(before, machine);
  await before.close();
  const quiet = await startDeployer(folder, machine, { file: before.file, runs: ["release"] });
  const commit = await proveMerge(quiet, plan!);
  await quiet.act("deploy", { project });
  await quiet.settle();
  expect(await serving(quiet)).toMatchObject({ commit, by: "member" });
  await quiet.close();
  const actor = await startDeployer(folder, machine, { file: before.file, runs });
  actor.host.branches.set("main", commit);
  await actor.settle(Date.now() + 3 * minute);
  const { steps } = await newestIncident(actor);
  expect(steps.slice(-3).map(({ kind }) => kind)).toEqual(["proven", "deployed", "closed"]);
  expect((await actor.act("releases", { project })).releases).toHaveLength(2);
});

test("a repair goes online with what was merged after it, be that before its release is taken or before it begins", async () => {
  for (const taken of [false, true]) {
    const machine = new AppMachine();
    const before = await deployBakery(folder, machine, { repair: "auto" });
    const { plan } = await fallIll(before, machine);
    await before.close();
    const quiet = await startDeployer(folder, machine, { file: before.file, runs: taken ? ["deployment"] : [] });
    await proveMerge(quiet, plan!);
    const { commit } = await moveMain(quiet);
    await quiet.close();
    const actor = await startDeployer(folder, machine, { file: before.file, runs });
    actor.host.branches.set("main", commit);
    await actor.settle(Date.now() + 3 * minute);
    expect(await serving(actor)).toMatchObject({ commit, by: "platform" });
    const { steps, failures, state } = await newestIncident(actor);
    expect([state, failures, steps.slice(-3).map(({ kind }) => kind)]).toEqual(["closed", 0, ["proven", "deployed", "closed"]]);
    const { releases } = await actor.act("releases", { project });
    expect(releases.map((release) => release.state)).toEqual(["serving", ...(taken ? ["failed"] : []), "replaced"]);
    await actor.close();
  }
});

test("a repair waits until what was merged after it is proven, and its member can cancel its release", async () => {
  const machine = new AppMachine();
  const before = await deployBakery(folder, machine, { repair: "auto" });
  const { plan } = await fallIll(before, machine);
  await before.close();
  const quiet = await startDeployer(folder, machine, { file: before.file, runs: [] });
  await proveMerge(quiet, plan!);
  await moveMain(quiet, { proven: false });
  await quiet.close();
  const actor = await startDeployer(folder, machine, { file: before.file, runs: runs.filter((kind) => kind !== "release") });
  await actor.settle(Date.now() + minute);
  expect((await newestIncident(actor)).state).toBe("deploying");
  expect((await actor.act("releases", { project })).releases).toHaveLength(1);
  const { commit } = await moveMain(actor);
  await actor.settle(Date.now() + 5 * minute);
  const [release] = (await actor.act("releases", { project })).releases;
  expect(release).toMatchObject({ commit, state: "queued" });
  await actor.act("cancelRelease", { project, release: release!.id });
  await actor.settle();
  const { state, steps } = await newestIncident(actor);
  expect([state, steps.at(-1)]).toEqual(["open", expect.objectContaining({ kind: "declined" })]);
});

test("a repair's release that is taken back, or is not well either, has failed", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine, { repair: "auto" });
  const { id: ill } = await serving(actor);
  await fallIll(actor, machine);
  await proveMerge(actor, (await newestIncident(actor)).plan!);
  const mended = await serving(actor);
  machine.serve(ill, { state: "crashed", takenBack: { release: mended.id, at: Date.now(), reason: "It ended.", log: "" } });
  await actor.settle(Date.now() + 10_000);
  const again = await newestIncident(actor);
  expect([again.state, again.failures, again.steps.findLast(({ kind }) => kind === "failed")?.text]).toEqual([
    "repairing",
    1,
    "The repaired release was taken back: It ended.",
  ]);
});

test("an actor that dies anywhere between the fall and the end opens one incident and one repair of it", async () => {
  const machine = new AppMachine();
  let actor = await deployBakery(folder, machine, { repair: "auto" });
  const commit = (await serving(actor)).commit;
  const { id: release } = await serving(actor);
  machine.serve(release, { state: "crashed", reason: "It ends." });
  /** What is due is begun by one actor, and goes on in another. */
  for (const kinds of [["watch"], ["incident"], ["incident"], ["deployment"], [...runs]] as const) {
    const { file } = actor;
    await actor.settle(Date.now() + 3 * minute);
    await actor.close();
    actor = await startDeployer(folder, machine, { file, runs: kinds });
    actor.host.branches.set("main", commit);
    await actor.settle(Date.now() + 2 * minute);
  }
  const rows = await actor.db.select().from(incidentTable);
  expect(rows.map(({ state }) => state)).toEqual(["repairing"]);
  expect((await actor.act("plans", { limit: 10 })).plans).toHaveLength(1);
  expect(stepsOf(await newestIncident(actor))).toEqual(["opened", "agreed", "began"]);
});

test("a yes to an incident that was lost with the actor's storage says so, and what is not well still is asked about anew", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  await fallIll(actor, machine);
  await actor.db.delete(incidentTable);
  await answer(actor, "allow");
  expect((await actor.events("notice")).map(({ code }) => code)).toContain("incident_lost");
  await actor.settle(Date.now() + 2 * minute);
  expect((await newestIncident(actor)).state).toBe("asked");
});

test("what a project lets be done by itself is kept, told once, and comes back from memory", async () => {
  const machine = new AppMachine();
  const actor = await deployBakery(folder, machine);
  expect((await actor.act("project", { project })).automation).toEqual({ repair: "ask", deploys: "ask" });
  await actor.act("automate", { project, repair: "auto" });
  expect((await actor.act("automate", { project, repair: "auto" })).automation).toEqual({ repair: "auto", deploys: "ask" });
  expect(await actor.events("project.state")).toMatchObject([{ name: project, automation: { repair: "auto", deploys: "ask" } }]);
  const missing = actor.act("incident", { incident: newId("inc") });
  await expect(missing).rejects.toMatchObject({ code: "not_found" });
  await expect(actor.act("incidents", { project: "nobodys" })).rejects.toMatchObject({ code: "not_found" });
  const [row] = await actor.db.select().from(incidentTable).where(eq(incidentTable.project, project));
  expect([row, newCommit()]).toEqual([undefined, expect.any(String)]);
});
