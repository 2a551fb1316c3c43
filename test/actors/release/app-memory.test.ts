import { expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { outboxFiles } from "../../../actors/memory/outbox.ts";
import { readKeptApps, restoreApps } from "../../../actors/release/app-memory.ts";
import { outboxTable } from "../../../schema/memory/outbox.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, openProject, project, startDeployer } from "./deployer.ts";

/** What serves, as memory keeps it for an actor that has lost all else. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));

/** The files about apps as they are once everything that waits is committed. */
async function keptFiles(actor: TestActor): Promise<Map<string, string>> {
  const rows = (await actor.db.select().from(outboxTable)).filter(({ kind }) => kind === "app");
  return new Map(
    rows.flatMap(({ files }) =>
      outboxFiles.parse(files).flatMap((file) => ("content" in file ? [[file.path, file.content] as const] : [])),
    ),
  );
}

test("what serves, and whether everybody sees it, is found again by an actor that has lost its state", async () => {
  const machine = new AppMachine();
  const before = await startDeployer(folder, machine);
  const id = await openProject(before);
  await moveMain(before);
  const { release } = await before.act("deploy", { project });
  await before.settle();
  await before.act("publish", { project, published: true });
  const files = await keptFiles(before);
  expect([...files.keys()]).toEqual(["snapshots/apps/bakery.yaml"]);
  const unread: string[] = [];
  const apps = readKeptApps(new Map([...files, ["snapshots/apps/other.yaml", files.get("snapshots/apps/bakery.yaml")!]]), unread);
  expect([apps.length, unread]).toEqual([1, ["snapshots/apps/other.yaml"]]);

  const actor = await startDeployer(folder, machine);
  await openProject(actor); // as its repository tells it: with another id
  for (const _ of [1, 2]) await record(actor.self, newId("req"), (writer) => restoreApps(writer, apps));
  await actor.settle();
  expect((await actor.act("projects", {})).projects).toMatchObject([
    { id, state: "running", app: "well", published: true, address: "http://bakery.apps.localhost/", current: { id: release.id } },
  ]);
  machine.serve(newId("rel")); // a release that is forgotten changes nothing of what is known
  await actor.settle(Date.now() + 180_000);
  expect((await actor.act("releases", { project })).releases).toMatchObject([{ id: release.id, state: "serving" }]);
});

test("a project whose repository is gone is not made by what memory says of its app", async () => {
  const machine = new AppMachine();
  const before = await startDeployer(folder, machine);
  await openProject(before);
  await moveMain(before);
  await before.act("deploy", { project });
  await before.settle();
  const apps = readKeptApps(await keptFiles(before), []);
  const actor = await startDeployer(folder, machine);
  await record(actor.self, newId("req"), (writer) => restoreApps(writer, apps));
  expect(await actor.act("projects", {})).toEqual({ projects: [] });
});
