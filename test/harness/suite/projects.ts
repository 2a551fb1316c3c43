import { readdirSync } from "node:fs";
import path from "node:path";
import type { Need } from "../../local/machine.ts";
import { root } from "../../local/process.ts";

/**
 * What a file of tests may use. Small: no process but its own. Medium: parts of ours, a page of a browser, a
 * member's containers; a minute of the reference machine. Large: the whole product, a part that is killed, a
 * disk that is full, packages by the dozen, more than that minute.
 */
export type Size = "small" | "medium" | "large";

type Part = {
  name: string;
  /** Folders below `test/`. */
  folders: string[];
  /** How many files run at the same time at most (`turn.ts`): each of them has a set of parts. */
  workers: 2 | 3 | 4;
  /** How long one test may take. */
  seconds: number;
  /** The size of each file that `otherwise` does not name. */
  size: Size;
  /** Files of another size: how their path below `test/` begins. */
  otherwise?: Partial<Record<Size, readonly string[]>>;
  /** Files that run by default, large as they are: their path below `test/`. */
  byDefault?: readonly string[];
  /** What must be on the machine. Each project brings up everything else itself. */
  needs: Need[];
};

/** With a program that a stranger runs, a git, or parts of ours. */
const schemaFiles = {
  medium: [
    "audit/verify-audit",
    "command/npm-options",
    "project/secret-prints",
    "receipt/receipt",
    "receipt/verify-receipt",
    "wire/expressions",
  ]
    .map((name) => `schema/${name}.test.ts`)
    .concat(["deploy/", "doubles/doubles.test.ts", "harness/local/", "harness/suite/calibration.test.ts", "harness/suite/hang/"]),
};
/** With an engine and a runner; and where they are killed. */
const actorFiles = {
  medium: ["approval/approval", "archive", "kernel/event-log", "kernel/quota", "kernel/ticket", "opencode/opencode", "plan/plan"]
    .concat(["runner/peer", "runner/relay", "search/search"])
    .map((name) => `actors/${name}.test.ts`),
  large: ["actors/kernel/crash.test.ts"],
};
/** Large: pages that one opens now and then. Their kinds of parts are tried by others. */
const appFiles = {
  large: ["audit", "billing/payment", "git-tokens", "machines", "provider-keys", "secrets"].map((name) => `app/browser/${name}.test.ts`),
  medium: ["app/browser/"],
};
/** Where a daemon, a server or services are killed, a disk is full, or many packages or stories are tried. */
const hostFiles = {
  large: [
    "network/admission",
    "opencode/greedy-neighbour",
    "release/app-egress",
    "release/greedy-app",
    "release/release-kill",
    "run/setup/asked-packages",
    "run/setup/environment",
    "run/setup/environment-limits",
    "run/full-disk",
    "run/judges",
    "run/languages",
    "run/lie/drawn-lies",
    "run/lie/poisoned",
    "run/lies-in-early-branches",
    "run/lies-in-merges",
    "run/setup/registry-away",
    "run/tests/runners",
    "run/setup/setup-kinds",
    "run/setup/setup-scopes",
    "run/setup/setup-shapes",
    "run/templates",
    "service/proof-services",
    "service/release-services",
    "stack/disk-limit",
    "stack/stack-kill",
    "workshop",
  ].map((name) => `agent-host/${name}.test.ts`),
};
/** A day with the whole product. Where its parts are killed, it is told in `--all`. */
const wholeStories = ["first-day", "guest-book", "plan-to-merge", "second-device"].map((name) => `stories/${name}.test.ts`);
/** Fast to slow: what fails early fails soon. `npm test` runs the projects in this order. */
export const projects: readonly Part[] = [
  {
    ...{ name: "schema", folders: ["schema", "deploy", "doubles", "harness", "bench"], workers: 2, seconds: 30, needs: [] },
    ...{ size: "small", otherwise: schemaFiles },
  },
  {
    name: "edge",
    folders: ["edge"],
    workers: 2,
    seconds: 90,
    size: "medium",
    otherwise: { large: ["fuzz", "recovery", "restore", "rotation"].map((name) => `edge/${name}.test.ts`) },
    needs: ["go", "pip"],
  },
  { name: "app", folders: ["app"], workers: 3, seconds: 60, size: "small", otherwise: appFiles, needs: ["chromium"] },
  { name: "actors", folders: ["actors"], workers: 3, seconds: 120, size: "small", otherwise: actorFiles, needs: [] },
  {
    ...{ name: "agent-host", folders: ["agent-host"], workers: 3, seconds: 120, needs: ["docker", "strace"] },
    ...{ size: "medium", otherwise: hostFiles, byDefault: ["agent-host/run/lie/drawn-lies.test.ts"] },
  },
  {
    ...{ name: "stories", folders: ["stories"], workers: 3, seconds: 180, size: "large", byDefault: wholeStories },
    needs: ["docker", "chromium"],
  },
  {
    ...{ name: "compose", folders: ["compose"], workers: 2, seconds: 180, size: "large", byDefault: ["compose/self-hosted.test.ts"] },
    needs: ["docker", "chromium", "go"],
  },
  { name: "e2e", folders: ["e2e"], workers: 3, seconds: 180, size: "large", needs: ["docker", "chromium"] },
  { name: "faults", folders: ["faults"], workers: 4, seconds: 180, size: "large", needs: ["docker"] },
];

