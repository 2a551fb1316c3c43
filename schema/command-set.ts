import type { CommandRule } from "./policy.ts";

/**
 * Named sets of commands that agent types allow by name, so that a type's file says only what is special about it. `curl` is in them
 * because the network walls decide what it reaches.
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
      "git --version",
      "git config --list",
      "git config --get",
    ],
  ],
  edit: ["mkdir", "touch", "cp", "mv", "sed", "awk", "chmod +x", "rm"],
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
  build: [
    ...[
      "node",
      "npm test",
      "npm run",
      "npm ci",
      "npx tsc",
      "npx vitest",
      "npx biome",
      "npx eslint",
      "npx prettier",
      "tsc",
      "python3",
      "pytest",
      "make",
    ],
    ...["go build", "go test", "go vet", "cargo build", "cargo test", "curl", "sleep", "kill"],
  ],
  test: [
    "npm test",
    "npm run",
    "npm ci",
    "npx vitest",
    "npx playwright test",
    "pytest",
    "make test",
    "go test",
    "cargo test",
    "node",
    "python3",
    "curl",
    "sleep",
    "kill",
  ],
} as const satisfies Record<string, readonly string[]>;
export const commandSetNames = ["look", "edit", "git", "build", "test"] as const satisfies readonly (keyof typeof commandSets)[];

const history = "History that others may have is never rewritten.";
const leaves = "Other machines are not reached from a workspace.";
const wall = "A workspace has no more rights than it was given.";
const deny = (match: string, why: string): CommandRule => ({ match, decision: "deny", why });
/** What no agent runs, whatever its type or member say. The kernel and Git's own rules hold besides. */
export const denials: readonly CommandRule[] = [
  deny("git push --force", history),
  deny("git push -f", history),
  deny("git push --mirror", history),
  deny("git push --delete", "Branches are deleted through the platform."),
  deny("git config --global", "Settings of all repositories belong to the platform."),
  deny("git config core.hooksPath", "Hooks run code for others."),
  deny("npm publish", "Nothing is published from a workspace."),
  deny("rm -rf /", "The whole file system is not yours."),
  ...["ssh", "scp", "sftp", "nc", "telnet"].map((name) => deny(name, leaves)),
  ...["sudo", "su", "doas", "docker", "crontab", "mount"].map((name) => deny(name, wall)),
];
