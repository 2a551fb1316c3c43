import { beforeAll, describe, expect, test } from "vitest";
import { auditPage } from "../../../schema/audit/audit.ts";
import { storedEvent } from "../../../schema/event.ts";
import { projectsOut } from "../../../schema/project/project.ts";
import { projectSnapshot } from "../../../schema/project/project-events.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, joinMachine, newMember, refusal, signed, sql, type TestMachine, type TestMember } from "../client.ts";
import { listen, type Said } from "../event/sse-reader.ts";

/** Issue 25.7: all of a project in the API, and whose it is, in the database. No host is reached here. */
let owner: TestMember;
let stranger: TestMember;
let runner: TestMachine;
const name = "bakery";
let projectId = "";
type More = { body?: object; headers?: Record<string, string> };
const call = async (member: TestMember, method: string, path: string, more: More = {}) =>
  ask(method, path, { token: await member.token(), ...more });
const rowOf = async (project: string) =>
  (await sql("select id, member, name, repo, template, removed_at from project where member = ? and name = ?", [
    owner.actor.member,
    project,
  ])) as unknown as { id: string; removed_at: number | null }[];

beforeAll(async () => {
  [owner, stranger, runner] = [await newMember(), await newMember(), await joinMachine("runner")];
  expect((await call(owner, "POST", "/projects", { body: { name } })).status).toBe(202);
  const { projects } = projectsOut.parse((await call(owner, "GET", "/projects")).json);
  projectId = projects[0]!.id;
});

describe("a project's row in the database", () => {
  const put = (member: TestMember, project: string, body: object, by: TestMachine = runner) =>
    signed(by, "PUT", `/stacks/${member.actor.member}/projects/${project}`, body);
  test("comes from its actor by itself, once", async () => {
    const rows = await eventually("the row", async () => {
      const found = await rowOf(name);
      return found.length > 0 ? found : undefined;
    });
    expect(rows).toEqual([{ id: projectId, member: owner.actor.member, name, repo: `projects/${name}`, template: null, removed_at: null }]);
  });
  test("is the same whatever order its beginning and its end come in, and however often; a newer one ends an older one's", async () => {
    const [first, second] = [newId("prj"), newId("prj")];
    const made = { id: first, repo: "projects/shop", template: "blog", createdAt: 1_000 };
    for (const body of [{ ...made, removedAt: 2_000 }, made, { ...made, removedAt: 3_000 }])
      expect([(await put(owner, "shop", body)).status, await rowOf("shop")]).toMatchObject([200, [{ id: first, removed_at: 2_000 }]]);
    const lost = newId("prj");
    expect((await put(owner, "lost", { ...made, id: lost })).status).toBe(200);
    expect((await put(owner, "lost", { ...made, id: second, createdAt: 5_000 })).status).toBe(200);
    expect(new Map((await rowOf("lost")).map((row) => [row.id, row.removed_at]))).toEqual(
      new Map([
        [lost, 5_000],
        [second, null],
      ]),
    );
    expect((await put(stranger, "shop", { ...made, id: second })).status).toBe(409);
    expect((await put(owner, "shop", { ...made, id: "prj_1" })).status).toBe(400);
    expect((await put(owner, "shop", made, await joinMachine("host"))).status).toBe(403);
  });
  test("says whose it is without a word to the actor; one without a row is asked for there", async () => {
    const unseen = newId("prj"); // no actor knows of it: what is answered by its row is answered by that alone
    expect((await put(owner, "ghost", { id: unseen, repo: "projects/ghost", template: null, createdAt: Date.now() })).status).toBe(200);
    expect((await call(owner, "GET", `/projects/${unseen}/secrets`)).json).toEqual({ secrets: [] });
    const body = {};
    for (const project of [unseen, projectId, newId("prj"), "prj_1"])
      for (const [method, path, more] of [
        ["GET", "", {}],
        ["GET", "/events", {}],
        ["GET", "/preview", {}],
        ["GET", "/audit", {}],
        ["GET", "/secrets", {}],
        ["GET", "/incidents", {}],
        ["POST", "/start", { body }],
        ["POST", "/stop", { body }],
      ] as const) {
        const answer = await call(stranger, method, `/projects/${project}${path}`, more);
        expect([answer.status, refusal(answer).code], `${method} ${project}${path}`).toEqual([404, "not_found"]);
      }
    await sql("delete from project where id = ?", [projectId]); // late: it was only just made
    expect((await call(owner, "GET", `/projects/${projectId}`)).json).toMatchObject({ project: { name } });
    expect((await call(owner, "GET", `/projects/${projectId}/secrets`)).status).toBe(200);
    expect((await call(owner, "GET", `/projects/${name}/secrets`)).status).toBe(200);
    const late = { id: projectId, repo: `projects/${name}`, template: null, createdAt: Date.now() };
    expect((await put(owner, name, late)).status).toBe(200);
  });
});

