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
    ...[
      "uv run --default-index https://x.example pytest",
      "go env -w GOPROXY=https://x.example",
      "go env -json -w GOPROXY=x",
      "go env --w GOPROXY=x",
      "cargo add a --registry x",
    ],
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
