import { afterAll, beforeAll, expect } from "vitest";
import { reachRegistries } from "../../../harness/registries.ts";
import type { Started } from "../../../local/process.ts";
import {
  type Asked,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  reachRegistry,
  startAuthor,
  startDaemonWithAuthor,
} from "../../clean-room.ts";
import { hostInstance, startDaemon } from "../../ground.ts";
import { newPerson, putStack } from "../../runner-client.ts";

/** Projects with dependencies, which come from the real registries (SPEC 9.3). */
export let person = newPerson();
let daemon: Started;

/** The author's pair, for the tests of one file; no installed packages are left of it. */
export function bringRegistryAuthor(): void {
  person = newPerson(); // files that run after this one in the same worker share this module
  beforeAll(async () => {
    daemon = await startDaemonWithAuthor(person, await reachRegistries(), startAuthor);
  });
  afterAll(async () => {
    await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
    expect(await volumes()).toEqual([]);
    await daemon?.stop();
  });
}
/** Kills the daemon in the middle of its work, and starts the next one once `between` is done. */
export async function killDaemon(between: () => Promise<unknown>): Promise<void> {
  await daemon.kill();
  await between();
  daemon = await startDaemon(await reachRegistries());
}
/** Names of the volumes with installed packages. */
export const volumes = async () => {
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] };
  const { Volumes } = await engine.docker.listVolumes({ filters: JSON.stringify(filters) });
  return Volumes.map(({ Name }) => Name).sort(); // Docker lists them in any order
};

/** A project on main by a script in its folder; installs what a lockfile needs with the box's own way out. */
export async function makeProject(name: string, script: string): Promise<Asked> {
  const repo = await makeRepository(person, name);
  const clone = `rm -rf ${name} && git clone -q http://gitea:3000/${repo}.git ${name} && cd ${name}`;
  const push =
    "printf 'node_modules\\n.venv\\n' >>.gitignore && git add -A && git commit -qm work && git push -q origin HEAD:main && git rev-parse HEAD";
  const out = await mustRunAsAgent(person, `${reachRegistry} && ${clone} && { ${script}\n} >&2 && ${push}`);
  return { repo, branch: "main", commit: out.split("\n").at(-1) ?? "", outputs: [], checks: [] };
}
export const manifest = (more: object) =>
  `cat >package.json <<'J'\n${JSON.stringify({ name: "p", version: "1.0.0", private: true, ...more })}\nJ`;
export const usesMs = command("tests.0", `node -e 'console.log(require("ms")("2 days"))'`, { contains: "172800000" });
