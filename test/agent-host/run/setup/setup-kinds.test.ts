import { describe, expect, it } from "vitest";
import { eventually } from "../../../harness/eventually.ts";
import { command, openRun, runChecks } from "../../clean-room.ts";
import { bringRegistryAuthor, killDaemon, makeProject, manifest, person, usesMs, volumes } from "./registry-author.ts";

/** Dependencies of several kinds, and a daemon that is killed while it installs. */
bringRegistryAuthor();

describe("a project with dependencies", () => {
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
  it("leaves nothing half made when the daemon is killed in the middle, and the next one makes it whole", async () => {
    const project = await makeProject("killed", manifest({ dependencies: { ms: "2.1.1" } }));
    const before = await volumes();
    const going = openRun(person, { ...project, checks: [usesMs] }).catch(() => undefined);
    await eventually("it installs", async () => (await volumes()).some((name) => !before.includes(name)), 30_000);
    await killDaemon(() => going);
    expect(await volumes()).toEqual(before);
    expect((await runChecks(person, { ...project, checks: [usesMs] })).result.failures).toEqual([]);
    expect((await volumes()).length).toBeLessThanOrEqual(4); // the newest few are kept
  });
});
