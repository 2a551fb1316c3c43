import { eq } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { record } from "../../actors/kernel/transaction.ts";
import { closePreview, listPreviews, requirePreview, showMovedPages } from "../../actors/preview.ts";
import { eventTable } from "../../schema/event.table.ts";
import { eventBodies, type StoredEvent } from "../../schema/event.ts";
import { newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";

/** What can be looked at, from the commits that the log tells of. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));

let count = 0;
async function push(actor: TestActor, repo: string, branch: string, files: [path: string, status?: "added" | "modified" | "deleted"][]) {
  const hash = String(++count).padStart(40, "0");
  const changed = files.map(([path, status = "added"]) => ({ path, status, additions: 1, deletions: 0 }));
  const body = { repo, branch, hash, title: "Pages", author: "agent", files: changed, truncated: false };
  await record(actor.self, newId("req"), (writer) => writer.append("commit", { ref: `commit:${repo}:${hash}`, body }));
  return hash;
}
async function told(actor: TestActor) {
  const rows = await actor.db.select().from(eventTable).orderBy(eventTable.seq);
  return rows
    .filter(({ kind }) => (kind as StoredEvent["kind"]) === "preview.state")
    .map(({ body }) => {
      const { source, state, title } = eventBodies["preview.state"].parse(body);
      return `${title} ${state} ${source.kind === "pages" ? `${source.branch}:${source.folder}` : source.port}`;
    });
}

test("pages that come to a project's branch are opened once a branch, and told anew whenever that branch moves", async () => {
  const actor = await startActor(folder);
  await push(actor, "projects/hello-page", "agent/a/one", [["site/index.html"]]);
  await push(actor, "projects/hello-page", "agent/a/one", [["README.md", "modified"]]);
  await push(actor, "projects/hello-page", "main", [["site/index.html"], ["index.html", "deleted"]]);
  await push(actor, "projects/other", "main", [["src/main.ts"]]);
  await push(actor, "growqr/memory", "main", [["index.html"]]); // memory is no project
  expect(await told(actor)).toEqual(["hello page open agent/a/one:site", "hello page open agent/a/one:site", "hello page open main:site"]);
  const { previews } = await listPreviews(actor.db);
  expect(previews.map(({ source }) => source.kind === "pages" && source.branch).sort()).toEqual(["agent/a/one", "main"]);
});

test("a merge that brings no commit of its own opens main's pages, and another branch's only where they are open", async () => {
  const actor = await startActor(folder);
  await push(actor, "projects/a", "agent/a/one", [["index.html"]]);
  const files = [{ path: "index.html", status: "added" as const, additions: 1, deletions: 0 }];
  const moved = (branch: string) =>
    record(actor.self, newId("req"), (writer) => showMovedPages(writer, { repo: "projects/a", branch, files }));
  for (const branch of ["agent/b/two", "agent/a/one", "main", "main"]) await moved(branch);
  expect(await told(actor)).toEqual(["a open agent/a/one:", "a open agent/a/one:", "a open main:", "a open main:"]);
});

test("a commit that is told twice opens nothing twice", async () => {
  const actor = await startActor(folder);
  await push(actor, "projects/a", "main", [["index.html"]]);
  count -= 1;
  await push(actor, "projects/a", "main", [["index.html"]]);
  expect(await told(actor)).toHaveLength(1);
});

test("pages of a project that is deleted are seen by nobody; those of a later one of its name are other previews", async () => {
  const actor = await startActor(folder);
  await push(actor, "projects/aa", "main", [["index.html"]]);
  await push(actor, "projects/aab", "main", [["index.html"]]);
  const idOf = async (repo: string) =>
    (await listPreviews(actor.db)).previews.find(({ source }) => source.kind === "pages" && source.repo === repo)?.id;
  const [before, other] = [await idOf("projects/aa"), await idOf("projects/aab")];
  const removed = (repository: "keep" | "archive", state: "begun" | "done") =>
    record(actor.self, newId("req"), (writer) =>
      writer.append("project.removed", { body: { projectId: newId("prj"), name: "aa", repository, state } }),
    );
  await removed("keep", "done"); // taken offline: it is worked on still
  await removed("archive", "begun");
  expect(await idOf("projects/aa")).toBe(before);
  for (const _ of [1, 2]) await removed("archive", "done");
  expect([await idOf("projects/aa"), await idOf("projects/aab")]).toEqual([undefined, other]);
  expect((await requirePreview(actor.db, before!)).state).toBe("closed");
  await push(actor, "projects/aa", "main", [["index.html", "modified"]]);
  expect([before, undefined]).not.toContain(await idOf("projects/aa"));
  expect((await requirePreview(actor.db, before!)).state).toBe("closed");
});

test("a closed preview is closed once, is told, and opens again with the next pages", async () => {
  const actor = await startActor(folder);
  await push(actor, "projects/a", "main", [["index.html"]]);
  const id = (await listPreviews(actor.db)).previews[0]!.id;
  for (const _ of [1, 2]) expect((await closePreview(actor.self, id, newId("req"))).preview.state).toBe("closed");
  expect(await listPreviews(actor.db)).toEqual({ previews: [] });
  await push(actor, "projects/a", "main", [["index.html", "modified"]]);
  const [again] = (await listPreviews(actor.db)).previews;
  expect(again?.id).not.toBe(id); // no link to the one that was closed opens it
  expect((await requirePreview(actor.db, id)).state).toBe("closed");
  const works = await actor.db.select().from(workTable).where(eq(workTable.kind, "views"));
  expect(works.map(({ payload }) => payload)).toMatchObject([{ key: id }]);
  expect(await told(actor)).toEqual(["a open main:", "a closed main:", "a open main:"]);
  await expect(closePreview(actor.self, newId("pvw"), newId("req"))).rejects.toMatchObject({ code: "not_found" });
});

test("of more than fifty the one that changed longest ago is closed", async () => {
  const actor = await startActor(folder);
  for (let n = 0; n < 52; n++) {
    await push(actor, "projects/many", `branch-${n}`, [["index.html"]]);
    vi.advanceTimersByTime(1_000);
  }
  const { previews } = await listPreviews(actor.db);
  expect(previews).toHaveLength(50);
  expect(previews.some(({ source }) => source.kind === "pages" && ["branch-0", "branch-1"].includes(source.branch))).toBe(false);
});
