import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { restoreApps } from "../../../actors/release/app-memory.ts";
import { takeSeen } from "../../../actors/release/app-watch.ts";
import { appFile, keptApp, readAppFile } from "../../../schema/release/app-file.ts";
import { releaseTable } from "../../../schema/release/release.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { zero } from "../../harness/receipt-sample.ts";
import { AppMachine, moveMain, openProject, startDeployer } from "./deployer.ts";

/** What a release was made of: packages, environment file, versions of secrets. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "made-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const made = { snapshot: "a".repeat(64), environment: "b".repeat(64), secrets: { API_KEY: 7 } };

test("a release names the packages, the environment file and the versions of secrets that its machine says", async () => {
  const machine = new AppMachine();
  [machine.made, machine.secretVersion] = [made, 7];
  const actor = await startDeployer(folder, machine);
  const id = await openProject(actor);
  await moveMain(actor);
  await actor.act("deploy", { project: id });
  await actor.settle();
  expect(machine.puts).toMatchObject([{ secrets: { API_KEY: 7 }, proven: { snapshot: zero, image: zero, more: false } }]);
  expect((await actor.act("releases", { project: id })).releases).toMatchObject([{ state: "serving", made }]);
  expect((await actor.act("project", { project: id })).project.current).toMatchObject({ made });
  expect((await actor.events("release.state")).at(-1)).toMatchObject({ state: "serving", made });
});

test("one that failed after it was set up names it too, and one of before names nothing", async () => {
  const machine = new AppMachine();
  const failed = { step: "health" as const, reason: "It was not well.", log: "" };
  machine.answers.push([{ type: "end", served: false, failed, made }]);
  const actor = await startDeployer(folder, machine);
  const id = await openProject(actor);
  await moveMain(actor);
  await actor.act("deploy", { project: id });
  await actor.settle();
  const list = async () => (await actor.act("releases", { project: id })).releases;
  expect(await list()).toMatchObject([{ state: "failed", step: "health", made }]);
  await actor.db.update(releaseTable).set({ made: null });
  expect((await list())[0]).not.toHaveProperty("made");
});

test("one of which a look at its machine tells first that it serves names it too", async () => {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine);
  const id = await openProject(actor);
  await moveMain(actor);
  machine.answers.push({ status: 503, body: {} });
  await actor.act("deploy", { project: id });
  await actor.settle();
  const [put] = machine.puts;
  machine.serve(put!.release, { made });
  const list = async () => (await actor.act("releases", { project: id })).releases;
  const seen = machine.seen!;
  await takeSeen(actor.self, "bakery", seen, newId("req"));
  expect(await list()).toMatchObject([{ state: "serving", made }]);
  await takeSeen(actor.self, "bakery", { ...seen, made: { secrets: { API_KEY: 99 } } }, newId("req"));
  expect(await list()).toMatchObject([{ made }]); // what it was made of does not change
});

test("an actor that has lost its state finds in memory what a release was made of", async () => {
  const actor = await startDeployer(folder, new AppMachine());
  const id = await openProject(actor);
  const { commit, task } = await moveMain(actor);
  const release = { id: newId("rel"), project: "bakery", commit, receipt: newId("rct"), task, by: "member" as const };
  const names = Array.from({ length: 50 }, (_, at) => [`SECRET_${at}`, at] as const);
  const times = { createdAt: 1, servedAt: 2 };
  const many = { ...release, ...times, state: "serving" as const, made: { ...made, secrets: Object.fromEntries(names) } };
  const file = appFile(keptApp.parse({ project: "bakery", id, published: false, releases: [many] }));
  const read = readAppFile(file.path, file.content);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  await record(actor.self, newId("req"), (writer) => restoreApps(writer, [read.value]));
  expect((await actor.act("releases", { project: id })).releases).toMatchObject([{ id: release.id, made: many.made }]);
});
