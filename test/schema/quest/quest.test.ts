import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentTypeIds, readAgentType } from "../../../schema/agent/agent-type.ts";
import { holdsCapability, intersectCapabilities } from "../../../schema/agent/capability.ts";
import { findPlanIssues } from "../../../schema/plan/plan.ts";
import { findPackageIssues, type PackageFile, packageLimits, type Quest, readQuest, readQuestSource } from "../../../schema/quest/quest.ts";
import { fillOccurrence, fillQuest } from "../../../schema/quest/quest-fill.ts";
import { computeQuestPreview, countSteps } from "../../../schema/quest/quest-run.ts";
import { checksOf } from "../../../schema/task/spec.ts";
import { type Parsed, printYaml } from "../../../schema/wire/yaml.ts";

const root = fileURLToPath(new URL("../../../schema/quests/", import.meta.url));
const owners = new Set<string>(agentTypeIds);
function textsOf(id: string): Map<string, string> {
  const names = readdirSync(join(root, id), { recursive: true })
    .map(String)
    .filter((name) => statSync(join(root, id, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(root, id, name), "utf8")]));
}
function must<T>(read: Parsed<T>): T {
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return read.value;
}
const library = ["create-blog", "add-feature", "weekly-goal", "learn-subject"];
const quests = new Map(library.map((id): [string, Quest] => [id, must(readQuest(textsOf(id), owners))]));
const quest = (id: string): Quest => quests.get(id) ?? must(readQuest(textsOf(id), owners));
const filledIn: Record<string, Record<string, unknown>> = {
  "create-blog": { title: "Notes", topic: "Bread.\nFor friends." },
  "add-feature": { project: "shop", slug: "dark-mode", title: "Dark mode", story: "I read at night" },
  "weekly-goal": { goal: "Run 10 km", why: "To feel well", weeks: 3 },
  "learn-subject": { subject: "Git", aim: "Work with others" },
};

describe("the library's quests", () => {
  test("are valid packages with prompts, and their steps belong to types that exist", () => {
    expect(readdirSync(root).sort()).toEqual([...library].sort());
    for (const id of library) {
      const files = [...textsOf(id)].map(([path, text]): PackageFile => ({ path, mode: "100644", bytes: text.length }));
      expect(findPackageIssues(files), id).toEqual([]);
      expect(quest(id).id).toBe(id);
    }
  });
  test("become plans whose every step is checked by a machine", () => {
    for (const id of library) {
      const filled = must(fillQuest(quest(id), filledIn[id] ?? {}));
      const tasks = filled.steps.filter((step) => step.repeat === undefined).map((step) => step.spec);
      expect(findPlanIssues({ title: id, story: id, tasks }, owners), id).toEqual([]);
      for (const { spec } of filled.steps) expect(checksOf(spec).length, `${id} ${spec.id}`).toBeGreaterThan(0);
      expect(JSON.stringify(filled.steps)).not.toContain("{{");
    }
  });
  test("with values that make more of them than can be read again are refused", () => {
    const blog = quest("create-blog");
    const steps = (n: number) =>
      Array.from({ length: n }, (_, at) => ({
        ...blog.steps[0],
        id: `s${at}`,
        depends_on: [],
        description: "{{topic}}{{topic}}{{topic}}",
      }));
    const given = { title: "Notes", topic: "漢".repeat(4_000) };
    expect(computeQuestPreview({ ...blog, steps: steps(4) }, given, 5).ok).toBe(true);
    expect(computeQuestPreview({ ...blog, steps: steps(8) }, given, 5)).toMatchObject({ ok: false, issues: [{ path: "steps" }] });
  });
  test("allow each step's agent what it needs to work and push", () => {
    for (const id of library)
      for (const { spec } of must(fillQuest(quest(id), filledIn[id] ?? {})).steps) {
        const type = must(readAgentType(readFileSync(new URL(`../../../schema/agents/${spec.owner}.yaml`, import.meta.url), "utf8")));
        const held = intersectCapabilities(type.capabilities, quest(id).permissions);
        for (const needed of ["files:read", "files:write", "shell:workspace", "git:push", "tasks:report", "member:ask"])
          expect(holdsCapability(held, needed), `${id} ${spec.id} ${needed}`).toBe(true);
      }
  });
  test("show before they start what they may touch, run, cost and leave", () => {
    const shown = must(computeQuestPreview(quest("create-blog"), filledIn["create-blog"] ?? {}, 2));
    expect(shown).toMatchObject({
      projects: ["blog"],
      commands: ["node --test", "node src/server.js"],
      budgetMicros: 5_000_000,
      memory: ["quests/create-blog/README.md"],
    });
    expect(shown.touches).toContain("reach registry.npmjs.org on the internet");
    expect(shown.touches.find((text) => text.includes("memory"))).toContain("write decisions");
    expect(shown.estimate.costMicros.expected).toBeLessThanOrEqual(shown.estimate.costMicros.most);
    const weekly = must(computeQuestPreview(quest("weekly-goal"), filledIn["weekly-goal"] ?? {}, 2));
    expect(weekly.steps.map(({ repeats }) => repeats)).toEqual([1, 1, 3]);
    for (const id of library)
      expect(must(computeQuestPreview(quest(id), filledIn[id] ?? {}, 2)).estimate.costMicros.most, id).toBeLessThanOrEqual(
        must(computeQuestPreview(quest(id), filledIn[id] ?? {}, 2)).budgetMicros ?? 0,
      );
  });
});

