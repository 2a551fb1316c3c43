import { expect, test } from "vitest";
import { type AuditEntry, auditEntry, describeCall, projectOfEntry } from "../../../schema/audit/audit.ts";
import { newId, siblingId } from "../../../schema/wire/id.ts";

/** By what a row of the audit is found as one of a project. */
const id = newId("prj");
const entry = (more: Partial<AuditEntry>): AuditEntry =>
  auditEntry.parse({
    ...{ at: 1, by: { kind: "platform" }, kind: "project", action: "deploy", request: "", result: "ok", ms: 1, steps: [] },
    ...more,
  });

test.each([
  ["POST", "/projects/:project/stop", { project: "bakery" }, "bakery", "bakery"],
  ["PUT", "/projects/:project/secrets/:name", { project: "bakery", name: "API_KEY" }, "API_KEY", "bakery"],
  ["DELETE", "/projects/:project/domains/:domainId", { project: id, domainId: "dom_1" }, "dom_1", id],
  ["DELETE", "/stacks/:member/projects/:project", { member: newId("mem"), project: "bakery" }, "bakery", "bakery"],
  ["POST", "/git/:owner/:repository/git-receive-pack", { owner: "projects", repository: "bakery.git" }, "bakery.git", "bakery"],
  ["POST", "/git/:owner/:repository/git-receive-pack", { owner: "growqr", repository: "memory.git" }, "memory.git", undefined],
  ["PUT", "/secrets/:name", { name: "bakery" }, "bakery", undefined],
] as const)("%s %s of %j", (method, route, given, target, project) => {
  expect(describeCall(method, route, given)).toMatchObject({ target, ...(project === undefined ? {} : { project }) });
  expect(describeCall(method, route, given).project).toBe(project);
});

test("a row names its project; one of before by its target, a repository's by its id", () => {
  expect(projectOfEntry(entry({ target: "API_KEY", project: "bakery", action: "PUT /projects/{project}/secrets/{name}" }))).toBe("bakery");
  expect(projectOfEntry(entry({ target: "bakery" }))).toBe("bakery");
  expect(projectOfEntry(entry({ target: "API_KEY", action: "PUT /projects/{project}/secrets/{name}" }))).toBeUndefined();
  expect(projectOfEntry(entry({ kind: "repo", action: "branchMake", target: siblingId("rep", id) }))).toBe(id);
  expect(projectOfEntry(entry({ kind: "task", action: "taskAct:pause", target: newId("tsk") }))).toBeUndefined();
});
