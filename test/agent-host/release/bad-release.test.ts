import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppPut, appCancelled } from "../../../schema/release/release-host.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { newPerson, putStack } from "../runner-client.ts";
import {
  callApp,
  deploy,
  environment,
  type Files,
  listAppNames,
  pushMain,
  putBody,
  seeApp,
  server,
  serverFiles,
  visit,
} from "./app-client.ts";

/** Releases that can't be served, and apps that would hurt their neighbours. */
const person = newPerson();
let daemon: Started;
let repo = "";
let hoard: AppPut;
const seconds = 4;

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: String(seconds) });
  repo = await makeRepository(person, "bad");
  const body = putBody(repo, await pushMain(person, repo, serverFiles("neighbour")));
  expect((await deploy(person, "neighbour", body)).end.served).toBe(true);
  // The minute after which its data is measured passes while the other releases are refused.
  const fills = 'require("node:child_process").execFileSync("fallocate", ["-l", "1100M", "/data/all"]);\n';
  const files = { ...environment({ start: "node server.js" }), "server.js": `${fills}${server("hoard")}` };
  hoard = putBody(repo, await pushMain(person, repo, files));
  expect((await deploy(person, "hoard", hoard)).end.served).toBe(true);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const plain = (over: object, files: Files = {}): Files => ({ ...environment(over), ...files });
const health = (path: string, more: object = {}) => ({ health: { path, seconds: 1, ...more } });
const listens = (where: string) => `require("node:http").createServer((_, response) => response.end()).listen(${where})\n`;
const answers = (code: string) => `require("node:http").createServer((request, response) => { ${code} }).listen(process.env.PORT)\n`;
const node = (text: string, over: object = {}) => plain({ start: "node server.js", ...health("/"), ...over }, { "server.js": text });

describe("a release is refused in words, at the step that fails", () => {
  const wrong: [string, string, Files, RegExp][] = [
    [
      "it answers 200 with an error page",
      "health",
      node(answers('response.end("Something went wrong")'), health("/", { contains: "Welcome" })),
      /answered 200, and its answer does not contain “Welcome”/,
    ],
    [
      "its setup fails",
      "setup",
      plain({ start: "true", setup: ["echo no such package >&2; exit 4"] }),
      /ended with 4\. It said: no such package/,
    ],
    ["its setup never ends", "setup", plain({ start: "true", setup: ["sleep 1000"] }), /did not end: a setup may take 4 s/],
    ["its build fails", "setup", plain({ start: "true", build: "echo oh; exit 5" }), /`echo oh; exit 5` ended with 5\./],
    ["nothing says how it starts", "setup", { "a.txt": "a" }, /How it starts is not known/],
    ["its environment file is wrong", "setup", plain({ start: "true", ports: 1 }), /ports is not a known key/],
    ["its migration fails", "migrate", plain({ start: "sleep 9", migrate: "echo no table; exit 6" }), /ended with 6\./],
    ["it ends at once", "health", plain({ start: "sleep 0.3; exit 1" }), /Its process ended with 1\./],
    ["it listens nowhere", "health", plain({ start: "sleep 1000", ...health("/") }), /not well within 1 s: Nothing listens on port 8080\./],
    ["it listens on another port", "health", node(listens("9999")), /Nothing listens on port 8080\. It listens on 9999/],
    ["it listens on ::1 alone, which no app has", "health", node(listens('process.env.PORT, "::1"')), /Its process ended with 1\./],
    ["it answers 500", "health", node(answers("response.statusCode = 500; response.end()")), /\/ answered 500 and not 200\./],
    [
      "it leads elsewhere",
      "health",
      node(answers('response.writeHead(302, { location: "/in" }); response.end()')),
      /answered 302 \(to \/in\)/,
    ],
    ["it never answers", "health", node(answers("")), /\/ did not answer within 1 s\./],
    [
      "it speaks no HTTP",
      "health",
      node('require("node:net").createServer((socket) => socket.on("error", () => 0).end("hello")).listen(process.env.PORT)\n'),
      /no answer that is HTTP/,
    ],
  ];
  it.for(wrong)("%s", async ([, step, files, reason]) => {
    const { end } = await deploy(person, "bad", putBody(repo, await pushMain(person, repo, files)));
    expect([end.served, end.failed?.step, end.current]).toEqual([
      false,
      expect.stringMatching(step === "health" ? /start|health/ : step),
      undefined,
    ]);
    expect(end.failed?.reason).toMatch(reason);
    expect((await callApp(person, "GET", "/bad")).status).toBe(404);
  });
  it("its commit is on no branch", async () => {
    const { end } = await deploy(person, "bad", putBody(repo, "0123456789".repeat(4)));
    expect(end.failed).toMatchObject({ step: "setup", reason: expect.stringMatching(/^Commit 0123456789 is not in/) });
  });
  it("it is cancelled before it serves, whoever asks for it again; what serves can't be cancelled (issue 10.13)", async () => {
    const body = putBody(repo, await pushMain(person, repo, plain({ start: "sleep 1000", ...health("/", { seconds: 60 }) })));
    const asked = deploy(person, "bad", body);
    await eventually("it starts", async () => (await listAppNames(person)).some((name) => name.includes(body.release)));
    const cancel = (project: string, release: string) => callApp(person, "POST", `/${project}/cancel`, { release });
    expect((await cancel("bad", body.release)).json(appCancelled)).toEqual({ served: false });
    const cancelled = { step: expect.stringMatching(/start|health/), cancelled: true, reason: "It was cancelled before it served." };
    expect((await asked).end).toMatchObject({ served: false, failed: cancelled });
    expect((await cancel("bad", body.release)).json(appCancelled)).toEqual({ served: false });
    expect((await deploy(person, "bad", body)).end).toMatchObject({ served: false, failed: cancelled });
    await eventually("nothing of it is left", async () => !(await listAppNames(person)).some((name) => name.includes(body.release)));
    const serving = (await seeApp(person, "neighbour")).current ?? "";
    expect((await cancel("neighbour", serving)).json(appCancelled)).toEqual({ served: true });
    expect([(await cancel("bad", serving)).status, (await cancel("bad", "newest")).status]).toEqual([404, 400]);
  });
  it("what is asked is no release: a clear refusal, and nothing changes", async () => {
    const body = putBody(repo, "0".repeat(40));
    const bad = [{ ...body, release: newId("rct") }, { ...body, commit: "main" }, { ...body, more: 1 }, { ...body, env: { A: 1 } }, {}];
    for (const each of bad) expect((await callApp(person, "PUT", "/bad", each)).status).toBe(400);
    expect((await callApp(person, "PUT", "/bad", { ...body, env: { A: "x".repeat(300_000) } })).status).toBe(413);
    expect((await callApp(person, "PUT", "/No_Project", body)).status).toBe(404);
    expect([
      (await callApp(person, "POST", "/bad/power", { running: true })).status,
      (await callApp(person, "GET", "/bad")).status,
    ]).toEqual([404, 404]);
  });
});

