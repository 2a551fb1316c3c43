import { describe, expect, test } from "vitest";
import type { BranchChange } from "../../../schema/proof/check-file.ts";
import { findUndeclared, findUnfitNames, settlesChecks, staysInside } from "../../../schema/proof/outputs.ts";
import type { RoomCheck } from "../../../schema/proof/proof.ts";

const command = (name: string, line: string): RoomCheck => ({ name, kind: "command", command: line, exitCode: 0, seconds: 60 });
const change = (path: string, status: BranchChange["status"] = "modified"): BranchChange => ({ path, status });
const checks = [command("tests.0", "sh run.sh && make all"), command("tests.1", "npm test")];
const split = (changes: BranchChange[], outputs: string[] = []) => {
  const { guarded, others } = findUndeclared(changes, { outputs, checks });
  return [guarded, others].map((list) => list.map(({ path }) => path));
};

describe("what a task changed beside its outputs", () => {
  test("is guarded where it is a check of before, or a script that a check runs", () => {
    const changes = [
      ...[change("test/a.js"), change("test/b.js", "deleted"), change("run.sh"), change("Makefile")],
      ...[change("other.sh"), change("src/a.js"), change("test/new.js", "added")],
    ];
    expect(split(changes)).toEqual([
      ["test/a.js", "test/b.js", "run.sh", "Makefile"],
      ["other.sh", "src/a.js", "test/new.js"],
    ]);
    expect(split(changes, ["test/a.js", "run.sh", "src/a.js"])).toEqual([
      ["test/b.js", "Makefile"],
      ["other.sh", "test/new.js"],
    ]);
  });
  test("is no file of a folder that is declared, but for those that are guarded", () => {
    const changes = [
      change("site/index.html", "added"),
      change("site/test/a.js"),
      change("site/package.json", "added"),
      change("sites", "added"),
    ];
    expect(split(changes, ["site"])).toEqual([["site/test/a.js", "site/package.json"], ["sites"]]);
    expect(split(changes, ["site", "site/package.json", "site/test/a.js", "sites"])).toEqual([[], []]);
  });
});

describe("a file that settles how work is checked", () => {
  test.each([
    ...[
      "package.json",
      "web/package-lock.json",
      "npm-shrinkwrap.json",
      ".npmrc",
      "a/.npmrc",
      "pnpm-lock.yaml",
      "yarn.lock",
      ".yarnrc.yml",
      "bun.lock",
    ],
    ...["tsconfig.json", "tsconfig.build.json", "vitest.config.ts", "jest.config.js", ".mocharc.yml", "babel.config.cjs", ".babelrc"],
    ...[
      "conftest.py",
      "tests/conftest.py",
      "pytest.py",
      "unittest.py",
      "venv.py",
      "sitecustomize.py",
      "setup.py",
      "setup.cfg",
      "pyproject.toml",
    ],
    ...["requirements.txt", "requirements-dev.txt", "uv.lock", "poetry.lock", "tox.ini", "pip.conf", "x.pth"],
    ...[
      "GNUmakefile",
      "Makefile",
      "rules.mk",
      "justfile",
      "go.mod",
      "go.sum",
      "go.work",
      "Cargo.toml",
      "Cargo.lock",
      "build.rs",
      "pom.xml",
    ],
    ...["build.gradle", "build.gradle.kts", ".cargo/config.toml", ".mvn/maven.config", "node_modules/ms/index.js", ".venv/bin/python"],
    ...[".gitattributes", "sub/.gitattributes", ".gitmodules", ".env", ".envrc", ".growqr/environment.yaml", "tools/package.json"],
  ])("is %s, whatever folder it lies in", (path) => expect(settlesChecks(path)).toBe(true));
  test.each([
    "src/a.js",
    "README.md",
    "index.html",
    "test/a.test.js",
    ".gitignore",
    "src/package.ts",
    "config.json",
    "setup.md",
    "docs/venv.md",
  ])("is not %s", (path) => expect(settlesChecks(path)).toBe(false));
});

describe("a name that can't be laid out alike everywhere", () => {
  const unfit = (brought: string[], others: string[] = []) => findUnfitNames(brought, [...others, ...brought]).map(({ path }) => path);
  test("differs from another by case or Unicode form alone, as a file or as a folder", () => {
    expect(unfit(["src/Sum.js"], ["src/sum.js"])).toEqual(["src/Sum.js"]);
    expect(unfit(["Src/more.js"], ["src/sum.js"])).toEqual(["Src/more.js"]);
    expect(unfit(["caf\u00e9.js"], ["cafe\u0301.js"])).toEqual(["caf\u00e9.js"]);
    expect(unfit(["src/sum.js", "src/sums.js"], ["src/more.js"])).toEqual([]);
    expect(unfit(["new.js"], ["old/A.js", "old/a.js"])).toEqual([]); // they were there before
    expect(unfit(["docs/new.md"], ["docs/a.md", "Docs/b.md"])).toEqual([]);
    expect(unfit(["docs/A.md"], ["docs/a.md", "Docs/b.md"])).toEqual(["docs/A.md"]);
  });
  test("is Git's own folder on some file system", () => {
    for (const name of [".GIT/config", "sub/.git", ".git /x", "GIT~1/config", ".g\u200cit/config", ".git::$INDEX_ALLOCATION/x"])
      expect(unfit([name])).toEqual([name]);
    expect(unfit([".gitignore", ".github/x.yml", "git/a.js", ".gitkeep"])).toEqual([]);
  });
});
test("a link stays inside the tree by its words", () => {
  for (const [path, target] of [
    ["a", "b/c"],
    ["src/a", "../lib/b"],
    ["a/b/c", "../../x"],
    ["a", "./b"],
  ] as const)
    expect([path, target, staysInside(path, target)]).toEqual([path, target, true]);
  for (const [path, target] of [
    ["a", "/etc/passwd"],
    ["a", "../x"],
    ["src/a", "../../x"],
    ["a", ""],
    ["a", ".git/config"],
    ["a", "b/../../x"],
  ] as const)
    expect([path, target, staysInside(path, target)]).toEqual([path, target, false]);
});
