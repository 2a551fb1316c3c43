import { expect, test } from "vitest";
import { appendCommit } from "../../../actors/git/commit.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { mergeChangedFiles } from "../../../actors/release/release-changes.ts";
import { mostReleaseCommits } from "../../../schema/release/release-changes.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, newCommit, openProject, project, startDeployer } from "./deployer.ts";

/** Issue 10.18: what changed since the release before, as the log tells it. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const diffOf = (path: string) =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,2 @@\n+one\n+two\n`;
/** Commits of main, each on the one before; the log tells them. Answers the newest. */
async function commitAfter(actor: TestActor, parent: string | undefined, paths: readonly string[]): Promise<string> {
  let last = parent;
  for (const path of paths) {
    const sha = newCommit();
    const commit = { sha, commit: { message: `Write ${path}`, author: { name: "Ada", date: "" } }, parents: last ? [{ sha: last }] : [] };
    await record(actor.self, newId("req"), (writer) =>
      appendCommit(writer, { repo: `projects/${project}`, branch: "main", commit, diff: diffOf(path) }, undefined),
    );
    last = sha;
  }
  return last!;
}
async function release(actor: TestActor, commit: string) {
  await moveMain(actor, { commit });
  const done = await actor.act("deploy", { project });
  await actor.settle();
  return done.release.id;
}

test("a release shows the commits and files that came after the one before it, and the first one all of them", async () => {
  const actor = await startDeployer(folder, new AppMachine());
  await openProject(actor);
  const oldest = await commitAfter(actor, undefined, ["a.html", "b.html"]);
  const first = await release(actor, oldest);
  const second = await release(actor, await commitAfter(actor, oldest, ["c.html", "d.html", "c.html"]));
  expect(await actor.act("releaseChanges", { project, release: first })).toMatchObject({
    commits: [{ title: "Write b.html", additions: 2 }, { title: "Write a.html" }],
    files: [{ path: "a.html", status: "added" }, { path: "b.html" }],
    complete: true,
  });
  const since = await actor.act("releaseChanges", { project, release: second });
  expect(since).toMatchObject({ since: { release: first, commit: oldest }, totalFiles: 2, complete: true });
  expect(since.commits.map(({ title }) => title)).toEqual(["Write c.html", "Write d.html", "Write c.html"]);
  expect(since.files).toMatchObject([{ path: "d.html" }, { path: "c.html", status: "added", additions: 4 }]);
  await expect(actor.act("releaseChanges", { project, release: newId("rel") })).rejects.toMatchObject({ code: "not_found" });
});
test("what the log does not tell is said, and more than a hundred commits are cut", async () => {
  const actor = await startDeployer(folder, new AppMachine());
  await openProject(actor);
  await release(actor, newCommit());
  const strange = await release(actor, await commitAfter(actor, newCommit(), ["x.html"]));
  expect(await actor.act("releaseChanges", { project, release: strange })).toMatchObject({
    commits: [{ title: "Write x.html" }],
    complete: false,
  });
  const many = await release(
    actor,
    await commitAfter(
      actor,
      undefined,
      [...Array(mostReleaseCommits + 20).keys()].map((n) => `${n}.html`),
    ),
  );
  const changes = await actor.act("releaseChanges", { project, release: many });
  expect([changes.commits.length, changes.complete]).toEqual([mostReleaseCommits, false]);
});
test("a file that came and went is none, and one that came back has changed", () => {
  const change = (path: string, status: "added" | "modified" | "deleted") => ({ files: [{ path, status, additions: 1, deletions: 1 }] });
  expect(mergeChangedFiles([change("a", "added"), change("a", "modified"), change("a", "deleted")])).toEqual([]);
  expect(mergeChangedFiles([change("a", "deleted"), change("a", "added")])).toEqual([
    { path: "a", status: "modified", additions: 2, deletions: 2 },
  ]);
});