/** The size of a file, by its path below `test/`. */
export function sizeOf({ size, otherwise = {} }: Pick<Part, "size" | "otherwise">, file: string): Size {
  const named = Object.entries(otherwise).find(([, beginnings]) => beginnings.some((beginning) => file.startsWith(beginning)));
  return (named?.[0] as Size | undefined) ?? size;
}

/** A project, and which of its files: every file where none is named. Paths are relative to `test/`. */
export type Chosen = { project: Part; files: readonly string[] };

function filesOf({ folders }: Part): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(root, "test", folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => /\.test\.tsx?$/.test(file))
    .sort();
}

function unknown(word: string): Error {
  const near = projects.find(({ folders }) => folders.includes(word.split("/")[0] ?? ""));
  const there = near
    ? ["Its project has:", ...filesOf(near).map((file) => `  ${file}`)]
    : [`Projects: ${projects.map(({ name }) => name).join(", ")}.`];
  return new Error(
    [`No test is called ${word}. A word is a project, or the beginning or a part of a test file's path below test/.`, ...there].join("\n"),
  );
}

/**
 * What the words after `npm test --` mean: a project by its name, else the files whose path begins with the
 * word, else those whose path contains it. No word means every small and medium file and whole stories, or
 * every file where `every` is said. Throws with what there is when a word fits nothing.
 */
export function chooseTests(words: readonly string[], every = false): Chosen[] {
  if (words.length === 0) {
    if (every) return projects.map((project) => ({ project, files: [] }));
    const listed = projects.map((project) => {
      const files = filesOf(project);
      const chosen = files.filter((file) => sizeOf(project, file) !== "large" || project.byDefault?.includes(file));
      return { project, files: chosen, none: chosen.length === 0, all: chosen.length === files.length };
    });
    return listed.filter(({ none }) => !none).map(({ project, files, all }) => ({ project, files: all ? [] : files }));
  }
  const whole = new Set(words.filter((word) => projects.some(({ name }) => name === word)));
  const all = projects.flatMap(filesOf);
  const files = new Set(
    words
      .filter((word) => !whole.has(word))
      .map((word) => word.replace(/^(\.\/)?test\//, ""))
      .flatMap((word) => {
        const begins = all.filter((file) => file.startsWith(word));
        const found = begins.length > 0 ? begins : all.filter((file) => file.includes(word));
        if (found.length === 0) throw unknown(word);
        return found;
      }),
  );
  return projects.flatMap((project) => {
    if (whole.has(project.name)) return [{ project, files: [] }];
    const some = filesOf(project).filter((file) => files.has(file));
    return some.length > 0 ? [{ project, files: some }] : [];
  });
}
