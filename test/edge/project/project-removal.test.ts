import { beforeAll, expect, test } from "vitest";
import { previewEntryOut } from "../../../schema/preview/preview-access.ts";
import { projectsOut } from "../../../schema/project/project.ts";
import { look } from "../../e2e/preview/preview-visitor.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, joinMachine, newMember, refusal, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** Issue 10.18: a project that is deleted, or taken offline, by REST; and what the edge keeps of it. */
const name = "bakery";
let owner: TestMember;
let stranger: TestMember;
let runner: TestMachine;
const call = async (member: TestMember, method: string, path: string, body?: object) =>
  ask(method, path, { token: await member.token(), ...(body ? { body } : {}) });
beforeAll(async () => {
  [owner, stranger, runner] = [await newMember(), await newMember(), await joinMachine("runner")];
  const spec = { id: "page", title: "A page", project: name, owner: "coding", outputs: ["index.html"] };
  for (const member of [owner, stranger]) {
    expect((await call(member, "POST", "/tasks", { spec })).status).toBe(202);
    await eventually("the project is there", async () => projectsOut.parse((await call(member, "GET", "/projects")).json).projects[0]);
  }
});

test("what the edge keeps of a project goes at its runner's word, and nothing of another member's", async () => {
  const where = (member: TestMember, path = "") => `/stacks/${member.actor.member}/projects/${name}${path}`;
  for (const member of [owner, stranger]) {
    expect((await signed(runner, "PUT", where(member, "/address"), { published: true })).status).toBe(200);
    expect((await call(member, "PUT", `/projects/${name}/secrets/KEY`, { value: "a-secret" })).status).toBe(200);
  }
  const { address, url } = previewEntryOut.parse((await call(owner, "POST", `/projects/${name}/entries`, { path: "/" })).json);
  for (const _ of [1, 2]) expect((await signed(runner, "DELETE", where(owner))).json).toEqual({ removed: true });
  const page = await look(address, "/", { headers: { accept: "text/html" } });
  expect([page.status, page.body]).toEqual([404, expect.stringContaining("There is nothing here")]);
  expect((await look(url, url)).status).toBe(404); // no way in that was made before opens it
  expect((await signed(runner, "POST", where(owner, "/secrets"), {})).json).toEqual({ values: {}, versions: {} });
  expect((await signed(runner, "POST", where(stranger, "/secrets"), {})).json).toEqual({
    values: { KEY: "a-secret" },
    versions: { KEY: 1 },
  });
  expect(await sql("select published from app_address where member = ?", [stranger.actor.member])).toMatchObject([{ published: 1 }]);
  expect((await signed(await joinMachine("host"), "DELETE", where(stranger))).status).toBe(403);
  const again = await signed(runner, "PUT", where(owner, "/address"), { published: false });
  expect(again.json).toEqual({ address, published: false }); // a release that serves again is seen at the same address
  expect((await look(address, "/")).status).toBe(401);
});

test("by REST it wants the project's name and one of two fates; what can't be is refused, and changes nothing", async () => {
  const remove = (member: TestMember, query: string, project = name) => call(member, "DELETE", `/projects/${project}?${query}`);
  for (const query of [
    "",
    "confirm=bakery",
    "repository=keep",
    "confirm=bakery&repository=erase",
    "confirm=Bakery&repository=keep",
    "confirm=bakery&repository=keep&more=1",
  ])
    expect((await remove(owner, query)).status, query).toBe(400);
  expect((await remove(owner, "confirm=none&repository=keep", "none")).status).toBe(404);
  const refused = await remove(owner, "confirm=bakery&repository=archive");
  expect([refused.status, refusal(refused).message]).toEqual([409, expect.stringMatching(/being made|The task/)]);
  expect(projectsOut.parse((await call(owner, "GET", "/projects")).json).projects).toHaveLength(1);
});
