import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { incidentStep } from "../../../schema/incident/incident.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";

/** An actor's tables of before, in which a project had only the time since when it was not well. */
const folder = new URL("../../../schema/migrations/actor/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
const apply = (db: DatabaseSync, name: string) =>
  db.exec(readFileSync(new URL(name, folder), "utf8").replaceAll("--> statement-breakpoint", ""));

test("what was open before is an incident of its project, and the others have none", () => {
  const db = new DatabaseSync(":memory:");
  const at = files.findIndex((name) => name.startsWith("0017"));
  for (const name of files.slice(0, at)) apply(db, name);
  const [ill, well, release] = [newId("prj"), newId("prj"), newId("rel")];
  const project = db.prepare("INSERT INTO project (name, id, repo, created_at, app_reason, incident_at) VALUES (?, ?, ?, 1, ?, ?)");
  project.run("bakery", ill, "projects/bakery", `It ended. ${"x".repeat(3_000)}`, 7);
  project.run("menu", well, "projects/menu", null, null);
  const serving = db.prepare(
    'INSERT INTO "release" (id, project, "commit", receipt, task, state, "by", created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1)',
  );
  serving.run(release, "bakery", "a", "rct", "tsk", "serving", "member");
  apply(db, files[at]!);
  const rows = db.prepare("SELECT id, project, release, state, cause, opened_at, closed_at, steps FROM incident").all();
  expect(rows).toMatchObject([{ id: siblingId("inc", ill), project: "bakery", release, state: "open", cause: "health", opened_at: 7 }]);
  expect(incidentStep.array().parse(JSON.parse(String(rows[0]?.steps)))).toMatchObject([{ at: 7, kind: "opened" }]);
  expect(db.prepare("SELECT repair, deploys FROM project").all()).toMatchObject([
    { repair: "ask", deploys: "ask" },
    { repair: "ask", deploys: "ask" },
  ]);
});
