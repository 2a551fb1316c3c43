import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDocker } from "../../../agent-host/docker.ts";
import { readImageTags } from "../../../agent-host/images.ts";
import { environmentPath } from "../../../schema/environment/environment.ts";
import { type RunLine, runLine } from "../../../schema/proof/proof.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";
import { eventually } from "../../harness/eventually.ts";
import { fillDisk } from "../../harness/fill-disk.ts";
import { type SmallDocker, startSmallDocker } from "../../harness/small-docker.ts";
import { limit } from "../../harness/suite/limit.ts";
import { removeObjects } from "../../local/docker/instance-objects.ts";
import type { Started } from "../../local/process.ts";
import { type Asked, callGitea, command, openRun } from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { callApp, deploy, environment, putBody, server, visit } from "../release/app-client.ts";
import { newPerson, placeStack, putStack, readStack } from "../runner-client.ts";

/**
 * A machine whose Docker has no byte left: its data root is a small disk of the test's own, with a daemon of
 * its own. Loading the images takes a while, so `npm test -- --long` alone does it.
 */
const person = newPerson();
const folder = path.join(tmpdir(), `growqr-docker-${hostInstance.name}`);
const between = ["FORWARD", "-i", `${hostInstance.bridge}+`, "-o", `${hostInstance.bridge}+`, "-j", "ACCEPT"];
let small: SmallDocker;
let daemon: Started;
let generation = 1;

const engine = () => connectDocker(small.socket);
/** Volumes of what may be made only whole. */
async function listMade(): Promise<string[]> {
  const { Volumes } = await engine().docker.listVolumes({});
  return Volumes.map(({ Name }) => Name)
    .filter((name) => /snapshot|app-release/.test(name))
    .sort();
}
/** A repository with these files on main. Answers its commit. */
async function makeProject(name: string, files: Record<string, string>): Promise<string> {
  await callGitea(person, "POST", "/orgs/projects/repos", { name, private: true, auto_init: true, default_branch: "main" });
  const changes = Object.entries(files).map(([at, text]) => ({
    ...{ operation: "create", path: at, content: Buffer.from(text).toString("base64") },
  }));
  const { text } = await callGitea(person, "POST", `/repos/projects/${name}/contents`, {
    ...{ branch: "main", message: "work", files: changes },
  });
  return (JSON.parse(text) as { commit: { sha: string } }).commit.sha;
}
/** Proves it; once its setup has said "begun" the disk is filled. */
async function prove(asked: Asked, fills = false): Promise<RunLine> {
  let filled = !fills;
  const onData = (text: string) => {
    if (!filled && text.includes("begun")) fill();
    filled ||= text.includes("begun");
    return /"type":"(result|error)"/.test(text);
  };
  const { text } = await openRun(person, asked, { onData });
  return runLine.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
}
const codeOf = (line: RunLine) => (line.type === "error" ? line.code : line.type);
function fill(): void {
  const free = Number(execFileSync("df", ["--output=avail", "-k", small.data]).toString().split("\n")[1]);
  execFileSync("fallocate", ["-l", `${Math.max(1, free - 20_000)}K`, path.join(small.data, "most")]);
  expect(fillDisk(small.data)).toBe("ENOSPC");
}
function empty(): void {
  for (const name of ["most", "fill"]) rmSync(path.join(small.data, name), { force: true });
}

describe("a machine whose Docker has no byte left", { timeout: limit(240_000) }, () => {
  let asked: Asked;
  let notes: string;
  beforeAll(async () => {
    await removeObjects(connectDocker("/var/run/docker.sock").docker, hostInstance);
    const { gitea, opencode, services } = readImageTags();
    small = await startSmallDocker(folder, { mb: 6_000, images: [gitea, opencode, services], deadline: 30_000 });
    execFileSync("iptables", ["-I", ...between]);
    daemon = await startDaemon({ DOCKER_SOCKET: small.socket });
    await placeStack(person);
    expect((await putStack(person, generation, "running")).stack?.observed).toBe("running");
    await callGitea(person, "POST", "/orgs", { username: "projects", visibility: "private" });
    const says = "mkdir -p node_modules/word && echo hello >node_modules/word/said";
    const waits = "[ -e /room/home/waited ] || { touch /room/home/waited; echo begun; sleep 8; }";
    const commit = await makeProject("shop", { [environmentPath]: printYaml({ setup: [says, waits] }) });
    const check = command("tests.0", "cat node_modules/word/said", { contains: "hello" });
    asked = { repo: "projects/shop", branch: "main", commit, outputs: [], checks: [check] };
    notes = await makeProject("notes", { ...environment({ start: "node server.js" }), "server.js": server("notes") });
  });
  afterAll(async () => {
    if (small) empty();
    await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 }).catch(() => undefined);
    await daemon?.stop();
    if (small) await removeObjects(engine().docker, hostInstance);
    execFileSync("iptables", ["-D", ...between]);
    await small?.stop();
    const left = execFileSync("bash", ["-c", `grep -F ${folder} /proc/mounts; losetup -a | grep -F ${folder}; true`]).toString();
    expect(left).toBe("");
  });

  it("ends a proof that was going on without a word on the work, keeps nothing of it, and begins no other", async () => {
    expect(codeOf(await prove(asked, true))).toBe("storage_full");
    empty();
    expect(await listMade()).toEqual([]);
    fill();
    expect(codeOf(await prove(asked))).toBe("storage_full");
  });
  it("takes no release", async () => {
    const { status, text } = await callApp(person, "PUT", "/notes", putBody("projects/notes", notes));
    expect([status, text]).toEqual([507, expect.stringContaining("storage_full")]);
    expect((await callApp(person, "GET", "/notes")).status).toBe(404);
  });
  it("says of a stack that is started why it is not there, or starts it; with room all is well within a minute", async () => {
    expect((await putStack(person, ++generation, "stopped")).stack?.observed).toBe("stopped");
    const started = await putStack(person, ++generation, "running");
    expect([started.status, started.stack?.observed ?? started.error]).toEqual([200, expect.stringMatching(/^(running|storage_full)$/)]);
    empty();
    await eventually("it runs", async () => (await putStack(person, ++generation, "running")).stack?.observed === "running", 60_000);
    expect((await readStack(person)).observed).toBe("running");
    const proven = await prove(asked);
    expect(proven.type === "result" && proven.result.failures).toEqual([]);
    const { end } = await deploy(person, "notes", putBody("projects/notes", notes));
    expect([end.failed, end.served, (await visit(person, "notes")).text]).toEqual([undefined, true, "notes"]);
    expect(await listMade()).toHaveLength(2);
  });
});
