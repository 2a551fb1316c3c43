import { expect, it } from "vitest";
import { limit } from "../../../harness/suite/limit.ts";
import { command, makeRepository, runChecks } from "../../clean-room.ts";
import { bringPackages, registry, withPackages } from "./packages.ts";
import { person, proveLines, pushFiles, reasonsOf } from "./setup-author.ts";

/** Packages that checks ask for by uv, or that no list names, and files in their place. */
bringPackages();

it("uv's own commands find what was installed", { timeout: limit(180_000) }, async () => {
  const files = {
    ...registry.files("uv", "shop"),
    "shop.py": "import pygreeter\nprint('shop says', pygreeter.WORD)\n",
    ".gitignore": ".venv\n",
  };
  const result = await proveLines(files, [
    ["uv sync --frozen && uv run python -m shop", "shop says hello"],
    ["uv run shop.py", "shop says hello"],
    ["uv run --frozen python -m shop", "shop says hello"],
    ["python3 -m shop", "shop says hello"],
  ]);
  expect([result.passed, reasonsOf(result)]).toEqual([true, []]);
});

it("what a check asks pip for is installed, also where no list of the project names it", { timeout: limit(180_000) }, async () => {
  const [, index = ""] = /(--index-url .*)\n/.exec(registry.files("pip", "x")["requirements.txt"] ?? "") ?? [];
  const files = { "requirements.txt": `${index}\n`, "tools/dev.txt": `${index}\npygreeter\n`, ".gitignore": ".venv\n" };
  const greets = "python3 -c 'import pygreeter; print(pygreeter.WORD)'";
  const asked = await proveLines(files, [[`pip install pygreeter && ${greets}`, "hello"]]);
  expect([asked.passed, reasonsOf(asked)]).toEqual([true, []]);
  const listed = await proveLines(files, [[`pip install -r tools/dev.txt && ${greets}`, "hello"]]);
  expect([listed.passed, reasonsOf(listed)]).toEqual([true, []]);
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
  expect(reasonsOf(result)[0]).toContain("node_modules/judge/judge.js is in the repository. Take it out (`git rm -r --cached`");
});
