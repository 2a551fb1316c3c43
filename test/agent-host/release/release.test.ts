import { once } from "node:events";
import { request } from "node:https";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AppMeter } from "../../../agent-host/release/app-meter.ts";
import { AppProcess } from "../../../agent-host/release/app-process.ts";
import { type ReadyRelease, servePlan } from "../../../agent-host/release/release-ledger.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type AppSeen, appMetrics, appSeen, appStateHeader, appsSeen } from "../../../schema/release/release-host.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, readPair, startAuthor, startDaemonWithAuthor } from "../clean-room.ts";
import { ground, hostInstance } from "../ground.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, environment, type Files, pushMain, putBody, seeApp, server, serverFiles, visit } from "./app-client.ts";

/** Releases of projects that run beside their member's pair. */
const person = newPerson();
let daemon: Started;
let repo = "";

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: "5" }, startAuthor);
  repo = await makeRepository(person, "shop");
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  expect([await listObjects("app"), await listVolumes("app-release"), await listVolumes("app-data")]).toEqual([[], [], []]);
  await daemon?.stop();
});
const labels = (part: string) => ({ label: [`growqr.stack=${person.stack}`, `growqr.part=${part}`] });
async function listObjects(part: string) {
  return (await engine.docker.listContainers({ all: true, filters: labels(part) })).map(({ Names }) => Names[0] ?? "");
}
async function listVolumes(part: string) {
  return (await engine.docker.listVolumes({ filters: JSON.stringify(labels(part)) })).Volumes.map(({ Name }) => Name);
}
const container = (project: string, release: string | undefined) =>
  engine.docker.getContainer(dockerName(hostInstance, "app", `${project}-${person.member}-${release}`));

/** Deploys what these files are, as a new release. */
async function release(project: string, files: Files, more: Parameters<typeof putBody>[2] = {}) {
  const body = putBody(repo, await pushMain(person, repo, files), more);
  return { ...(await deploy(person, project, body)), body };
}
const until = (condition: string, project: string, check: (app: AppSeen) => boolean) =>
  eventually(condition, async () => check(await seeApp(person, project)), 30_000);
