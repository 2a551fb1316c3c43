import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { previewEntryOut } from "../../../schema/preview/preview-access.ts";
import { projectsOut } from "../../../schema/project/project.ts";
import type { AppSeen } from "../../../schema/release/release-host.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startSite } from "../../agent-host/release/site-process.ts";
import { look } from "../../e2e/preview/preview-visitor.ts";
import { eventually } from "../../harness/eventually.ts";
import { signIn } from "../../local/identity.ts";
import { signedOut, tell } from "../account/identity-word.ts";
import { ask, edgeUp, joinMachine, newMember, signed, sql, type TestMember } from "../client.ts";
import { AppHost } from "./app-host.ts";

/**
 * What visitors' browsers may keep of an app, by the real edge and relay. The machine behind them answers for
 * a static site, and for a program that answers with the headers that it is asked for.
 */
const [shop, bakery] = ["cached-shop", "cached-bakery"];
const html = { accept: "text/html" };
const ownDomain = `cached-${Date.now().toString(36)}.example.org`;
const host = new AppHost();
let member: TestMember;
let site: Awaited<ReturnType<typeof startSite>>;
let program: Server;
let addresses: Record<string, string> = {};
let runner: Awaited<ReturnType<typeof joinMachine>>;

async function publish(project: string, published: boolean): Promise<void> {
  const answer = await signed(runner, "PUT", `/stacks/${member.actor.member}/projects/${project}/address`, { published });
  addresses = { ...addresses, [project]: (answer.json as { address: string }).address };
}
/** The program's answer with these headers. */
const told = (headers: Record<string, string>) => `/?${new URLSearchParams({ headers: JSON.stringify(headers) })}`;
async function makeEntry(project: string, by: Pick<TestMember, "token"> = member): Promise<string> {
  const answer = await ask("POST", `/projects/${project}/entries`, { token: await by.token(), body: { path: "/" } });
  return previewEntryOut.parse(answer.json).url;
}
/** The cookie of the member's own visit. */
async function enter(project: string, by?: Pick<TestMember, "token">): Promise<string> {
  const url = await makeEntry(project, by);
  return String((await look(url, url)).headers["set-cookie"]).split(";")[0]!;
}

beforeAll(async () => {
  [member, runner] = [await newMember(), await joinMachine("runner")];
  site = await startSite({ "index.html": "<h1>Shop</h1>", "assets/index-BxQ1a2b3.js": "script()" });
  program = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    response.writeHead(200, JSON.parse(searchParams.get("headers") ?? "{}"));
    response.end("baked");
  });
  await new Promise<void>((done) => program.listen(0, "127.0.0.1", done));
  await host.start();
  host.apps.set(shop, site.port).set(bakery, (program.address() as AddressInfo).port);
  for (const project of [shop, bakery]) {
    const spec = { id: project, title: "A page", project, owner: "coding", outputs: ["index.html"] };
    const token = await member.token();
    expect(await ask("POST", "/tasks", { token, body: { spec } })).toMatchObject({ status: 202 });
    await eventually("the project is there", async () => {
      const { projects } = projectsOut.parse((await ask("GET", "/projects", { token })).json);
      return projects.find(({ name }) => name === project);
    });
    await publish(project, true);
  }
  await host.take(member); // last: nothing of a stack runs there
  const now = Date.now();
  await sql(
    `insert into domain (id, member, project, name, token, state, proven_at, next_check_at, created_at)
     values (?, ?, ?, ?, 'token', 'active', ?, ?, ?)`,
    [newId("dom"), member.actor.member, bakery, ownDomain, now, now + 86_400_000, now],
  );
});
afterAll(async () => {
  await Promise.all([site.stop(), host.stop(), new Promise((done) => program.close(done))]);
});

describe("what a published app answers", () => {
  const ours = ["strict-transport-security", "x-content-type-options", "x-robots-tag", "content-security-policy"];
  test("goes on with its own headers for caches and none of the platform's, at its own domain too", async () => {
    const date = "Wed, 21 Oct 2015 07:28:00 GMT";
    const says = { "cache-control": "public, max-age=60", etag: 'W/"bread"', "last-modified": date, date, expires: date, vary: "accept" };
    const domain = `http://${ownDomain}:${new URL(edgeUp.url).port}/`;
    for (const address of [addresses[bakery]!, domain]) {
      const { status, body, headers } = await look(address, told({ ...says, "cdn-cache-control": "max-age=9" }), { headers: html });
      expect([status, body], address).toEqual([200, "baked"]);
      expect(headers, address).toMatchObject({ ...says, "cdn-cache-control": "max-age=9" });
      const silent = await look(address, told({}));
      for (const name of ["cache-control", "vary", ...ours]) expect(silent.headers[name], `${address} ${name}`).toBeUndefined();
    }
    const strict = await look(addresses[bakery]!, told({ "x-content-type-options": "none", "cache-control": "no-store" }));
    expect(strict.headers).toMatchObject({ "x-content-type-options": "none", "cache-control": "no-store" });
  });
  test("is asked again with what the browser has, and answered with 304 and parts, by edge and relay", async () => {
    const address = addresses[shop]!;
    const first = await look(address, "/");
    expect([first.status, first.headers["cache-control"]]).toEqual([200, "no-cache"]);
    const etag = String(first.headers.etag);
    const again = await look(address, "/", { headers: { "if-none-match": etag } });
    expect([again.status, again.body, again.headers.etag, again.headers["cache-control"]]).toEqual([304, "", etag, "no-cache"]);
    const part = await look(address, "/", { headers: { range: "bytes=4-7", "if-range": etag } });
    expect([part.status, part.body, part.headers["content-range"]]).toEqual([206, "Shop", "bytes 4-7/13"]);
    const script = await look(address, "/assets/index-BxQ1a2b3.js");
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect((await look(address, "/none")).status).toBe(404);
  });
});

