import { describe, expect, test } from "vitest";
import { offeredScopes } from "../../../schema/approval/approval.ts";
import { describeConsequences } from "../../../schema/approval/consequence.ts";
import { describeEffect } from "../../../schema/approval/effect.ts";
import { judgeDeploy, type PermissionRules } from "../../../schema/approval/permission.ts";
import { projectStateOf } from "../../../schema/project/project.ts";
import { listAppLabels, readAppLabel } from "../../../schema/release/app-address.ts";
import { isReleaseMove, releaseStates } from "../../../schema/release/release.ts";
import { newId } from "../../../schema/wire/id.ts";

/** What is decided of releases and projects, without any outside. */
describe("a release", () => {
  test("that has served, failed or was cancelled is never started again, and one that never served is not taken back", () => {
    for (const from of ["serving", "replaced", "failed", "cancelled", "rolled_back"] as const)
      for (const to of ["queued", "starting"] as const) expect(isReleaseMove(from, to), `${from} ${to}`).toBe(false);
    for (const from of ["queued", "starting"] as const) expect(isReleaseMove(from, "rolled_back")).toBe(false);
    for (const state of releaseStates) expect(isReleaseMove(state, state), state).toBe(["queued", "starting"].includes(state));
  });
  test("may serve after each state, as its host says it", () => {
    for (const state of releaseStates) expect(isReleaseMove(state, "serving"), state).toBe(state !== "serving");
  });
});

test("a project's state is what its member must know first", () => {
  const facts = { ready: true, removing: false, newest: undefined, serves: false, app: undefined } as const;
  expect(projectStateOf({ ...facts, ready: false })).toBe("making");
  expect(projectStateOf(facts)).toBe("idle");
  expect(projectStateOf({ ...facts, newest: "queued", serves: true, app: "crashed" })).toBe("deploying");
  expect(projectStateOf({ ...facts, newest: "failed" })).toBe("idle");
  expect(projectStateOf({ ...facts, removing: true, newest: "serving", serves: true, app: "well" })).toBe("removing");
  const serving = { ...facts, newest: "serving", serves: true } as const;
  expect(projectStateOf({ ...serving, app: "well" })).toBe("running");
  for (const app of ["unwell", "restarting", "crashed"] as const) expect(projectStateOf({ ...serving, app })).toBe("failing");
  for (const app of ["asleep", "stopped", "suspended"] as const) expect(projectStateOf({ ...serving, app })).toBe(app); // who keeps it down
  expect(projectStateOf({ ...serving, app: "waking" })).toBe("running");
});

describe("an address", () => {
  const member = newId("mem");
  test("has labels that are names, of which only a developer's machine takes the project's alone", () => {
    for (const project of ["bakery", "a-", `b${"-x".repeat(19)}-`]) {
      const labels = listAppLabels(project, member, false);
      expect(listAppLabels(project, member, true).slice(1)).toEqual(labels);
      for (const label of labels) expect(readAppLabel(`${label}.apps.example`, "apps.example"), label).toBe(label);
      expect(new Set(labels).size).toBe(labels.length);
    }
    expect(listAppLabels("bakery", member, false)[0]).toBe(`bakery-${member.slice(-6).toLowerCase()}`);
  });
  test("of no single name below the domain is none", () => {
    for (const host of ["apps.example", "a.b.apps.example", "-a.apps.example", "a-.apps.example", "A.apps.example", "aapps.example", ""])
      expect(readAppLabel(host, "apps.example"), host).toBeUndefined();
  });
});

describe("an agent that wants to deploy", () => {
  const rules: PermissionRules = {
    ...{ agent: { id: newId("agt"), type: "deployment" }, directory: "/workspace/agents/x/work", layers: [] },
    ...{ file: { version: 1, rules: [] }, capabilities: ["deploy:release"], grants: [], declined: [] },
  };
  const asked = { project: "bakery", commit: "a".repeat(40), address: "http://bakery.apps.localhost/", published: false };
  test("is asked about with project, commit and address, for this one time", () => {
    const found = judgeDeploy(asked, rules);
    expect(found).toMatchObject({ decision: "ask", title: "Deploy bakery", reach: asked.address, effects: ["deploy:bakery"] });
    if (found.decision !== "ask" || found.subject.kind !== "operation") throw new Error("it is not asked");
    expect(found.subject.detail).toContain(asked.commit);
    const seen = (published: boolean) => {
      const verdict = judgeDeploy({ ...asked, published }, rules);
      return verdict.decision === "ask" ? describeConsequences(verdict)[0]?.seen : undefined;
    };
    expect([seen(false), seen(true)]).toEqual(["You alone, until you publish it.", "Everybody: it is published."]);
    expect(found).not.toHaveProperty("always");
    expect(offeredScopes(found.subject, true, true)).toEqual(["once"]);
  });
  test("is denied without a question once the member has said no in its task", () => {
    const no = { effect: "deploy:bakery", approval: newId("apr"), at: 1 };
    expect(judgeDeploy(asked, { ...rules, declined: [no] })).toMatchObject({
      decision: "deny",
      reason: expect.stringContaining("deploy bakery"),
    });
    expect(judgeDeploy({ ...asked, project: "shop" }, { ...rules, declined: [no] }).decision).toBe("ask");
    expect(describeEffect("deploy:bakery")).toBe("deploy bakery");
  });
});
