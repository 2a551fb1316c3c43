import { describe, expect, test } from "vitest";
import { findSetupPaths, mostSetupPaths, planInstall, type SetupTexts } from "../../../schema/environment/install.ts";

const manifest = (more: object = {}) => JSON.stringify({ name: "p", version: "1.0.0", dependencies: { ms: "2.1.3" }, ...more });
const titles = (texts: SetupTexts) => planInstall(texts)?.steps.map(({ title }) => title);

describe("where a project says what it needs", () => {
  test("is the root and a few folders below it, not samples and not what is installed", () => {
    const there = ["package.json", "web/package.json", "web/package-lock.json", "packages/a/package.json", "api/requirements-dev.txt"];
    const beside = [
      ...[
        "node_modules/ms/package.json",
        "test/a/package.json",
        "docs/requirements.txt",
        "examples/x/yarn.lock",
        "packages/test/yarn.lock",
      ],
      ...["a/b/package.json", "packages/a/b/yarn.lock", "src/index.js", "we b/package.json", "$(id)/package.json", "-x/package.json"],
      ...["a;b/yarn.lock", "-requirements.txt", ".growqr/environment.yaml", "z.txt"],
    ];
    expect(findSetupPaths([...beside, ...there].reverse()).sort()).toEqual([...there].sort());
    expect(findSetupPaths(["apps/c/uv.lock", "uv.lock", "a/uv.lock"])).toEqual(["uv.lock", "a/uv.lock", "apps/c/uv.lock"]);
    const many = Array.from({ length: 500 }, (_, index) => `p${index}/package.json`);
    expect(findSetupPaths(many)).toHaveLength(mostSetupPaths);
  });
  test("below the root is a lockfile; package.json alone is not", () => {
    const web = { "web/package.json": manifest(), "web/package-lock.json": "{}" };
    expect(planInstall({ ...web, "api/uv.lock": "", "api/pyproject.toml": "[project]" })).toMatchObject({
      steps: [
        { title: "uv sync in api", from: "api/uv.lock", script: expect.stringMatching(/^cd api\n/) },
        { title: "npm ci in web", from: "web/package-lock.json", script: expect.stringMatching(/^cd web\nnpm ci --ignore-scripts/) },
      ],
      unpinned: [],
    });
    expect(titles({ "web/package.json": manifest() })).toBeUndefined();
    expect(titles({ ...web, "package.json": manifest() })).toEqual(["npm install", "npm ci in web"]);
  });
  test("is the root alone where that has workspaces, whose manifests count too", () => {
    const members = { "packages/a/package.json": manifest(), "packages/a/package-lock.json": "{}" };
    const npm = planInstall({ ...members, "package.json": JSON.stringify({ workspaces: ["packages/*"] }), "package-lock.json": "{}" });
    expect(npm?.steps.map(({ title }) => title)).toEqual(["npm ci"]);
    expect(npm?.files).toEqual(["package.json", "package-lock.json", "packages/a/package.json"]);
    const pnpm = { "package.json": "{}", "pnpm-workspace.yaml": "packages: ['packages/*']", "pnpm-lock.yaml": "" };
    expect(titles({ ...members, ...pnpm })).toEqual(["pnpm install"]);
  });
});

test("files of the project that its lists of packages lead to decide too", () => {
  const isLocal = (texts: SetupTexts) => planInstall(texts)?.local;
  expect(isLocal({ "package.json": manifest() })).toBe(false);
  for (const version of ["file:../a", "link:a", "portal:a", "./a", "../a"])
    expect(isLocal({ "package.json": manifest({ devDependencies: { a: version } }) })).toBe(true);
  expect(isLocal({ "requirements.txt": "six==1.17.0\nattrs\n" })).toBe(false);
  for (const line of ["-e .", "-r base.txt", "-c limits.txt", "--requirement=x.txt", "./lib", "a @ file:///room/work/a"])
    expect(isLocal({ "requirements.txt": `six\n${line}\n` })).toBe(true);
  expect(isLocal({ "uv.lock": "", "pyproject.toml": '[tool.uv.sources]\na = { path = "a" }' })).toBe(true);
});
test("no program that the project's own settings name runs in the place of another", () => {
  const script = (texts: SetupTexts) => planInstall({ "package.json": manifest(), ...texts })?.steps[0]?.script ?? "";
  const npm = script({ "package-lock.json": "{}", ".npmrc": "script-shell=./x" });
  expect(npm).toMatch(/^npm ci .*--git=git\n.*rm -f \.npmrc; npm rebuild --foreground-scripts -- /s);
  expect(script({ "pnpm-lock.yaml": "" })).toContain("--ignore-pnpmfile");
  expect(script({ "yarn.lock": "" })).toMatch(/^YARN_IGNORE_PATH=1 yarn /);
  expect(planInstall({ "package.json": manifest(), "package-lock.json": "{}", ".npmrc": "x" })?.files).toContain(".npmrc");
});

test("Go and Rust are fetched by their own tools, pinned where they have a lock (issue 10.3)", () => {
  const titles = (texts: SetupTexts) => planInstall(texts)?.steps.map(({ title }) => title);
  const go = "module x\n\nrequire example.org/y v1.0.0\n";
  expect(planInstall({ "go.mod": go, "go.sum": "" })).toMatchObject({ files: ["go.mod", "go.sum"], unpinned: [], local: false });
  expect([titles({ "go.mod": go }), planInstall({ "go.mod": go })?.unpinned]).toEqual([["go mod download"], ["go.mod"]]);
  expect(planInstall({ "go.mod": `${go}replace example.org/y => ../y\n` })?.local).toBe(true);
  expect(planInstall({ "go.mod": "module x\n" })).toBeUndefined();
  const rust = '[package]\nname = "x"\n\n[dependencies]\nserde = "1"\n';
  expect(planInstall({ "Cargo.toml": rust, "Cargo.lock": "" })).toMatchObject({ files: ["Cargo.toml", "Cargo.lock"], unpinned: [] });
  expect(planInstall({ "Cargo.toml": rust })?.steps[0]?.script).toBe("cargo fetch");
  expect(planInstall({ "Cargo.toml": '[package]\nname = "x"\n' })).toBeUndefined();
});
