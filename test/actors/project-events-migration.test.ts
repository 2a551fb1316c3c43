import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";

/** An actor's log of before, in which an event did not say of which project it tells. */
const folder = new URL("../../schema/migrations/actor/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
const apply = (db: DatabaseSync, name: string) =>
  db.exec(readFileSync(new URL(name, folder), "utf8").replaceAll("--> statement-breakpoint", ""));

test("a project's events are found by their index, in their order, and what was written before is of none", () => {
  const db = new DatabaseSync(":memory:");
  const at = files.findIndex((name) => name.startsWith("0023"));
  for (const name of files.slice(0, at)) apply(db, name);
  db.prepare("INSERT INTO event (seq, at, channel, kind, body) VALUES (1, 1, '', 'project.created', ?)").run('{"name":"bakery"}');
  db.prepare("INSERT INTO project (name, id, repo, created_at) VALUES ('bakery', ?, 'projects/bakery', 1)").run(newId("prj"));
  apply(db, files[at]!);
  expect(db.prepare("SELECT project FROM event").all()).toMatchObject([{ project: null }]);
  expect(db.prepare("SELECT name, events_after, registered FROM project").all()).toMatchObject([
    { name: "bakery", events_after: 0, registered: 0 },
  ]);
  const plan = db.prepare("EXPLAIN QUERY PLAN SELECT body FROM event WHERE project = ? AND seq > ? AND seq > ? ORDER BY seq LIMIT 50");
  const steps = plan.all("bakery", 1, 2).map(({ detail }) => String(detail));
  expect(steps).toEqual([expect.stringContaining("USING INDEX event_project (project=? AND seq>?")]); // and no sorting
});
