import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environmentShape } from "../../../schema/environment/environment.ts";
import { type SetupTexts, setupFiles } from "../../../schema/environment/setup-paths.ts";
import { makeSetupKey, planSetup } from "../../../schema/proof/setup.ts";

const manifest = (more: object) => JSON.stringify({ name: "p", version: "1.0.0", ...more });
const asks = manifest({ dependencies: { ms: "2.1.3" } });
const titles = (texts: SetupTexts) => planSetup(texts)?.steps.map(({ title }) => title);

describe("what is installed before checks", () => {
  test("is nothing for a project that asks for nothing", () => {
    const none: SetupTexts[] = [
      {},
      { "package.json": manifest({ scripts: { test: "node --test" } }) },
      { "package.json": manifest({ dependencies: {} }), "package-lock.json": "{}" },
      { "package-lock.json": "{}" },
      { "requirements.txt": "# none yet\n\n" },
      { "pyproject.toml": "[project]" },
    ];
    for (const texts of none) expect(planSetup(texts)).toBeUndefined();
  });
  test("follows the lockfile that is there, and is unpinned without one", () => {
    const found = (more: SetupTexts) => [titles({ "package.json": asks, ...more }), planSetup({ "package.json": asks, ...more })?.unpinned];
    expect(found({ "package-lock.json": "{}" })).toEqual([["npm ci"], []]);
    expect(found({ "npm-shrinkwrap.json": "{}", "package-lock.json": "{}" })).toEqual([["npm ci"], []]);
    expect(found({ "pnpm-lock.yaml": "", "package-lock.json": "{}" })).toEqual([["pnpm install"], []]);
    expect(found({ "yarn.lock": "" })).toEqual([["yarn install"], []]);
    expect(found({})).toEqual([["npm install"], ["package.json"]]);
    for (const asked of [{ devDependencies: { a: "1" } }, { optionalDependencies: { a: "1" } }, { workspaces: ["a"] }])
      expect(titles({ "package.json": manifest(asked) })).toEqual(["npm install"]);
    expect(titles({ "package.json": "{" })).toEqual(["npm install"]); // npm says what is wrong with it
  });
  test("is Python's and Node's together; requirements are pinned when each has its hash", () => {
    expect(titles({ "uv.lock": "", "pyproject.toml": "[project]" })).toEqual(["uv sync"]);
    expect(titles({ "package.json": asks, "yarn.lock": "", "requirements.txt": "six" })).toEqual(["yarn install", "pip install"]);
    const unpinned = (text: string) => planSetup({ "requirements.txt": text })?.unpinned;
    expect(unpinned("six==1.17.0\n")).toEqual(["requirements.txt"]);
    expect(unpinned("six==1.17.0 \\\n  --hash=sha256:ab\n# more\nattrs==1 --hash=sha256:cd")).toEqual([]);
    expect(unpinned("six==1.17.0 --hash=sha256:ab\nattrs")).toEqual(["requirements.txt"]);
  });
  test("runs no script of the project itself, whatever its files say", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("{}", asks, "a==1", ""));
    fc.assert(
      fc.property(fc.record(Object.fromEntries(setupFiles.map((name) => [name, fc.option(text, { nil: undefined })]))), (given) => {
        const texts = Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)) as SetupTexts;
        for (const { title, script } of planSetup(texts)?.steps ?? [])
          expect(/^(npm|pnpm|yarn)/.test(title) ? script.includes("--ignore-scripts") : !script.includes("npm")).toBe(true);
      }),
    );
  });
});

test("the same key means the same project, files, commands and image; other files of the root change nothing", async () => {
  const texts = { "package.json": asks, "package-lock.json": "{}" };
  const plan = planSetup(texts)!;
  const ground = { repo: "projects/a", main: true, image: "a".repeat(64) };
  const key = await makeSetupKey(plan, texts, ground);
  expect(await makeSetupKey(plan, { ...texts, "requirements.txt": "x" }, ground)).toBe(key);
  const byFile = planSetup(texts, environmentShape.parse({ setup: ["npm ci"] }))!;
  const others = [
    makeSetupKey(plan, texts, { ...ground, repo: "projects/b" }),
    makeSetupKey(plan, texts, { ...ground, main: false }),
    makeSetupKey(plan, texts, { ...ground, image: "b".repeat(64) }),
    makeSetupKey(plan, { ...texts, "package-lock.json": "{ }" }, ground),
    makeSetupKey(plan, { ...texts, "package.json": `${asks} ` }, ground),
    makeSetupKey({ ...plan, steps: [{ title: "npm ci", script: "npm ci", from: "package-lock.json" }] }, texts, ground),
    makeSetupKey({ ...plan, laid: { "package.json": "{}" } }, texts, ground),
    makeSetupKey(plan, texts, { ...ground, parts: [["lib", "c".repeat(40)]] }),
    makeSetupKey(plan, texts, { ...ground, open: ["example.org"] }),
    makeSetupKey(byFile, texts, ground),
    makeSetupKey(byFile, texts, { ...ground, base: "c".repeat(40) }),
  ];
  expect(new Set([key, ...(await Promise.all(others))]).size).toBe(others.length + 1);
});
