import type { CommandRule } from "./command-rule.ts";
import { buildTools, pythonBuildTools, pythonInstallers, testTools } from "./package-tools.ts";

/** `verbsOf("go", "get mod+tidy")` is `go get` and `go mod tidy`. */
const verbsOf = (program: string, verbs: string) => verbs.split(" ").map((verb) => `${program} ${verb.replaceAll("+", " ")}`);
/** A tool of the project by itself, and by each way in which a package manager runs what the project has. */
const throughManagers = (tools: readonly string[]) =>
  ["", "npx ", "npm exec ", "npm exec -- ", "pnpm exec ", "pnpm ", "yarn ", "yarn run "].flatMap((way) =>
    tools.map((tool) => `${way}${tool}`),
  );

/**
 * Named sets of commands that agent types allow by name, so that a type's file says only what is
 * special about it: everyday work inside the agent's own clone. Where such a command's other words
 * lead outside (another machine, another remote, files elsewhere) `shell-scope.ts` has it asked, and
 * `package-check.ts` where it publishes, signs in, or installs from elsewhere or for more than the project.
 */
export const commandSets = {
  look: [
    ...[
      "ls",
      "cd",
      "pwd",
      "cat",
      "head",
      "tail",
      "wc",
      "grep",
      "rg",
      "find",
      "tree",
      "stat",
      "file",
      "diff",
      "sort",
      "uniq",
      "cut",
      "tr",
      "echo",
      "printf",
      "true",
      "test",
      "date",
      "which",
      "jq",
      "sed -n",
      "printenv",
      "trap",
      ...[
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "cmp",
        "comm",
        "nl",
        "od",
        "du",
        "df",
        "ps",
        "id",
        "whoami",
        "uname",
        "seq",
        "expr",
      ],
      ...["md5sum", "sha1sum", "sha256sum", "false", "exit", "set -e", "set -eu", "sleep", "wait", "type"],
    ],
    ...[
      "git status",
      "git log",
      "git diff",
      "git show",
      "git branch",
      "git ls-files",
      "git rev-parse",
      "git blame",
      "git grep",
      "git rev-list",
      "git merge-base",
      "git describe",
      "git cat-file",
      "git remote -v",
      "git ls-remote",
      "git stash list",
      "git --version",
      "git config --list",
      "git config --get",
    ],
  ],
  edit: ["mkdir", "touch", "cp", "mv", "sed", "awk", "chmod +x", "rm", "rmdir", "ln", "tee"],
  git: [
    ...[
      "git clone",
      "git fetch",
      "git pull",
      "git add",
      "git commit",
      "git checkout",
      "git switch",
      "git restore",
      "git stash",
      "git merge",
      "git rebase",
      "git push",
      "git worktree",
    ],
    ...["git config user.name", "git config user.email", "git init", "git mv", "git rm"],
  ],
  install: [
    ...verbsOf(
      "npm",
      "install i add ci uninstall remove rm un update up dedupe prune rebuild audit outdated init create view info explain fund pack",
    ),
    ...verbsOf("pnpm", "install i add remove rm update up prune rebuild dedupe fetch audit outdated create init why ls list"),
    ...["yarn", ...verbsOf("yarn", "install add remove upgrade import outdated why list create init audit")],
    ...[...verbsOf("npm", "config+get config+list pkg"), ...verbsOf("pnpm", "config+get config+list"), ...verbsOf("yarn", "config+list")],
    ...pythonInstallers.flatMap((name) =>
      verbsOf(name, "install uninstall download wheel list show freeze check --version config+list cache+dir"),
    ),
    ...verbsOf("uv", "sync add remove lock venv init tree version --version export pip python+list python+find cache+dir"),
    ...verbsOf("go", "mod get list"),
    ...verbsOf("cargo", "add remove rm update fetch tree generate-lockfile new init search info"),
    ...["source", ".", "python3 -m pip", "python3 -m venv", "python -m pip", "python -m venv"],
  ],
  build: [
    ...["node", "python3", "python", "java", "javac", "jar", "gcc", "g++", "cc", "c++", "make", "cmake", "ctest", "pkg-config", "ar"],
    ...verbsOf("npm", "test run start ci ls --version pack"),
    ...verbsOf("pnpm", "test run start build dev lint ls --version typecheck format"),
    ...verbsOf("yarn", "test run start build dev lint --version typecheck format"),
    ...throughManagers([...buildTools, ...testTools]),
    ...[...pythonBuildTools, "pytest", "source", "uv sync", "uv build", "uv --version", "pip --version"],
    ...["python3 -m pytest", "python3 -m unittest", "python3 -m build"],
    ...verbsOf("go", "build test vet run fmt generate list mod+download mod+tidy mod+verify doc env version clean tool work"),
    ...verbsOf("cargo", "build b test t run r check c clippy fmt doc bench clean tree metadata fetch --version package"),
    ...["gofmt", "rustc", "rustfmt", "mvn", "./mvnw", "gradle", "./gradlew", "sqlite3", "psql", "redis-cli"],
    ...["tar", "zip", "unzip", "gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "zcat", "curl", "kill"],
  ],
  test: [
    ...["node", "python3", "python", "curl", "kill", "pytest", "make test", "make check", "ctest", "source"],
    ...verbsOf("npm", "test run ci ls --version"),
    ...verbsOf("pnpm", "test run --version"),
    ...verbsOf("yarn", "test run --version"),
    ...throughManagers([...testTools, "playwright test"]),
    // what the project's lock names, and nothing else
    ...["pnpm install --frozen-lockfile", "yarn install --frozen-lockfile", "pip install -r", "uv sync", "cargo fetch", "go mod download"],
    ...["go test", "go vet", "cargo test", "cargo check", "cargo clippy", "coverage", "tox"],
    ...["mvn test", "mvn verify", "./mvnw test", "./mvnw verify", "gradle test", "gradle check", "./gradlew test", "./gradlew check"],
  ],
} satisfies Record<string, readonly string[]>;
export const commandSetNames = ["look", "edit", "git", "install", "build", "test"] as const satisfies readonly (keyof typeof commandSets)[];

const history = "History that others may have is never rewritten.";
const leaves = "Other machines are not reached from a workspace.";
const wall = "A workspace has no more rights than it was given.";
const deny = (match: string, why: string): CommandRule => ({ match, decision: "deny", why });
/** What no agent runs, whatever its type or member say. The kernel and Git's own rules hold besides. */
export const deniedCommands: readonly CommandRule[] = [
  deny("git push --force", history),
  deny("git push -f", history),
  deny("git push --mirror", history),
  deny("git push --delete", "Branches are deleted through the platform."),
  deny("git config --global", "Settings of all repositories belong to the platform."),
  deny("git config core.hooksPath", "Hooks run code for others."),
  deny("rm -rf /", "The whole file system is not yours."),
  ...["ssh", "scp", "sftp", "nc", "telnet"].map((name) => deny(name, leaves)),
  ...["sudo", "su", "doas", "docker", "crontab", "mount"].map((name) => deny(name, wall)),
];