const text = async (project: string, path?: string) => (await visit(person, project, path)).text;
describe("a release", () => {
  it("is set up, started, asked for its health and switched to; requests reach it", async () => {
    expect([(await visit(person, "shop")).status, (await callApp(person, "GET", "/shop")).status]).toEqual([404, 404]);
    const files = serverFiles("one", {}, 'response.setHeader("x-by", request.socket.remotePort)');
    const { lines, end, body } = await release("shop", files, { secrets: { KEY: 3 } });
    const made = { environment: expect.stringMatching(/^[0-9a-f]{64}$/), secrets: { KEY: 3 } };
    expect(end).toEqual({ type: "end", served: true, made, current: body.release });
    expect(lines.flatMap((line) => (line.type === "step" ? [line.step] : []))).toEqual(["setup", "start", "health", "switch"]);
    expect(await seeApp(person, "shop")).toMatchObject({ project: "shop", state: "well", current: body.release, restarts: 0 });
    const answer = await visit(person, "shop");
    expect([answer.status, answer.text, answer.headers["x-growqr-program"]]).toEqual([200, "one", "1"]);
    expect((await visit(person, "shop")).headers["x-by"]).toBe(answer.headers["x-by"]); // the same connection: it is kept
    const again = await deploy(person, "shop", body);
    expect(again.lines).toEqual([end]);
    expect((await callApp(person, "PUT", "/shop", { ...body, commit: "0".repeat(40) })).status).toBe(409);
  });
  it("of another version takes its place, and can be gone back from as often as one likes", async () => {
    const before = (await seeApp(person, "shop")).current;
    const { body } = await release("shop", serverFiles("two"));
    expect(await text("shop")).toBe("two");
    expect(await seeApp(person, "shop")).toMatchObject({ current: body.release, kept: [{ release: before, pastMigration: false }] });
    await eventually("the one before is stopped", async () => !(await container("shop", before).inspect()).State.Running);
    for (const [to, word] of [
      [before, "one"],
      [before, "one"],
      [body.release, "two"],
    ]) {
      const back = await callApp(person, "POST", "/shop/roll-back", { to });
      expect([back.status, back.json(appSeen).current, await text("shop")]).toEqual([200, to, word]);
    }
    expect((await callApp(person, "POST", "/shop/roll-back", { to: newId("rel") })).status).toBe(409);
    const third = await release("shop", serverFiles("three"));
    expect(third.end.served).toBe(true);
    const kept = [container("shop", third.body.release).id, container("shop", body.release).id].map((name) => `/${name}`);
    await eventually("older ones are removed", async () => (await listObjects("app")).sort().join() === kept.sort().join());
    await eventually("with their files", async () => (await listVolumes("app-release")).length === 2);
  });
  it("that is gone back to in vain is stopped again, and what serves goes on", async () => {
    const once = `const { existsSync, writeFileSync } = require("node:fs");\nif (existsSync("/data/was")) setInterval(() => undefined, 1000);\nelse {\n  writeFileSync("/data/was", "");\n  ${server("once")}}\n`;
    const { end, body } = await release("once", {
      ...environment({ start: "node server.js", health: { path: "/", seconds: 2 } }),
      "server.js": once,
    });
    expect(end.served).toBe(true);
    expect((await release("once", serverFiles("after"))).end.served).toBe(true);
    const runs = async () => (await container("once", body.release).inspect()).State.Running;
    await eventually("the one before is stopped", async () => !(await runs()));
    const { status } = await callApp(person, "POST", "/once/roll-back", { to: body.release });
    const after = [status, await runs(), await text("once")];
    await callApp(person, "DELETE", "/once?data=true");
    expect(after).toEqual([502, false, "after"]);
  });
  it("that was not well when another took its place is not the last one that can be gone back to", async () => {
    const sick = 'if (require("node:fs").existsSync("/data/sick")) response.statusCode = 500';
    const health = { path: "/", seconds: 1 };
    const good = await release("frail", serverFiles("good"));
    const ill = await release("frail", serverFiles("ill", { health }, sick), { watchSeconds: 3_600 });
    const make = 'if (request.url === "/die") { require("node:fs").writeFileSync("/data/sick", ""); process.exit(7) }';
    const repair = await release("frail", serverFiles("repair", { health }, make), { watchSeconds: 60 });
    expect((await seeApp(person, "frail")).kept.map((each) => each.release)).toEqual([ill.body.release, good.body.release]);
    await until("it was taken back", "frail", ({ current }) => {
      void visit(person, "frail", "/die");
      return current === good.body.release;
    });
    const { takenBack, kept } = await seeApp(person, "frail");
    const after = [await text("frail"), takenBack?.release, kept];
    await callApp(person, "DELETE", "/frail?data=true");
    expect(after).toEqual(["good", repair.body.release, []]);
  });
  it("past whose migration one goes back is told, as the data stays changed", async () => {
    const first = await release("notes", serverFiles("first"));
    const migrated = await release("notes", serverFiles("second", { migrate: "touch /data/changed" }));
    const told = (await seeApp(person, "notes")).kept;
    await callApp(person, "POST", "/notes/roll-back", { to: first.body.release });
    const back = (await seeApp(person, "notes")).kept;
    await callApp(person, "DELETE", "/notes?data=true");
    expect([told, back]).toEqual([
      [{ release: first.body.release, pastMigration: true }],
      [{ release: migrated.body.release, pastMigration: false }],
    ]);
  });
  it("that fails gets no request, leaves nothing and touches no other", async () => {
    const { end, body } = await release("shop", serverFiles("bad", { start: "echo no such thing; exit 3" }));
    expect(end).toMatchObject({ served: false, failed: { step: expect.stringMatching(/start|health/), log: "no such thing" } });
    expect(end.failed?.reason).toBe("Its process ended with 3.");
    expect([await text("shop"), end.current]).toEqual(["three", (await seeApp(person, "shop")).current]);
    await eventually(
      "nothing is left of it",
      async () => ![...(await listObjects("app")), ...(await listVolumes("app-release"))].some((name) => name.includes(body.release)),
    );
    expect((await deploy(person, "shop", body)).end).toEqual(end);
  });
  it("of a newer version wins over one that still starts", async () => {
    const slow = putBody(repo, await pushMain(person, repo, serverFiles("slow", { start: "sleep 60" })));
    const quick = putBody(repo, await pushMain(person, repo, serverFiles("quick")));
    const going = deploy(person, "shop", slow);
    await eventually("the slow one is started", async () => (await listObjects("app")).some((name) => name.includes(slow.release)));
    const joined = deploy(person, "shop", slow);
    expect((await deploy(person, "shop", quick)).end.served).toBe(true);
    for (const { end } of [await going, await joined])
      expect([end.served, end.failed?.reason]).toEqual([false, "A newer release has taken its place."]);
    expect(await text("shop")).toBe("quick");
    const late = { ...slow, release: slow.release.replace(/.{26}$/, `0${slow.release.slice(5)}`) };
    expect((await deploy(person, "shop", { ...late, release: "rel_00000000000000000000000000" })).end.served).toBe(false);
  });
});

