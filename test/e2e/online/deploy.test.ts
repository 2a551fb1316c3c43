import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { domainView } from "../../../schema/domain/domain.ts";
import { deployOut, projectDetail, projectOut, releasesOut } from "../../../schema/project/project.ts";
import { appLogLine, appMetrics } from "../../../schema/release/release-host.ts";
import { skipAfterFailure } from "../../harness/in-order.ts";
import { type Events, type Person, person, send } from "../../harness/person.ts";
import { limit } from "../../harness/suite/limit.ts";
import { Owner } from "../owner.ts";
import { look } from "../preview/preview-visitor.ts";

/**
 * From a plan to what serves at its address, over HTTP, on all real parts: a version that is good, one that
 * falls over and one that never starts. The tests follow one another.
 */
const product = inject("product");
const minutes = 60_000;
const project = "guest-book";
const where = `/projects/${project}`;
let owner: Owner;
let olga: Person;
let stranger: Person;
let events: Events;
let address = "";
skipAfterFailure();
beforeAll(async () => {
  [owner, stranger] = await Promise.all([Owner.provision("olga@example.com"), person(product, "oscar@example.com")]);
  ({ person: olga, events } = owner);
});
afterAll(() => events?.close());

const proveMain = (id: string, written: Parameters<Owner["proveMain"]>[1]) => owner.proveMain(id, written, { project });
const allowUntil = <T>(done: Promise<T>) => owner.allowUntil(done);
const deploy = async () => deployOut.parse((await olga.call("POST", `${where}/releases`, {})).body).release.id;
const reaches = (release: string, state: string, ms = 2 * minutes) =>
  events.wait("release.state", ({ body }) => body.id === release && body.state === state, ms);
const taskReaches = (task: string, state: string, after: number) =>
  events.wait("task.state", ({ seq, body }) => seq > after && body.taskId === task && body.facts.state === state, 10_000);
const detail = async () => projectDetail.parse((await olga.call("GET", where)).body);
const releases = async () =>
  releasesOut.parse((await olga.call("GET", `${where}/releases`)).body).releases.map(({ id, state }) => ({ id, state }));
const enter = (path?: string) => owner.enter(project, path);

let first = "";
let firstTask = "";
test("what is not on main is not deployed, and what is proven there serves at its own address", {
  timeout: limit(8 * minutes),
}, async () => {
  firstTask = await proveMain("page", { outputs: ["index.html"], contains: [{ file: "index.html", text: "Guest book" }] });
  expect((await detail()).main.can).toBe(true);
  expect((await stranger.call("GET", where)).status).toBe(404);
  expect((await olga.call("POST", `${where}/releases`, { commit: "0".repeat(40) })).status).toBe(409);
  first = await deploy();
  const { seq } = await allowUntil(reaches(first, "serving"));
  await taskReaches(firstTask, "deployed", seq - 5);
  const { project: shown } = await detail();
  expect(shown).toMatchObject({ state: "running", published: false, current: { id: first } });
  address = shown.address!;
  expect(new URL(address).hostname).toBe(`${project}.apps.localhost`);
});

test("it is its member's alone: a ticket that is good once lets them in, and nobody else", async () => {
  expect((await look(address, "/", { headers: { accept: "text/html" } })).body).toContain("This app is private");
  expect((await look(address, "/")).status).toBe(401);
  const { entry, entered, headers } = await enter("/index.html?x=1");
  expect(entered).toMatchObject({ status: 303, headers: { location: "/index.html?x=1" } });
  expect((await look(entry.url, entry.url)).status).toBe(401);
  const page = await look(address, "/", { headers });
  expect([page.status, page.body]).toEqual([200, expect.stringContaining("Guest book")]);
  expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'self'");
  expect((await look(address.replace("guest-book", "guest-books"), "/")).status).toBe(404);
  expect((await stranger.call("POST", `${where}/entries`, { path: "/" })).status).toBe(404);
});

test("published it is everybody's, as its program answers, and nothing of the product's own is there", async () => {
  const published = (value: boolean) => olga.call("PUT", `${where}/published`, { published: value });
  expect(projectOut.parse((await published(true)).body).project.published).toBe(true);
  const page = await look(address, "/");
  expect([page.status, page.headers["content-security-policy"], page.headers["x-robots-tag"]]).toEqual([200, undefined, undefined]);
  for (const path of ["/me", "/health", "/openapi.json"]) expect((await look(address, path)).body).toBe("There is no such page.");
  await published(false);
  expect((await look(address, "/")).status).toBe(401);
});

test("the release before is gone back to without being set up anew, once by two calls", {
  timeout: limit(4 * minutes),
}, async () => {
  const second = await deploy();
  await reaches(second, "serving");
  expect(await releases()).toEqual([
    { id: second, state: "serving" },
    { id: first, state: "replaced" },
  ]);
  const reached = () =>
    events.of("release.state").flatMap(({ body }) => (body.id === first && body.state !== "replaced" ? [body.state] : []));
  const { length } = reached();
  for (const _ of [1, 2]) expect((await olga.call("POST", `${where}/roll-back`, { to: first })).status).toBe(200);
  await reaches(second, "rolled_back");
  expect(await releases()).toEqual([
    { id: second, state: "rolled_back" },
    { id: first, state: "serving" },
  ]);
  await expect.poll(() => reached().slice(length)).toEqual(["serving"]); // never "starting"
  const logs = await olga.call("GET", `${where}/logs?${new URLSearchParams({ release: first, search: "gone back to", lines: "10" })}`);
  expect(JSON.stringify(logs.body).match(/This release was gone back to\./g)).toHaveLength(1);
});

