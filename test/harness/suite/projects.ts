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
  /** What must be on the machine. Each project brings up everything else itself. */
  needs: Need[];
};

/** Fast to slow: what fails early fails soon. `npm test` runs the projects in this order. */
export const projects: readonly Part[] = [
  { name: "schema", folders: ["schema", "doubles", "harness", "bench"], workers: 2, seconds: 30, needs: [] },
  { name: "edge", folders: ["edge"], workers: 2, seconds: 60, needs: ["go"] },
  { name: "app", folders: ["app"], workers: 2, seconds: 60, needs: ["chromium"] },
  { name: "actors", folders: ["actors"], workers: 3, seconds: 120, needs: [] },
  { name: "agent-host", folders: ["agent-host"], workers: 3, seconds: 120, needs: ["docker", "strace"] },
  { name: "e2e", folders: ["e2e"], workers: 3, seconds: 180, needs: ["docker", "chromium"] },
  { name: "faults", folders: ["faults"], workers: 4, seconds: 180, needs: ["docker"] },
];

/** A project, and which of its files: all where none is named. Paths are relative to `test/`. */
export type Chosen = { project: Part; files: string[] };

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
 * word, else those whose path contains it. No word means every project. Throws with what there is when a word
 * fits nothing.
 */
export function chooseTests(words: readonly string[]): Chosen[] {
  if (words.length === 0) return projects.map((project) => ({ project, files: [] }));
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