describe("an app", () => {
  const shell = `const run = (line) => require("node:child_process").spawnSync("bash", ["-c", line], { encoding: "utf8" }).stdout;
    if (request.method === "POST") { let line = ""; request.on("data", (part) => (line += part)).on("end", () => response.end(run(line))); return }
    if (request.url === "/headers") return response.end(JSON.stringify(request.headers));
    if (request.url === "/env") return response.end(JSON.stringify(process.env))`;
  const secret = "very-secret-value";
  const run = async (line: string) =>
    (await callHost("POST", `/stacks/${person.member}/apps/lab/http/`, { ticket: await signStackTicket(person), raw: line })).text.trim();

  it("migrates once, is given its secrets and little else, and no ticket", async () => {
    const files = serverFiles(
      "lab",
      { start: "exec node server.js", migrate: "echo once >>/data/migrated; echo migrated", health: { path: "/up", contains: "lab" } },
      shell,
    );
    const { lines, end } = await release("lab", files, { env: { KEY: secret } });
    expect([end.served, lines.some((line) => line.type === "output" && line.step === "migrate" && line.text === "migrated\n")]).toEqual([
      true,
      true,
    ]);
    expect(await run("cat /data/migrated")).toBe("once");
    const env = JSON.parse(await text("lab", "/env"));
    expect(Object.keys(env).sort()).toEqual(expect.arrayContaining(["HOME", "KEY", "PATH", "PORT"]));
    expect(Object.keys(env).filter((name) => /GROWQR|PROXY|TOKEN|OPENCODE/i.test(name))).toEqual([]);
    const given = { cookie: "a=b", "x-forwarded-host": "lab.example.org", "x-growqr-other": "1" };
    const seen = JSON.parse((await visit(person, "lab", "/headers", given)).text);
    expect(seen).toMatchObject({ cookie: "a=b", "x-forwarded-host": "lab.example.org" });
    expect(Object.keys(seen).filter((name) => name === "authorization" || name.startsWith("x-growqr"))).toEqual([]);
  });
  it("runs as a user of its own, and writes nowhere but to its data and to a folder in memory", async () => {
    expect(await run("id -u")).toBe("20200");
    expect(
      await run(
        "for at in /room/work/x /etc/x /usr/local/bin/x /opt/x /x; do touch $at 2>/dev/null && echo $at; done; touch /data/x /tmp/x && echo kept",
      ),
    ).toBe("kept");
    expect(await run("grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\n\\t'")).toBe("CapEff:0000000000000000NoNewPrivs:1");
    await release(
      "shop",
      serverFiles("neighbour", {}, 'if (request.url === "/data") return response.end(require("node:fs").readdirSync("/data").join())'),
    );
    expect(await text("shop", "/data")).toBe("");
  });
  it("reaches neither its pair, nor this machine, nor metadata, nor the internet", async () => {
    const { gitea, opencode, bridgeAddress } = await readPair(person);
    const targets = [
      ...[`${gitea}:3000`, `${opencode}:4100`, `${bridgeAddress}:${hostInstance.ports.host}`, `${bridgeAddress}:22`],
      ...[`${hostInstance.gateway.address}:8080`, `${hostInstance.gateway.address}:8081`, "169.254.169.254:80", "1.1.1.1:443"],
    ].map((each) => each.replace(":", "/"));
    expect(await run(`for to in ${targets.join(" ")}; do timeout 2 bash -c "</dev/tcp/$to" 2>/dev/null && echo $to; done; echo none`)).toBe(
      "none",
    );
    expect(await run("ls /sys/class/net")).toBe("lo");
  });
  it("is not stopped under a request that has entered it", async () => {
    const { body } = await release("drained", serverFiles("drained"));
    const plan = servePlan.parse({ network: [], services: [], port: 8080, health: {} });
    const row = { ...body, member: person.member, project: "drained", commit_hash: body.commit, watch_seconds: 0, plan };
    const ready: ReadyRelease = { ...row, expects: null, secrets: null, proven: null, migrated: false, served: true, failed: null };
    const ground = { instance: hostInstance, engine, now: Date.now };
    const process = await AppProcess.find(ground, ready);
    const leave = process.enter();
    const retired = process.retire(ground);
    expect(process.isStopping).toBe(false);
    leave();
    await retired;
    expect(process.isStopping).toBe(true);
    expect(() => process.enter()).toThrow(expect.objectContaining({ code: "unavailable" }));
    expect((await callApp(person, "DELETE", "/drained?data=true")).status).toBe(200);
  });
  it("is measured: what it uses, and what goes through it", async () => {
    const current = (await seeApp(person, "lab")).current;
    const { Id: id } = await container("lab", current).inspect();
    const meter = new AppMeter();
    let elapsed = 0;
    const ground = { engine, elapsed: () => elapsed };
    const first = await meter.take(ground, { id }, 0);
    expect([first.requests, first.cpu, first.memoryMb > 5 && first.memoryMb < 200]).toEqual([0, 0, true]);
    for (const ms of [10, 20, 30, 40]) meter.count(200, ms);
    meter.count(500, 50);
    meter.count(undefined, 0);
    await run("for i in $(seq 20000); do :; done");
    elapsed = 1_000; // a second of the meter's clock, however long the loop took: its share is never rounded to nothing
    const second = await meter.take(ground, { id }, 60_000);
    expect(second).toMatchObject({ at: 60_000, requests: 6, errors: 2, p50: 30, p95: 50 });
    expect(second.cpu).toBeGreaterThan(0);
    expect((await callApp(person, "GET", "/lab/metrics?hours=24")).json(appMetrics).minutes.every(({ at }) => at % 60_000 === 0)).toBe(
      true,
    );
    expect((await callApp(person, "GET", "/lab/metrics?hours=1000")).status).toBe(400);
  });
  it("is stopped and started as its member wants, and its data stays", async () => {
    const power = async (running: boolean) => (await callApp(person, "POST", "/lab/power", { running })).json(appSeen).state;
    expect([await power(false), await power(false)]).toEqual(["stopped", "stopped"]);
    const closed = await visit(person, "lab");
    expect([closed.status, closed.headers["retry-after"], closed.headers[appStateHeader]]).toEqual([503, "1", "stopped"]);
    await power(true);
    expect((await callApp(person, "GET", "")).json(appsSeen).apps.map(({ project }) => project)).toEqual(["lab", "shop"]);
    await until("it runs", "lab", ({ state }) => state === "well");
    await eventually("it answers", async () => (await run("cat /data/migrated")) === "once");
  });
  it("is stopped while the account does not allow its stack to run, and comes back", async () => {
    await putStack(person, 2, "running", { ceiling: "stopped", ceilingRev: 2 });
    await eventually("both are down", async () =>
      (await Promise.all(["lab", "shop"].map((name) => seeApp(person, name)))).every(({ state }) => state === "suspended"),
    );
    await eventually("their containers too", async () => (await engine.docker.listContainers({ filters: labels("app") })).length === 0);
    expect((await visit(person, "shop")).headers[appStateHeader]).toBe("suspended");
    await callApp(person, "POST", "/lab/power", { running: false });
    expect((await seeApp(person, "lab")).state).toBe("stopped"); // by its member, whatever the account says
    await callApp(person, "POST", "/lab/power", { running: true });
    await putStack(person, 3, "paused", { ceiling: "running", ceilingRev: 3 });
    await eventually("it answers, and its pair sleeps", async () => (await text("shop")) === "neighbour");
    expect((await callApp(person, "PUT", "/shop", putBody(repo, "0".repeat(40)))).status).toBe(503);
    expect((await putStack(person, 4, "running", { ceilingRev: 3 })).stack?.observed).toBe("running");
  });
  it("takes WebSockets and long answers as they come", async () => {
    const upgrade =
      'require("node:http").createServer((request, response) => { response.write("first"); setTimeout(() => response.end("last"), 300) }).on("upgrade", (request, socket) => { socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n"); socket.pipe(socket) }).listen(process.env.PORT)\n';
    expect((await release("shop", { ...environment({ start: "node server.js" }), "server.js": upgrade })).end.served).toBe(true);
    const ticket = await signStackTicket(person);
    const first = await callHost("GET", `/stacks/${person.member}/apps/shop/http/`, { ticket, onData: (part) => part === "first" });
    expect(first.text).toBe("first");
    expect(await echoThrough(ticket, "ping")).toContain("ping");
  });
  it("is taken away with its releases, and on request with its data", async () => {
    const remove = async (query: string) =>
      (await callApp(person, "DELETE", `/lab${query}`)).json(z.object({ removed: z.boolean() })).removed;
    expect((await callApp(person, "DELETE", "/lab?data=perhaps")).status).toBe(400);
    expect([await remove(""), await remove("")]).toEqual([true, false]);
    expect([
      (await listObjects("app")).some((name) => name.includes("lab")),
      (await listVolumes("app-data")).some((name) => name.includes("lab")),
    ]).toEqual([false, true]);
    await remove("?data=true");
    expect((await listVolumes("app-data")).some((name) => name.includes("lab"))).toBe(false);
  });
});
/** What comes back over a connection that becomes another protocol. */
async function echoThrough(ticket: string, word: string): Promise<string> {
  const { key, certificate: cert, ca } = ground.runner;
  const headers = { authorization: `Bearer ${ticket}`, connection: "Upgrade", upgrade: "echo" };
  const path = `/stacks/${person.member}/apps/shop/http/live`;
  const call = request({
    host: "127.0.0.1",
    port: hostInstance.ports.host,
    path,
    headers,
    key,
    cert,
    ca,
    checkServerIdentity: () => undefined,
  });
  call.end();
  const [, socket] = (await once(call, "upgrade")) as [unknown, Duplex];
  socket.write(word);
  const [back] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return back.toString();
}