const server =
  "require('http').createServer((asked, answer) => answer.end('Served to ' + asked.headers.host)).listen(process.env.PORT, () => console.log('Listening'))";
const script = `test ! -e broken.md && exec timeout 15 node -e "${server}"`;
test("one that falls over in its watch time goes back by itself, with the reason, and its task is no longer deployed", {
  timeout: limit(8 * minutes),
}, async () => {
  const contains = [
    { file: ".growqr/environment.yaml", text: "start: sh serve.sh" },
    { file: "serve.sh", text: script },
  ];
  const task = await proveMain("falling", { outputs: contains.map(({ file }) => file), contains });
  const release = await deploy();
  const { seq } = await reaches(release, "serving");
  const before = await enter();
  const page = await look(address, "/", { headers: before.headers });
  expect(page.body).toBe(`Served to ${new URL(address).host}`);
  const { body: taken } = await reaches(release, "rolled_back");
  expect(taken.reason).toBeTruthy();
  const logs = await olga.call("GET", `${where}/logs?${new URLSearchParams({ release, search: "Listening", lines: "10" })}`);
  const line = appLogLine.parse(typeof logs.body === "string" ? JSON.parse(logs.body.split("\n")[0] ?? "") : logs.body);
  expect(line).toMatchObject({ release, stream: "out", text: "Listening" });
  const measured = async () => appMetrics.parse((await olga.call("GET", `${where}/metrics?hours=1`)).body).minutes.length;
  await expect.poll(measured, { timeout: limit(90_000) }).toBeGreaterThan(0); // the first is there when it is over
  expect((await stranger.call("GET", `${where}/logs`)).status).toBe(404);
  await taskReaches(task, "verified", seq);
  expect((await releases())[2]).toEqual({ id: first, state: "serving" });
  expect(events.of("notice").some(({ body }) => body.code === "taken_back")).toBe(true);
  const { headers } = await enter();
  expect((await look(address, "/", { headers })).body).toContain("Guest book");
});

test("an agent that is told to deploy asks first, with the commit and the address; a no starts nothing, a yes does", {
  timeout: limit(8 * minutes),
}, async () => {
  await proveMain("dead", { outputs: ["broken.md"], contains: [{ file: "broken.md", text: "broken" }] });
  const { commit } = (await detail()).main;
  const before = (await releases()).length;
  const say = async (decision: "allow" | "deny") => {
    const { turnId } = await send(olga, owner.actor, `deploy ${project}`);
    const asked = await events.wait("approval.asked", ({ body }) => body.turn === turnId, minutes);
    expect(asked.body).toMatchObject({ title: `Deploy ${project}`, effects: [`deploy:${project}`], scopes: ["once"] });
    expect(asked.body.subject).toMatchObject({ kind: "operation", detail: expect.stringContaining(`${commit}`) });
    expect(asked.body.reach).toBe(address);
    owner.answered.add(asked.body.id);
    expect((await olga.call("POST", `/approvals/${asked.body.id}/decision`, { decision, device: "laptop" })).status).toBe(200);
    await events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done", minutes);
    return events.of("message.text").findLast(({ body }) => body.turnId === turnId)?.body.text;
  };
  await say("deny");
  expect((await releases()).length).toBe(before);
  expect(await say("allow")).toContain(`The release of ${project} failed at`);
  const [newest] = releasesOut.parse((await olga.call("GET", `${where}/releases`)).body).releases;
  expect(newest).toMatchObject({ state: "failed", by: owner.actor, commit });
});

test("at a name of its member's own it is seen once it is published; offline it is nowhere, deleted its repository is kept", {
  timeout: limit(4 * minutes),
}, async () => {
  const outside = new URL(address);
  outside.hostname = "guest-book-shop.localhost";
  const added = await olga.call("POST", `${where}/domains`, { name: outside.hostname });
  expect(domainView.parse(added.body)).toMatchObject({ state: "active", demo: true, address: outside.href });
  expect((await look(outside.href, "/")).status).toBe(401);
  await olga.call("PUT", `${where}/published`, { published: true });
  expect((await look(outside.href, "/")).body).toContain("Guest book");
  for (const path of ["/me", "/health", "/openapi.json"]) expect((await look(outside.href, path)).body).toBe("There is no such page.");

  const remove = (repository: string, confirm = project) => olga.call("DELETE", `${where}?${new URLSearchParams({ confirm, repository })}`);
  const removed = (repository: string) =>
    events.wait("project.removed", ({ body }) => body.repository === repository && body.state === "done", 2 * minutes);
  expect((await remove("keep", "guest")).status).toBe(400);
  expect((await stranger.call("DELETE", `${where}?confirm=${project}&repository=keep`)).status).toBe(404);
  expect((await remove("keep")).status).toBe(202);
  await removed("keep");
  expect([(await look(address, "/")).status, (await look(outside.href, "/")).status]).toEqual([404, 404]);
  expect((await detail()).project).toMatchObject({ state: "idle", published: false });
  expect((await releases()).find(({ id }) => id === first)?.state).toBe("rolled_back");
  expect((await olga.call("GET", `${where}/logs`)).status).toBe(404); // its host has nothing of it

  expect((await remove("archive")).status).toBe(202);
  await removed("archive");
  expect((await olga.call("GET", where)).status).toBe(404);
  const zip = new URLSearchParams({ repo: `projects/${project}`, ref: "main" });
  expect((await olga.call("GET", `/git/download?${zip}`)).status).toBe(200); // its receipts speak of these commits
});
