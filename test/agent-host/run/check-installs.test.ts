import { expect, it } from "vitest";
import { limit } from "../../harness/suite/limit.ts";
import { command, makeRepository, runChecks } from "../clean-room.ts";
import { bringPackages, npmrc, registry, withPackages } from "./packages.ts";
import { type Files, person, pushFiles } from "./setup-author.ts";

bringPackages();
let made = 0;
/** A project in which these checks run, each of which may say what it must print. */
async function prove(files: Files, lines: readonly (string | [string, string])[], script?: string) {
  const repo = await makeRepository(person, `checks-${made++}`);
  const commit = await pushFiles(repo, "main", files, script);
  const checks = lines.map((line, at) => {
    const [text, contains] = typeof line === "string" ? [line] : line;
    return command(`tests.${at}`, text, contains === undefined ? {} : { contains });
  });
  return (await runChecks(person, { repo, branch: "main", commit, outputs: [], checks })).result;
}
const reasons = ({ failures }: Awaited<ReturnType<typeof prove>>) => failures.map(({ reason }) => reason);

it("npm's own installing commands are done before, wherever they stand, and the scripts that belong to them run", {
  timeout: limit(180_000),
}, async () => {
  const files = withPackages(["judge"]);
  const manifest = JSON.parse(files["package.json"]!) as object;
  const scripts = { test: "judge", prepare: "echo built >built.txt" };
  const result = await prove(
    {
      ...files,
      "package.json": JSON.stringify({ ...manifest, scripts }),
      "web/package.json": JSON.stringify({ name: "web", version: "1.0.0", dependencies: { judge: "1.0.0" }, scripts: { test: "judge" } }),
      "web/package-lock.json": files["package-lock.json"]!,
      "web/.npmrc": npmrc(),
      "web/sum.txt": "5\n",
      "sum.txt": "5\n",
      Makefile: "check:\n\tnpm ci --no-audit\n\tnpm test\n",
      "check.sh": "set -e\nnpm install --silent; npm test\n",
    },
    [
      ["npm ci && npm test && cat built.txt", "built"],
      ["npm ci; npm test", "all is well"],
      ["make check", "all is well"],
      ["sh check.sh", "all is well"],
      ["cd web && npm ci && npm test", "all is well"],
      ['(cd web && npm ci --loglevel error) && npm --prefix=web ci && npm ci --prefix "$PWD/web" && npm --prefix web test', "all is well"],
      ["npm cit | tail -n 1; cat built.txt", "built"],
      ["npm --prefix web ci && npm --prefix web test", "all is well"],
      ["judge", "all is well"],
    ],
  );
  expect([result.passed, reasons(result)]).toEqual([true, []]);
});
it("Python is that of the virtual environment, by whatever name it is called and made", { timeout: limit(180_000) }, async () => {
  const files = {
    "requirements.txt": registry.files("pip", "x")["requirements.txt"]!,
    "setup.cfg": "",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["pygreeter"]\n',
    "shop.py": "import pygreeter\nprint('shop says', pygreeter.WORD)\n",
    "tool.sh": "#!/usr/bin/env python3\nimport shop\n",
    Makefile:
      ".venv:\n\tpython3 -m venv .venv\ninstall: .venv\n\t.venv/bin/pip install -r requirements.txt\ncheck: install\n\t.venv/bin/python -m shop\nrefused:\n\t! pip install 'pygreeter>=2'\n\t! pip install dist/none.whl\n\t! pip install ./none\n\t! pip install none\n\t! pip install\n\tpip install shop pygreeter==1.0.0 'none; python_version < \"3\"'\n",
    "deep/er/x.txt": "",
    ".gitignore": ".venv\nvenv\n",
  };
  const says = (line: string): [string, string] => [line, "shop says hello"];
  const result = await prove(files, [
    says("pip install -r requirements.txt && python3 -m shop"),
    says("python3 -m pip install -q -r requirements.txt && python -m shop"),
    says("python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt && python -m shop"),
    says(
      "python3 -m venv venv && venv/bin/pip3 install --upgrade pip && venv/bin/pip install -r requirements.txt && venv/bin/python -m shop",
    ),
    says("uv venv && uv pip install -r requirements.txt && uv run python -m shop"),
    says("pip install -e . && uv run shop.py"),
    says("make check"),
    says("make refused && python3 -m shop"),
    says("cd /tmp && python3 -c 'import pygreeter; print(\"shop says\", pygreeter.WORD)'"),
    says("python3 -m venv env --prompt x && env/bin/pip install -qr requirements.txt && env/bin/python -m shop"),
    says("chmod +x tool.sh && ./tool.sh"),
    says("cd deep/er && PYTHONPATH=../.. python3 -m shop"),
    ["python3 -c 'import sys; print(sys.prefix)'", "/.venv"],
  ]);
  expect([result.passed, reasons(result)]).toEqual([true, []]);
});

