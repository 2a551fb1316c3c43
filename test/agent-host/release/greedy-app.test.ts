import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppPut, appLogLine, appMetrics, appStateHeader } from "../../../schema/release/release-host.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, environment, listAppNames, pushMain, putBody, seeApp, server, serverFiles, visit } from "./app-client.ts";

/** Apps that would hurt their neighbours. */
const person = newPerson();
let daemon: Started;
let repo = "";
let hoard: AppPut;

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "greedy");
  const body = putBody(repo, await pushMain(person, repo, serverFiles("neighbour")));
  expect((await deploy(person, "neighbour", body)).end.served).toBe(true);
  // The minute after which its data is measured passes while the others are seen.
  const fills = 'require("node:child_process").execFileSync("fallocate", ["-l", "1100M", "/data/all"]);\n';
  const files = { ...environment({ start: "node server.js" }), "server.js": `${fills}${server("hoard")}` };
  hoard = putBody(repo, await pushMain(person, repo, files));
  expect((await deploy(person, "hoard", hoard)).end.served).toBe(true);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

describe("an app that takes what it can", () => {
  const read = async (project: string, query: string) =>
    (await callApp(person, "GET", `/${project}/logs?${query}`)).text
      .split("\n")
      .filter(Boolean)
      .map((line) => appLogLine.parse(JSON.parse(line)));
  const findContainer = async (release: string) =>
    engine.docker.getContainer((await listAppNames(person)).find((each) => each.includes(release))?.slice(1) ?? "");
  /** Counted from outside: in an app that forks without end no further process can begin. */
  async function countProcesses(release: string): Promise<number> {
    return (await (await findContainer(release)).top()).Processes.length;
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
    const dies = 'if (request.url === "/die") { console.log("dying"); process.exit(9) }';
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
    expect((await visit(person, "dies")).headers[appStateHeader]).toBe("crashed");
    expect((await seeApp(person, "dies")).reason).toMatch(/^Its process ended with 9\. It was started again and again\.$/);
    expect((await seeApp(person, "dies")).ends).toBe(5);
    await callApp(person, "POST", "/dies/power", { running: true });
    await eventually("it is back", async () => (await visit(person, "dies")).status === 200);
    expect((await seeApp(person, "dies")).ends).toBe(0); // its member has said that it should go on
    await visit(person, "dies", "/die");
    const isBack = async () => (await seeApp(person, "dies")).ends === 1 && (await visit(person, "dies")).status === 200;
    await eventually("it has ended once more and is back", isBack);
  });
  it("tells what it printed until its last crash, and nothing where it never did", async () => {
    const lines = await read("dies", "crash=last");
    expect(lines.slice(0, -1).map(({ text }) => text)).toEqual(Array.from({ length: lines.length - 1 }, () => "dying"));
    expect(lines.length).toBeGreaterThan(5);
    const end = { stream: "platform", text: "Its process ended with 9. It is started again.", ended: { code: 9 } };
    expect(lines.at(-1)).toMatchObject(end);
    expect((await read("dies", "crash=last&lines=1")).map(({ text }) => text)).toEqual(["dying", end.text]);
    expect(await read("dies", "crash=last&follow=true&search=nothing")).toEqual(lines);
    expect(await read("neighbour", "crash=last")).toEqual([]);
    expect((await callApp(person, "GET", "/dies/logs?crash=first")).status).toBe(400);
  });
  /** The bytes that lie on this machine of what a release has printed. */
  async function countLogBytes(release: string): Promise<number> {
    const { LogPath } = await (await findContainer(release)).inspect();
    const [folder, name] = [path.dirname(LogPath), path.basename(LogPath)];
    const files = readdirSync(folder).filter((file) => file.startsWith(name));
    return files.reduce((sum, file) => sum + (statSync(path.join(folder, file), { throwIfNoEntry: false })?.size ?? 0), 0); // one is just moved
  }
  it("floods its log: what is kept is bounded, who searches or follows it is answered, and its neighbour goes on", {
    timeout: limit(240_000),
  }, async () => {
    const floods = `if (request.url === "/flood") {
        let n = 0;
        const print = () => { for (let i = 0; i < 300; i++) console.log("flood " + n++ + " " + "x".repeat(200)) };
        globalThis.flood ??= setInterval(print, 10);
      }
      if (request.url === "/calm") clearInterval(globalThis.flood);
      if (request.url.startsWith("/say/")) console.log(request.url.slice(5))`;
    const body = putBody(repo, await pushMain(person, repo, serverFiles("floods", {}, floods)));
    expect((await deploy(person, "floods", body)).end.served).toBe(true);
    expect((await visit(person, "floods", "/flood")).status).toBe(200);
    const newest = async () => Number(/^flood (\d+) /.exec((await read("floods", "lines=1"))[0]?.text ?? "")?.[1] ?? 0);
    await eventually("it has printed 40 MB", async () => (await newest()) * 200 > 40e6, 90_000);
    expect((await visit(person, "neighbour")).text).toBe("neighbour");
    expect(await countLogBytes(body.release)).toBeLessThan(11 * 1024 ** 2); // two files of 5 MB, and a line
    expect((await read("floods", "search=FLOOD&lines=10")).map(({ text }) => text.slice(0, 6))).toEqual(Array(10).fill("flood "));
    expect(await read("floods", "search=flood%200%20")).toEqual([]); // its first line is not kept

    // What is printed in a flood may be gone before it is read: it is said again until the reader hears it.
    let saying: NodeJS.Timeout | undefined;
    const onData = (text: string) => {
      saying ??= setInterval(() => void visit(person, "floods", "/say/this-is-heard").catch(() => undefined), 500);
      return text.includes("this-is-heard");
    };
    const follow = `/stacks/${person.member}/apps/floods/logs?follow=true&lines=1&search=is`; // the platform's line is the first
    const followed = await callHost("GET", follow, { ticket: await signStackTicket(person), onData }).finally(() => clearInterval(saying));
    expect(followed.text).toMatch(/^\{.*This release serves now\..*"text":"this-is-heard"/s);
    const before = await eventually("it floods on", async () => (await newest()) || undefined);
    await eventually("and on", async () => (await newest()) > before);
    expect((await visit(person, "neighbour")).text).toBe("neighbour");

    await visit(person, "floods", "/calm");
    await visit(person, "floods", "/say/after-the-flood");
    await eventually("its last line is found", async () => (await read("floods", "search=after-the-flood")).length === 1);
    expect(await countLogBytes(body.release)).toBeLessThan(11 * 1024 ** 2);
    expect(await seeApp(person, "floods")).toMatchObject({ state: "well", current: body.release, restarts: 0 });
    expect((await callApp(person, "DELETE", "/floods?data=true")).status).toBe(200);
  });
  it("is asked while it does not run: who gets no answer is counted later on", async () => {
    await callApp(person, "POST", "/neighbour/power", { running: false });
    await eventually("it is stopped", async () => (await visit(person, "neighbour")).status === 503);
    for (const _ of [1, 2, 3]) expect((await visit(person, "neighbour")).status).toBe(503);
    await callApp(person, "POST", "/neighbour/power", { running: true });
    await eventually("it is back", async () => (await visit(person, "neighbour")).status === 200);
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
  it("was asked in vain, and that stands in its minutes", async () => {
    const counted = async () => {
      const { minutes } = (await callApp(person, "GET", "/neighbour/metrics?hours=1")).json(appMetrics);
      return minutes.reduce((sum, { errors }) => sum + errors, 0);
    };
    await eventually("the minute has passed", async () => (await counted()) >= 4, 80_000);
  });
});