describe("start, stop and preview", () => {
  test("refuse in words, with the way on, where nothing was ever deployed", async () => {
    for (const path of ["start", "stop"]) {
      const answer = await call(owner, "POST", `/projects/${name}/${path}`, { body: {} });
      expect([answer.status, refusal(answer).message], path).toEqual([409, expect.stringContaining("Nothing of bakery is deployed.")]);
    }
    expect((await call(owner, "PUT", `/projects/${name}/power`, { body: { running: false } })).status).toBe(409);
    const preview = await call(owner, "GET", `/projects/${name}/preview`);
    expect([preview.status, refusal(preview).message]).toEqual([409, expect.stringContaining("bakery")]);
    expect((await call(owner, "POST", `/projects/${name}/start`, { body: { running: true } })).status).toBe(400);
    for (const path of ["start", "stop", "preview"])
      expect((await call(owner, path === "preview" ? "GET" : "POST", `/projects/none/${path}`)).status, path).toBe(404);
  });
});

test("a command is refused in words while its project is made, with bad input by its path, and is nobody else's", async () => {
  const where = `/projects/${name}/commands`;
  const answer = await call(owner, "POST", where, { body: { command: "npm test" } });
  expect([answer.status, refusal(answer).message]).toEqual([409, "bakery is still being made."]); // for no host is reached
  for (const body of [
    {},
    { command: "" },
    { command: "a\nb" },
    { command: "x", seconds: 0 },
    { command: "x", seconds: 901 },
    { command: "x", more: 1 },
  ])
    expect((await call(owner, "POST", where, { body })).status, JSON.stringify(body)).toBe(400);
  expect((await call(owner, "GET", where)).json).toEqual({ commands: [] });
  const id = newId("cmd");
  expect((await call(owner, "GET", `${where}/${id}`)).status).toBe(404);
  expect((await call(owner, "POST", `${where}/${id}/cancel`, { body: {} })).status).toBe(404);
  expect((await call(owner, "GET", `${where}/cmd_1`)).status).toBe(404);
  for (const project of [projectId, name, "none"])
    for (const [method, path, more] of [
      ["POST", "", { body: { command: "x" } }],
      ["GET", "", {}],
      ["GET", `/${id}`, {}],
      ["POST", `/${id}/cancel`, { body: {} }],
    ] as const)
      expect((await call(stranger, method, `/projects/${project}/commands${path}`, more)).status, `${method} ${project}${path}`).toBe(404);
});

const stored = (all: Said[]) => all.filter(({ id }) => id !== undefined).map(({ data }) => storedEvent.parse(data));
const makeTask = async (id: string, project: string) => {
  const spec = { id, title: id, project, owner: "coding", outputs: ["index.html"] };
  expect((await call(owner, "POST", "/tasks", { body: { spec } })).status).toBe(202);
};
const titles = (all: Said[]) => stored(all).flatMap((event) => (event.kind === "task.state" ? [event.body.title] : []));
describe("the events of a project", () => {
  test("are those of its tasks, now and later, none of another's, and go on after the last id that was seen", async () => {
    const where = `/projects/${projectId}/events`;
    await makeTask("one", name);
    await makeTask("other", "shop-two");
    const first = await listen(where, { token: await owner.token(), enough: (all) => titles(all).includes("one") });
    expect(projectSnapshot.parse(first[0]?.data)).toMatchObject({ project: name });
    let spoken: Promise<unknown> | undefined;
    const last = stored(first).at(-1)!.seq;
    const second = await listen(where, {
      token: await owner.token(),
      headers: { "last-event-id": String(last) },
      enough: (all) => {
        if (all.length > 0) spoken ??= makeTask("more", "shop-two").then(() => makeTask("two", name));
        return titles(all).includes("two");
      },
    });
    await spoken;
    const seqs = [...stored(first), ...stored(second)].map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(new Set([...titles(first), ...titles(second)])).toEqual(new Set(["one", "two"]));
    const whole = await listen(where, { token: await owner.token(), enough: (all) => titles(all).includes("two") });
    const until = stored(second).at(-1)!.seq;
    expect(stored(whole).flatMap(({ seq }) => (seq <= until ? [seq] : []))).toEqual(seqs);
  });
  test("need a session and a last id that is one", async () => {
    expect((await ask("GET", `/projects/${name}/events`)).status).toBe(401);
    for (const bad of ["-1", "x", "1.5"]) expect((await call(owner, "GET", `/projects/${name}/events?after=${bad}`)).status).toBe(400);
    expect((await call(owner, "GET", "/projects/none/events")).status).toBe(404);
  });
});

