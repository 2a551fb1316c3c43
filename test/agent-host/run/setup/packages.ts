import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import type { RoomCheck } from "../../../../schema/proof/proof.ts";
import { type Registry, startRegistry } from "../../../doubles/registry/server.ts";
import { joinAuthorities } from "../../../harness/registries.ts";
import { type Asked, command, makeRepository } from "../../clean-room.ts";
import { hostInstance } from "../../ground.ts";
import { bringAuthor, type Files, person, pushFiles } from "./setup-author.ts";

/** Projects whose tests are run by a package, from a registry of the tests' own. */
const folder = path.join(tmpdir(), `growqr-inputs-${hostInstance.name}`);
/** Package with a script: it keeps what it sees of the project that it is installed for. */
const nosy = {
  "package.json": JSON.stringify({ scripts: { install: "node look.js" } }),
  "look.js": `const { readdirSync, writeFileSync } = require("fs");
writeFileSync("seen.json", JSON.stringify({ names: readdirSync("../.."), cwd: readdirSync(process.env.INIT_CWD), options: process.env.NODE_OPTIONS ?? "" }));`,
};
const judgeText = (verdict: string) => `#!/usr/bin/env node
const { readFileSync } = require("fs");
if (${verdict}) console.log("all is well"); else process.exit(1);\n`;
/** Its program is called `grades`, whatever the package's name. */
const grader = (verdict: string) => ({ "package.json": JSON.stringify({ bin: { grades: "grades.js" } }), "grades.js": judgeText(verdict) });
const judge = (verdict: string) => ({ "package.json": JSON.stringify({ bin: { judge: "judge.js" } }), "judge.js": judgeText(verdict) });
export let registry: Registry;
/** The author's pair, with a registry of these packages, for the tests of one file. */
export function bringPackages(): void {
  bringAuthor(async () => {
    registry = await startRegistry(folder, `inputs.${hostInstance.name}.growqr-test.example`, {
      nosy,
      judge: judge('readFileSync("sum.txt", "utf8").trim() === "5"'),
      liar: judge('readFileSync("sum.txt", "utf8").trim() !== "0"'),
      grades: grader('require(process.cwd() + "/src/sum.js").sum(7, 8) === 15'),
      nods: grader("true"),
    });
    return {
      SETUP_SECONDS: "120",
      EGRESS_ALLOW: registry.name,
      BOX_AUTHORITIES: joinAuthorities(path.join(folder, "both.pem"), registry.ca),
    };
  });
  afterAll(() => registry?.stop());
}

export const npmrc = () => `registry=https://${registry.name}/npm/\n`;
export const lock = (packages: Record<string, object>, root: object) =>
  JSON.stringify({ name: "p", version: "1.0.0", lockfileVersion: 3, requires: true, packages: { "": root, ...packages } });
/** A project whose tests are run by a package. */
export function withPackages(names: readonly string[], more: Record<string, object> = {}): Files {
  const root = { name: "p", version: "1.0.0", dependencies: Object.fromEntries(names.map((name) => [name, "1.0.0"])) };
  const locked = Object.fromEntries(names.map((name) => [`node_modules/${name}`, { ...registry.locked(name), ...more[name] }]));
  return {
    "package.json": JSON.stringify(root),
    "package-lock.json": lock(locked, root),
    ".npmrc": npmrc(),
    ".gitignore": "node_modules\n",
  };
}
export const judged: RoomCheck = command("tests.0", "judge", { contains: "all is well" });
export const project = async (name: string, files: Files, script?: string) => {
  const repo = await makeRepository(person, name);
  return { repo, branch: "main", commit: await pushFiles(repo, "main", files, script), outputs: [], checks: [judged] } satisfies Asked;
};
