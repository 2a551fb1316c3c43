import { expect, it } from "vitest";
import { limit } from "../../../harness/suite/limit.ts";
import { bringAuthor, proveLines, reasonsOf } from "./setup-author.ts";

/** What a check lacks, which runs without a network, is told. */
bringAuthor();

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
  const result = await proveLines(
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
  const result = await proveLines({ "a.txt": "own\n" }, ["curl -sS https://api.example.org || cat a.txt", [serve, "own"]]);
  expect([result.passed, reasonsOf(result)]).toEqual([true, []]);
});

it("what is not installed is told by its name, and what names it", { timeout: limit(180_000) }, async () => {
  const lines = ["python3 -m pytest", "pytest -q", "node -e \"require('vitest')\"", "make check"];
  const result = await proveLines({ "a.txt": "a", Makefile: "check:\n\truff check\n" }, lines);
  const told = result.checks.map(({ reason }) => /There is no (?:program )?`(\w+)`/.exec(reason ?? "")?.[1]);
  expect(told).toEqual(["pytest", "pytest", "vitest", "ruff"]);
});
