import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { reachRegistries } from "../../harness/registries.ts";
import type { Started } from "../../local/process.ts";
import {
  type Asked,
  command,
  engine,
  makeRepository,
  mustRunAsAgent,
  openRun,
  runChecks,
  startAuthor,
  startDaemonWithAuthor,
} from "../clean-room.ts";
import { hostInstance, startDaemon } from "../ground.ts";
import { newPerson, putStack } from "../runner-client.ts";

/** Proofs of projects with dependencies, which come from the real registries (SPEC 9.3). */
const person = newPerson();
let daemon: Started;

beforeAll(async () => {
  daemon = await startDaemonWithAuthor(person, await reachRegistries(), startAuthor);
});
afterAll(async () => {
  await putStack(person, 100, "stopped", { ceiling: "erased", ceilingRev: 1000 });
  expect(await volumes()).toEqual([]);
  await daemon?.stop();
});
const volumes = async () => {
  const filters = { label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] };
  const { Volumes } = await engine.docker.listVolumes({ filters: JSON.stringify(filters) });
  return Volumes.map(({ Name }) => Name).sort(); // Docker lists them in any order
};

/** A project on main by a script in its folder; installs what a lockfile needs with the box's own way out. */
async function makeProject(name: string, script: string): Promise<Asked> {
  const repo = await makeRepository(person, name);
  const proxy = "export HTTPS_PROXY=http://gateway:8081 NO_PROXY=gateway,gitea,localhost,127.0.0.1";
  const authority = "export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";
  const clone = `rm -rf ${name} && git clone -q http://gitea:3000/${repo}.git ${name} && cd ${name}`;
  const push =
    "printf 'node_modules\\n.venv\\n' >>.gitignore && git add -A && git commit -qm work && git push -q origin HEAD:main && git rev-parse HEAD";
  const out = await mustRunAsAgent(person, `${proxy}; ${authority}; ${clone} && { ${script}\n} >&2 && ${push}`);
  return { repo, branch: "main", commit: out.split("\n").at(-1) ?? "", outputs: [], checks: [] };
}
const manifest = (more: object) => `cat >package.json <<'J'\n${JSON.stringify({ name: "p", version: "1.0.0", private: true, ...more })}\nJ`;
const usesMs = command("tests.0", `node -e 'console.log(require("ms")("2 days"))'`, { contains: "172800000" });

describe("a project with dependencies", () => {
  let project: Asked;
  it("is installed from its lockfile with the registries alone, then checked without a network", async () => {
    project = await makeProject("locked", `${manifest({ dependencies: { ms: "2.1.3" } })}\nnpm install --package-lock-only --no-audit`);
    const offline = command(
      "tests.1",
      "! node -e 'fetch(\"https://registry.npmjs.org/ms\").then(() => 0)' 2>/dev/null && ls /sys/class/net",
    );
    const writes = command("tests.2", "mkdir node_modules/.cache && ! touch node_modules/ms/x 2>/dev/null && echo kept", {
      contains: "kept",
    });
    const { result, lines } = await runChecks(person, { ...project, checks: [usesMs, offline, writes] });
    expect(result.failures).toEqual([]);
    expect(result.setup).toMatchObject({ commands: ["npm ci"], unpinned: [] });
    expect(result.setup?.files.map(({ name }) => name)).toEqual(["package.json", "package-lock.json"]);
    expect(
      lines
        .filter((line) => line.type === "step")
        .map(({ step }) => step)
        .slice(0, 5),
    ).toEqual(["setup", "room", "clone", "sealed", "place"]);
  });
  it("is installed once: the next proof with the same lockfile begins with its checks", async () => {
    const { result, lines } = await runChecks(person, { ...project, checks: [usesMs] });
    expect([result.passed, result.setup?.commands]).toEqual([true, ["npm ci"]]);
    expect(lines.some((line) => line.type === "step" && line.step === "setup")).toBe(false);
    expect(await volumes()).toHaveLength(1);
  });
  it("says that it is not pinned where there is no lockfile, and works with workspaces, pnpm, Python and a folder of its own", async () => {
    const unpinned = await makeProject("unpinned", manifest({ dependencies: { ms: "^2.1.0" } }));
    const first = await runChecks(person, { ...unpinned, checks: [usesMs] });
    expect([first.result.failures, first.result.setup?.unpinned]).toEqual([[], ["package.json"]]);
    const workspaces = await makeProject(
      "workspaces",
      `${manifest({ workspaces: ["packages/*"] })}\nmkdir -p packages/a packages/b
echo '{"name":"@p/a","version":"1.0.0","dependencies":{"ms":"2.1.3"}}' >packages/a/package.json && echo 'module.exports = require("ms")("1s")' >packages/a/index.js
echo '{"name":"b","version":"1.0.0","dependencies":{"@p/a":"1.0.0"}}' >packages/b/package.json && echo 'console.log(require("@p/a"))' >packages/b/index.js
npm install --package-lock-only --no-audit`,
    );
    const second = await runChecks(person, { ...workspaces, checks: [command("tests.0", "node packages/b", { contains: "1000" })] });
    expect(second.result.failures).toEqual([]);
    const mixed = await makeProject(
      "mixed",
      `${manifest({ dependencies: { ms: "2.1.3" } })}\npnpm install --lockfile-only\necho six==1.17.0 >requirements.txt
mkdir web && cd web && ${manifest({ dependencies: { ms: "2.1.2" } })}\nnpm install --package-lock-only --no-audit && cd ..`,
    );
    const web = command("tests.2", "cd web && node -p 'require(\"ms/package.json\").version'", { contains: "2.1.2" });
    const python = command("tests.1", ".venv/bin/python -c 'import six; print(six.__version__)'", { contains: "1.17.0" });
    const third = await runChecks(person, { ...mixed, checks: [usesMs, python, web] });
    expect([third.result.failures, third.result.setup?.commands]).toEqual([[], ["pnpm install", "pip install", "npm ci in web"]]);
    expect(third.result.setup?.unpinned).toEqual(["requirements.txt"]);
  });
});

