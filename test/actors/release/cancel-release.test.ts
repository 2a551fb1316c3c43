import { expect, test } from "vitest";
import { newId } from "../../../schema/wire/id.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, openProject, project, startDeployer } from "./deployer.ts";

/** A release on its way: what it waits for, and how its member or the platform gives it up. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const minute = 60_000;
const says = async (refused: Promise<unknown>) =>
  (await refused.then(String, (error: Error) => error)) as { code?: string; message: string };

test("a release that waits for its machine says why, once, and goes on without that word (issue 10.13)", async () => {
  const machine = new AppMachine();
  machine.away = true;
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  const told = async () => (await actor.events("release.state")).map(({ state, reason }) => [state, reason]);
  expect(await told()).toEqual([
    ["queued", undefined],
    ["queued", "Your machine does not answer. The release goes on by itself once it does."],
  ]);
  machine.away = false;
  await actor.settle(Date.now() + minute);
  expect((await told()).slice(2).map(([, reason]) => reason)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ state: "serving" }]);
});

test("a release says what its machine prepares first, until it goes on (issue 10.9)", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const waits = { type: "waits", detail: "Building the image of services: putting the image together" } as const;
  const steps = (["setup", "start", "health", "switch"] as const).map((step) => ({ type: "step", step }) as const);
  const { release } = await actor.act("deploy", { project });
  machine.answers.push([steps[0]!, waits, waits, ...steps.slice(1), { type: "end", served: true, current: release.id }]);
  await actor.settle(Date.now() + minute);
  const told = (await actor.events("release.state")).flatMap(({ state, reason }) => (reason ? [[state, reason]] : []));
  expect(told).toEqual([["starting", `${waits.detail}. The release goes on by itself.`]]);
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ state: "serving" }]);
});

test("a release is cancelled before it serves, also while its machine is away, and a second press changes nothing", async () => {
  const machine = new AppMachine();
  machine.away = true;
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  const cancel = () => actor.act("cancelRelease", { project, release: release.id });
  const first = await cancel();
  expect(first.release).toMatchObject({ id: release.id, state: "cancelled", reason: "You cancelled it before it served." });
  expect(await cancel()).toEqual(first);
  machine.away = false;
  const tries = machine.puts.length;
  await actor.settle(Date.now() + 5 * minute);
  expect([machine.puts.length, (await actor.act("projects", {})).projects[0]?.state]).toEqual([tries, "idle"]);
  const again = await actor.act("deploy", { project });
  await actor.settle();
  expect(again.release.id).not.toBe(release.id);
  expect(await says(actor.act("cancelRelease", { project, release: again.release.id }))).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("serves already"),
  });
  expect(await says(actor.act("cancelRelease", { project, release: newId("rel") }))).toMatchObject({ code: "not_found" });
});

test("one that starts is cancelled where its machine gives it up: what serves by then goes on, and what can't be asked changes nothing", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  machine.answers.push([{ type: "step", step: "setup" }]); // and then nothing more: its answer breaks off
  const { release } = await actor.act("deploy", { project });
  await actor.settle();
  const cancel = () => actor.act("cancelRelease", { project, release: release.id });
  machine.away = true;
  expect(await says(cancel())).toMatchObject({ code: "upstream" });
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ state: "starting" }]);
  machine.away = false;
  machine.serve(release.id); // it has switched just now
  expect(await says(cancel())).toMatchObject({ code: "conflict", message: expect.stringContaining("serves already") });
  machine.seen = undefined;
  expect((await cancel()).release.state).toBe("cancelled");
});

test("a release that is given up here ends on its machine, which is asked until it answers", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const real = machine.answer;
  let asked = 0;
  machine.answer = (method, path, body) =>
    method === "PUT"
      ? { status: 403, body: {} } // what can't be helped is tried once
      : path.endsWith("/cancel") && ++asked < 3
        ? { status: 503, body: {} }
        : real(method, path, body);
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + 5 * minute);
  expect((await actor.act("releases", { project })).releases).toMatchObject([
    { id: release.id, state: "failed", reason: expect.stringContaining("could not be started") },
  ]);
  expect(asked).toBe(3);
  machine.answer = real;
  const again = await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  expect((await actor.act("project", { project })).project.current).toMatchObject({ id: again.release.id });
});

test("one that is given up here and serves on its machine all the same serves", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const real = machine.answer;
  machine.answer = (method, path, body) => {
    if (method !== "PUT") return real(method, path, body);
    machine.serve(JSON.parse(body).release);
    return { status: 403, body: {} };
  };
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ id: release.id, state: "serving" }]);
});

test("what its member cancels while its machine is away ends there once that answers, and what it has migrated is said", async () => {
  const machine = new AppMachine();
  machine.away = true;
  const actor = await startDeployer(folder, machine);
  await openProject(actor);
  await moveMain(actor);
  const { release } = await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  await actor.act("cancelRelease", { project, release: release.id });
  const cancels = () => machine.calls.filter((call) => call.endsWith("/cancel")).length;
  await actor.settle(Date.now() + minute);
  const before = cancels();
  machine.away = false;
  await actor.settle(Date.now() + minute);
  const after = cancels();
  await actor.settle(Date.now() + minute);
  expect([before > 1, after > before, cancels()]).toEqual([true, true, after]);
  machine.answers.push([
    { type: "step", step: "setup" },
    { type: "step", step: "migrate" },
  ]);
  const next = await actor.act("deploy", { project });
  await actor.settle();
  expect((await actor.act("cancelRelease", { project, release: next.release.id })).release.reason).toBe(
    "You cancelled it before it served. It was in its migration: what that has changed stays.",
  );
});
