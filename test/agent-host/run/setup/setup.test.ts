import { describe, expect, it } from "vitest";
import { type Asked, command, runChecks } from "../../clean-room.ts";
import { bringRegistryAuthor, makeProject, manifest, person, usesMs, volumes } from "./registry-author.ts";

/** Proofs of projects with dependencies. `setup-kinds` has the other kinds of them. */
bringRegistryAuthor();

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
    const lies =
      "rm -rf node_modules/ms; mv node_modules old; mkdir -p node_modules/ms; echo 'module.exports = () => 1' >node_modules/ms/index.js; date >node_modules/.cache";
    const bent = command("tests.2", `${lies} && node -e 'process.exit(require("ms")("2h") - 1)'`);
    const { result } = await runChecks(person, { ...project, checks: [untouched, command("tests.1", lies), bent] });
    expect(result.checks.map(({ passed }) => passed)).toEqual([true, true, false]);
    expect((await runChecks(person, { ...project, checks: [usesMs] })).result.failures).toEqual([]);
  });
});