describe("an app that takes what it can", () => {
  /** Counted from outside: in an app that forks without end no further process can begin. */
  async function countProcesses(release: string): Promise<number> {
    const name = (await listAppNames(person)).find((each) => each.includes(release)) ?? "";
    return (await engine.docker.getContainer(name.slice(1)).top()).Processes.length;
  }
  it("fills its own memory or forks without end, and its neighbour goes on", async () => {
    const greedy = `if (request.url === "/fork") require("node:child_process").spawn("bash", ["-c", "f() { f | f & f; }; f"]);
      if (request.url === "/fill") { const all = []; for (;;) all.push(Buffer.alloc(16e6, 1)) }`;
    const body = putBody(repo, await pushMain(person, repo, serverFiles("greedy", {}, greedy)));
    expect((await deploy(person, "greedy", body)).end.served).toBe(true);
    expect((await visit(person, "greedy", "/fill")).status).toBe(503);
    await eventually(
      "it was ended and is back",
      async () => (await seeApp(person, "greedy")).restarts === 1 && (await visit(person, "greedy")).status === 200,
    );
    await visit(person, "greedy", "/fork");
    await eventually("it forks", async () => (await countProcesses(body.release)) > 50);
    expect((await visit(person, "neighbour")).text).toBe("neighbour");
    expect(await countProcesses(body.release)).toBeGreaterThan(50); // the neighbour answered while it went on
    expect((await callApp(person, "DELETE", "/greedy?data=true")).status).toBe(200);
  });
  it("ends again and again: it is started no more until its member says so", async () => {
    const dies = 'if (request.url === "/die") process.exit(9)';
    expect((await deploy(person, "dies", putBody(repo, await pushMain(person, repo, serverFiles("dies", {}, dies))))).end.served).toBe(
      true,
    );
    await eventually(
      "it has crashed",
      async () => {
        await visit(person, "dies", "/die");
        return (await seeApp(person, "dies")).state === "crashed";
      },
      60_000,
    );
    expect((await seeApp(person, "dies")).reason).toMatch(/^Its process ended with 9\. It was started again and again\.$/);
    await callApp(person, "POST", "/dies/power", { running: true });
    await eventually("it is back", async () => (await visit(person, "dies")).status === 200);
  });
  it("keeps more than it may in /data: it is stopped within two minutes, and says so (issue 10.13)", async () => {
    await eventually("it was stopped", async () => (await seeApp(person, "hoard")).state === "crashed", 110_000);
    expect(await seeApp(person, "hoard")).toMatchObject({
      current: hoard.release,
      reason: expect.stringMatching(/^Its \/data holds 11\d\d MB; an app may keep 1024 MB\./),
    });
    await eventually("it does not answer", async () => (await visit(person, "hoard")).status === 503);
    expect((await callApp(person, "DELETE", "/hoard?data=true")).status).toBe(200);
  });
});
