import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { taskDetail } from "../../schema/agent/team.ts";
import { previewsOut } from "../../schema/preview/preview.ts";
import { editOut } from "../../schema/project/edit.ts";
import { projectDetail } from "../../schema/project/project.ts";
import type { Id } from "../../schema/wire/id.ts";
import { gitIn } from "../harness/member-containers.ts";
import { limit } from "../harness/suite/limit.ts";
import { Owner } from "./owner.ts";

/** What a member changes of a project by their own hand. The tests follow one another. */
const minutes = limit(60_000);
const project = "handmade";
const repo = `projects/${project}`;
const email = `hana-${Date.now()}@example.com`;
let owner: Owner;
const inGitea = async (...args: string[]) => (await gitIn(inject("product").instance, owner.member, repo, ...args)).trim();
const main = () => inGitea("rev-parse", "main");
type File = { path: string; content: string; encoding?: "base64" };
const post = (base: string, files: File[], key?: string) =>
  owner.person.call("POST", `/projects/${project}/edits`, { base, files }, key === undefined ? {} : { "idempotency-key": key });
const edit = async (base: string, files: File[], key?: string) => editOut.parse((await post(base, files, key)).body);
const listPages = async (branch: string) =>
  previewsOut
    .parse((await owner.person.call("GET", "/previews")).body)
    .previews.filter(({ source }) => source.kind === "pages" && source.branch === branch);
/** How the task of an edit ends: on main, or failed. */
const ended = async (taskId: Id<"tsk">) =>
  (
    await owner.events.wait(
      "task.state",
      ({ body }) => body.taskId === taskId && (body.facts.adopted !== undefined || body.facts.state === "failed"),
      2 * minutes,
    )
  ).body.facts;

beforeAll(async () => {
  owner = await Owner.provision(email);
  await owner.proveMain("page", { outputs: ["index.html"], contains: [{ file: "index.html", text: "Bread" }] }, { project });
}, 5 * minutes);
afterAll(() => owner?.events.close());

test("is one commit in their name, proven by the checks of main, and main moves on to it", { timeout: 3 * minutes }, async () => {
  const base = await main();
  const [before] = await listPages("main");
  const files = [{ path: "index.html", content: "<h1>Bread and rolls</h1>\n" }];
  const made = await edit(base, files, "first");
  expect(await edit(base, files, "first")).toEqual(made); // the same call again is the same change
  expect(await ended(made.taskId)).toMatchObject({ state: "verified", by: "member", adopted: made.commit });
  expect(await main()).toBe(made.commit);
  expect(await inGitea("show", "main:index.html")).toBe("<h1>Bread and rolls</h1>");
  expect(await inGitea("log", "-1", "--format=%P %ae %s", "main")).toBe(`${base} ${email} Change index.html`);
  const { task } = taskDetail.parse((await owner.person.call("GET", `/tasks/${made.taskId}`)).body);
  expect(task).toMatchObject({ owner: "member", facts: { state: "verified" } });
  const { main: standing } = projectDetail.parse((await owner.person.call("GET", `/projects/${project}`)).body);
  expect(standing).toMatchObject({ can: true, commit: made.commit });
  // The page that people look at is the one on main, and it is new to see.
  await expect.poll(async () => (await listPages("main"))[0]?.changedAt, { timeout: minutes }).not.toBe(before!.changedAt);
  expect(await listPages(made.branch)).toEqual([]);
});

test("that does not pass stays off main and says which check it was", { timeout: 3 * minutes }, async () => {
  const base = await main();
  const { taskId } = await edit(base, [{ path: "index.html", content: "<h1>Cakes</h1>\n" }]);
  const facts = await ended(taskId);
  expect(facts).toMatchObject({ state: "failed", by: "member", reason: expect.stringContaining("Bread") });
  expect(await main()).toBe(base);
});

test("two at once of different files both come to main; of one file the later is told", { timeout: 4 * minutes }, async () => {
  const base = await main();
  const [first, second] = await Promise.all([
    edit(base, [{ path: "menu.html", content: "<h1>Menu</h1>\n" }]),
    edit(base, [
      { path: "hours.html", content: "<h1>Hours</h1>\n" },
      { path: "images/dot.gif", content: "R0lGODlhAQABAAAAACwAAAAAAQABAAA=", encoding: "base64" },
    ]),
  ]);
  for (const { taskId } of [first, second]) expect(await ended(taskId)).toMatchObject({ state: "verified" });
  expect(await inGitea("ls-tree", "--name-only", "main")).toMatch(/hours\.html[\s\S]*menu\.html/);
  const late = await post(base, [{ path: "menu.html", content: "<h1>Other</h1>\n" }]);
  expect([late.status, JSON.stringify(late.body)]).toEqual([409, expect.stringContaining("menu.html has changed in the project")]);
});

test("of what is no project, no path or nothing new changes nothing", { timeout: minutes }, async () => {
  const base = await main();
  const refs = await inGitea("for-each-ref", "refs/heads/main");
  for (const [files, status] of [
    [[], 400],
    [[{ path: "../x", content: "" }], 400],
    [[{ path: ".git/config", content: "" }], 400],
    [
      [
        { path: "a", content: "" },
        { path: "a", content: "" },
      ],
      400,
    ],
    [[{ path: "menu.html", content: "<h1>Menu</h1>\n" }], 409],
    [[{ path: "images", content: "in the place of a folder" }], 409],
    [[{ path: "menu.html/x", content: "below a file" }], 409],
  ] as const)
    expect((await post(base, files as unknown as File[])).status).toBe(status);
  expect((await owner.person.call("POST", "/projects/none/edits", { base, files: [{ path: "a", content: "" }] })).status).toBe(404);
  expect(await inGitea("for-each-ref", "refs/heads/main")).toBe(refs);
});
