import { describe, expect, it } from "vitest";
import { command, runChecks } from "../clean-room.ts";
import { bringPackages, judged, lock, npmrc, project, registry } from "./packages.ts";
import { type Files, failures, person, pushFiles, reason } from "./setup-author.ts";

/** A setup sees the files that decide, and no others: projects in which these are more than two. */
bringPackages();

describe("honest projects that need more than two files", () => {
  it("are workspaces with folders of any name, packages from a folder and from an archive, with their programs", async () => {
    const judgeLock = { "node_modules/judge": registry.locked("judge") };
    const root = {
      name: "p",
      version: "1.0.0",
      workspaces: ["docs", "libs/ui/*"],
      dependencies: { local: "file:parts/local", packed: "file:vendor/packed.tgz" },
    };
    const member = { name: "a", version: "1.0.0", bin: { "a-says": "bin/a.js" }, dependencies: { judge: "1.0.0" } };
    const files: Files = {
      ".npmrc": npmrc(),
      "package.json": JSON.stringify(root),
      "package-lock.json": lock(
        {
          ...{ docs: { version: "1.0.0" }, "libs/ui/a": member, "parts/local": { version: "1.0.0" }, ...judgeLock },
          ...{ "node_modules/a": { resolved: "libs/ui/a", link: true }, "node_modules/docs": { resolved: "docs", link: true } },
          ...{ "node_modules/local": { resolved: "parts/local", link: true } },
          "node_modules/packed": { version: "1.0.0", resolved: "file:vendor/packed.tgz" },
        },
        root,
      ),
      "docs/package.json": JSON.stringify({ name: "docs", version: "1.0.0" }),
      "libs/ui/a/package.json": JSON.stringify({ ...member, scripts: { postinstall: "touch /room/work/node_modules/ran" } }),
      "libs/ui/a/bin/a.js": "#!/usr/bin/env node\nconsole.log('says a');\n",
      "parts/local/package.json": JSON.stringify({
        name: "local",
        version: "1.0.0",
        main: "lib/x.js",
        scripts: { install: "touch /room/work/node_modules/ran" },
      }),
      "parts/local/lib/x.js": "module.exports = 'local';\n",
      "tmp/package/package.json": JSON.stringify({
        name: "packed",
        version: "1.0.0",
        scripts: { install: "touch /room/work/node_modules/ran" },
      }),
      "tmp/package/index.js": "module.exports = 'packed';\n",
      "sum.txt": "5",
    };
    const pack = "mkdir -p vendor && tar -czf vendor/packed.tgz -C tmp package && rm -r tmp && chmod +x libs/ui/a/bin/a.js";
    const asked = await project("many", files, pack);
    const says = command("acceptance.0", 'a-says && node -p \'require("local") + require("packed")\' && ls -a node_modules', {
      contains: "says a\nlocalpacked\n",
    });
    const none = command("acceptance.1", "! ls node_modules/ran");
    const ran = await runChecks(person, { ...asked, checks: [judged, says, none] });
    expect(reason(ran)).toBe("");
    const changed = await pushFiles(asked.repo, "main", { "parts/local/lib/x.js": "module.exports = 'newer';\n" });
    const newer = command("acceptance.0", "node -p 'require(\"local\")'", { contains: "newer" });
    expect(failures(await runChecks(person, { ...asked, commit: changed, checks: [judged, newer] }))).toEqual([]);
  });
  it("are Python's: a list that includes another, and the project's own package, which is not built", async () => {
    const [, index = "", greeter = ""] = /(--index-url .*)\n(.*)\n/.exec(registry.files("pip", "x")["requirements.txt"] ?? "") ?? [];
    const files: Files = {
      "requirements.txt": "-r deps/base.txt\n-e .\n",
      "deps/base.txt": `${index}\n${greeter.split(" ")[0]}\n`,
      "pyproject.toml":
        '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n[project]\nname = "shop"\nversion = "1"\ndependencies = ["pygreeter"]\n[project.scripts]\nshop = "shop.main:run"\n',
      "evil.py": 'raise SystemExit("it ran")\n',
      "setup.py": 'raise SystemExit("it ran")\n',
      "about.py": "import importlib.metadata as m\nprint(m.version('shop'))\n",
      "src/shop/__init__.py": "",
      "src/shop/main.py": "import pygreeter\ndef run():\n    print('shop says', pygreeter.WORD)\n",
      ".gitignore": ".venv\n",
    };
    const asked = await project("python", files);
    const ran = await runChecks(person, {
      ...asked,
      checks: [command("tests.0", "shop && .venv/bin/python about.py", { contains: "shop says hello\n1" })],
    });
    expect(reason(ran)).toBe("");
    expect(ran.result.setup?.files.map(({ name }) => name)).toEqual(["requirements.txt", "deps/base.txt", "pyproject.toml", "setup.py"]);
    // A list that is included settles what is installed, whatever its name: no folder stands for it.
    const commit = await pushFiles(asked.repo, "swaps", { "deps/base.txt": `${index}\npygreeter==9.9.9\n` });
    const begun = { main: asked.commit, handed: [] };
    const swapped = await runChecks(person, {
      ...asked,
      branch: "swaps",
      commit,
      begun,
      outputs: ["deps"],
      checks: [command("tests.0", "shop")],
    });
    expect([failures(swapped), reason(swapped)]).toEqual([["checks_edited"], expect.stringContaining("deps/base.txt was there before")]);
  });
});