describe("a package of a stranger", () => {
  const plainFile = (path: string, over: Partial<PackageFile> = {}): PackageFile => ({ path, mode: "100644", bytes: 10, ...over });
  const problems = (...files: PackageFile[]) =>
    findPackageIssues([plainFile("quest.yaml"), ...files]).map(({ path, message }) => `${path}: ${message}`);
  test("with links, submodules, hooks, odd paths, huge or many files is refused by path", () => {
    expect(problems(plainFile("a", { mode: "120000" }))[0]).toContain("symbolic links");
    expect(problems(plainFile("a", { mode: "160000" }))[0]).toContain("submodules");
    expect(problems(plainFile("a", { mode: "040000" }))[0]).toContain("not a plain file");
    for (const path of [".git/hooks/post-checkout", "a/.GIT/config", "../x", "/etc/passwd", "a\\b", "a\u202eb", "-x"])
      expect(problems(plainFile(path))[0], path).toContain("not a path inside");
    for (const path of [".gitmodules", "sub/.gitattributes"]) expect(problems(plainFile(path))[0]).toContain("how Git behaves");
    expect(problems(plainFile("Quest.yaml"))[0]).toContain("twice");
    expect(problems(plainFile("a", { bytes: packageLimits.fileBytes + 1 }))[0]).toContain("larger than");
    expect(problems(...Array.from({ length: packageLimits.files }, (_, n) => plainFile(`f${n}`)))[0]).toContain("more than");
    expect(problems(...Array.from({ length: 9 }, (_, n) => plainFile(`f${n}`, { bytes: packageLimits.fileBytes })))[0]).toContain(
      "larger than",
    );
    expect(findPackageIssues([])).toEqual([{ path: "quest.yaml", message: "is missing" }]);
  });
  test("comes from the library or from an https address pinned to a commit", () => {
    expect(readQuestSource("create-blog")).toEqual({ ok: true, value: { library: "create-blog" } });
    expect(readQuestSource(`https://example.org/q.git@${"a".repeat(40)}`)).toMatchObject({ ok: true, value: { commit: "a".repeat(40) } });
    expect(readQuestSource(`https://example.org/q.git/quests/one@${"a".repeat(40)}`)).toMatchObject({
      ok: true,
      value: { git: "https://example.org/q.git", folder: "quests/one" },
    });
    for (const text of [
      "https://example.org/q.git",
      `https://example.org:8443/q.git@${"a".repeat(40)}`,
      `https://example.org/q.git?x=1@${"a".repeat(40)}`,
      `https://example.org/q.git/../x@${"a".repeat(40)}`,
      "https://example.org/q.git@main",
      `http://example.org/q@${"a".repeat(40)}`,
      `https://me:pw@example.org/q@${"a".repeat(40)}`,
      `ssh://x@${"a".repeat(40)}`,
      `file:///etc@${"a".repeat(40)}`,
      "../x",
      "--upload-pack=x",
    ])
      expect(readQuestSource(text).ok, text).toBe(false);
  });

  const base = {
    id: "mine",
    version: "1.0.0",
    title: "Mine",
    summary: "Does it",
    prompt: "p.md",
    inputs: [
      { name: "name", title: "Name", kind: "text" },
      { name: "slug", title: "Slug", kind: "slug" },
      { name: "story", title: "Story", kind: "long" },
    ],
    steps: [{ id: "one", title: "{{name}}", owner: "coding", outputs: ["{{slug}}/a.md"] }],
    permissions: ["files:*"],
    budget: { cost_usd: 1 },
  };
  const wrong = (over: Record<string, unknown>) => {
    const read = readQuest(
      new Map([
        ["quest.yaml", printYaml({ ...base, ...over })],
        ["p.md", "Lead."],
      ]),
      owners,
    );
    return read.ok ? [] : read.issues.map(({ path }) => path);
  };
  const step = (over: Record<string, unknown>) => wrong({ steps: [{ ...base.steps[0], ...over }] });
  test("with a mistake in it is refused by path", () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ hooks: ["x"] })).toEqual(["hooks"]);
    expect(wrong({ prompt: "other.md" })).toEqual(["prompt"]);
    expect(wrong({ permissions: ["root:all"] })).toEqual(["permissions.0"]);
    expect(wrong({ memory: [{ path: "profile.md", text: "x" }] })).toEqual(["memory.0.path"]);
    expect(wrong({ inputs: [...base.inputs, base.inputs[0]] })).toEqual(["inputs.3.name"]);
    expect(step({ owner: "wizard" })).toEqual(["steps.0.owner"]);
    expect(step({ outputs: ["../{{slug}}"] })).toEqual(["steps.0.outputs.0"]);
    expect(step({ depends_on: ["two"] })).toEqual(["steps.0.depends_on.0"]);
    expect(step({ title: "{{nobody}}" })).toEqual(["steps.0.title"]);
    expect(step({ title: "{{n}}" })).toEqual(["steps.0.title"]);
    expect(step({ repeat: { every_days: 0, times: 1 } })).toEqual(["steps.0.repeat.every_days"]);
    expect(
      wrong({
        steps: [
          { ...base.steps[0], repeat: { after_days: [1] } },
          { ...base.steps[0], id: "two", depends_on: ["one"] },
        ],
      }),
    ).toEqual(["steps.1.depends_on"]);
  });
  test("can't let free text into a command, an address or a path", () => {
    expect(step({ tests: ["echo {{name}}"] })).toEqual(["steps.0.tests.0"]);
    expect(step({ outputs: ["{{name}}.md"] })).toEqual(["steps.0.outputs.0"]);
    expect(step({ acceptance: [{ url: "http://localhost:80/{{name}}", should_respond: 200 }] })).toEqual(["steps.0.acceptance.0.url"]);
    expect(step({ acceptance: [{ command: "true", contains: "{{name}}" }] })).toEqual([]);
    expect(step({ title: "{{story}}" })).toEqual(["steps.0.title"]);
    expect(step({ description: "{{story}}", tests: ["echo {{slug}}"] })).toEqual([]);
  });
});

