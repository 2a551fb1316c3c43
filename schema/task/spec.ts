import { z } from "zod";
import { checkSeconds, checkShape, commandCheck, commandLine, type NamedCheck, toNamedCheck } from "../proof/check.ts";
import { trimmedText } from "../wire/bounded-text.ts";
import { innerPath, isWithin } from "../wire/path.ts";
import { findUnreadable, type Issue, type Parsed, printYaml, readYaml } from "../wire/yaml.ts";

/**
 * A task's specification as it is written: YAML, fields as in
 * spec-kit's tasks, checks that a machine can run.
 */
export const specId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, "letters, digits, _ and -, at most 60, a letter first");
/** Names of agent types: the platform's twelve and the member's own. */
export const typeName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "lower-case letters, digits and -, 2 to 40");
export const projectName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "lower-case letters, digits and -, 2 to 40");

/** spec-kit writes P1 to P3; words say the same. */
export const priorities = ["P1", "P2", "P3", "high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];
const ranks: Record<Priority, number> = { P1: 0, high: 0, P2: 1, normal: 1, P3: 2, low: 2 };
/** 0 is first. */
export function priorityRank(priority: Priority): number {
  return ranks[priority];
}

export const budgetShape = z.strictObject({
  cost_usd: z.number().positive().max(1_000).optional().describe("Model cost at most, in US dollars"),
  minutes: z.number().int().min(1).max(1_440).optional().describe("Working time at most"),
  tokens: z.number().int().min(1_000).max(1_000_000_000).optional(),
});
export type Budget = z.infer<typeof budgetShape>;

const scalar = z.union([z.string().max(4_000), z.number(), z.boolean()]);
export const specShape = z.strictObject({
  id: specId.describe("Name of the task inside its plan, for example T001 or create-blog"),
  title: trimmedText(200),
  description: trimmedText(16_000).optional().describe("What is wanted, for the agent that does it"),
  project: projectName.optional().describe("Project the task works in"),
  owner: typeName.describe("Agent type that does it, for example coding"),
  priority: z.enum(priorities).default("normal"),
  inputs: z
    .union([z.array(trimmedText(1_000)).max(50), z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/), scalar)])
    .default([])
    .describe("Files of the workspace and facts to start from, or named values"),
  outputs: z
    .array(innerPath)
    .max(100)
    .default([])
    .describe(
      "Files, or folders with files in them, that must exist in the commit when it is done, and all that it may change: name each file of the project that it changes, and a folder where you do not know them. A check that is there already, a manifest, a lockfile, or settings of a package manager or test runner is named by itself",
    ),
  anywhere: z
    .boolean()
    .optional()
    .describe(
      "Whether it may change any other file too, where nobody can know them beforehand: for a plan, which the member sees. Checks that are there already, manifests, lockfiles and settings are not among them",
    ),
  scenarios: z
    .array(trimmedText(1_000))
    .max(20)
    .default([])
    .describe("Acceptance in words (Given … When … Then …). A check names those it shows; one that none shows is told as not checked"),
  acceptance: z
    .array(checkShape)
    .max(30)
    .default([])
    .describe("Checks that must pass, each in a clean checkout of its own: what one needs built, it builds itself"),
  tests: z
    .array(z.union([commandLine, commandCheck]))
    .max(30)
    .default([]),
  least_strength: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("Share of the ways of not doing the work that the checks must notice; none: at least one of them"),
  constraints: z.array(trimmedText(1_000)).max(50).default([]),
  deploy: z
    .boolean()
    .optional()
    .describe("Whether it goes online at its project's address once it is merged into main and proven; the member is asked first"),
  asks_member: z
    .boolean()
    .optional()
    .describe("Whether it is proven only once the member has answered a question that its agent asked them"),
  budget: budgetShape.default({}),
  artifacts: innerPath.default("artifacts").describe("Folder for reports and captures worth keeping"),
  depends_on: z.array(specId).max(50).default([]),
});
export type Spec = z.infer<typeof specShape>;
export type SpecIn = z.input<typeof specShape>;

export const specLimits = { bytes: 128 * 1024, depth: 16, tokens: 20_000 } as const;
/** All that is wrong with a spec that is to be kept; its file must be read again. */
export function findStoredSpecIssues(spec: Spec): Issue[] {
  return [...findSpecIssues(spec), ...findUnreadable(spec, specLimits)];
}
/** Wrongs that one field alone does not show. The browser asks this alone: it prints no files. */
export function findSpecIssues(spec: Spec): Issue[] {
  const issues: Issue[] = [];
  if (spec.outputs.length + spec.acceptance.length + spec.tests.length === 0)
    issues.push({ path: "acceptance", message: "give an output, an acceptance check or a test: nothing else can prove the task" });
  for (const [index, output] of spec.outputs.entries())
    if (spec.outputs.indexOf(output) !== index) issues.push({ path: `outputs.${index}`, message: "is listed twice" });
  for (const [index, output] of spec.outputs.entries())
    if (isWithin(spec.artifacts, output))
      issues.push({ path: `outputs.${index}`, message: "lies in the artifacts folder, which is not committed" });
  for (const [list, checks] of [
    ["tests", spec.tests],
    ["acceptance", spec.acceptance],
  ] as const)
    for (const [index, check] of checks.entries())
      for (const number of typeof check === "string" ? [] : (check.scenarios ?? []))
        if (number > spec.scenarios.length) issues.push({ path: `${list}.${index}.scenarios`, message: `there is no scenario ${number}` });
  for (const [index, id] of spec.depends_on.entries()) {
    if (sameId(id, spec.id)) issues.push({ path: `depends_on.${index}`, message: "is the task itself" });
    if (spec.depends_on.findIndex((other) => sameId(other, id)) !== index)
      issues.push({ path: `depends_on.${index}`, message: "is listed twice" });
  }
  return issues;
}

/** Ids name folders, and some file systems do not tell case apart. */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Reads one spec from text of a stranger. */
export function readSpec(text: string): Parsed<Spec> {
  const read = readYaml(text, specShape, specLimits);
  if (!read.ok) return read;
  const issues = findSpecIssues(read.value);
  return issues.length === 0 ? read : { ok: false, issues };
}
export function printSpec(spec: Spec): string {
  return printYaml(specShape.parse(spec));
}

/** Everything that must hold in a clean checkout, in the order it is run: outputs, tests, acceptance. */
export function checksOf(spec: Spec): NamedCheck[] {
  const outputs = spec.outputs.map((file, index) => toNamedCheck(`outputs.${index}`, { file, timeout: checkSeconds.default }));
  return [...outputs, ...nameGivenChecks(spec)];
}
/** Those that are written as checks, by their names. */
export function nameGivenChecks({ tests, acceptance }: Pick<Spec, "tests" | "acceptance">): NamedCheck[] {
  const named = tests.map((test, index) =>
    toNamedCheck(`tests.${index}`, typeof test === "string" ? commandCheck.parse({ command: test }) : test),
  );
  return [...named, ...acceptance.map((item, index) => toNamedCheck(`acceptance.${index}`, item))];
}

/** The JSON Schema that editors and other tools use: `schema/specs/task.schema.json`. */
export function taskSchema(): unknown {
  return { ...z.toJSONSchema(specShape, { io: "input" }), title: "GrowQR task specification" };
}
