import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type ReleaseStep, releaseSteps } from "../../../schema/release/release.ts";
import { type AppPut, appSeen } from "../../../schema/release/release-host.ts";
import { eventually } from "../../harness/eventually.ts";
import { skipAfterFailure } from "../../harness/in-order.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import { engine, makeRepository, startDaemonWithAuthor } from "../clean-room.ts";
import { folder, hostInstance, startDaemon } from "../ground.ts";
import { callHost, newPerson, putStack, signStackTicket } from "../runner-client.ts";
import { callApp, deploy, pushMain, putBody, readLines, seeApp, serverFiles, visit } from "./app-client.ts";

/** A daemon that is killed in the middle of a deployment. */
const person = newPerson();
let daemon: Started;
let repo = "";
let serving: AppPut;
const data = 'if (request.url === "/migrated") return response.end(require("node:fs").readFileSync("/data/migrated", "utf8"))';
const filesOf = (word: string) => serverFiles(word, { migrate: `sleep 1; echo ${word} >>/data/migrated`, health: { path: "/" } }, data);

skipAfterFailure();
beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person);
  repo = await makeRepository(person, "shop");
  serving = putBody(repo, await pushMain(person, repo, filesOf("first")));
  expect((await deploy(person, "shop", serving)).end.served).toBe(true);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
});

const labels = (part: string) => ({ label: [`growqr.stack=${person.stack}`, `growqr.part=${part}`] });
const inspectApp = (release: string) =>
  engine.docker.getContainer(dockerName(hostInstance, "app", `shop-${person.member}-${release}`)).inspect();
const isRunning = async (release: string) => (await inspectApp(release)).State.Running;
/** What is left of all releases: containers, those that run, volumes of files, rooms. */
async function countObjects() {
  const [apps, rooms] = await Promise.all(["app", "run"].map((part) => engine.docker.listContainers({ all: true, filters: labels(part) })));
  const { Volumes } = await engine.docker.listVolumes({ filters: JSON.stringify(labels("app-release")) });
  return {
    apps: apps?.length,
    running: apps?.filter(({ State }) => State === "running").length,
    volumes: Volumes.length,
    rooms: rooms?.length,
  };
}
/** Begins a deployment and kills the daemon as soon as it says that it is at this step. */
async function killAt(step: ReleaseStep, body: AppPut): Promise<void> {
  const at = (text: string) =>
    readLines(text.slice(0, text.lastIndexOf("\n") + 1)).some((line) => line.type === "step" && line.step === step);
  const ticket = await signStackTicket(person);
  let killed: Promise<void> | undefined;
  const onData = (text: string) => {
    if (at(text)) killed ??= daemon.kill();
    return false;
  };
  await callHost("PUT", `/stacks/${person.member}/apps/shop`, { ticket, body, onData }).catch(() => undefined); // cut off
  if (!killed) throw new Error(`the deployment was never at ${step}`);
  await killed;
}

it.for(releaseSteps)("at its step %s leaves one release serving, and the same deployment again goes on", async (step) => {
  const body = putBody(repo, await pushMain(person, repo, filesOf(step)));
  await killAt(step, body);
  // Without any daemon. After the switch the one before may have been ended already.
  expect([await isRunning(serving.release), step === "switch" && (await isRunning(body.release))]).toContain(true);
  daemon = await startDaemon();
  const [before, word] = [await seeApp(person, "shop"), (await visit(person, "shop")).text];
  expect([serving.release, body.release]).toContain(before.current);
  expect(word).toBe(before.current === body.release ? step : before.current === serving.release ? wordOf(serving) : "");
  await eventually("its stack goes on", async () => (await putStack(person, 1, "running")).stack?.observed === "running");
  expect((await deploy(person, "shop", body)).end).toMatchObject({ type: "end", served: true, current: body.release });
  expect([(await visit(person, "shop")).text, await seeApp(person, "shop")]).toMatchObject([
    step,
    { kept: [{ release: serving.release }] },
  ]);
  const migrated = (await visit(person, "shop", "/migrated")).text.split("\n").filter((line) => line === step);
  expect(migrated).toEqual([step]);
  await eventually("nothing else is left", async () => {
    expect(await countObjects()).toEqual({ apps: 2, running: 1, volumes: 2, rooms: 0 });
    return true;
  });
  words.set(body.release, step);
  serving = body;
});
it("leaves a migration whose release is given up by the next one: it has ended before that one's begins", async () => {
  const halts = "trap 'sleep 1; echo ended >>/data/migrated; exit 1' TERM; echo half >>/data/migrated; sleep 1000 & wait";
  const half = putBody(repo, await pushMain(person, repo, serverFiles("half", { migrate: halts, health: { path: "/" } }, data)));
  const asked = deploy(person, "shop", half).catch(() => undefined); // cut off
  const name = `${dockerName(hostInstance, "app", `shop-${person.member}-${half.release}`)}-migrate`;
  await eventually("it migrates", async () => (await engine.docker.getContainer(name).inspect()).State.Running);
  await daemon.kill();
  await asked;
  daemon = await startDaemon();
  await eventually("its stack goes on", async () => (await putStack(person, 1, "running")).stack?.observed === "running");
  expect((await engine.docker.getContainer(name).inspect()).State.Running).toBe(true);
  const newer = putBody(repo, await pushMain(person, repo, filesOf("newer")));
  expect((await deploy(person, "shop", newer)).end).toMatchObject({ type: "end", served: true, current: newer.release });
  expect((await visit(person, "shop", "/migrated")).text.trim().split("\n").slice(-3)).toEqual(["half", "ended", "newer"]);
  const { failed } = (await deploy(person, "shop", half)).end;
  expect(failed?.reason).toMatch(/^A newer release has taken its place\. Its migration was cut off half-way\./);
  words.set(newer.release, "newer");
  serving = newer;
});
const words = new Map<string, string>();
const wordOf = ({ release }: AppPut) => words.get(release) ?? "first";

it("finds again which release served where the ledger is lost, with what it can go back to and its secrets (issue 10.13)", async () => {
  const words = 'if (request.url === "/word") return response.end(process.env.WORD)';
  const second = putBody(repo, await pushMain(person, repo, serverFiles("second", {}, words)), { env: { WORD: "of the secret" } });
  expect((await deploy(person, "shop", second)).end.served).toBe(true);
  const started = async () => (await inspectApp(second.release)).State.StartedAt;
  const before = await started();
  await eventually("the one before has ended", async () => !(await isRunning(serving.release)));
  await daemon.kill();
  const state = hostFolder(folder);
  for (const name of readdirSync(state).filter((each) => each.startsWith("ledger.sqlite"))) rmSync(path.join(state, name));
  daemon = await startDaemon();
  await eventually("it is served again", async () => (await visit(person, "shop", "/word")).text === "of the secret");
  expect([await started(), await seeApp(person, "shop")]).toMatchObject([
    before,
    { current: second.release, kept: [{ release: serving.release }], state: "well" },
  ]);
  await eventually("its stack goes on", async () => (await putStack(person, 2, "running")).stack?.observed === "running");
  expect((await callApp(person, "POST", "/shop/roll-back", { to: serving.release })).json(appSeen).current).toBe(serving.release);
  expect((await visit(person, "shop")).text).toBe(wordOf(serving));
});
