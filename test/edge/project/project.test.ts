import { beforeAll, describe, expect, test } from "vitest";
import { previewEntryOut } from "../../../schema/preview/preview-access.ts";
import { projectOut, projectsOut } from "../../../schema/project/project.ts";
import { newId } from "../../../schema/wire/id.ts";
import { look } from "../../e2e/preview/preview-visitor.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, joinMachine, newMember, refusal, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** Projects by REST, and who is let in at their addresses. Nothing of them runs here: no host is reached. */
const name = "bakery";
const where = `/projects/${name}`;
let owner: TestMember;
let stranger: TestMember;
let runner: TestMachine;
let host: TestMachine;
let projectId = "";
const call = async (member: TestMember, method: string, path: string, body?: object) =>
  ask(method, path, { token: await member.token(), ...(body ? { body } : {}) });
const addressOf = (by: TestMachine, member: TestMember, project: string, published = false) =>
  signed(by, "PUT", `/stacks/${member.actor.member}/projects/${project}/address`, { published });
beforeAll(async () => {
  [owner, stranger, runner, host] = [await newMember(), await newMember(), await joinMachine("runner"), await joinMachine("host")];
  const spec = { id: "page", title: "A page", project: name, owner: "coding", outputs: ["index.html"] };
  for (const member of [owner, stranger]) expect((await call(member, "POST", "/tasks", { spec })).status).toBe(202);
  projectId = await eventually("the project is there", async () => {
    const { projects } = projectsOut.parse((await call(owner, "GET", "/projects")).json);
    return projects.find((each) => each.name === name)?.id;
  });
});

describe("a project", () => {
  test("is found by its name and its id, by its member alone, and says why nothing of it can be deployed", async () => {
    for (const path of [where, `/projects/${projectId}`])
      expect((await call(owner, "GET", path)).json).toMatchObject({
        project: { id: projectId, name },
        main: { can: false },
        environment: [],
      });
    expect((await call(stranger, "GET", `/projects/${projectId}`)).status).toBe(404);
    for (const path of ["/projects/none", "/projects/UPPER", "/projects/prj_1", "/projects/none/releases", "/projects/none/logs"])
      expect((await call(owner, "GET", path)).status, path).toBe(404);
    const refused = await call(owner, "POST", `${where}/releases`, {});
    expect([refused.status, refusal(refused).message]).toEqual([409, expect.stringContaining("can't be deployed")]);
    expect((await call(owner, "GET", `${where}/releases`)).json).toEqual({ releases: [] });
  });
  test("says what is done in it by itself, and changes only what is named, for its member alone", async () => {
    const put = (member: TestMember, body: object) => call(member, "PUT", `/projects/${projectId}/automation`, body);
    expect((await put(owner, { repair: "auto" })).json).toEqual({ automation: { repair: "auto", deploys: "ask" } });
    expect((await put(owner, { deploys: "auto" })).json).toEqual({ automation: { repair: "auto", deploys: "auto" } });
    expect((await call(owner, "GET", where)).json).toMatchObject({ automation: { repair: "auto", deploys: "auto" } });
    for (const body of [{ repair: "always" }, { deploys: "off" }, { more: 1 }, { project: "other" }])
      expect((await put(owner, body)).status, JSON.stringify(body)).toBe(400);
    expect((await put(stranger, { repair: "off" })).status).toBe(404);
    expect((await put(owner, { repair: "ask", deploys: "ask" })).status).toBe(200);
  });
  test("has no incidents, and nobody's is found by its id", async () => {
    expect((await call(owner, "GET", `${where}/incidents`)).json).toEqual({ incidents: [] });
    const incident = newId("inc");
    for (const [method, path] of [
      ["GET", `/incidents/${incident}`],
      ["POST", `/incidents/${incident}/repair`],
      ["GET", "/incidents/inc_1"],
      ["GET", "/projects/none/incidents"],
    ] as const)
      expect((await call(owner, method, path, method === "POST" ? {} : undefined)).status, path).toBe(404);
  });
  test("has nothing to go back to, to stop or to enter before a release serves, and bad input is told by its path", async () => {
    for (const [method, path, body] of [
      ["POST", "roll-back", {}],
      ["PUT", "power", { running: false }],
      ["POST", "entries", { path: "/" }],
    ] as const)
      expect((await call(owner, method, `${where}/${path}`, body)).status, path).toBe(409);
    expect((await call(owner, "POST", `${where}/cancel`, { release: newId("rel") })).status).toBe(404);
    for (const [method, path, body] of [
      ["POST", "releases", { commit: "main" }],
      ["POST", "roll-back", { to: "newest" }],
      ["POST", "cancel", {}],
      ["PUT", "published", {}],
      ["PUT", "power", { running: 1 }],
      ["POST", "entries", { path: "//evil.example" }],
    ] as const)
      expect((await call(owner, method, `${where}/${path}`, body)).status, path).toBe(400);
    for (const query of ["lines=0", "release=1", "follow=yes", "crash=first", "more=1"])
      expect((await call(owner, "GET", `${where}/logs?${query}`)).status, query).toBe(400);
    expect((await call(owner, "GET", `${where}/metrics?hours=1000`)).status).toBe(400);
  });
});

