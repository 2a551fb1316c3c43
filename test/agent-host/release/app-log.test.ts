import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { viewHeader } from "../../../schema/preview/preview-access.ts";
import { appLogLine } from "../../../schema/release/release-host.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, pushMain, putBody, seeApp, serverFiles, visit } from "./app-client.ts";

/** The log of an app: what it prints, and what the platform says of it. */
const person = newPerson();
let daemon: Started;
const secret = "very-secret-value";

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  const repo = await makeRepository(person, "lab");
  const program = `if (request.method === "POST") { let line = ""; request.on("data", (part) => (line += part)).on("end", () => response.end(require("node:child_process").spawnSync("bash", ["-c", line], { encoding: "utf8" }).stdout)); return }
    if (request.url === "/count") { let n = 0; setInterval(() => { for (let i = 0; i < 5; i += 1) console.log("count " + n++) }, 1) }
    if (request.url.startsWith("/say")) console.log(decodeURIComponent(request.url.slice(5)))`;
  const files = serverFiles("lab", { start: "exec node server.js" }, program);
  expect((await deploy(person, "lab", putBody(repo, await pushMain(person, repo, files), { env: { KEY: secret } }))).end.served).toBe(true);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});
const run = async (line: string) =>
  (await callHost("POST", `/stacks/${person.member}/apps/lab/http/`, { ticket: await signStackTicket(person), raw: line })).text.trim();
const logs = async (project: string, query = "") =>
  (await callApp(person, "GET", `/${project}/logs${query}`)).text
    .split("\n")
    .filter(Boolean)
    .map((line) => appLogLine.parse(JSON.parse(line)));

describe("an app", () => {
  it("says what it prints without the values of its secrets; the platform's own lines stand among it", async () => {
    await visit(person, "lab", `/say/hello-${secret}-there`);
    await eventually("the line is there", async () => (await logs("lab")).some((line) => line.text === "hello-•••-there"));
    expect((await logs("lab")).map(({ text: line }) => line)).toContain("This release serves now.");
    expect((await logs("lab", "?search=HELLO-&lines=1")).map(({ stream }) => stream)).toEqual(["out"]);
    expect((await callApp(person, "GET", "/lab/logs?lines=100000")).status).toBe(400);
  });
  it("has a log that can be followed, over its own end too", async () => {
    const ticket = await signStackTicket(person);
    let asked = 0;
    const onData = (lines: string) => {
      if (asked === 0) void visit(person, "lab", "/say/followed").then(() => run("kill $PPID"));
      asked += 1;
      if (lines.includes("It is started again") && asked < 1_000) {
        asked = 1_000;
        void eventually("it is back", async () => (await visit(person, "lab", "/say/after-its-end")).status === 200);
      }
      return lines.includes("after-its-end");
    };
    const { text: followed } = await callHost("GET", `/stacks/${person.member}/apps/lab/logs?follow=true&lines=1`, { ticket, onData });
    expect(followed).toMatch(/followed.*ended with.*It is started again.*after-its-end/s);
    expect((await seeApp(person, "lab")).restarts).toBe(1);
  });
  it("has a log whose reader hears what the platform does while the app goes on", async () => {
    const ticket = await signStackTicket(person);
    let asked: Promise<unknown> | undefined;
    const onData = (lines: string) => {
      asked ??= callApp(person, "POST", "/lab/power", { running: true });
      return lines.includes("It was started by its member.");
    };
    const { text: followed } = await callHost("GET", `/stacks/${person.member}/apps/lab/logs?follow=true&lines=1`, { ticket, onData });
    await asked;
    expect(followed.match(/It was started by its member\./g)).toHaveLength(1);
  });
  it("has a log that is followed no longer than the sign-in lasts by which it was asked for", async () => {
    const ticket = await signStackTicket(person);
    const right = { key: "logs", at: Date.now(), signIn: newId("pat"), signInAt: Date.now() };
    let ended: Promise<unknown> | undefined;
    const onData = () => {
      const query = new URLSearchParams({ at: String(Date.now()), signIn: right.signIn });
      ended ??= callHost("DELETE", `/stacks/${person.member}/views?${query}`, { ticket });
      return false;
    };
    const headers = { [viewHeader]: JSON.stringify(right) };
    await callHost("GET", `/stacks/${person.member}/apps/lab/logs?follow=true&lines=1`, { ticket, headers, onData }); // it ends
    expect(await ended).toMatchObject({ status: 200, text: expect.stringContaining('"ended":1') });
  });
  it("has a log that goes on where it was read, also in the middle of a millisecond", async () => {
    const ticket = await signStackTicket(person);
    expect((await visit(person, "lab", "/count")).status).toBe(200);
    await eventually("it counts", async () => (await logs("lab", "?lines=1")).some((line) => line.text.startsWith("count ")));
    const onData = (lines: string) => lines.split("\n").length > 3_000;
    const path = `/stacks/${person.member}/apps/lab/logs?follow=true&lines=1&search=count`;
    const { text: followed } = await callHost("GET", path, { ticket, onData });
    const lines = followed.split("\n").slice(0, -1).filter(Boolean);
    const counted = lines.map((line) => Number(appLogLine.parse(JSON.parse(line)).text.slice("count ".length)));
    expect(counted).toEqual(counted.map((_, at) => counted[0]! + at));
    await run("kill $PPID"); // it would count on
    await eventually("it has ended", async () => (await seeApp(person, "lab")).restarts === 2);
    await eventually("it is back", async () => (await visit(person, "lab")).status === 200);
  });
});
