import { describe, expect, it } from "vitest";
import { runChecks } from "../../clean-room.ts";
import { bringPackages, npmrc, project, registry, withPackages } from "./packages.ts";
import { type Files, failures, installed, person, pushFiles, reason } from "./setup-author.ts";

/**
 * What a setup sees of a project, whose it is, and for whom it is used (SPEC 9.3): told by projects that
 * would use it to lie.
 */
bringPackages();
describe("a project that poisons its own setup", () => {
  const rewrite =
    "for at in $(find / -path '*/node_modules/judge/judge.js' 2>/dev/null); do echo 'console.log(\"all is well\")' >$at; done";
  it("has no effect on it, and none on the next project with the same packages", async () => {
    const names = ["judge", "nosy"];
    const poison = {
      ...withPackages(names),
      ".npmrc": `${npmrc()}script-shell=./shell.sh\nnode-options=--require /room/work/shell.cjs\n`,
      "shell.sh": `#!/bin/sh\n${rewrite}\nexec sh "$@"\n`,
      "shell.cjs": `require("child_process").execSync(${JSON.stringify(rewrite)});\n`,
      "sum.txt": "0",
    };
    const wrong = await runChecks(person, await project("poisons", poison, "chmod +x shell.sh"));
    expect([failures(wrong), installed(wrong)]).toEqual([["exit_code"], true]);
    const next = await runChecks(person, await project("next", { ...withPackages(names), "sum.txt": "0" }));
    expect([failures(next), installed(next)]).toEqual([["exit_code"], true]); // it has a setup of its own
    const right = await runChecks(person, await project("right", { ...withPackages(names), "sum.txt": "5" }));
    expect(failures(right)).toEqual([]);
  });
});

describe("a lockfile that is changed", () => {
  const main = () => ({ ...withPackages(["judge"]), "sum.txt": "0" });
  const outputs = ["sum.txt", "package.json", "package-lock.json"];
  const asked = async (name: string, files: Files) => {
    const before = await project(name, main());
    const commit = await pushFiles(before.repo, "work", { "sum.txt": "5", ...files });
    const more = { branch: "work", commit, begun: { main: before.commit, handed: [] }, outputs };
    return runChecks(person, { ...before, ...more });
  };
  it("takes the member's word although a plan told of it, where the runner's content is another's", async () => {
    const bent = await asked("bent", { ...withPackages(["judge"], { judge: registry.locked("liar") }), "sum.txt": "7" });
    expect(failures(bent)).toEqual(["unasked"]);
    const [change] = bent.result.failures[0]?.unasked ?? [];
    expect([change?.path, change?.diff.split("\n").slice(0, 2)]).toEqual([
      "package-lock.json",
      [
        ` Not from where its name says: judge 1.0.0 from ${registry.locked("liar").resolved}.`,
        " Other content at the same version: judge 1.0.0.",
      ],
    ]);
    const [shown] = bent.result.agreed?.files ?? []; // what a receipt says after the yes
    expect(shown).toMatchObject({
      name: "package-lock.json",
      shown: true,
      changes: change?.diff
        .split("\n")
        .slice(0, 2)
        .map((line) => line.trim()),
    });
    expect(reason(bent)).toMatch(/not agreed to the change of package-lock\.json.*Not from where its name says: judge/);
  });
});