describe("a project's secrets", () => {
  const value = "s3cret-of-the-bakery";
  const values = (by: TestMachine, member: TestMember) => signed(by, "POST", `/stacks/${member.actor.member}/projects/${name}/secrets`, {});
  test("are kept sealed, counted, and told to a runner alone", async () => {
    for (const version of [1, 2])
      expect((await call(owner, "PUT", `${where}/secrets/API_KEY`, { value })).json).toMatchObject({ name: "API_KEY", version });
    const list = await call(owner, "GET", `/projects/${projectId}/secrets`);
    expect(list.json).toMatchObject({ secrets: [{ name: "API_KEY", version: 2 }] });
    expect(list.text + JSON.stringify(await sql("select * from project_secret"))).not.toContain(value);
    expect((await values(runner, owner)).json).toEqual({ values: { API_KEY: value }, versions: { API_KEY: 2 } });
    expect((await values(runner, stranger)).json).toEqual({ values: {}, versions: {} });
    expect((await values(host, owner)).status).toBe(403);
    expect((await call(stranger, "GET", `${where}/secrets`)).json).toEqual({ secrets: [] });
  });
  test("moved in the database to another member or name do not open", async () => {
    const copy =
      "insert into project_secret select ?, project, ?, sealed, version, updated_at, removed_at from project_secret where member = ?";
    await sql(copy, [stranger.actor.member, "API_KEY", owner.actor.member]);
    expect((await values(runner, stranger)).status).toBe(500);
    await sql("delete from project_secret where member = ?", [stranger.actor.member]);
    await sql(copy, [owner.actor.member, "OTHER", owner.actor.member]);
    expect((await values(runner, owner)).status).toBe(500);
    await sql("delete from project_secret where name = 'OTHER'");
  });
  test("have the names of variables, which the platform's own are not; a wrong one changes nothing", async () => {
    for (const bad of ["lower-case", "1A", "PATH", "LD_PRELOAD", "NODE_OPTIONS", "GROWQR_X", "A".repeat(65)])
      expect((await call(owner, "PUT", `${where}/secrets/${bad}`, { value })).status, bad).toBe(404);
    for (const body of [{}, { value: "" }, { value: 1 }, { value: "x".repeat(32_769) }, { value, more: 1 }])
      expect((await call(owner, "PUT", `${where}/secrets/API_KEY`, body)).status).toBe(400);
    expect((await call(owner, "PUT", "/projects/none/secrets/API_KEY", { value })).status).toBe(404);
    expect((await values(runner, owner)).json).toEqual({ values: { API_KEY: value }, versions: { API_KEY: 2 } });
    expect((await call(owner, "DELETE", `${where}/secrets/API_KEY`)).status).toBe(200);
    expect((await call(owner, "DELETE", `${where}/secrets/API_KEY`)).status).toBe(404);
    expect((await values(runner, owner)).json).toEqual({ values: {}, versions: {} });
    expect((await call(owner, "GET", `${where}/secrets`)).json).toEqual({ secrets: [] });
  });
  test("that are written anew after they were removed go on counting: no other value has the version of the first", async () => {
    expect((await call(owner, "PUT", `${where}/secrets/API_KEY`, { value })).json).toMatchObject({ version: 3 });
    expect((await values(runner, owner)).json).toEqual({ values: { API_KEY: value }, versions: { API_KEY: 3 } });
    expect((await call(owner, "DELETE", `${where}/secrets/API_KEY`)).status).toBe(200);
    const forgotten = `insert into project_secret with recursive n(i) as (select 1 union all select i + 1 from n where i < 250)
      select member, project, 'GONE_' || i, sealed, 1, 0, i from n, project_secret where name = 'API_KEY' and member = ?`;
    await sql(forgotten, [owner.actor.member]);
    expect((await call(owner, "PUT", `${where}/secrets/LAST`, { value })).status).toBe(200);
    expect((await call(owner, "DELETE", `${where}/secrets/LAST`)).status).toBe(200);
    const left = "select count(*) as n, min(removed_at) as oldest from project_secret where member = ?";
    expect(await sql(left, [owner.actor.member])).toMatchObject([{ n: 200, oldest: 53 }]);
  });
});

