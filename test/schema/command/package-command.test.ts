import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { type CommandPolicy, commandPolicy } from "../../../schema/command/command-rule.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { packageReasons } from "../../../schema/command/package-check.ts";
import { parseShell } from "../../../schema/command/shell.ts";

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
    "tar xzf a.tgz && tar -xf a.tar -C out --strip-components=1 && tar czf out.tgz src && tar tf /usr/share/a.tar",
    "zip -qr out.zip . -x '.git/*' && unzip -qo a.zip -d out && unzip -l a.zip && gzip -k a.txt && zcat a.gz",
    "sqlite3 a.db .tables && redis-cli -p 6380 ping && redis-cli -h 127.0.0.1 get a",
    "psql -h localhost -U a -d b -c 'select 1' && psql postgres://u:p@localhost:5432/b -f a.sql && psql shop",
  ],
};

type Reason = keyof typeof packageReasons;
/** By the reason that a member reads, however the command is written. */
const asked: Record<Reason, string[]> = {
  publish: [
    ...["npm publish", "npm --silent publish", "npm publish --dry-run ./dist", "npm pub", "npm unpublish x", "npm dist-tag add x@1 next"],
    ...["npm deprecate x no", "npm run publish", "npm run -s release:major", "npm run --workspace a deploy", "yarn deploy", "make release"],
    ...["pnpm publish", "pnpm -r publish", "pnpm --filter a publish", "yarn publish", "yarn npm publish", "yarn --cwd a publish"],
    ...["twine upload dist/a", "python3 -m twine upload dist/a", ".venv/bin/twine upload a", "python3 setup.py sdist upload", "uv publish"],
    ...[
      "uv run twine upload a",
      "uv run npm publish",
      "poetry publish",
      "cargo publish",
      "cargo -q publish",
      "cargo yank x",
      "gem push a.gem",
    ],
    ...["mvn deploy", "mvn -q clean deploy:deploy@x", "mvn release:perform", "./mvnw -B site-deploy", "gradle publish"],
    ...["./gradlew :a:publishAllPublications", "./gradlew pTML", "gradle PUBLISH", "gradle pub", "/usr/bin/npm publish", "n\\pm publish"],
  ],
  account: [
    ...["npm login", "npm adduser", "npm --scope=@a login", "npm logout", "npm token list", "npm owner add a b", "npm access public x"],
    ...["pnpm login", "yarn login", "cargo login", "cargo owner --add a", "uv auth login x", "npm whoami"],
  ],
  global: [
    ...["npm install -g x", "npm i x -g", "npm i -gf x", "npm i -fg x", "npm i -wg x", "npm -Cg install x", "npm --global install x"],
    ...["npm install --global=true x", "npm install x --global true", "npm install --location=global x", "npm install --location global x"],
    ...[
      "npm install -global x",
      "npm install --glob x",
      "npm install ---global x",
      "npm install --no-no-global x",
      "npm \"install\" '-'g x",
    ],
    ...["npm ci -g", "npm link", "npm ln ../x", "pnpm add -g x", "pnpm -g add x", "pnpm add --global x", "pnpm setup", "yarn global add x"],
    ...[
      "pip install --user x",
      "pip install --break-system-packages x",
      "python3 -m pip install x --user",
      "python3 -Impip install --user x",
    ],
    ...["pip install --prefix=/usr x", "pip install --root / x", ".venv/bin/python -m pip install --user x", "uv pip install --system x"],
    ...["uv tool install x", "uv python install 3.12", "cargo install x", "go install example.com/x@latest", "go install ./..."],
  ],
  registry: [
    ...[
      "npm install --registry=https://x.example a",
      "npm install a --registry https://x.example",
      "npm install --reg https://x.example a",
    ],
    ...["npm install -reg https://x.example a", "npm install --@a:registry=https://x.example a", "npm install --userconfig=./x a"],
    ...["npm config set registry https://x.example", "npm set registry https://x.example", "npm c set a b", "pnpm config set a b"],
    ...["yarn config set registry x", "yarn --registry https://x.example add a", "pnpm add --registry=https://x.example a"],
    ...["pip install -i https://x.example a", "pip install -qi https://x.example a", "pip install --index-url=https://x.example a"],
    ...[
      "pip install --extra-index-url https://x.example a",
      "pip install -f https://x.example a",
      "pip install --trusted-host x.example a",
    ],
    ...[
      "pip config set global.index-url x",
      "python3 -m pip config set a b",
      "uv add --index https://x.example a",
      "uv sync -i https://x.example",
    ],
    ...["uv run --default-index https://x.example pytest", "go env -w GOPROXY=https://x.example", "cargo add a --registry x"],
    ...["mvn -s other.xml package", "mvn --settings=other.xml package", "mvn -gs other.xml package"],
  ],
  download: [
    ...["npx cowsay hi", "npx tsc@5", "npx -p evil tsc", "npx --package=evil tsc", "npx -c ./x", "npx -y create-x", "npm exec cowsay"],
    ...[
      "npm exec tsc --package=evil",
      "npm exec --package=evil -- tsc",
      "npm exec -c ./x",
      "npm create evil",
      "npm init evil",
      "npm init @a/b",
    ],
    ...["pnpm dlx x", "pnpm create evil", "pnpx x", "yarn dlx x", "yarn create evil", "uvx ruff", "uv tool run ruff", "pipx run x"],
    ...["go run example.com/x@latest", "go run -v example.com/x@v1 a", "mvn org.example:evil:1.0:run"],
  ],
  address: [
    ...[
      "npm install https://x.example/a.tgz",
      "npm install a/b",
      "npm install github:a/b",
      "npm install git+ssh://x.example/a",
      "npm i a@https://x.example/a",
    ],
    ...[
      "npm install a@a/b",
      "npm install file:../a",
      "npm install ../a",

      'npm install "a$B"',
      "npm install --audit=https://x.example/a",
    ],
    ...[
      "pip install git+https://x.example/a",
      "pip install 'a @ https://x.example/a'",
      "pip install -r https://x.example/a",
      "pip install -e ../a",
    ],
    ...[
      "pip install https://x.example/a.whl",
      "uv add git+https://x.example/a",
      "uv run --with https://x.example/a python",
      "uv add --git x a",
    ],
    ...["cargo add a --git https://x.example/a", "pnpm add a/b", "yarn add https://x.example/a.tgz"],
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
      ...["source ./x.sh", ". x", "source .venv/bin/activate x", "source ../venv/bin/activate", "source /opt/venv/bin/activate"],
      ...[
        "tar xf a.tar -C /etc",
        "tar xfC a.tar /etc",
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

describe("what a member is asked about says why", () => {
  test.each(Object.entries(asked) as [Reason, string[]][])("%s", (reason, commands) => {
    for (const command of commands) {
      const { decision, parts } = judged(command);
      const reasons = parts.filter((part) => part.decision === "ask").map((part) => part.reason);
      expect([command, decision, reasons.includes(packageReasons[reason]) || reasons]).toEqual([command, "ask", true]);
    }
  });
  test("inside whatever runs it", () => {
    const wraps = [
      (inner: string) => `bash -c ${JSON.stringify(inner)}`,
      (inner: string) => `timeout 60 ${inner}`,
      (inner: string) => `nohup nice -n 5 ${inner}`,
      (inner: string) => `env A=1 ${inner}`,
      (inner: string) => `echo x | xargs ${inner}`,
      (inner: string) => `find . -exec ${inner} \\;`,
      (inner: string) => `cd web && { ${inner}; }`,
      (inner: string) => `eval ${JSON.stringify(inner)}`,
      (inner: string) => `command ${inner}`,
      (inner: string) => `uv run ${inner}`,
      (inner: string) => `npm install && ! ${inner} &`,
    ];
    const commands = Object.values(asked)
      .flat()
      .filter((command) => /^[\w ./:@=-]+$/.test(command));
    expect(commands.length).toBeGreaterThan(80);
    for (const command of commands)
      for (const wrap of wraps) expect([wrap(command), judged(wrap(command)).decision]).toEqual([wrap(command), "ask"]);
  });
  test("and variables that mean the same are asked, too", () => {
    for (const command of [
      "npm_config_global=true npm install x",
      "env npm_config_registry=https://x.example npm install",
      "PIP_INDEX_URL=https://x.example pip install a",
      "GOPROXY=https://x.example go get a.example/b",
      "UV_INDEX=https://x.example uv sync",
      "export NPM_CONFIG_GLOBAL=1; npm install x",
      "CARGO_REGISTRY_TOKEN=x cargo build",
    ])
      expect([command, judged(command).decision]).toEqual([command, "ask"]);
  });
  test("unless the member allows it: this one, or all of them", () => {
    const rule = (match: string, exact: boolean) =>
      growCommandLayers(commandPolicy.parse({ rules: [{ match, exact, decision: "allow" }] }));
    expect(judged("npm publish", rule("npm publish", true)).decision).toBe("allow");
    expect(judged("npm publish --tag next", rule("npm publish", true)).decision).toBe("ask");
    expect(judged("npm publish --tag next", rule("npm publish", false)).decision).toBe("allow");
    expect(judged("npm install -g x", rule("npm install -g x", true)).decision).toBe("allow");
  });
});

test("a word that asks is asked wherever it stands among others", () => {
  const option = fc.constantFrom(
    "-g",
    "--global",
    "--location=global",
    "--registry=https://x.example",
    "--userconfig=x",
    "-gD",
    "-Dg",
    "--prefix=/opt",
  );
  const plain = fc.constantFrom(
    "x",
    "@a/b@1",
    "-D",
    "--no-audit",
    "--save-exact",
    "./lib",
    "--omit=dev",
    "--loglevel",
    "-w",
    "--workspace",
    "--audit",
  );
  fc.assert(
    fc.property(
      fc.constantFrom("install", "i", "add", "ci", "update", "uninstall"),
      option,
      fc.array(plain, { maxLength: 6 }),
      fc.nat(6),
      (verb, word, rest, at) => {
        const words: string[] = [verb, ...rest];
        words.splice(Math.min(at, words.length), 0, word);
        expect([words, judged(`npm ${words.join(" ")}`).decision]).toEqual([words, "ask"]);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("of whatever words, a command of a package manager is read without an exception", () => {
  const words = Object.values(asked)
    .flat()
    .concat(Object.values(ordinary).flat())
    .flatMap((command) => command.split(" "));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }), (list) => {
      const command = list.join(" ");
      expect(["allow", "ask", "deny"]).toContain(judged(command).decision);
      expect(parseShell(command).commands).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});
