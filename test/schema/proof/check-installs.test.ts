import { expect, it } from "vitest";
import { readAskedPackages } from "../../../schema/proof/check-installs.ts";

it("reads what a check asks package managers for, in which folder, however it is written", () => {
  const root = (...lines: string[]) => [{ folder: "", lines }];
  const cases: [string, ReturnType<typeof readAskedPackages>][] = [
    ["npm ci && npm test", root()],
    ["npm ci --no-audit --loglevel error; npm run build", root()],
    ["pnpm i --frozen-lockfile && pnpm test", root()],
    ["yarn && yarn test", root()],
    ["yarn install --frozen-lockfile", root()],
    ["cd web && npm install && npm test", [{ folder: "web", lines: [] }]],
    ["(cd a/b && npm ci) && cd ../c", [{ folder: "a/b", lines: [] }]],
    ["npm --prefix web ci && npm --prefix web test", [{ folder: "web", lines: [] }]],
    ["npm ci --prefix=web", [{ folder: "web", lines: [] }]],
    [
      "(cd front && npm ci) && (cd back && pip install -qr r.txt); npm ci",
      [{ folder: "front", lines: [] }, { folder: "back", lines: ["-r r.txt"] }, ...root()],
    ],
    [`pip install pytest && python3 -c 'print(1)' && echo "(\\"$(date)"`, root("pytest")],
    ["pip install --progress-bar off --timeout 60 -U pytest", root("pytest")],
    ["pnpm -C web install", [{ folder: "web", lines: [] }]],
    ["pip install -r requirements.txt && pytest", root("-r requirements.txt")],
    ["python3 -m pip install -q --upgrade pip pytest 'ruff>=0.5'", root("pytest", "ruff>=0.5")],
    [
      "python3 -m venv .venv && . .venv/bin/activate && pip3 install -rdev.txt -e .[test] -c pins.txt",
      root("-rdev.txt", "-e .[test]", "-c pins.txt"),
    ],
    [
      ".venv/bin/pip install pytest --index-url https://pypi.example.org/simple",
      root("pytest", "--index-url https://pypi.example.org/simple"),
    ],
    ["pip install 'uvicorn[standard]' httpx[http2] && pytest", root("uvicorn[standard]", "httpx[http2]")],
    ["uv pip install pytest && uv run pytest", root("pytest")],
  ];
  for (const [line, asked] of cases) expect([line, readAskedPackages(line)]).toEqual([line, asked]);
});

it("asks for nothing where no package is installed, or where what is said is known only when it runs", () => {
  const lines = [
    "npm test",
    "npm install left-pad", // a package beside those of the manifest: it belongs there
    "yarn test",
    "pip --version",
    "echo pip install x",
    "pip install $EXTRA",
    "pip install --target lib requests",
    "pip install --group dev",
    "cd - && npm ci",
    "cd ~ && npm ci",
    "(cd web && (npm ci))",
    "(npm ci",
    "$(echo npm ci)",
    "cd $PLACE && npm ci",
    "cd ../.. && npm ci",
    "cd /etc && pip install x",
    "npm ci --prefix /etc",
    "true",
  ];
  for (const line of lines) expect([line, readAskedPackages(line)]).toEqual([line, []]);
});