describe("values of the member", () => {
  test("of the wrong kind, unknown or missing are refused by path", () => {
    const paths = (given: Record<string, unknown>) => {
      const read = fillQuest(quest("add-feature"), given);
      return read.ok ? [] : read.issues.map(({ path }) => path);
    };
    const good = filledIn["add-feature"] ?? {};
    expect(paths({})).toEqual(["inputs.project", "inputs.slug", "inputs.title", "inputs.story"]);
    expect(paths({ ...good, slug: "a; rm -rf /" })).toEqual(["inputs.slug"]);
    expect(paths({ ...good, check: "rm -rf /" })).toEqual(["inputs.check"]);
    expect(paths({ ...good, title: "two\nlines" })).toEqual(["inputs.title"]);
    expect(paths({ ...good, extra: 1 })).toEqual(["inputs.extra"]);
    expect(paths({ ...good, story: "x".repeat(1_000_000) })).toEqual(["inputs.story"]);
  });
  test("never change a quest's structure: commands, paths and owners stay what the package says", () => {
    const fixed = must(fillQuest(quest("create-blog"), filledIn["create-blog"] ?? {}));
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
        fc.string({ unit: "binary", maxLength: 200 }),
        (title, topic) => {
          const filled = fillQuest(quest("create-blog"), { title: `{{topic}} ${title}`, topic });
          if (!filled.ok) return;
          const bones = ({ steps }: typeof fixed) =>
            steps.map(({ spec }) => [spec.id, spec.owner, spec.outputs, spec.tests, spec.acceptance, spec.depends_on]);
          expect(bones(filled.value)).toEqual(bones(fixed));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("steps that come again", () => {
  test("have an id, files and a number of their own each time", () => {
    const filled = must(fillQuest(quest("weekly-goal"), filledIn["weekly-goal"] ?? {}));
    expect(countSteps(filled)).toBe(5);
    const { values } = filled;
    expect(must(fillOccurrence(quest("weekly-goal"), "review", values, 2))).toMatchObject({
      id: "review-2",
      title: "Weekly review 2",
      outputs: ["reviews/week-2.md"],
    });
    expect(fillOccurrence(quest("weekly-goal"), "first-steps", values, 1).ok).toBe(false);
  });
});
