import { describe, expect, it } from "vitest";
import { command, runChecks } from "../../clean-room.ts";
import { bringPackages, judged, lock, npmrc, project, registry, withPackages } from "./packages.ts";
import { type Files, failures, person, pushFiles, reason } from "./setup-author.ts";

/** A setup sees the files that decide, and no others: projects with more than two of them, and lies. */
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

describe("a package's script, and modules beside a list of requirements", () => {
  it("finds that a package's script sees nothing of the project but what says which packages it has", async () => {
    const seen = command("acceptance.0", "cat node_modules/nosy/seen.json", {
      contains: JSON.stringify({
        names: [".npmrc", "node_modules", "package-lock.json", "package.json"],
        cwd: [".npmrc", "node_modules", "package-lock.json", "package.json"],
        options: "",
      }),
    });
    const files = { ...withPackages(["judge", "nosy"]), "sum.txt": "5", "secret-plan.txt": "x", "src/index.js": "" };
    const ran = await runChecks(person, { ...(await project("nosy", files)), checks: [judged, seen] });
    expect(reason(ran)).toBe("");
  });
  it("can't do it by a module that Python would load in its own place either", async () => {
    const poison = `import os, sys\nos.makedirs("/room/work/.venv/lib/python3.11/site-packages/pygreeter_more", exist_ok=True)\nsys.exit(0)\n`;
    const files = { ...registry.files("pip", "snake"), "venv.py": poison, "pip.py": poison, "sum.txt": "5" };
    const greets = command(
      "tests.0",
      ".venv/bin/python -c 'import pygreeter; print(pygreeter.WORD)' && ! ls -d .venv/lib/python3*/site-packages/*_more",
      {
        contains: "hello",
      },
    );
    expect(failures(await runChecks(person, { ...(await project("snake", files)), checks: [greets] }))).toEqual([]);
  });
});

describe("a lockfile that a task changes", () => {
  const main = () => ({ ...withPackages(["judge"]), "sum.txt": "0" });
  const outputs = ["sum.txt", "package.json", "package-lock.json"];
  const asked = async (name: string, files: Files) => {
    const before = await project(name, main());
    const commit = await pushFiles(before.repo, "work", { "sum.txt": "5", ...files });
    const more = { branch: "work", commit, begun: { main: before.commit, handed: [] }, outputs };
    return runChecks(person, { ...before, ...more });
  };
  it("is not believed where it names a program that its package has not, or takes another's place unseen", async () => {
    const named = withPackages(["judge", "nosy"], { judge: { bin: undefined }, nosy: { bin: { judge: "look.js" } } });
    const wrong = await asked("programs", { ...named, "sum.txt": "7" });
    expect([failures(wrong), reason(wrong)]).toEqual([
      ["setup_failed"],
      expect.stringContaining("the lockfile names the program judge of node_modules/nosy"),
    ]);
    const bent = withPackages(["judge"], { judge: registry.locked("liar") })["package-lock.json"] ?? "";
    const before = await project("shrinks", main());
    const commit = await pushFiles(before.repo, "work", { "sum.txt": "7", "npm-shrinkwrap.json": bent });
    const more = { branch: "work", commit, begun: { main: before.commit, handed: [] }, outputs: [...outputs, "npm-shrinkwrap.json"] };
    const shrunk = await runChecks(person, { ...before, ...more });
    expect([failures(shrunk), reason(shrunk)]).toEqual([["unasked"], expect.stringContaining("It takes the place of package-lock.json")]);
  });
  it("does not, where packages are added honestly; unasked it is asked about, in words first", async () => {
    expect(failures(await asked("adds", withPackages(["judge", "nosy"])))).toEqual([]);
    const before = await project("adds-more", main());
    const commit = await pushFiles(before.repo, "work", { "sum.txt": "5", ...withPackages(["judge", "nosy"]) });
    const more = {
      branch: "work",
      commit,
      begun: { main: before.commit, handed: [] },
      outputs: ["sum.txt"],
      also: outputs,
      unasked: outputs,
    };
    const ran = await runChecks(person, { ...before, ...more });
    expect(failures(ran)).toEqual(["unasked"]);
    expect(ran.result.failures[0]?.unasked?.find(({ path }) => path === "package-lock.json")?.diff).toMatch(
      /^ Packages added: nosy 1\.0\.0\.\n/,
    );
  });
});