it("uv's own commands find what was installed", { timeout: limit(180_000) }, async () => {
  const files = {
    ...registry.files("uv", "shop"),
    "shop.py": "import pygreeter\nprint('shop says', pygreeter.WORD)\n",
    ".gitignore": ".venv\n",
  };
  const result = await prove(files, [
    ["uv sync --frozen && uv run python -m shop", "shop says hello"],
    ["uv run shop.py", "shop says hello"],
    ["uv run --frozen python -m shop", "shop says hello"],
    ["python3 -m shop", "shop says hello"],
  ]);
  expect([result.passed, reasons(result)]).toEqual([true, []]);
});

it("what a check asks pip for is installed, also where no list of the project names it", { timeout: limit(180_000) }, async () => {
  const [, index = ""] = /(--index-url .*)\n/.exec(registry.files("pip", "x")["requirements.txt"] ?? "") ?? [];
  const files = { "requirements.txt": `${index}\n`, "tools/dev.txt": `${index}\npygreeter\n`, ".gitignore": ".venv\n" };
  const greets = "python3 -c 'import pygreeter; print(pygreeter.WORD)'";
  const asked = await prove(files, [[`pip install pygreeter && ${greets}`, "hello"]]);
  expect([asked.passed, reasons(asked)]).toEqual([true, []]);
  const listed = await prove(files, [[`pip install -r tools/dev.txt && ${greets}`, "hello"]]);
  expect([listed.passed, reasons(listed)]).toEqual([true, []]);
});

it("who wants the network is told at once, with the name and what to declare", { timeout: limit(180_000) }, async () => {
  const asked: [string, string, string][] = [
    ["npm install left-pad", "registry.npmjs.org", "npm install left-pad"],
    ["npx cowsay hello", "registry.npmjs.org", "npm exec cowsay hello"],
    ["pip download right-pad", "pypi.org", "pip download right-pad"],
    ["pnpm add left-pad", "registry.npmjs.org", "pnpm add left-pad"],
    ["uv tool run ruff", "pypi.org", "uv tool run ruff"],
    ["curl -sS https://api.example.org/v1/prices", "api.example.org", "curl -sS"],
    ["curl -sS http://plain.example.org/", "plain.example.org", "curl -sS"],
    ["node ask.mjs", "node.example.org", "node ask.mjs"],
    ["python3 -c \"import urllib.request; urllib.request.urlopen('https://python.example.org')\"", "python.example.org", "python3 -c"],
    ["git clone -q https://git.example.org/x.git", "git.example.org", "git-remote-https origin"],
    ["node -e \"require('dns').resolve('dns.example.org', (error) => process.exit(error ? 1 : 0))\"", "dns.example.org", "node -e"],
  ];
  const ask = "await fetch('https://node.example.org');\n";
  const result = await prove(
    { "ask.mjs": ask, "package.json": "{}" },
    asked.map(([line]) => line),
  );
  for (const [at, [, name, program]] of asked.entries())
    expect(result.checks[at]?.reason).toContain(
      `On its way it wanted to reach ${name} (\`${program}\`), and checks run without a network.`,
    );
  expect(result.passed).toBe(false);
});

it("a check that can do without the network passes, and a port of its own is its own", { timeout: limit(180_000) }, async () => {
  const serve =
    "python3 -m http.server 8081 >/dev/null 2>&1 & for i in 1 2 3 4 5 6 7 8 9; do curl -s http://localhost:8081/a.txt && exit 0; sleep 1; done; exit 1";
  const result = await prove({ "a.txt": "own\n" }, ["curl -sS https://api.example.org || cat a.txt", [serve, "own"]]);
  expect([result.passed, reasons(result)]).toEqual([true, []]);
});

it("what is not installed is told by its name, and what names it", { timeout: limit(180_000) }, async () => {
  const lines = ["python3 -m pytest", "pytest -q", "node -e \"require('vitest')\"", "make check"];
  const result = await prove({ "a.txt": "a", Makefile: "check:\n\truff check\n" }, lines);
  const told = result.checks.map(({ reason }) => /There is no (?:program )?`(\w+)`/.exec(reason ?? "")?.[1]);
  expect(told).toEqual(["pytest", "pytest", "vitest", "ruff"]);
});

it("a commit with a file where packages are installed is refused, and told what to do, also beside a snapshot", {
  timeout: limit(180_000),
}, async () => {
  const files = { ...withPackages(["judge"]), "sum.txt": "5", ".gitignore": "" };
  const repo = await makeRepository(person, "tracked");
  const asked = { repo, branch: "main", outputs: [], checks: [command("tests.0", "judge")] };
  const before = await runChecks(person, { ...asked, commit: await pushFiles(repo, "main", files) });
  expect(before.result.passed).toBe(true);
  const planted = { "node_modules/judge/judge.js": "" };
  const commit = await pushFiles(repo, "main", planted, "ln -s judge node_modules/other && git add -f node_modules");
  const { result } = await runChecks(person, { ...asked, commit });
  expect(result.failures.map(({ why }) => why)).toEqual(["setup_failed"]);
  expect(reasons(result)[0]).toContain("node_modules/judge/judge.js is in the repository. Take it out (`git rm -r --cached`");
});
