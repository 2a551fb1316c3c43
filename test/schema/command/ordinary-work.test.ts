import { describe, expect, test } from "vitest";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { type CommandPolicy, commandPolicy } from "../../../schema/command/command-rule.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";

const home = "/workspace/agents/agt_1/work";
const layers = growCommandLayers(commandPolicy.parse({}));
const judged = (command: string, by: readonly CommandPolicy[] = layers) => judgeCommand(by, command, home);

/** Ordinary work of each ecosystem, a command line each. */
const ordinary: Record<string, string[]> = {
  npm: [
    "npm install",
    "npm i -D vitest@latest @types/node 'react@^19 || ^18'",
    "npm install --save-exact --no-audit --no-fund left-pad",
    "npm ci --ignore-scripts --omit=dev --audit=false",
    "npm install ./lib x@npm:y@1",
    "npm --prefix web install && npm -C web run build && npm -w api test",
    `npm --prefix ${home}/web install`,
    "npm init -y && npm create vite@latest app -- --template react-ts",
    "npm uninstall x; npm update; npm dedupe; npm outdated; npm config get registry; npm pkg set type=module",
    "npm run build -- --mode production && npm test -- -g smoke && npm start",
    "npx tsc --noEmit && npx -y vitest run && npx --no-install eslint . && npm exec -- biome check && npm exec tsc",
    "npx playwright test",
    "node_modules/.bin/tsc -p . && ./node_modules/.bin/jest -t a",
  ],
  "pnpm and yarn": [
    "pnpm install --frozen-lockfile",
    "pnpm add -D x && pnpm add -w y && pnpm --filter web add z",
    "pnpm -r test && pnpm --dir web build && pnpm vitest && pnpm exec tsc",
    "yarn && yarn --frozen-lockfile && yarn add --dev x && yarn --cwd web build && yarn tsc",
  ],
  Python: [
    "python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt && pytest -q",
    "source .venv/bin/activate",
    "pip install -e .[dev] requests[socks] 'flask>=2,<4' './lib[extra]' ruff==0.4.*",
    "python3 -m pip install --upgrade pip && python3 -mpip -q list",
    ".venv/bin/pip install -r requirements.txt && .venv/bin/python -m pytest && ./.venv/bin/ruff check",
    `${home}/.venv/bin/python manage.py migrate`,
    "pip install --target lib x && pip uninstall -y x && pip config list",
    "uv sync --frozen && uv add requests 'ruff@latest' && uv lock && uv venv --python 3.12 && uv init",
    "uv run pytest -q && uv run --with requests,flask python app.py && uv run -q app.py && uv --directory api run mypy .",
    "uv pip install -r requirements.txt && uv pip list",
    "python3 -m unittest && python3 -m build && black . && mypy src",
  ],
  "compiled languages": [
    "gcc -O2 -o app main.c && g++ -c a.cc && make -j4 && make -C sub test && cmake -B out . && ctest && pkg-config --libs zlib",
    "go build ./... && go test -run X ./... && go vet ./... && go mod tidy && go get example.com/x@latest && go generate ./...",
    "go run . && go run ./cmd/x -mail a@b.example && go run main.go && go -C sub build",
    "cargo build --release && cargo -q test && cargo clippy && cargo fmt && cargo add serde@1 --features derive && cargo run -- publish",
    "mvn -q -B -DskipTests package && ./mvnw test && ./gradlew build :app:test && gradle projects && javac A.java && java A",
  ],
  "archives and databases": [
    "tar xzf a.tgz && tar -xf a.tar -C out --strip-components=1 && tar -xf a.tar --directory=out && tar czf out.tgz src && tar tf /usr/share/a.tar",
    "zip -qr out.zip . -x '.git/*' && unzip -qo a.zip -d out && unzip -l a.zip && gzip -k a.txt && zcat a.gz",
    "sqlite3 a.db .tables && redis-cli -p 6380 ping && redis-cli -h 127.0.0.1 get a",
    "psql -h localhost -U a -d b -c 'select 1' && psql postgres://u:p@localhost:5432/b -f a.sql && psql shop",
  ],
};

describe("ordinary work is not asked", () => {
  test.each(Object.entries(ordinary))("of %s", (_, commands) => {
    for (const command of commands) {
      const { decision, parts } = judged(command);
      expect([command, decision, parts.find((part) => part.decision !== "allow")?.reason]).toEqual([command, "allow", undefined]);
    }
  });
  test("but what leads out of the workspace or to another machine is", () => {
    for (const command of [
      ...[
        "npm --prefix ../x install",
        "npm install ~/a",
        "npm install --prefix /opt x",
        "npm --prefix=/opt run build",
        "yarn --cwd / add x",
        "pnpm --dir .. add x",
      ],
      ...[
        "pip install --target /opt/x x",
        "uv add --project .. x",
        "uv venv /opt/x",
        "cargo add x --path ../y",
        "uv pip install --python /usr/bin/python3 x",
      ],
      ...[
        "../.venv/bin/python x",
        "/opt/venv/bin/python x",
        ".venv/bin/ls",
        "node_modules/.bin/ls",
        "x/node_modules/.bin/git status",
        "./npm install",
      ],
      ...[
        "uv pip frob x",
        "npm frob",
        "npm inst-x",
        "go frob",
        "source ./x.sh",
        ". x",
        "source .venv/bin/activate x",
        "source ../venv/bin/activate",
        "source /opt/venv/bin/activate",
      ],
      ...[
        "tar xf a.tar -C /etc",
        "tar xfC a.tar /etc",
        "tar -xf a.tar --directory=/etc",
        "tar -xf a.tar --directory ../x",
        "tar cf host:a src",
        "tar -xf host:a",
        "tar -I ./x -xf a",
        "tar xf a --to-command=./x",
        "tar xPf a",
      ],
      ...[
        "tar cf /opt/a.tar src",
        "tar -cf a.tar --checkpoint-action=exec=./x src",
        "zip -r /etc/x.zip .",
        "zip -TT ./x a.zip",
        "zip -x a -r /opt/b.zip .",
      ],
      ...["unzip a.zip -d /etc", "unzip -d/etc a.zip", "unzip -: a.zip", "gzip /opt/a", "gzip -c ../a", "xz --files=a"],
      ...[
        "psql -h db.example.com shop",
        "psql postgres://u:p@db.example.com/b",
        "psql 'host=db.example.com'",
        "psql -d service=x",
        "psql -hdb.example.com",
      ],
      ...[
        "psql postgres://localhost@db.example.com/b",
        "psql -o /etc/x",
        "redis-cli -h x.example ping",
        "redis-cli -u redis://x.example",
        "redis-cli --cluster x",
      ],
    ])
      expect([command, judged(command).decision]).toEqual([command, "ask"]);
  });
  test("and what an environment runs is judged as itself, besides bringing it up to date", () => {
    expect(judged("uv run git push --force").decision).toBe("deny");
    expect(judged("uv run terraform apply").decision).toBe("ask");
    const look: CommandPolicy = commandPolicy.parse({ rules: [{ match: "ls", decision: "allow" }] });
    expect(judged("uv run ls", [look]).decision).toBe("ask");
    expect(judged("npm --prefix web ls", [look]).decision).toBe("ask");
    expect(judged("node_modules/.bin/ls", [look]).decision).toBe("ask");
  });
});
