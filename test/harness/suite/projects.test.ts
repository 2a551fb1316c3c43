import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { root } from "../../local/process.ts";
import { chooseTests, projects, sizeOf } from "./projects.ts";
import { slowFiles } from "./slow-first.ts";

const named = (...words: string[]) => chooseTests(words).map(({ project, files }) => [project.name, ...files]);

test("no word chooses what runs by default: every small and medium file, and of the large ones whole stories", () => {
  const chosen = chooseTests([]);
  expect(chosen.map(({ project }) => project.name)).toEqual(["schema", "edge", "app", "actors", "agent-host", "stories", "compose"]);
  const filesOf = (name: string) => chosen.find(({ project }) => project.name === name)?.files ?? [];
  expect(filesOf("schema")).toEqual([]); // all of them
  const stories = ["first-day", "guest-book", "plan-to-merge", "second-device"];
  expect(filesOf("stories")).toEqual(stories.map((name) => `stories/${name}.test.ts`));
  for (const { project, files } of chosen.filter((each) => each.project.name !== "stories"))
    expect(files.filter((file) => sizeOf(project, file) === "large" && !project.byDefault?.includes(file))).toEqual([]);
  expect([filesOf("edge").includes("edge/actor.test.ts"), filesOf("edge").includes("edge/recovery.test.ts")]).toEqual([true, false]);
});

test("each file or folder whose size is declared is there", () => {
  const named = projects.flatMap(({ otherwise = {} }) => Object.values(otherwise).flat());
  expect(named.filter((each) => !existsSync(path.join(root, "test", each)))).toEqual([]);
});

test("--all chooses every project, and a project's name all of it", () => {
  expect(chooseTests([], true).map(({ project, files }) => [project.name, ...files])).toEqual(projects.map(({ name }) => [name]));
  expect(named("e2e")).toEqual([["e2e"]]);
  expect(named("app", "schema")).toEqual([["schema"], ["app"]]);
});

test("a word chooses the files whose path begins with it, with or without the folder of all tests", () => {
  const machine = ["edge", "edge/machine/join.test.ts", "edge/machine/machine.test.ts", "edge/machine/operator.test.ts"];
  expect(named("edge/machine")).toEqual([machine]);
  expect(named("test/edge/machine/")).toEqual([machine]);
  expect(named("harness/suite/projects")).toEqual([["schema", "harness/suite/projects.test.ts"]]);
});

test("a word that no path begins with chooses the files whose path contains it, in any project", () => {
  expect(named("suite/projects.test")).toEqual([["schema", "harness/suite/projects.test.ts"]]);
  expect(named("suite/projects.test", "edge/machine/join")).toEqual([
    ["schema", "harness/suite/projects.test.ts"],
    ["edge", "edge/machine/join.test.ts"],
  ]);
});

test("a word that fits nothing says what there is", () => {
  expect(() => named("nothing-is-called-so")).toThrow(/Projects: schema, edge, app, actors, agent-host, stories, compose, e2e, faults\./);
  expect(() => named("edge/nothing-is-called-so")).toThrow(/edge\/machine\/join\.test\.ts/);
});

test("what a project needs of the machine is what it uses: Docker is needed by those that start boxes", () => {
  const needing = (need: string) => projects.filter(({ needs }) => needs.some((each) => each === need)).map(({ name }) => name);
  expect(needing("docker")).toEqual(["agent-host", "stories", "compose", "e2e", "faults"]);
  expect(needing("chromium")).toEqual(["app", "stories", "compose", "e2e"]);
  expect(needing("go")).toEqual(["edge", "compose"]);
});

test("each file that begins first is there", () => {
  expect(slowFiles.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});
