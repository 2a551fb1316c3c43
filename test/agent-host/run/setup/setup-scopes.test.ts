import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { command, engine, openRun, runChecks } from "../../clean-room.ts";
import { hostInstance } from "../../ground.ts";
import { bringPackages, judged, npmrc, project, withPackages } from "./packages.ts";
import { failures, installed, person, pushFiles } from "./setup-author.ts";

/** Whose a snapshot of a setup is, and that it is looked at before each use (SPEC 9.3). */
bringPackages();
const listSnapshots = async () => {
  const filters = JSON.stringify({ label: [`growqr.instance=${hostInstance.label}`, "growqr.part=snapshot"] });
  return (await engine.docker.listVolumes({ filters })).Volumes;
};

describe("what is installed", () => {
  const judgedFiles = () => ({ ...withPackages(["judge"]), "sum.txt": "5" });
  it("for a branch is not used for main, and main's is for its branches", async () => {
    const asked = await project("scopes", { "sum.txt": "1", ".npmrc": npmrc() });
    const begun = { main: asked.commit, handed: [] };
    const outputs = ["sum.txt", "package.json", "package-lock.json", ".gitignore"];
    const work = await pushFiles(asked.repo, "work", judgedFiles());
    const onBranch = () => runChecks(person, { ...asked, branch: "work", commit: work, begun, outputs });
    const first = await onBranch();
    expect([failures(first), installed(first)]).toEqual([[], true]);
    expect(installed(await onBranch())).toBe(false);
    const commit = await pushFiles(asked.repo, "main", {}, "git merge -q --no-ff -m merge origin/work && date >b.txt");
    const onMain = () => runChecks(person, { ...asked, commit });
    const second = await onMain();
    expect([failures(second), installed(second)]).toEqual([[], true]);
    expect(installed(await onMain())).toBe(false);
    const later = await pushFiles(asked.repo, "later", { "more.txt": "x" }, "git reset -q --soft origin/main");
    const third = await runChecks(person, {
      ...{ ...asked, branch: "later", commit: later, begun: { main: commit, handed: [] }, outputs: ["more.txt"] },
      checks: [judged, command("acceptance.0", "cat more.txt", { contains: "x" })],
    });
    expect([failures(third), installed(third)]).toEqual([[], false]);
  });
  it("is looked at before each use: a byte that changed means that it is made anew", async () => {
    const asked = await project("touched", judgedFiles());
    const before = (await listSnapshots()).map(({ Name }) => Name);
    expect(failures(await runChecks(person, asked))).toEqual([]);
    const [made] = (await listSnapshots()).filter(({ Name }) => !before.includes(Name));
    execFileSync("sed", ["-i", 's/=== "5"/!== "x"/', path.join(made!.Mountpoint, "node_modules/judge/judge.js")]);
    expect((await openRun(person, asked)).text).toContain('"code":"unavailable"');
    const again = await runChecks(person, asked);
    expect([failures(again), installed(again)]).toEqual([[], true]);
  });
});