describe("an address", () => {
  const html = { accept: "text/html" };
  let address = "";
  test("is one project's of one member for good: the same name of another member gets another", async () => {
    const project = `shop-${Date.now().toString(36)}`;
    const taken = await addressOf(runner, owner, project);
    expect(taken.json).toMatchObject({ address: expect.stringMatching(new RegExp(`^http://${project}\\.apps\\.localhost:\\d+/$`)) });
    expect((await addressOf(runner, owner, project)).json).toEqual(taken.json);
    const other = await addressOf(runner, stranger, project);
    const short = stranger.actor.member.slice(-6).toLowerCase();
    expect(other.json).toMatchObject({ address: expect.stringContaining(`//${project}-${short}.apps.localhost`) });
    expect((await addressOf(host, owner, project)).status).toBe(403);
    expect(
      (await signed(runner, "PUT", `/stacks/mem_01ARZ3NDEKTSV4RRFFQ69G5FAV/projects/${project}/address`, { published: true })).status,
    ).toBe(404);
    expect((await addressOf(runner, owner, "Bad_Name")).status).toBe(404);
  });
  test("stays published when its release asks for it, however the two cross; the member's word alone changes that", async () => {
    const path = `/stacks/${owner.actor.member}/projects/crossing/address`;
    expect((await signed(runner, "PUT", path, {})).json).toMatchObject({ published: false });
    expect((await signed(runner, "PUT", path, { published: true })).json).toMatchObject({ published: true });
    expect((await signed(runner, "PUT", path, {})).json).toMatchObject({ published: true });
    expect((await signed(runner, "PUT", path, { published: false })).json).toMatchObject({ published: false });
  });
  test("lets its member in by a ticket that is good once, and nobody by another's", async () => {
    const made = [await addressOf(runner, owner, name), await addressOf(runner, stranger, name)];
    expect(made.map(({ status }) => status)).toEqual([200, 200]);
    const { url, address: place } = previewEntryOut.parse((await call(owner, "POST", `${where}/entries`, { path: "/a" })).json);
    address = place;
    expect([(await look(address, "/")).status, (await look(address, "/", { headers: html })).body]).toEqual([
      401,
      expect.stringContaining("This app is private"),
    ]);
    const theirs = previewEntryOut.parse((await call(stranger, "POST", `${where}/entries`, { path: "/" })).json);
    expect(theirs.address).not.toBe(address);
    const moved = new URL(theirs.url);
    moved.host = new URL(address).host;
    expect((await look(moved.href, moved.href)).status).toBe(401);
    const entered = await look(url, url);
    expect(entered).toMatchObject({ status: 303, headers: { location: "/a" } });
    expect(String(entered.headers["set-cookie"])).toMatch(
      /^growqr_preview=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=None; Partitioned$/,
    );
    expect((await look(url, url)).status).toBe(401);
    const cookie = String(entered.headers["set-cookie"]).split(";")[0]!;
    expect(await look(url, url, { headers: { cookie } })).toMatchObject({ status: 303, headers: { location: "/a" } }); // whoever came in by it
    expect((await look(address, "/", { headers: { cookie } })).status).toBe(503); // let in; nothing answers there
    expect((await look(theirs.address, "/", { headers: { cookie } })).status).toBe(401);
  });
  test("published is everybody's, says in a plain page that it is away, and is its member's alone again", async () => {
    const publish = async (published: boolean) =>
      projectOut.parse((await call(owner, "PUT", `${where}/published`, { published })).json).project;
    expect(await publish(true)).toMatchObject({ published: true, address });
    const page = await look(address, "/", { headers: html });
    expect([page.status, page.body]).toEqual([503, expect.stringContaining("<h1>This app is away</h1><p>It does not answer just now.")]);
    expect(page.body).toContain('http-equiv="refresh"'); // nobody has said why: its machine may be back soon
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.body).not.toContain(owner.actor.member);
    for (const path of ["/me", "/health", "/openapi.json", "/.growqr/watch.js"]) expect((await look(address, path)).status).not.toBe(200);
    expect(await publish(false)).toMatchObject({ published: false });
    expect((await look(address, "/")).status).toBe(401);
  });
  test("that nobody has, or that is no name, is nothing", async () => {
    const { port } = new URL(address);
    for (const label of ["nobody-has-this", "-a", "a.b", "x".repeat(64)])
      expect((await look(`http://${label}.apps.localhost:${port}/`, "/me")).status, label).toBe(404);
  });
});