describe("what an app answers that is its member's alone", () => {
  let headers: { cookie: string };
  beforeAll(async () => {
    for (const project of [shop, bakery]) await publish(project, false);
    headers = { cookie: await enter(bakery) };
  });
  afterAll(() => publish(bakery, true));
  test("is kept by the member's own browser at most, as long as the app lets it", async () => {
    for (const [says, kept] of [
      [undefined, "private, no-cache"],
      ["public, max-age=31536000, immutable", "private, max-age=31536000, immutable"],
      ["s-maxage=9, PUBLIC , max-age=1", "private, max-age=1"],
      ["no-store", "private, no-store"],
    ] as const) {
      const more = { "cdn-cache-control": "max-age=9", "surrogate-control": "max-age=9", vary: "accept" };
      const answer = await look(addresses[bakery]!, told({ ...more, ...(says ? { "cache-control": says } : {}) }), { headers });
      expect(answer.headers["cache-control"], says).toBe(kept);
      expect(answer.headers).toMatchObject({ vary: "accept, cookie", "x-robots-tag": "noindex" });
      expect(answer.headers["content-security-policy"]).toContain("frame-ancestors");
      for (const name of ["cdn-cache-control", "surrogate-control"]) expect(answer.headers[name]).toBeUndefined();
    }
  });
  test("is not told to be the same to who has no pass any more, and a 304 is private too", async () => {
    const mine = { headers: { cookie: await enter(shop) } };
    const etag = String((await look(addresses[shop]!, "/", mine)).headers.etag);
    const again = await look(addresses[shop]!, "/", { headers: { ...mine.headers, "if-none-match": etag } });
    expect([again.status, again.headers["cache-control"], again.headers.vary]).toEqual([304, "private, no-cache", "cookie"]);
    const stranger = await look(addresses[shop]!, "/", { headers: { "if-none-match": etag } });
    expect([stranger.status, stranger.headers["cache-control"], stranger.headers.etag]).toEqual([401, "no-store", undefined]);
  });
  test("is shown no more to a browser whose sign-in is over, nor by a way in that it has not used", async () => {
    const elsewhere = await signIn(edgeUp.identityUrl, member.email);
    const lost = { cookie: await enter(bakery, elsewhere) };
    const unused = await makeEntry(bakery, elsewhere);
    expect((await look(addresses[bakery]!, "/", { headers: lost })).status).toBe(200);
    await tell(signedOut(elsewhere.sessionId, member.subject));
    await eventually("it is refused", async () => (await look(addresses[bakery]!, "/", { headers: lost })).status === 401);
    expect((await look(unused, unused)).status).toBe(401);
    expect((await look(addresses[bakery]!, "/", { headers })).status).toBe(200);
  });
});

describe("an app that does not answer", () => {
  const pages: [AppSeen["state"], string, boolean][] = [
    ["restarting", "This app is waking up", true],
    ["asleep", "This app is waking up", true],
    ["waking", "This app is waking up", true],
    ["stopped", "This app is stopped", false],
    ["crashed", "This app is away", false],
    ["suspended", "This app is away", false],
    ["well", "This app is away", true],
  ];
  test.each(pages)("and is %s shows a page that says %s, and no more to programs", async (state, title, again) => {
    host.apps.set("absent", state);
    await publish("absent", true);
    const page = await look(addresses.absent!, "/", { headers: html });
    expect([page.status, page.headers["cache-control"], page.headers["x-content-type-options"]]).toEqual([503, "no-store", "nosniff"]);
    expect(page.body).toContain(`<h1>${title}</h1>`);
    expect([page.body.includes('http-equiv="refresh"'), page.headers["retry-after"]]).toEqual([again, again ? "1" : "300"]);
    const plain = await look(addresses.absent!, "/");
    expect(plain.body).toContain('"message":"A part behind this one is not reachable right now."');
    expect(plain.body + JSON.stringify(plain.headers)).not.toMatch(/crashed|suspended|restarting|asleep|app-state/);
  });
  test("and is on no machine is nothing", async () => {
    host.apps.delete("absent");
    await publish("absent", true);
    expect(await look(addresses.absent!, "/", { headers: html })).toMatchObject({ status: 404, headers: { "cache-control": "no-store" } });
  });
});