describe("a release that fails after its switch", () => {
  it("is taken back where it ends within its watch time, with the reason and the end of its log", async () => {
    const before = (await seeApp(person, "shop")).current;
    const dies = 'if (request.url === "/die") { console.log("dying"); process.exit(7) }';
    const { body } = await release("shop", serverFiles("dies", {}, dies), { watchSeconds: 60 });
    await until("it was taken back", "shop", ({ current }) => {
      void visit(person, "shop", "/die");
      return current === before;
    });
    const app = await seeApp(person, "shop");
    expect(app.takenBack).toMatchObject({
      release: body.release,
      reason: "Its process ended with 7.",
      log: expect.stringContaining("dying"),
    });
    expect(app.kept).toEqual([]);
  });
  it("is taken back where it stays unwell within its watch time", async () => {
    const before = (await seeApp(person, "shop")).current;
    const sick =
      'if (require("node:fs").existsSync("/data/sick")) response.statusCode = 500; if (request.url === "/sick") require("node:fs").writeFileSync("/data/sick", "")';
    const { body } = await release("shop", serverFiles("sick", {}, sick), { watchSeconds: 60 });
    await visit(person, "shop", "/sick");
    await until("it was taken back", "shop", ({ current }) => current === before);
    expect((await seeApp(person, "shop")).takenBack).toMatchObject({
      release: body.release,
      reason: expect.stringContaining("/ answered 500 and not 200."),
    });
  });
});

