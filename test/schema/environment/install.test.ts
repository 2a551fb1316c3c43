import { describe, expect, test } from "vitest";
import { planInstall } from "../../../schema/environment/install.ts";
import { keepNpmSettings } from "../../../schema/environment/install-node.ts";
import { findSetupPaths, mostSetupPaths, type SetupTexts } from "../../../schema/environment/setup-paths.ts";

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

const shop =
  '[project]\nname = "shop"\nversion = "1.2"\ndependencies = ["six==1.17.0"]\n[project.optional-dependencies]\ntest = ["pytest"]\nall = ["shop[test]"]\n[project.scripts]\nshop = "shop.main:run"\n';
describe("what else of the project is installed, or decides", () => {
  const plan = (texts: SetupTexts) => planInstall(texts)!;
  test("are folders, archives and patches that a manifest names, and the manifests of such folders", () => {
    expect(plan({ "package.json": manifest() })).toMatchObject({ parts: [], files: ["package.json"] });
    for (const version of ["file:../a", "link:../a", "portal:a/../../a", "../a"])
      expect(plan({ "web/package.json": manifest({ devDependencies: { a: version } }), "web/yarn.lock": "" })).toMatchObject({
        parts: ["a"],
        files: ["web/package.json", "web/yarn.lock", "a/package.json"],
      });
    for (const version of ["file:../a", "file:/etc", "link:~/x", "https://example.org/a.tgz", "npm:b@1"])
      expect(plan({ "package.json": manifest({ dependencies: { a: version } }) }).parts).toEqual([]); // none of the project's
    const further = { "a/package.json": manifest({ dependencies: { b: "file:../b/b.tgz" } }) };
    expect(plan({ "package.json": manifest({ dependencies: { a: "file:a" } }), ...further }).parts).toEqual(["a", "b/b.tgz"]);
    const patched = { pnpm: { patchedDependencies: { "ms@2.1.3": "patches/ms.patch" } } };
    expect(plan({ "package.json": manifest(patched), "pnpm-lock.yaml": "" }).parts).toEqual(["patches/ms.patch"]);
    const workspace = "patchedDependencies:\n  ms@2.1.3: patches/ms.patch\noverrides:\n  x: file:./x\n";
    expect(plan({ "package.json": manifest(), "pnpm-lock.yaml": "", "pnpm-workspace.yaml": workspace }).parts).toEqual([
      "x",
      "patches/ms.patch",
    ]);
  });
  test("are lists that a list includes, wheels, and what a package of the project asks for; the package itself is not built", () => {
    expect(plan({ "requirements.txt": "six==1.17.0\nattrs\n" })).toMatchObject({ files: ["requirements.txt"], parts: [], broken: [] });
    const lists = {
      "requirements.txt": "-r deps/base.txt\n--constraint=limits.txt\n./wheels/x.whl\n-f wheels # ours\n",
      "deps/base.txt": "-r more.txt",
    };
    expect(plan(lists)).toMatchObject({
      files: ["requirements.txt", "deps/base.txt", "limits.txt", "deps/more.txt"],
      ...{ parts: ["wheels/x.whl", "wheels"], copied: ["wheels/x.whl", "wheels"], wheelFolders: ["wheels"], broken: [] },
    });
    const ofShop = plan({ "api/requirements.txt": "attrs\n-e .[all]\n", "api/pyproject.toml": shop });
    expect(ofShop.files).toEqual(["requirements.txt", "pyproject.toml", "setup.cfg", "setup.py"].map((name) => `api/${name}`));
    expect(ofShop.laid["api/requirements.txt"]).toBe("attrs\nsix==1.17.0\npytest\n");
    expect(ofShop.laid["api/.project.pth"]).toMatch(/^import os, sys; sys\.path\.extend\(.*\["src","\."\]/);
    expect(ofShop.laid["api/.project-programs/shop"]).toMatch(/^#!\/room\/work\/api\/\.venv\/bin\/python\n.*from shop\.main import run/s);
    expect(ofShop.laid["api/.project-info/shop-1.2.dist-info/METADATA"]).toContain("Name: shop\nVersion: 1.2\n");
    const config = "[options]\ninstall_requires =\n    six\n    # more\n    attrs>=1\n[options.extras_require]\ntest = pytest\n";
    expect(plan({ "requirements.txt": "./lib[test]\n", "lib/setup.cfg": config }).laid["requirements.txt"]).toBe("six\nattrs>=1\npytest\n");
    const dynamic =
      '[project]\nname = "x"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = { file = ["needs.in"] }\n';
    expect(plan({ "requirements.txt": "-e .\n", "pyproject.toml": dynamic })).toMatchObject({
      files: expect.arrayContaining(["needs.in"]),
      laid: { "requirements.txt": "-r needs.in\n" },
    });
  });
  test.each(["setup.py", "pyproject.toml"])("is said where %s says what it needs in a way that can't be read", (name) => {
    const text = name === "setup.py" ? "setup(install_requires=['six'])" : '[tool.poetry]\nname = "x"\n';
    expect(plan({ "requirements.txt": "-e .\n", [name]: text }).broken).toEqual([expect.stringContaining(`stands in ${name}`)]);
  });
  test.each([
    ...[
      "-e /etc",
      "../x",
      "/room/work/x",
      "${PWD}/x",
      "file:///room/work/x",
      "x @ file:///room/work/x",
      "./x-1.0.tar.gz",
      "x-1.0.zip",
      "dir/x.tgz",
    ],
    ...[
      "--index-url file:///x",
      "-f file:./x",
      "-r ../x.txt",
      "--config-settings a=b",
      "-r https://example.org/x.txt",
      "six==1 --global-option=x",
    ],
  ])("is none by the line %s, which is refused", (line) => {
    const found = plan({ "requirements.txt": `six\n${line}\n` });
    expect([found.parts, found.broken]).toEqual([[], [expect.stringContaining("which a clean room does not install")]]);
  });
  test("is none by lines that pip reads otherwise than people do", () => {
    const said = (text: string) => plan({ "requirements.txt": text });
    expect(said("six\n# a note \\\n-e /etc\n").broken).toHaveLength(1);
    expect(said("six\n# a note\u2028-e /etc\n").broken).toEqual(["requirements.txt has lines that end where nobody sees it."]);
    expect(said("six\r-e /etc\n").broken).toHaveLength(1);
    for (const line of [
      "six[a, b] >= 1, < 2 ; python_version > '3' # x",
      "six @ https://example.org/six.whl",
      "git+https://example.org/x.git@v1#egg=x",
    ])
      expect(said(`${line}\n--index-url https://example.org\nattrs==1 --hash=sha256:ab \\\n --hash=sha256:cd`).broken).toEqual([]);
  });
  test("are no settings of package managers, and not without number", () => {
    for (const path of [".cargo", "a/.pnpm-store", "pnpm-workspace.yaml", "lib/uv.toml"])
      expect(plan({ "package.json": manifest({ overrides: { unused: `file:${path}` } }) }).broken).toEqual([expect.stringContaining(path)]);
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`a${index}`, `file:a${index}`]));
    expect(plan({ "package.json": manifest({ dependencies: many }) }).broken).toEqual([expect.stringContaining("More than 200")]);
    const copies = { "package.json": manifest({ dependencies: { a: "file:a", b: "vendor/b.tgz" } }) };
    expect(plan(copies).copied).toEqual(["vendor/b.tgz"]); // npm links to the folder, yarn copies it
    expect(plan({ ...copies, ".npmrc": "install-links = true\n" }).copied).toEqual(["a", "vendor/b.tgz"]);
    expect(plan({ ...copies, "yarn.lock": "" }).copied).toEqual(["a", "vendor/b.tgz"]);
    expect(plan({ "package.json": manifest({ dependencies: { a: "link:a" } }), "pnpm-lock.yaml": "" }).copied).toEqual([]);
  });
  test("are manifests of the project's own packages, modules and crates", () => {
    const uv = { "uv.lock": "", "pyproject.toml": '[tool.uv.sources]\na = { path = "a" }\n[tool.uv.workspace]\nmembers = ["packages/*"]' };
    expect(plan({ ...uv, "packages/b/pyproject.toml": "" }).files).toEqual([
      ...["pyproject.toml", "packages/b/pyproject.toml", "uv.lock", "a/pyproject.toml"],
    ]);
    const go = "module x\n\nrequire example.org/y v1.0.0\n\nreplace example.org/y => ./y\n";
    expect(plan({ "go.mod": go }).files).toEqual(["go.mod", "y/go.mod", "y/go.sum"]);
    const crate =
      '[package]\nname = "x"\n[dependencies]\ny = { path = "lib/y" }\n[[bin]]\nname = "tool"\n[workspace]\nmembers = ["crates/*"]\n';
    const crates = plan({ "Cargo.toml": crate, "crates/a/Cargo.toml": '[package]\nname = "a"\n' });
    expect(crates.files).toEqual(["Cargo.toml", "crates/a/Cargo.toml", "lib/y/Cargo.toml"]);
    expect(Object.keys(crates.laid)).toEqual([
      ...["src/lib.rs", "src/main.rs", "src/bin/tool.rs", "crates/a/src/lib.rs", "crates/a/src/main.rs"],
    ]);
  });
  test("are the members of a workspace, wherever its patterns lead, and none of another folder", () => {
    const root = {
      "package.json": JSON.stringify({ workspaces: { packages: ["docs", "./libs/ui/*", "tools/**", "../x", "/etc", "!y"] } }),
    };
    const members = ["docs", "libs/ui/a", "tools/a/b"].map((folder) => [`${folder}/package.json`, JSON.stringify({ bin: "./go.js" })]);
    const found = plan({ ...root, ...Object.fromEntries(members), "y/package.json": "{}", "libs/a/package.json": "{}" });
    expect(found.files).toEqual(["package.json", "docs/package.json", "libs/ui/a/package.json", "tools/a/b/package.json"]);
    expect(found.laid["libs/ui/a/go.js"]).toBe(""); // so that it is linked
  });
});

