import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runInContainer } from "../../../agent-host/docker.ts";
import { environmentPath } from "../../../schema/environment/environment.ts";
import { dockerName } from "../../../schema/machine/instance.ts";
import { type RunIn, type RunLine, runLine } from "../../../schema/proof/proof.ts";
import { newId } from "../../../schema/wire/id.ts";
import { printYaml } from "../../../schema/wire/yaml.ts";
import { fillDisk } from "../../harness/fill-disk.ts";
import { hostFolder } from "../../local/host.ts";
import type { Started } from "../../local/process.ts";
import {
  type Asked,
  callGitea,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  openRun,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../clean-room.ts";
import { folder, hostInstance } from "../ground.ts";
import { newPerson, placeStack, putStack, readStack } from "../runner-client.ts";

/** A machine whose disk is filled while a setup runs (issue 10): its state folder has a small disk. */
const [person, neighbour] = [newPerson(), newPerson()];
const state = hostFolder(folder);
let daemon: Started;
let repo = "";

beforeAll(async () => {
  const before = mkdtempSync(path.join(tmpdir(), "growqr-state-"));
  cpSync(state, before, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=200m,mode=0700", "tmpfs", state]);
  cpSync(before, state, { recursive: true });
  rmSync(before, { recursive: true });
  daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: "1500" }); // longer than a test: no setup here ends by its time
  await placeStack(neighbour);
  expect((await putStack(neighbour, 1, "running")).stack?.observed).toBe("running");
  repo = await makeRepository(person, "shop");
});
afterAll(async () => {
  for (const each of [person, neighbour]) await putStack(each, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  execFileSync("umount", [state]);
});

let clones = 0;
/** A project on main that is set up by these commands. */
async function makeProject(setup: string[]): Promise<Asked> {
  const clone = `git clone -q http://gitea:3000/${repo}.git c${clones} && cd c${clones++}`;
  const files = { [environmentPath]: printYaml({ setup }) };
  const push = "git add -A && git commit -qm work && git push -q origin HEAD:main && git rev-parse HEAD";
  const out = await mustRunAsAgent(person, `{ ${clone} && ${writeFilesLine(files)}; } >&2 && ${push}`);
  const check = command("tests.0", "cat node_modules/word/said", { contains: "hello" });
  return { repo, branch: "main", commit: out.split("\n").at(-1) ?? "", outputs: [], checks: [check] };
}
/** Proves it; the disk is filled once its setup has said "begun". */
async function proveOnFullDisk(asked: Asked): Promise<{ line: RunLine; snapshots: string[] }> {
  const line = await prove(asked, () => void fillDisk(state));
  return { line, snapshots: await listSnapshots() };
}
/** How a proof ends. `begun` is called once its setup has said that. */
async function prove(asked: Asked, begun: (id: RunIn["id"]) => void): Promise<RunLine> {
  const id = newId("wrk");
  let told = false;
  const onData = (text: string) => {
    if (!told && text.includes("begun")) {
      told = true;
      begun(id);
    }
    return /"type":"(result|error)"/.test(text);
  };
  const { text } = await openRun(person, asked, { id, onData });
  return runLine.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
}
/** Lets a setup go on that waits for this. */
const release = async (id: RunIn["id"]): Promise<void> => {
  const room = dockerName(hostInstance, "run", `${id}-setup`);
  await runInContainer(engine, room, { cmd: ["touch", "/tmp/released"], user: "0:0" });
};
async function listSnapshots(): Promise<string[]> {
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] };
  return (await engine.docker.listVolumes({ filters: JSON.stringify(filters) })).Volumes.map(({ Name }) => Name).sort();
}
const empty = () => rmSync(path.join(state, "fill"));
const says = "mkdir -p node_modules/word && echo hello >node_modules/word/said";

it("stops a setup when others have filled the disk: no word on the work, nothing kept, the neighbour goes on, and room lets it be proven", async () => {
  const asked = await makeProject([says, "echo begun; until [ -e /tmp/released ]; do sleep 0.1; done"]);
  const { line, snapshots } = await proveOnFullDisk(asked); // nobody lets it go on: without a stop it would never end
  expect([line.type === "error" && line.code, snapshots]).toEqual(["storage_full", []]);
  expect((await readStack(neighbour)).observed).toBe("running");
  expect((await callGitea(neighbour, "GET", "/version")).status).toBe(200);
  const { text } = await openRun(person, asked);
  expect(text).toContain('"storage_full"'); // nothing is begun meanwhile
  empty();
  const again = await prove(asked, (id) => void release(id));
  expect(again.type === "result" && again.result.failures).toEqual([]);
  expect(await listSnapshots()).toHaveLength(1);
});
it("says of a setup that filled the disk itself that it wrote too much, and keeps nothing of it", async () => {
  const before = await listSnapshots();
  const writes = "mkdir node_modules && for n in 1 2 3; do fallocate -l 1100M node_modules/$n; done; echo begun; sleep infinity";
  const { line, snapshots } = await proveOnFullDisk(await makeProject([writes]));
  empty();
  const reason = line.type === "result" ? line.result.failures.map(({ why, reason }) => `${why}: ${reason}`).join() : line.type;
  expect([reason, snapshots]).toEqual([expect.stringMatching(/^setup_failed: .*wrote more than a setup may and was stopped/), before]);
  expect((await readStack(neighbour)).observed).toBe("running");
});