describe("what would make an installation lie", () => {
  const failing = async (name: string, script: string) => {
    const project = await makeProject(name, script);
    const { result } = await runChecks(person, { ...project, checks: [usesMs] });
    expect([result.passed, result.failures.map(({ why }) => why)]).toEqual([false, ["setup_failed"]]);
    return result.failures[0]?.reason ?? "";
  };
  it("is a failure with npm's own words: a lockfile that disagrees, a package that is not there", async () => {
    const locked = `${manifest({ dependencies: { ms: "2.1.3" } })}\nnpm install --package-lock-only --no-audit`;
    expect(await failing("disagrees", `${locked}\n${manifest({ dependencies: { ms: "2.1.2" } })}`)).toMatch(
      /`npm ci` ended with 1.*in sync/s,
    );
    const missing = manifest({ dependencies: { "@growqr-no-such-scope/no-such-package": "1.0.0" } });
    expect(await failing("missing", missing)).toMatch(/`npm install` ended with 1.*404/s);
  });
  it("is refused: packages that the repository brings along, and an address that is no registry", async () => {
    const vendored = `${manifest({ dependencies: { ms: "2.1.3" } })}\nmkdir -p node_modules/ms && echo 'module.exports = () => 172800000' >node_modules/ms/index.js
git add -f node_modules`;
    expect(await failing("vendored", vendored)).toContain("node_modules/ms/index.js is in the repository");
    const elsewhere = manifest({ dependencies: { ms: "https://github.com/vercel/ms/archive/refs/tags/2.1.3.tar.gz" } });
    expect(await failing("elsewhere", elsewhere)).toContain("403");
  });
  it("has no effect: the project's own scripts, programs that its .npmrc names, files beside the packages, what a check does to them", async () => {
    const scripts = Object.fromEntries(
      ["preinstall", "install", "postinstall", "prepare"].map((name) => [
        name,
        "touch /tmp/ran ran && mkdir -p node_modules && touch node_modules/ran",
      ]),
    );
    const plant = "mkdir -p node_modules && touch node_modules/ran";
    const settings = `printf '#!/bin/sh\\n${plant}\\n' >shell.sh && chmod +x shell.sh && echo 'require("fs").writeFileSync("/room/work/node_modules/ran", "")' >preload.cjs
printf 'script-shell=/room/work/shell.sh\\nnode-options=--require /room/work/preload.cjs\\n' >.npmrc`;
    const dependencies = { ms: "2.1.3", "es5-ext": "0.10.64" }; // the latter has a script that runs when it is installed
    const project = await makeProject(
      "scripts",
      `${manifest({ scripts, dependencies })}\nnpm install --package-lock-only --no-audit --ignore-scripts\n${settings}`,
    );
    const untouched = command(
      "tests.0",
      "d=$(dirname $(dirname $(readlink -f node_modules/ms))); ! ls ran node_modules/ran /tmp/ran $d/ran 2>/dev/null && ls $d",
      {
        contains: "node_modules",
      },
    );
    const lies = command(
      "tests.1",
      "rm -rf node_modules/ms && mkdir node_modules/ms && echo 'module.exports = () => 1' >node_modules/ms/index.js",
    );
    const { result } = await runChecks(person, { ...project, checks: [untouched, lies] });
    expect(result.failures).toEqual([]);
    expect((await runChecks(person, { ...project, checks: [usesMs] })).result.failures).toEqual([]);
  });
  it("leaves nothing half made when the daemon is killed in the middle, and the next one makes it whole", async () => {
    const project = await makeProject("killed", manifest({ dependencies: { ms: "2.1.1" } }));
    const before = await volumes();
    const going = openRun(person, { ...project, checks: [usesMs] }).catch(() => undefined);
    await eventually("it installs", async () => (await volumes()).some((name) => !before.includes(name)), 30_000);
    await daemon.kill();
    await going;
    daemon = await startDaemon(await reachRegistries());
    expect(await volumes()).toEqual(before);
    expect((await runChecks(person, { ...project, checks: [usesMs] })).result.failures).toEqual([]);
    expect((await volumes()).length).toBeLessThanOrEqual(4); // the newest few are kept
  });
});