test("nothing that the project's own settings name runs: they are laid out without it", () => {
  const laid = (texts: SetupTexts) =>
    planInstall({ "package.json": manifest({ scripts: { postinstall: "x" }, config: { x: 1 } }), ...texts })!.laid;
  const npm = [
    "registry=https://r.example.org/",
    "@a:registry = https://a.example.org/",
    "legacy-peer-deps=true",
    "public-hoist-pattern[]=*x*",
  ];
  const bad = [
    "script-shell=./x",
    "node-options=--require ./x",
    "git=./x",
    "globalconfig=./x",
    "//r.example.org/:_authToken=x",
    "cafile=x",
    "; a",
  ];
  expect(
    keepNpmSettings([...bad, ...npm].join("\n"))
      .trim()
      .split("\n"),
  ).toEqual(npm);
  expect(laid({ "package-lock.json": "{}", ".npmrc": bad.join("\n") })[".npmrc"]).toBe("");
  expect(keepNpmSettings("registry=https://r.example.org/\rscript-shell=./x\rstore-dir=./x\n")).toBe("registry=https://r.example.org/\n");
  const uv = {
    "uv.lock": "",
    "pyproject.toml": `${shop}[tool.uv]\nindex-url = "https://r.example.org"\nextra-build-variables = { x = { CC = "./x" } }\n`,
    "uv.toml": 'cache-dir = "x"\nno-index = true\n',
  };
  expect(laid(uv)["pyproject.toml"]).toMatch(/index-url/);
  expect([laid(uv)["pyproject.toml"]?.includes("CC"), laid(uv)["uv.toml"]]).toEqual([false, "no-index = true\n"]);
  for (const [lock, index] of [
    ['[[package]]\nsource = { registry = "evil" }', ""],
    ["", '[[tool.uv.index]]\nurl = "./evil"'],
    ["", "[a.a.a"],
  ])
    expect(planInstall({ "uv.lock": lock!, "pyproject.toml": `${shop}${index}` })?.broken).not.toEqual([]);
  expect(planInstall({ ...uv, "uv.lock": '[[package]]\nsource = { registry = "https://pypi.org/simple" }' })?.broken).toEqual([]);
  for (const text of ["{", "[1]", `{"dependencies":{"a":"1"},"overrides":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`])
    expect(planInstall({ "package.json": text, "package-lock.json": "{}" })?.broken).toEqual([
      expect.stringContaining("can't be read as JSON"),
    ]);
  const odd = { "package.json": '{"workspaces":["a"]}', "a/package.json": '{"bin":{"x":"./","y":"package.json/x","z":"z"}}' };
  expect(Object.keys(planInstall(odd)!.laid)).toEqual(["a/z", "package.json", "a/package.json"]);
  expect(JSON.parse(laid({})["package.json"] ?? "")).toEqual(JSON.parse(manifest()));
  const workspace = laid({
    "pnpm-lock.yaml": "",
    "pnpm-workspace.yaml": "packages: [a]\nscriptShell: ./x\npnpmfile: ./x\nconfigDependencies: {x: 1}\n",
  });
  expect(workspace["pnpm-workspace.yaml"]).toBe("packages:\n  - a\n");
  const anchored = { "package.json": manifest(), "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "a: &a x\nscriptShell: *a\n" };
  expect(planInstall(anchored)?.broken).toEqual([expect.stringContaining("can't be read as plain YAML")]);
  const script = (texts: SetupTexts) => planInstall({ "package.json": manifest(), ...texts })?.steps[0]?.script ?? "";
  expect(script({ "package-lock.json": "{}" })).toMatch(
    /^npm ci .*--git=git\n.*npm rebuild .*--script-shell=\/bin\/sh --node-options= -- /s,
  );
  expect(script({})).toMatch(/^npm install --ignore-scripts [^\n]*$/); // scripts of packages run where a lockfile names these
  expect(script({ "pnpm-lock.yaml": "" })).toContain("--ignore-pnpmfile");
  expect(script({ "yarn.lock": "" })).toMatch(/^YARN_IGNORE_PATH=1 yarn /);
  expect(planInstall({ "requirements.txt": "six" })?.steps[0]?.script).toMatch(/^python3 -I -m venv /);
});

test("Go and Rust are fetched by their own tools, pinned where they have a lock (issue 10.3)", () => {
  const titles = (texts: SetupTexts) => planInstall(texts)?.steps.map(({ title }) => title);
  const go = "module x\n\nrequire example.org/y v1.0.0\n";
  expect(planInstall({ "go.mod": go, "go.sum": "" })).toMatchObject({ files: ["go.mod", "go.sum"], unpinned: [] });
  expect([titles({ "go.mod": go }), planInstall({ "go.mod": go })?.unpinned]).toEqual([["go mod download"], ["go.mod"]]);
  expect(planInstall({ "go.mod": "module x\n" })).toBeUndefined();
  const rust = '[package]\nname = "x"\n\n[dependencies]\nserde = "1"\n';
  expect(planInstall({ "Cargo.toml": rust, "Cargo.lock": "" })).toMatchObject({ files: ["Cargo.toml", "Cargo.lock"], unpinned: [] });
  expect(planInstall({ "Cargo.toml": rust })?.steps[0]?.script).toBe("cargo fetch");
  expect(planInstall({ "Cargo.toml": '[package]\nname = "x"\n' })).toBeUndefined();
});
