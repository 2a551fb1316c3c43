import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { taskOut } from "../../schema/agent/team.ts";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { goalsOut } from "../../schema/memory/memory-api.ts";
import { newId } from "../../schema/wire/id.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { eventually } from "../harness/eventually.ts";
import { inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send, sent } from "../harness/person.ts";
import { operatorEmail, signIn } from "../local/identity.ts";
import { product } from "./product.ts";

/** A volume is gone: member and operator are told what is missing, and nothing is put in its place. */
const minute = 60_000;
let ada: Person;
let actor: string;
let member: string;
let stackId: string;
let events: Events;
let away: string;
const docker = async (...args: string[]) => (await promisify(execFile)("docker", args)).stdout.trim();
const name = (part: Parameters<typeof dockerName>[1]) => dockerName(readInstance(product.instance), part, member);
const errorOf = (body: unknown) => z.object({ error: z.object({ code: z.string() }) }).parse(body).error.code;

beforeAll(async () => {
  away = mkdtempSync(path.join(tmpdir(), "volume-"));
  ada = await person(product, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  ({ id: actor, member, stackId } = made.actor);
  events = made.events;
});
afterAll(() => {
  events?.close();
  rmSync(away, { recursive: true, force: true });
});
const view = async () => z.object({ actor: actorView }).parse((await ada.call("GET", "/actors/me")).body).actor;
const goals = async () => goalsOut.parse((await ada.call("GET", "/goals")).body).goals.map((goal) => goal.title);

const troubles = z.array(z.object({ stack: z.string(), trouble: z.string() }));
const hostsOut = z.object({ hosts: z.array(z.object({ troubles, lostBoxes: z.array(z.object({ stack: z.string() })) })) });
/** What the operator's list of hosts says of this stack. */
async function hostsSeen() {
  const operator = await signIn(product.identityUrl, operatorEmail, "Operator");
  const response = await fetch(`${product.edgeUrl}/hosts`, { headers: { authorization: `Bearer ${await operator.token()}` } });
  return hostsOut.parse(await response.json()).hosts;
}
async function toldToOperator(): Promise<string | undefined> {
  return (await hostsSeen()).flatMap((host) => host.troubles).find((trouble) => trouble.stack === stackId)?.trouble;
}
const seqNow = () => events.received.reduce((last, message) => ("event" in message ? Math.max(last, message.event.seq) : last), 0);
const noticed = (code: string, after: number) => events.wait("notice", (event) => event.seq > after && event.body.code === code, minute);

/** Takes a volume away, with the container that uses it. Answers a function that puts it back. */
async function takeAway(part: "gitea-data" | "workspace", side: "gitea" | "opencode"): Promise<() => Promise<void>> {
  const volume = name(part);
  const inspected = z.array(z.object({ Mountpoint: z.string(), Labels: z.record(z.string(), z.string()) }));
  const [{ Mountpoint, Labels }] = inspected.parse(JSON.parse(await docker("volume", "inspect", volume))) as [
    { Mountpoint: string; Labels: Record<string, string> },
  ];
  await docker("stop", "-t", "5", name(side));
  cpSync(Mountpoint, path.join(away, part), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  await docker("rm", "-f", name(side));
  await docker("volume", "rm", volume);
  return async () => {
    const labels = Object.entries(Labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    await docker("volume", "create", ...labels, volume);
    await promisify(execFile)("cp", ["-a", `${path.join(away, part)}/.`, Mountpoint]);
    await promisify(execFile)("chown", ["-R", "1000:1000", Mountpoint]);
  };
}

test("Gitea's volume gone: member and operator are told, nothing is taken or made in its place, and it goes on once it is back", async () => {
  expect(await ada.call("POST", "/goals", { title: "Keep me" })).toMatchObject({ status: 200 });
  await events.wait("commit", (event) => event.body.repo === "growqr/memory" && event.body.title.includes("Keep me"), minute);
  const before = seqNow();
  const putBack = await takeAway("gitea-data", "gitea");

  const { body } = await noticed("memory_missing", before);
  expect(body.text).toMatch(/missing.*kept.*not on the machine.*goes on by itself/s);
  expect(await view()).toMatchObject({ status: "failed", trouble: { code: "memory_missing", safe: expect.stringContaining("kept") } });
  expect(await eventually("the operator sees it", toldToOperator)).toBe("memory_missing");
  const asked: [string, string, object][] = [
    ["POST", "/goals", { title: "Lose me" }],
    ["PUT", "/memory/file", { path: "profile.md", text: "x", base: null }],
    ["POST", "/tasks", { spec: { id: "write-note", title: "Write", owner: "coding", outputs: ["a.md"], acceptance: [{ file: "a.md" }] } }],
    ["POST", `/actors/${actor}/message`, { clientId: newId("req"), text: "hello" }],
  ];
  for (const [method, where, input] of asked) {
    const answer = await ada.call(method, where, input);
    expect([where, answer.status, errorOf(answer.body)]).toEqual([where, 409, "memory_missing"]);
  }
  await ada.call("POST", `/actors/${actor}/start`);
  await eventually("the box stands still", async () => (await docker("ps", "-q", "--filter", `name=${name("opencode")}`)) === "");
  expect(await docker("volume", "ls", "-q", "--filter", `name=${name("gitea-data")}`)).toBe("");

  await putBack();
  await noticed("stack_goes_on", before);
  await eventually("goals are taken again", async () => (await ada.call("POST", "/goals", { title: "After" })).status === 200, minute);
  expect((await goals()).sort()).toEqual(["After", "Keep me"]);
  await eventually("it stands in Git", async () =>
    (
      await inside(product.instance, "gitea", member, [
        "git",
        "--git-dir=/var/lib/gitea/repos/growqr/memory.git",
        "log",
        "--format=%B",
        "main",
      ])
    ).includes("After"),
  );
  expect((await view()).trouble).toBeNull();
  await eventually("the operator's list is clear", async () => (await toldToOperator()) === undefined);
});

test("a memory repository that is gone from its volume is never taken for an empty one", async () => {
  const before = seqNow();
  const repo = "/var/lib/gitea/repos/growqr/memory.git";
  await inside(product.instance, "gitea", member, ["mv", repo, "/var/lib/gitea/taken.git"]);
  await ada.call("POST", "/goals", { title: "In between" });
  await noticed("memory_missing", before);
  const answer = await ada.call("POST", "/goals", { title: "Lose me" });
  expect([answer.status, errorOf(answer.body)]).toEqual([409, "memory_missing"]);
  await expect(inside(product.instance, "gitea", member, ["test", "-e", repo])).rejects.toThrow();
  await inside(product.instance, "gitea", member, ["mv", "/var/lib/gitea/taken.git", repo]);
  await noticed("stack_goes_on", before);
  await eventually("what was taken before it was known is kept", async () =>
    (await inside(product.instance, "gitea", member, ["git", `--git-dir=${repo}`, "log", "--format=%B", "main"])).includes("In between"),
  );
});

/** The newest request to the model that contains these words. */
const askedWith = async (words: string): Promise<string> => JSON.stringify((await requestsWith(product, words)).at(-1));
const done = (turnId: string, ms = 90_000) =>
  events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", ms);
async function say(channel: string, text: string): Promise<string> {
  const answer = await ada.call("POST", `/channels/${channel}/messages`, { clientId: newId("req"), text });
  return sent.parse(answer.body).turnId;
}
/** The channel of a sub-agent that has done a task. */
async function helper(): Promise<string> {
  const acceptance = [{ file: "helped.md", contains: "Written by the demo model" }];
  const spec = { id: "helped", title: "A page, helped", project: "helped", owner: "testing", outputs: ["helped.md"], acceptance };
  const { task } = taskOut.parse((await ada.call("POST", "/tasks", { spec })).body);
  await events.wait("task.state", (event) => event.body.taskId === task.id && event.body.facts.state === "verified", 2 * minute);
  return (await events.wait("agent.state", (event) => event.body.taskId === task.id)).body.channel;
}

test("the box's volume gone: every agent's channel says, with nobody writing, what is safe and what is missing, the operator sees it, and the next prompt of each carries its conversation", async () => {
  const sub = await helper();
  const words = { own: `Albatross ${newId("req").slice(-6)}`, sub: `Pelican ${newId("req").slice(-6)}` };
  await done((await send(ada, actor, `Please keep the word ${words.own} in mind.`)).turnId);
  await done(await say(sub, `Please keep the word ${words.sub} in mind.`));
  const before = seqNow();
  await takeAway("workspace", "opencode");
  const lost = () => events.of("notice").filter((event) => event.seq > before && event.body.code === "context_lost");
  await events.until("both are told", () => lost().length >= 2, minute);
  expect(new Set(lost().map((event) => event.channel))).toEqual(new Set([sub, lost().find((event) => event.channel !== sub)?.channel]));
  for (const { body } of lost()) expect(body.text).toMatch(/Safe: your memory.*Missing: files that were not pushed/s);
  await eventually("the operator sees it", async () =>
    (await hostsSeen()).some((host) => host.lostBoxes.some((box) => box.stack === stackId)),
  );
  await eventually("the box runs again", async () => (await docker("ps", "-q", "--filter", `name=${name("opencode")}`)) !== "");

  await done((await send(ada, actor, "hello after the loss")).turnId);
  expect(await askedWith("hello after the loss")).toContain(words.own);
  await done(await say(sub, "hello, helper, after the loss"));
  expect(await askedWith("hello, helper, after the loss")).toContain(words.sub);
  expect(lost().map((event) => event.channel)).toHaveLength(2); // told once each
});
