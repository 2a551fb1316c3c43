import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerName } from "../../../schema/machine/instance.ts";
import { appCancelled } from "../../../schema/release/release-host.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { someOf } from "../../harness/suite/long-run.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { hostInstance } from "../ground.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, environment, type Files, listAppNames, pushMain, putBody, seeApp, serverFiles, visit } from "./app-client.ts";

/** Releases that can't be served. `greedy-app` has apps that would hurt their neighbours. */
const person = newPerson();
let daemon: Started;
let repo = "";
const seconds = 4;

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: String(seconds) });
  repo = await makeRepository(person, "bad");
  const body = putBody(repo, await pushMain(person, repo, serverFiles("neighbour")));
  expect((await deploy(person, "neighbour", body)).end.served).toBe(true);
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
  it.for(someOf(wrong, 0, 2))("%s", async ([, step, files, reason]) => {
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
  /** A migration that does not end by itself, and says when it was ended. */
  const halts = "trap 'sleep 1; echo ended >>/data/migrated; exit 1' TERM; echo half >>/data/migrated; sleep 1000 & wait";
  const shown = 'if (request.url === "/migrated") return response.end(require("node:fs").readFileSync("/data/migrated", "utf8"))';
  it("it is given up in the middle of its migration: that has ended before another one begins, and it says what stays", async () => {
    const commit = await pushMain(person, repo, serverFiles("halts", { migrate: halts }));
    const isMigrating = async (release: string) => {
      const name = `${dockerName(hostInstance, "app", `half-${person.member}-${release}`)}-migrate`;
      return (await engine.docker.getContainer(name).inspect()).State.Running;
    };
    const begin = async () => {
      const body = putBody(repo, commit);
      const asked = deploy(person, "half", body);
      await eventually("it migrates", () => isMigrating(body.release));
      return { body, asked };
    };
    const cutOff = "Its migration was cut off half-way. What it changed until then stays.";
    const first = await begin();
    expect((await callApp(person, "POST", "/half/cancel", { release: first.body.release })).json(appCancelled)).toEqual({ served: false });
    const reason = `It was cancelled before it served. ${cutOff}`;
    expect((await first.asked).end.failed).toEqual({ step: "migrate", reason, log: "", cancelled: true });
    expect((await listAppNames(person)).filter((name) => name.endsWith("-migrate"))).toEqual([]);
    const second = await begin();
    const files = serverFiles("newer", { migrate: "echo newer >>/data/migrated" }, shown);
    expect((await deploy(person, "half", putBody(repo, await pushMain(person, repo, files)))).end.served).toBe(true);
    expect((await second.asked).end.failed).toMatchObject({ step: "migrate", reason: `A newer release has taken its place. ${cutOff}` });
    const migrated = (await visit(person, "half", "/migrated")).text;
    expect(migrated.trim().split("\n")).toEqual(["half", "ended", "half", "ended", "newer"]);
    expect((await callApp(person, "DELETE", "/half?data=true")).status).toBe(200);
  });
  it("it would be the eleventh project that is online: it fails at once, with what to do about it", async () => {
    const commit = await pushMain(person, repo, plain({ start: "sleep 1000", ...health("/", { seconds: 300 }) }));
    const ticket = await signStackTicket(person);
    const names = Array.from({ length: 9 }, (_, at) => `many-${at}`); // beside the neighbour
    await Promise.all(
      names.map((name) => {
        const path = `/stacks/${person.member}/apps/${name}`;
        return callHost("PUT", path, { ticket, body: putBody(repo, commit), onData: (text) => text.includes("setup") });
      }),
    );
    const body = putBody(repo, commit);
    const reason = "Your plan has 10 projects online at once. Take one offline before you put another one online.";
    const { lines, end } = await deploy(person, "eleventh", body);
    expect([lines, end.failed]).toEqual([[end], { step: "setup", reason, log: "" }]);
    expect((await deploy(person, "eleventh", body)).end).toEqual(end);
    expect((await callApp(person, "GET", "/eleventh")).status).toBe(404);
    const removed = await Promise.all(names.map((name) => callApp(person, "DELETE", `/${name}?data=true`)));
    expect(removed.map(({ status }) => status)).toEqual(names.map(() => 200));
    await eventually("nothing of them is left", async () => !(await listAppNames(person)).some((name) => name.includes("many-")));
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
