import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runLine } from "../../../../schema/proof/proof.ts";
import { type PackageManager, packageManagers } from "../../../doubles/registry/projects.ts";
import { packagePath, type Registry, type RegistryMood, startRegistry } from "../../../doubles/registry/server.ts";
import { eventually } from "../../../harness/eventually.ts";
import { joinAuthorities } from "../../../harness/registries.ts";
import { long } from "../../../harness/suite/long-run.ts";
import type { Started } from "../../../local/process.ts";
import {
  type Asked,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  openRun,
  startAuthor,
  startDaemonWithAuthor,
  writeFilesLine,
} from "../../clean-room.ts";
import { hostInstance } from "../../ground.ts";
import { newPerson, putStack } from "../../runner-client.ts";

/** Setups whose registry is away, slow, failing or lies (issue 10, "registry away in the middle"). */
const person = newPerson();
const folder = path.join(tmpdir(), `growqr-registry-${hostInstance.name}`);
const seconds = 60;
let registry: Registry;
let daemon: Started;

beforeAll(async () => {
  registry = await startRegistry(folder, `packages.${hostInstance.name}.growqr-test.example`);
  const BOX_AUTHORITIES = joinAuthorities(path.join(folder, "both.pem"), registry.ca);
  daemon = await startDaemonWithAuthor(
    person,
    { EGRESS_ALLOW: registry.name, BOX_AUTHORITIES, SETUP_SECONDS: String(seconds) },
    startAuthor,
  );
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  await daemon?.stop();
  await registry?.stop();
});

const nodeCheck = "node -p 'require(\"greeter\")'";
const pythonCheck = ".venv/bin/python -c 'import pygreeter; print(pygreeter.WORD)'";
const checkLines: Record<PackageManager, string> = {
  ...{ npm: nodeCheck, pnpm: nodeCheck, yarn: nodeCheck, pip: pythonCheck, uv: pythonCheck, go: "go run ." },
};
let projects = 0;
async function makeProject(manager: PackageManager): Promise<Asked> {
  const name = `${manager}-${projects++}`;
  const repo = await makeRepository(person, name);
  const clone = `git clone -q http://gitea:3000/${repo}.git ${name} && cd ${name}`;
  const push = "git add -A && git commit -qm work && git push -q origin HEAD:main && git rev-parse HEAD";
  const out = await mustRunAsAgent(person, `{ ${clone} && ${writeFilesLine(registry.files(manager, name))}; } >&2 && ${push}`);
  const check = command("tests.0", checkLines[manager], { contains: "hello" });
  return { repo, branch: "main", commit: out.split("\n").at(-1) ?? "", outputs: [], checks: [check] };
}
/** How a proof ends: with a verdict, or with why there is none. */
async function prove(asked: Asked, mood: RegistryMood, onData?: (text: string) => boolean) {
  registry.mood = mood;
  const { text } = await openRun(person, asked, onData ? { onData } : {});
  const line = runLine.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  const volumes = await listSnapshots();
  if (line.type === "result") return { volumes, code: undefined, failures: line.result.failures };
  return { volumes, code: line.type === "error" ? line.code : line.type, failures: [] };
}
async function listSnapshots(): Promise<string[]> {
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] };
  const { Volumes } = await engine.docker.listVolumes({ filters: JSON.stringify(filters) });
  return Volumes.map(({ Name }) => Name).sort(); // Docker lists them in any order
}

/** What each says of a file that is whole and not the one that its lock names. */
const forgedWords: Record<PackageManager, RegExp> = {
  ...{ npm: /EINTEGRITY/, pnpm: /ERR_PNPM_TARBALL_INTEGRITY/, yarn: /Integrity check failed/ },
  ...{ pip: /HASHES/, uv: /Hash mismatch/, go: /checksum mismatch/ },
};
/**
 * What ends at once stands in every run. The image `full`, and asking again for many seconds, are for a long
 * one: `npm test -- --long`.
 */
const always: Record<PackageManager, readonly RegistryMood[]> = {
  npm: ["cut", "failing", "well", "slow", "forged"],
  pip: ["cut", "failing", "well", "slow", "forged"],
  pnpm: ["well"],
  yarn: ["failing", "forged"],
  uv: ["well", "forged"],
  go: [],
};
describe.each(packageManagers.filter((each) => long || always[each].length > 0))("a setup by %s", (manager) => {
  const inRun = (mood: RegistryMood) => (title: string, run: () => Promise<void>) => {
    if (long || always[manager].includes(mood)) it(title, run);
  };
  let project: Asked;
  beforeAll(async () => {
    project = await makeProject(manager);
  });
  for (const mood of ["cut", "failing"] as const)
    inRun(mood)(`whose registry is ${mood} says so in its time, is no word on the work, and keeps nothing`, async () => {
      const before = await listSnapshots();
      const { code, failures, volumes } = await prove(project, mood);
      // A setup that is ended by its time has failed: that would be a word on the work.
      expect([code, failures, volumes]).toEqual(["unavailable", [], before]);
    });
  inRun("forged")("refuses a file that is not the one its lock names, and keeps nothing of it", async () => {
    const before = await listSnapshots();
    const { failures, volumes } = await prove(await makeProject(manager), "forged");
    expect([failures.map(({ why }) => why), volumes]).toEqual([["setup_failed"], before]);
    expect(failures[0]?.reason).toMatch(forgedWords[manager]);
  });
  inRun("well")("goes on once the registry is back, even in the middle of it", async () => {
    const before = await listSnapshots();
    registry.asked.splice(0);
    const going = prove(project, "cut");
    await eventually("it is asked for the file", async () => registry.asked.some((at) => packagePath.test(at)), seconds * 1_000);
    registry.mood = "well";
    const first = await going; // the package manager has asked again, or the next proof does
    if (first.code !== undefined) expect([first.code, first.volumes]).toEqual(["unavailable", before]);
    const { code, failures, volumes } = await prove(project, "well");
    expect([code, failures, volumes.filter((name) => !before.includes(name))]).toEqual([undefined, [], [expect.any(String)]]);
  });
  inRun("slow")("takes a registry that answers slowly", async () => {
    const slow = await prove(await makeProject(manager), "slow");
    expect([slow.code, slow.failures]).toEqual([undefined, []]);
  });
});
