import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environmentPath } from "../../../schema/environment/environment.ts";
import { type RunLine, runLine } from "../../../schema/proof/proof.ts";
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
  daemon = await startDaemonWithAuthor(person, { SETUP_SECONDS: "60" });
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
async function proveOnFullDisk(asked: Asked): Promise<{ line: RunLine; ms: number; snapshots: string[] }> {
  let filled: number | undefined;
  const onData = (text: string) => {
    if (filled === undefined && text.includes("begun")) {
      fillDisk(state);
      filled = performance.now();
    }
    return /"type":"(result|error)"/.test(text);
  };
  const { text } = await openRun(person, asked, { onData });
  const line = runLine.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  return { line, ms: performance.now() - (filled ?? 0), snapshots: await listSnapshots() };
}
async function listSnapshots(): Promise<string[]> {
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] };
  return (await engine.docker.listVolumes({ filters: JSON.stringify(filters) })).Volumes.map(({ Name }) => Name).sort();
}
const empty = () => rmSync(path.join(state, "fill"));
const says = "mkdir -p node_modules/word && echo hello >node_modules/word/said";

it("stops a setup when others have filled the disk: no word on the work, nothing kept, the neighbour goes on, and room lets it be proven", async () => {
  const asked = await makeProject([says, "[ -e /room/home/waited ] || { touch /room/home/waited; echo begun; sleep 8; }"]);
  const { line, ms, snapshots } = await proveOnFullDisk(asked);
  expect([line.type === "error" && line.code, snapshots]).toEqual(["storage_full", []]);
  expect(ms).toBeLessThan(7_000);
  expect((await readStack(neighbour)).observed).toBe("running");
  expect((await callGitea(neighbour, "GET", "/version")).status).toBe(200);
  const { text } = await openRun(person, asked);
  expect(text).toContain('"storage_full"'); // nothing is begun meanwhile
  empty();
  const again = runLine.parse(JSON.parse((await openRun(person, asked)).text.trim().split("\n").at(-1) ?? ""));
  expect(again.type === "result" && again.result.failures).toEqual([]);
  expect(await listSnapshots()).toHaveLength(1);
});
it("says of a setup that filled the disk itself that it wrote too much, and keeps nothing of it", async () => {
  const before = await listSnapshots();
  const writes = "mkdir node_modules && for n in 1 2 3; do fallocate -l 1100M node_modules/$n; done; echo begun; sleep 30";
  const { line, snapshots } = await proveOnFullDisk(await makeProject([writes]));
  empty();
  const reason = line.type === "result" ? line.result.failures.map(({ why, reason }) => `${why}: ${reason}`).join() : line.type;
  expect([reason, snapshots]).toEqual([expect.stringMatching(/^setup_failed: .*wrote more than a setup may and was stopped/), before]);
  expect((await readStack(neighbour)).observed).toBe("running");
});
