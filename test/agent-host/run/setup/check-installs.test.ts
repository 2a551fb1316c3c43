import { expect, it } from "vitest";
import { limit } from "../../../harness/suite/limit.ts";
import { someOf } from "../../../harness/suite/long-run.ts";
import { bringPackages, npmrc, registry, withPackages } from "./packages.ts";
import { proveLines, reasonsOf } from "./setup-author.ts";

bringPackages();

it("npm's own installing commands are done before, wherever they stand, and the scripts that belong to them run", {
  timeout: limit(180_000),
}, async () => {
  const files = withPackages(["judge"]);
  const manifest = JSON.parse(files["package.json"]!) as object;
  const scripts = { test: "judge", prepare: "echo built >built.txt" };
  const result = await proveLines(
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
    someOf<[string, string]>(
      [
        ["npm ci && npm test && cat built.txt", "built"],
        ["npm ci; npm test", "all is well"],
        ["make check", "all is well"],
        ["sh check.sh", "all is well"],
        ["cd web && npm ci && npm test", "all is well"],
        [
          '(cd web && npm ci --loglevel error) && npm --prefix=web ci && npm ci --prefix "$PWD/web" && npm --prefix web test',
          "all is well",
        ],
        ["npm cit | tail -n 1; cat built.txt", "built"],
        ["npm --prefix web ci && npm --prefix web test", "all is well"],
        ["judge", "all is well"],
      ],
      0,
      2,
    ),
  );
  expect([result.passed, reasonsOf(result)]).toEqual([true, []]);
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
  const lines: [string, string][] = [
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
  ];
  const result = await proveLines(files, someOf(lines, 0, 2));
  expect([result.passed, reasonsOf(result)]).toEqual([true, []]);
});
