import { expect, test } from "vitest";
import type { ProjectView } from "../../../schema/project/project.ts";
import { findProjectPreview } from "../../../schema/project/project-preview.ts";
import type { ReleaseView } from "../../../schema/release/release.ts";
import { newId } from "../../../schema/wire/id.ts";

const release: ReleaseView = {
  ...{ id: newId("rel"), project: "bakery", commit: "a".repeat(40), receipt: newId("rct"), state: "serving", by: "member", createdAt: 1 },
};
const project = (more: Partial<ProjectView> = {}): ProjectView => ({
  ...{ id: newId("prj"), name: "bakery", repo: "projects/bakery", state: "idle", published: false, kept: [], createdAt: 1 },
  ...more,
});
const serves = { state: "running", current: release, address: "http://bakery.apps.localhost/", app: "well" } as const;
const can = { can: true, reason: "It is proven." };
const cannot = { can: false, reason: "Nothing is on main yet." };

test("what serves is seen at its address, and needs an entry until it is published", () => {
  const seen = { address: serves.address, state: "running", app: "well", release: release.id };
  expect(findProjectPreview(project(serves), can)).toEqual({ ...seen, published: false, entry: true });
  expect(findProjectPreview(project({ ...serves, published: true }), can)).toEqual({ ...seen, published: true, entry: false });
});
test.each(["stopped", "asleep", "suspended", "failing", "deploying"] as const)("what is %s is still seen there, as that", (state) => {
  expect(findProjectPreview(project({ ...serves, state }), can)).toMatchObject({ address: serves.address, state });
});
test.each([
  [{ state: "making" }, can, "still being made"],
  [{ state: "deploying" }, can, "being started"],
  [{ state: "idle" }, can, "POST /projects/bakery/releases"],
  [{ state: "idle" }, cannot, "Nothing is on main yet."],
  [{ ...serves, state: "removing" }, can, "just being taken away"],
  [{ ...serves, address: undefined, state: "idle" }, cannot, "Nothing of bakery serves."],
] as const)("where nothing is seen it says why: %j", (more, main, words) => {
  const { address, ...rest } = { address: undefined, ...more };
  const given = project({ ...rest, ...(address === undefined ? {} : { address }) });
  expect(findProjectPreview(given, main)).toEqual({ reason: expect.stringContaining(words) });
});
