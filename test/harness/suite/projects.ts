import { readdirSync } from "node:fs";
import path from "node:path";
import type { Need } from "../../local/machine.ts";
import { root } from "../../local/process.ts";

type Part = {
  name: string;
  /** Folders below `test/`. */
  folders: string[];
  /** Files that run at the same time, on two cores: three or four where most of a test's time is waiting. */
  workers: 2 | 3 | 4;
  /** How long one test may take. */
  seconds: number;
  /** Which of its files `npm test` runs; `npm test -- --all` runs every file. */
  byDefault: "every file" | readonly string[];
  /** What must be on the machine. Each project brings up everything else itself. */
  needs: Need[];
};

/** The paths people live on, on the whole product: what `npm test` runs of `e2e`. */
const promises = ["e2e/story.test.ts", "e2e/message.test.ts", "e2e/approvals.test.ts", "e2e/proof.test.ts"];
const all = { byDefault: "every file" } as const;
/** Fast to slow: what fails early fails soon. `npm test` runs the projects in this order. */
export const projects: readonly Part[] = [
  { name: "schema", folders: ["schema", "doubles", "harness", "bench"], workers: 2, seconds: 30, ...all, needs: [] },
  { name: "edge", folders: ["edge"], workers: 2, seconds: 90, ...all, needs: ["go"] },
  { name: "app", folders: ["app"], workers: 2, seconds: 60, ...all, needs: ["chromium"] },
  { name: "actors", folders: ["actors"], workers: 3, seconds: 120, ...all, needs: [] },
  { name: "agent-host", folders: ["agent-host"], workers: 3, seconds: 120, ...all, needs: ["docker", "strace"] },
  { name: "e2e", folders: ["e2e"], workers: 3, seconds: 180, byDefault: promises, needs: ["docker", "chromium"] },
  { name: "faults", folders: ["faults"], workers: 4, seconds: 180, byDefault: [], needs: ["docker"] },
];

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
 * word, else those whose path contains it. No word means what runs by default, or every project where `every`
 * is said. Throws with what there is when a word fits nothing.
 */
export function chooseTests(words: readonly string[], every = false): Chosen[] {
  if (words.length === 0) {
    const listed = projects.map((project) => ({ project, files: every || project.byDefault === "every file" ? [] : project.byDefault }));
    return listed.filter(({ project }) => every || project.byDefault.length > 0);
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