describe("a release whose setup installs something", () => {
  it("finds what was installed, by commands that saw its own commit", async () => {
    const setup = ["npm install --no-audit --no-fund", "mkdir -p node_modules/greet", "cp tools/greet.js node_modules/greet/index.js"];
    const greets = (word: string) => ({
      ...serverFiles(word, { setup }, 'if (request.url === "/greet") return response.end(require("greet"))'),
      "package.json": JSON.stringify({ name: "p", version: "1.0.0", private: true }),
      "tools/greet.js": `module.exports = "hello ${word}";\n`,
    });
    for (const word of ["first", "second"]) {
      expect((await release("site", greets(word))).end.served).toBe(true);
      expect([await text("site"), await text("site", "/greet")]).toEqual([word, `hello ${word}`]);
    }
  });
});

describe("a static site", () => {
  it("is served with types, ranges and a page of its own for what is not there", async () => {
    const files = { ...environment({}), "index.html": "<p>hello", "style.css": "p{}", "movie.mp4": "0123456789" };
    const { end } = await release("site", files);
    expect(end.served).toBe(true);
    const [page, style, part, none] = await Promise.all([
      visit(person, "site"),
      visit(person, "site", "/style.css"),
      visit(person, "site", "/movie.mp4", { range: "bytes=2-4" }),
      visit(person, "site", "/none"),
    ]);
    expect([page.text, page.headers["content-type"]]).toEqual(["<p>hello", "text/html; charset=utf-8"]);
    expect(page.headers["cache-control"]).toBe("no-cache");
    expect((await visit(person, "site", "/", { "if-none-match": String(page.headers.etag) })).status).toBe(304);
    expect((await visit(person, "site", "/.growqr%2fenvironment.yaml")).status).toBe(404);
    expect((await visit(person, "site", "/%2egrowqr/environment.yaml")).status).toBe(404);
    expect([style.headers["content-type"], part.status, part.text, none.status]).toEqual(["text/css; charset=utf-8", 206, "234", 404]);
  });
  it("is what its build has made, where it has one", async () => {
    const built = { ...environment({ build: "mkdir dist && echo made >dist/index.html", site: "dist" }), "a.txt": "a" };
    expect((await release("site", built)).end.served).toBe(true);
    expect(await text("site")).toBe("made\n");
  });
});