test("the audit of a project has what was done in it, by its name and its id, by pages, and is there when it is gone", async () => {
  const read = async (project: string, query = "") =>
    auditPage.parse((await call(owner, "GET", `/projects/${project}/audit${query}`)).json);
  await call(owner, "PUT", `/projects/${projectId}/automation`, { body: { repair: "auto" } });
  await call(owner, "PUT", `/projects/${name}/secrets/API_KEY`, { body: { value: "canary-of-the-bakery" } });
  await call(owner, "PUT", `/projects/other/secrets/API_KEY`, { body: { value: "canary-of-the-other" } });
  const wanted = ["projectMake", "automate", "PUT /projects/{project}/secrets/{name}", "POST /projects/{project}/start"];
  const rows = await eventually("the rows", async () => {
    const all = (await read(name)).rows;
    return wanted.every((action) => all.some((row) => row.action === action)) ? all : undefined;
  });
  expect(rows.every(({ project }) => project === name || project === projectId)).toBe(true);
  expect(rows.find(({ action }) => action === "PUT /projects/{project}/secrets/{name}")).toMatchObject({ target: "API_KEY", result: "ok" });
  expect(JSON.stringify(rows)).not.toContain("canary");
  const paged: number[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page: { rows: { seq: number }[]; next: string | null } = await read(projectId, `?limit=2${next ? `&cursor=${next}` : ""}`);
    paged.push(...page.rows.map(({ seq }) => seq));
    next = page.next;
  }
  expect(paged).toEqual((await read(name, "?limit=200")).rows.map(({ seq }) => seq));
  expect((await read(name, "?kind=secret")).rows).toEqual([]);
  expect((await call(owner, "GET", `/projects/${name}/audit?limit=0`)).status).toBe(400);
  const gone = newId("prj");
  const said = { id: gone, repo: "projects/gone", template: null, createdAt: 1, removedAt: 2 };
  expect((await signed(runner, "PUT", `/stacks/${owner.actor.member}/projects/gone`, said)).status).toBe(200);
  for (const project of ["gone", gone]) {
    expect((await read(project)).rows).toEqual([]);
    const told = await listen(`/projects/${project}/events`, { token: await owner.token(), enough: (all) => all.length > 0 });
    expect(told[0]).toMatchObject({ event: "snapshot", data: { project: "gone" } }); // who lost the connection reads its end
  }
  expect((await call(owner, "GET", `/projects/${gone}`)).status).toBe(404);
  expect((await call(stranger, "GET", `/projects/${gone}/events`)).status).toBe(404);
  expect((await call(owner, "GET", "/projects/nobody/audit")).status).toBe(404);
  // An earlier one of this name: each has what was done in its own time.
  const earlier = newId("prj");
  const before = { id: earlier, repo: `projects/${name}`, template: null, createdAt: 1, removedAt: 2 };
  expect((await signed(runner, "PUT", `/stacks/${owner.actor.member}/projects/${name}`, before)).status).toBe(200);
  expect((await read(earlier)).rows).toEqual([]);
  expect((await read(projectId, "?limit=200")).rows.map(({ seq }) => seq)).toEqual(paged);
  expect((await read(name, "?limit=200")).rows.map(({ seq }) => seq)).toEqual(paged);
  expect((await call(owner, "GET", `/projects/${earlier}/events`)).status).toBe(404); // its name is another's now
});
